"""What people keep, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from ashao.errors import Conflict, NotFound, NotSignedIn
from ashao.people.conversations import Conversations
from ashao.people.export import as_json, as_markdown
from ashao.people.tables import Conversation
from ashao.store.database import Database
from ashao.store.secrets import new_id
from tests.support.databases import opened
from tests.support.history import ANN, BOB, ask, shown


async def test_a_question_makes_its_conversation_with_a_title(
    conversations: Conversations,
) -> None:
    conversation_id = new_id()
    await ask(conversations, ANN, conversation_id, "How  do\nI " + "very " * 30 + "well?")
    (listed,) = await conversations.listed(ANN)
    assert listed.id == conversation_id
    assert listed.title.startswith("How do I very") and len(listed.title) == 60


async def test_nothing_is_kept_for_an_account_that_was_deleted(
    conversations: Conversations,
) -> None:
    """Nobody could ever delete it."""
    with pytest.raises(NotSignedIn):
        await ask(conversations, "account:gone", new_id(), "Am I kept?")
    await ask(conversations, BOB, new_id(), "Am I taken along?")
    with pytest.raises(NotSignedIn):
        await conversations.move(BOB, "account:gone")
    assert await conversations.listed("account:gone") == []
    assert len(await conversations.listed(BOB)) == 1


async def test_the_same_question_twice_is_kept_once(conversations: Conversations) -> None:
    conversation_id, job_id = new_id(), new_id()
    await asyncio.gather(
        *(
            conversations.save_question(ANN, conversation_id, job_id, "Hello?", None)
            for _ in range(4)
        )
    )
    assert await shown(conversations, ANN, conversation_id) == ["Hello?"]


async def test_two_questions_that_both_begin_a_conversation_are_both_kept(
    conversations: Conversations,
) -> None:
    conversation_id = new_id()
    await asyncio.gather(
        *(ask(conversations, ANN, conversation_id, text) for text in ("one", "two", "three"))
    )
    assert sorted(await shown(conversations, ANN, conversation_id)) == ["one", "three", "two"]


async def test_an_answer_is_kept_once_whoever_settles(conversations: Conversations) -> None:
    conversation_id = new_id()
    job_id = await ask(conversations, ANN, conversation_id, "Hello?")
    news = await asyncio.gather(
        *(conversations.save_answer(conversation_id, job_id, "done", "Hi.") for _ in range(4))
    )
    assert sorted(news) == [False, False, False, True]
    assert await shown(conversations, ANN, conversation_id) == ["Hello?", "Hi."]


async def test_an_answer_to_a_deleted_question_is_dropped(conversations: Conversations) -> None:
    conversation_id = new_id()
    job_id = await ask(conversations, ANN, conversation_id, "Hello?")
    await conversations.delete(ANN, conversation_id)
    assert not await conversations.save_answer(conversation_id, job_id, "done", "Hi.")


async def test_another_owners_conversation_is_not_found(conversations: Conversations) -> None:
    conversation_id = new_id()
    await ask(conversations, ANN, conversation_id, "Mine.")
    with pytest.raises(NotFound):
        await ask(conversations, BOB, conversation_id, "Mine too?")
    with pytest.raises(NotFound):
        await conversations.read(BOB, conversation_id)
    with pytest.raises(NotFound):
        await conversations.rename(BOB, conversation_id, "Bob's")
    with pytest.raises(NotFound):
        await conversations.delete(BOB, conversation_id)
    await conversations.delete_all(BOB)
    assert await conversations.listed(BOB) == []
    assert await shown(conversations, ANN, conversation_id) == ["Mine."]


async def test_a_job_cannot_ask_in_two_conversations(conversations: Conversations) -> None:
    job_id = await ask(conversations, ANN, new_id(), "Here.")
    with pytest.raises(Conflict):
        await conversations.save_question(ANN, new_id(), job_id, "And there.", None)


async def test_a_retry_replaces_the_failed_answer_and_keeps_the_question(
    conversations: Conversations,
) -> None:
    conversation_id, again = new_id(), new_id()
    failed = await ask(conversations, ANN, conversation_id, "Hello?", "H", "failed")
    await conversations.save_question(ANN, conversation_id, again, "Hello?", failed)
    assert await shown(conversations, ANN, conversation_id) == ["Hello?"]
    assert await conversations.save_answer(conversation_id, again, "done", "Hi.")
    assert await shown(conversations, ANN, conversation_id) == ["Hello?", "Hi."]


async def test_a_retry_of_a_whole_answer_is_a_new_question(conversations: Conversations) -> None:
    conversation_id = new_id()
    done = await ask(conversations, ANN, conversation_id, "Hello?", "Hi.")
    await conversations.save_question(ANN, conversation_id, new_id(), "Hello?", done)
    assert await shown(conversations, ANN, conversation_id) == ["Hello?", "Hi.", "Hello?"]


async def test_search_finds_titles_and_words_and_takes_signs_literally(
    conversations: Conversations,
) -> None:
    apples, pears = new_id(), new_id()
    await ask(conversations, ANN, apples, "About apples", "They are 100% round.")
    await ask(conversations, ANN, pears, "About fruit", "Pears, say.")
    await ask(conversations, BOB, new_id(), "About pears")

    async def found(search: str) -> list[str]:
        return [each.id for each in await conversations.listed(ANN, search)]

    assert await found("PEARS") == [pears]
    assert await found("apples") == [apples]
    assert await found("0%") == [apples]
    assert await found("about") == [pears, apples]
    assert await found("plum") == []
    assert await found("\x00") == []


async def test_text_that_a_database_cannot_hold_is_kept_readable(
    conversations: Conversations,
) -> None:
    conversation_id = new_id()
    await ask(conversations, ANN, conversation_id, "a\x00b 🦭", "c\x00d")
    await conversations.rename(ANN, conversation_id, "e\x00f")
    assert await shown(conversations, ANN, conversation_id) == ["a\ufffdb 🦭", "c\ufffdd"]


async def test_deleting_everything_leaves_others_alone(conversations: Conversations) -> None:
    kept = new_id()
    await ask(conversations, BOB, kept, "Bob's", "Yes.")
    for _ in range(3):
        await ask(conversations, ANN, new_id(), "Ann's", "Yes.")
    await conversations.delete_all(ANN)
    assert await conversations.listed(ANN) == []
    assert [each.id for each in await conversations.listed(BOB)] == [kept]


async def test_an_anonymous_history_moves_into_an_account(conversations: Conversations) -> None:
    conversation_id = new_id()
    await ask(conversations, BOB, conversation_id, "Hello?", "Hi.")
    assert await conversations.move(BOB, ANN) == 1
    assert await shown(conversations, ANN, conversation_id) == ["Hello?", "Hi."]
    assert await conversations.listed(BOB) == []


async def test_only_old_anonymous_conversations_are_purged(
    conversations: Conversations, database: Database
) -> None:
    old, new, kept = new_id(), new_id(), new_id()
    await ask(conversations, BOB, old, "Old.")
    await ask(conversations, BOB, new, "New.")
    await ask(conversations, ANN, kept, "Kept.")
    async with database.session() as session, session.begin():
        await session.execute(
            update(Conversation)
            .where(Conversation.id.in_([old, kept]))
            .values(updated_at=datetime.now(UTC) - timedelta(days=31))
        )
    assert await conversations.purge_anonymous(30) == 1
    assert [each.id for each in await conversations.listed(BOB)] == [new]
    assert [each.id for each in await conversations.listed(ANN)] == [kept]


async def test_an_export_holds_every_message_in_both_formats(
    conversations: Conversations,
) -> None:
    await ask(conversations, ANN, new_id(), "What is *new*?", "Nothing much.")
    await ask(conversations, ANN, new_id(), "And now?", "Still", "cancelled")
    readings = await conversations.read_all(ANN)
    exported = as_json(readings)
    assert [each["title"] for each in exported["conversations"]] == ["And now?", "What is *new*?"]
    assert exported["conversations"][0]["messages"] == [
        {"role": "user", "content": "And now?", "status": "done"},
        {"role": "assistant", "content": "Still", "status": "cancelled"},
    ]
    text = as_markdown(readings)
    for line in ("# What is *new*?", "Nothing much.", "# And now?", "Still", "*(cancelled)*"):
        assert line in text.splitlines()


async def test_a_search_looks_through_nobody_elses_messages(tmp_path: Path) -> None:
    """As SQLite says itself: it gets there by owner and conversation, and scans no table."""
    asked: list[tuple[str, Any]] = []
    async with opened(tmp_path) as database:
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
        await Conversations(database).listed(BOB, "word")
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
            await ask(conversations, BOB, new_id(), canary * 50, canary * 500)
        await database.scrub()  # from the log into the file itself
        await ask(conversations, BOB, new_id(), canary)
        assert _holds(tmp_path / "ashao.sqlite", canary)
        assert _holds(tmp_path / "ashao.sqlite-wal", canary)
        await conversations.delete_all(BOB)
        assert not _holds(tmp_path / "ashao.sqlite", canary)
        assert not _holds(tmp_path / "ashao.sqlite-wal", canary)


def _holds(file: Path, text: str) -> bool:
    return text.encode() in file.read_bytes()
