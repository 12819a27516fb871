"""Whoever has seen an answer's end asks on with it, on either database, settled or not."""

import pytest

from ashao.chat.send import Question, Sent
from ashao.errors import NotFound
from ashao.jobs.finish import cancel, complete
from ashao.jobs.job import JobId, Tier
from ashao.jobs.publish import publish
from ashao.jobs.store import JobStore
from ashao.messages import Message
from ashao.store.database import Database
from tests.server.chat.conftest import Desk, desk_on
from tests.support.jobs import ANN, must_claim


@pytest.fixture
async def desk(database: Database, job_store: JobStore) -> Desk:
    """On each kind of database; nobody settles what ends."""
    return await desk_on(database, job_store)


async def _ask(desk: Desk, content: str, after: Sent | None = None) -> Sent:
    conversation_id = after.conversation_id if after else None
    question = Question(content=content, tier=Tier.PRO, conversation_id=conversation_id)
    return await desk.chat.send(desk.ann, question, None)


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_a_question_right_after_the_end_takes_the_answer_along(
    desk: Desk, job_store: JobStore, is_cancelled: bool
) -> None:
    """Whole, or as far as it was said; what is still being written is not there yet."""
    first = await _ask(desk, "One?")
    won = await must_claim(job_store, JobId(first.job_id), ANN)
    await publish(job_store, first.job_id, ANN.id, won.attempt, 0, "First.")
    if is_cancelled:
        await cancel(job_store, first.job_id)
    else:
        await complete(job_store, first.job_id, ANN.id, won.attempt)
    second = await _ask(desk, "Two?", first)
    won = await must_claim(job_store, second.job_id, ANN)
    answered = [Message("user", "One?"), Message("assistant", "First.")]
    assert won.messages == [*answered, Message("user", "Two?")]
    await publish(job_store, second.job_id, ANN.id, won.attempt, 0, "Sec")
    third = await _ask(desk, "Three?", second)
    won = await must_claim(job_store, third.job_id, ANN)
    assert won.messages == [*answered, Message("user", "Three?")]


async def test_another_persons_answer_is_nobodys_business(
    desk: Desk, job_store: JobStore, database: Database
) -> None:
    """Asking in another's conversation is refused before anything of it is kept."""
    first = await _ask(desk, "One?")
    await cancel(job_store, first.job_id)
    stranger = await desk_on(database, job_store)
    with pytest.raises(NotFound):
        await _ask(stranger, "Two?", first)
    assert await desk.conversations.unanswered(desk.ann) == [first.job_id]
