"""The statements that every job executes are made once, with their module: making one takes several
times as long as SQLite takes to do what it says."""

from typing import Any

import pytest
from sqlalchemy import Connection, event

from ashao.history import saving
from ashao.history.tables import ConversationId
from ashao.identity.owners import OwnerId
from ashao.ledger.ledger import Ledger
from ashao.ledger.prices import Outcome, Share
from ashao.store.database import Database
from ashao.store.secrets import new_id
from tests.support.ledgers import ANN

VISITOR = OwnerId("session:visitor")


@pytest.mark.usefixtures("conversations")
@pytest.mark.parametrize("owner_id", [ANN, VISITOR])
async def test_a_job_executes_the_statements_that_the_one_before_it_did(
    database: Database, ledger: Ledger, owner_id: OwnerId
) -> None:
    executed: list[Any] = []

    def note(_: Any, statement: Any, *__: Any) -> None:
        executed.append(statement)

    event.listen(database.writing_engine, "before_execute", note)
    await database.write(lambda connection: _job(connection, ledger, owner_id))
    first = executed.copy()
    await database.write(lambda connection: _job(connection, ledger, owner_id))
    second = executed[len(first) :]
    assert [str(each) for each in second if not any(each is other for other in first)] == []
    assert second


def _job(connection: Connection, ledger: Ledger, owner_id: OwnerId) -> None:
    job_id, conversation_id = new_id(), ConversationId(new_id())
    ledger.jobs.charge(connection, owner_id, job_id, "pro")
    saving.save_question(connection, owner_id, conversation_id, job_id, "Hello?", None)
    saving.prompt(connection, conversation_id, job_id, 100)
    assert saving.save_answer(connection, conversation_id, job_id, "done", "Hello.")
    done = Share(None, 1, is_provider=False)
    assert ledger.jobs.settle(connection, job_id, Outcome.DONE, [done], owner_id)
