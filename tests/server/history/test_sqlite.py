"""What is kept lies in a file of SQLite: how it is searched, and what deleting leaves in it."""

from pathlib import Path
from typing import Any

from sqlalchemy import event

from ashao.history.conversations import Conversations
from ashao.history.tables import ConversationId
from ashao.store.secrets import new_id
from tests.support.databases import opened
from tests.support.history import BOB, ask


async def test_a_search_looks_through_nobody_elses_messages(tmp_path: Path) -> None:
    """As SQLite says itself: it gets there by owner and conversation, and scans no table."""
    asked: list[tuple[str, Any]] = []
    async with opened(tmp_path) as database:
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
        await Conversations(database).list_conversations(BOB, "word")
        (statement, parameters) = next(each for each in asked if "SELECT" in each[0])
        async with database.engine.connect() as connection:
            explained = await connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            plan = [row.detail for row in explained]
    assert any("SEARCH message" in step for step in plan)
    assert [step for step in plan if step.startswith("SCAN")] == []


async def test_deleted_text_is_gone_from_sqlites_files(tmp_path: Path) -> None:
    canary = "canary-" + new_id()
    async with opened(tmp_path) as database:
        conversations = Conversations(database)
        for _ in range(20):
            await ask(conversations, BOB, ConversationId(new_id()), canary * 50, canary * 500)
        await database.scrub()  # from the log into the file itself
        await ask(conversations, BOB, ConversationId(new_id()), canary)
        assert _holds(tmp_path / "ashao.sqlite", canary)
        assert _holds(tmp_path / "ashao.sqlite-wal", canary)
        await conversations.delete_all(BOB)
        assert not _holds(tmp_path / "ashao.sqlite", canary)
        assert not _holds(tmp_path / "ashao.sqlite-wal", canary)


def _holds(file: Path, text: str) -> bool:
    return text.encode() in file.read_bytes()
