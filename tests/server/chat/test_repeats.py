"""An Idempotency-Key outlives the job that it led to, and never leads to a second one."""

import pytest

from ashao.chat.send import Question, Sent
from ashao.errors import Conflict
from ashao.jobs import keys
from ashao.jobs.finish import cancel
from ashao.jobs.job import JobId, Tier
from ashao.jobs.store import JobStore
from ashao.ledger.prices import Outcome, Share
from tests.server.chat.conftest import Desk
from tests.support.jobs import queue

QUESTION = Question(content="Once?", tier=Tier.PRO)


async def test_a_repeat_after_the_answer_has_gone_asks_nothing_again(
    desk: Desk, job_store: JobStore
) -> None:
    """Nor does it bring a conversation back that was deleted meanwhile."""
    sent = await desk.chat.send(desk.ann, QUESTION, "key")
    await desk.ledger.settle(sent.job_id, Outcome.DONE, [Share(None, 3)])
    await _forget(job_store, sent)
    await desk.conversations.delete(desk.ann, sent.conversation_id)
    assert await desk.chat.send(desk.ann, QUESTION, "key") == sent
    assert await job_store.redis.exists(keys.job(JobId(sent.job_id))) == 0
    assert await queue(job_store) == []
    assert await desk.conversations.list_conversations(desk.ann) == []


async def test_a_repeat_of_what_failed_and_was_paid_back_has_to_be_sent_anew(
    desk: Desk, job_store: JobStore
) -> None:
    sent = await desk.chat.send(desk.ann, QUESTION, "key")
    await desk.ledger.settle(sent.job_id, Outcome.FAILED, [])
    await _forget(job_store, sent)
    with pytest.raises(Conflict):
        await desk.chat.send(desk.ann, QUESTION, "key")
    assert await queue(job_store) == []
    assert await desk.ledger.balance(desk.ann) == 500


async def test_what_is_being_answered_is_not_asked_again(desk: Desk, job_store: JobStore) -> None:
    """Its answer would be charged and never kept; once it has ended it may be asked again."""
    sent = await desk.chat.send(desk.ann, QUESTION, None)
    again = Question(
        content="Once?",
        tier=Tier.PRO,
        conversation_id=sent.conversation_id,
        retry_of=sent.job_id,
    )
    with pytest.raises(Conflict, match="not ended"):
        await desk.chat.send(desk.ann, again, None)
    assert await queue(job_store) == [sent.job_id]
    await cancel(job_store, JobId(sent.job_id))
    assert (await desk.chat.send(desk.ann, again, None)).conversation_id == sent.conversation_id


async def _forget(store: JobStore, sent: Sent) -> None:
    """The short time of an ended job is over."""
    job = JobId(sent.job_id)
    await store.redis.delete(keys.job(job), keys.messages(job), keys.log(job))
    await store.redis.delete(keys.queue(Tier.PRO))
