"""What was deleted is handed to nobody: neither what waits, nor what is just being sent."""

from collections.abc import Sequence

import pytest

from ashao.chat.quota import JobQuota
from ashao.chat.send import Question
from ashao.errors import JobEnded
from ashao.identity.api_keys import SCOPES, ApiKeys
from ashao.identity.owners import AccountId, OwnerId
from ashao.jobs import keys
from ashao.jobs.codes import EndCode
from ashao.jobs.enqueue import enqueue
from ashao.jobs.finish import cancel
from ashao.jobs.job import JobId, Tier
from ashao.jobs.store import JobStore
from ashao.ledger.payees import Payees
from tests.server.chat.conftest import Desk
from tests.support.jobs import new_job, queue, view

QUESTION = Question(content="A very private question?", tier=Tier.PRO)


async def test_a_deleted_conversation_ends_its_own_jobs_only(
    desk: Desk, job_store: JobStore
) -> None:
    sent = await desk.chat.send(desk.ann, QUESTION, None)
    other = await desk.chat.send(desk.ann, QUESTION, None)
    await desk.eraser.conversation(desk.ann, sent.conversation_id)
    assert await _end(job_store, sent.job_id) == EndCode.CANCELLED
    assert await queue(job_store) == [other.job_id]


async def test_a_retry_leaves_no_job_behind_that_nobody_finds(
    desk: Desk, job_store: JobStore
) -> None:
    """The question belongs to the later job; the earlier one has ended."""
    first = await desk.chat.send(desk.ann, QUESTION, None)
    await cancel(job_store, JobId(first.job_id))
    again = Question(
        content=QUESTION.content,
        tier=Tier.PRO,
        conversation_id=first.conversation_id,
        retry_of=first.job_id,
    )
    second = await desk.chat.send(desk.ann, again, None)
    await desk.eraser.conversation(desk.ann, first.conversation_id)
    ends = [await _end(job_store, each.job_id) for each in (first, second)]
    assert ends == [EndCode.CANCELLED] * 2


async def test_with_everything_goes_what_was_asked_before_the_sign_in(
    desk: Desk, job_store: JobStore
) -> None:
    """Its job is still the visitor's; the conversation is the account's."""
    as_visitor = await desk.chat.send(OwnerId("anon:" + "a" * 32), QUESTION, None)
    await desk.conversations.move(OwnerId("anon:" + "a" * 32), desk.ann)
    own = await desk.chat.send(desk.ann, QUESTION, None)
    await desk.eraser.account(AccountId(str(desk.ann).removeprefix("account:")))
    for each in (as_visitor, own):
        assert await _end(job_store, each.job_id) == EndCode.CANCELLED
    assert await queue(job_store) == []


@pytest.mark.parametrize("is_everything", [True, False])
async def test_what_is_being_sent_while_its_conversation_is_deleted_is_never_queued(
    desk: Desk, job_store: JobStore, monkeypatch: pytest.MonkeyPatch, is_everything: bool
) -> None:
    """Its words were read already when the deletion came; its price is given back."""
    job_ids: list[str] = []

    async def delete_meanwhile(*_: object) -> None:
        (conversation,) = await desk.conversations.list_conversations(desk.ann)
        job_ids.extend(await desk.conversations.unanswered(desk.ann))
        if is_everything:
            await desk.eraser.conversations(desk.ann)
        else:
            await desk.eraser.conversation(desk.ann, conversation.id)

    monkeypatch.setattr(desk.chat._presence, "why_no_worker", delete_meanwhile)
    with pytest.raises(JobEnded):
        await desk.chat.send(desk.ann, QUESTION, None)
    assert await job_store.redis.exists(keys.messages(JobId(job_ids[0]))) == 0
    assert await queue(job_store) == []
    assert await desk.ledger.balance(desk.ann) == 500


async def test_what_begins_to_act_for_an_account_while_it_is_deleted_ends_with_it(
    desk: Desk, job_store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key, a worker and a program's question, by a session that was open until then."""
    delete, api_keys = desk.membership.delete, ApiKeys(job_store.redis)
    payees, job = Payees(job_store.redis), new_job()

    async def delete_late(account_id: str) -> Sequence[str]:
        await api_keys.create("late", SCOPES, 60, desk.ann)
        await payees.assign("worker-late", desk.ann)
        async with JobQuota(job_store.redis, 20).admit(desk.ann, job.id):
            await enqueue(job_store, job)
        return await delete(AccountId(account_id))

    monkeypatch.setattr(desk.membership, "delete", delete_late)
    await desk.eraser.account(AccountId(str(desk.ann).removeprefix("account:")))
    assert await api_keys.list_of(desk.ann) == []
    assert await payees.payee_of("worker-late") is None
    assert await _end(job_store, job.id) == EndCode.CANCELLED


async def _end(store: JobStore, job_id: str) -> str | None:
    """How the job ended; its words must be gone with it."""
    assert await store.redis.exists(keys.messages(JobId(job_id))) == 0
    return (await view(store, JobId(job_id))).error
