"""An Idempotency-Key outlives the job that it led to, and never leads to a second one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ashao.chat.charges import Charges
from ashao.chat.send import Question, Send, Sent
from ashao.errors import Conflict
from ashao.jobs import keys
from ashao.jobs.job import JobId, Tier
from ashao.jobs.needs import Needs
from ashao.jobs.scripts import JobStore
from ashao.people.conversations import Conversations
from ashao.people.ledger import Ledger
from ashao.people.prices import Outcome, Share
from ashao.store.database import Database
from ashao.store.idempotency import Idempotency
from ashao.store.in_flight import InFlight
from tests.support.databases import opened
from tests.support.jobs import queue

ANN = "account:ann"
QUESTION = Question(content="Once?", tier=Tier.PRO)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Where conversations and books are."""
    async with opened(tmp_path) as database:
        await Ledger(database).grant_sign_up("ann")
        yield database


@pytest.fixture
def send(job_store: JobStore, database: Database) -> Send:
    """Takes Ann's questions."""

    async def no_obstacle(_: Tier, __: Needs) -> None:
        return None

    charges = Charges(job_store, Ledger(database))
    redis = job_store.redis
    return Send(
        job_store,
        charges,
        Conversations(database),
        Idempotency(redis),
        InFlight(redis, 20),
        no_obstacle,
    )


async def test_a_repeat_after_the_answer_has_gone_asks_nothing_again(
    send: Send, job_store: JobStore, database: Database
) -> None:
    """Nor does it bring a conversation back that was deleted meanwhile."""
    sent = await send.send(ANN, QUESTION, "key")
    await Ledger(database).settle(sent.job_id, Outcome.DONE, [Share(None, 3)])
    await _forget(job_store, sent)
    await Conversations(database).delete(ANN, sent.conversation_id)
    assert await send.send(ANN, QUESTION, "key") == sent
    assert await job_store.redis.exists(keys.job(JobId(sent.job_id))) == 0
    assert await queue(job_store) == []
    assert await Conversations(database).listed(ANN) == []


async def test_a_repeat_of_what_failed_and_was_paid_back_has_to_be_sent_anew(
    send: Send, job_store: JobStore, database: Database
) -> None:
    sent = await send.send(ANN, QUESTION, "key")
    await Ledger(database).settle(sent.job_id, Outcome.FAILED, [])
    await _forget(job_store, sent)
    with pytest.raises(Conflict):
        await send.send(ANN, QUESTION, "key")
    assert await queue(job_store) == []
    assert await Ledger(database).balance(ANN) == 500


async def _forget(store: JobStore, sent: Sent) -> None:
    """The short time of an ended job is over."""
    job = JobId(sent.job_id)
    await store.redis.delete(keys.job(job), keys.messages(job), keys.log(job))
    await store.redis.delete(keys.queue(Tier.PRO))
