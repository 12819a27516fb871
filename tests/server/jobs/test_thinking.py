"""A model that thinks before its first word is not stuck, as long as the job has time for it.

What it thinks aloud is shown, and is no part of the answer.
"""

import pytest

from ashao.errors import SeqConflict, StaleAttempt
from ashao.jobs.event import DoneEvent, TokenEvent
from ashao.jobs.finish import complete, release
from ashao.jobs.job import JobId, Producer, Status
from ashao.jobs.publish import publish, renew
from ashao.jobs.read import ended_job, read_log
from ashao.jobs.store import JobStore, Rules
from ashao.messages import Message, Params
from tests.support.aging import age
from tests.support.jobs import (
    ANN,
    BOB,
    CLOUD,
    claimed,
    must_claim,
    new_job,
    plain,
    sweep_job,
    view,
)

BEFORE_LAPSE_MS = 14_000  # of a lease of 15 s


async def think(
    store: JobStore,
    job_id: JobId,
    attempt: int,
    seq: int,
    thought: str = "Hm.",
    producer: Producer = ANN,
) -> str:
    """One piece of thinking, three tokens long."""
    return await publish(store, job_id, producer.id, attempt, seq, thought, 3, "thinking")


async def test_thinking_keeps_a_claim_within_the_jobs_time_for_silence(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    rounds = 0
    while (await view(job_store, job_id)).status is Status.RUNNING:
        await renew(job_store, ANN.id, [(job_id, won.attempt)], {job_id})
        await age(job_store.redis, job_id, BEFORE_LAPSE_MS)
        await sweep_job(job_store, job_id)
        rounds += 1
    assert rounds == job_store.rules.thinking_ms // BEFORE_LAPSE_MS + 1


async def test_thinking_aloud_has_the_same_time(job_store: JobStore) -> None:
    """And all claims of a job have it together: then workers are asked no more."""
    job_id, won = await claimed(job_store)
    rounds = 0
    while (await view(job_store, job_id)).status is Status.RUNNING:
        await think(job_store, job_id, won.attempt, rounds)
        await age(job_store.redis, job_id, BEFORE_LAPSE_MS)
        await sweep_job(job_store, job_id)
        rounds += 1
    assert rounds == job_store.rules.thinking_ms // BEFORE_LAPSE_MS + 1
    assert (await must_claim(job_store, job_id, CLOUD)).next_seq == rounds


async def test_after_the_first_word_only_words_count(job_store: JobStore) -> None:
    """Else an answer could be spun out."""
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a")
    await age(job_store.redis, job_id, BEFORE_LAPSE_MS)
    assert await renew(job_store, ANN.id, [(job_id, won.attempt)], {job_id}) == []
    await age(job_store.redis, job_id, BEFORE_LAPSE_MS)
    await sweep_job(job_store, job_id)
    assert (await view(job_store, job_id)).status is Status.QUEUED


@pytest.mark.parametrize(("words", "is_held"), [(1, False), (30, True)])
async def test_thoughts_between_words_count_as_long_as_the_words_are_at_a_fair_pace(
    job_store: JobStore, words: int, is_held: bool
) -> None:
    """Each word buys two seconds, thinking none: 70 s of thoughts take 20 words or more."""
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a" * words, tokens=words)
    for seq in range(1, 6):
        if (await view(job_store, job_id)).status is Status.RUNNING:
            await think(job_store, job_id, won.attempt, seq)
        await age(job_store.redis, job_id, BEFORE_LAPSE_MS)
        await sweep_job(job_store, job_id)
    assert ((await view(job_store, job_id)).status is Status.RUNNING) == is_held


async def test_a_thought_is_an_event_of_its_own_and_never_the_answer(job_store: JobStore) -> None:
    """The next producer goes on from the words alone, and so does what is kept."""
    job_id, won = await claimed(job_store)
    assert await think(job_store, job_id, won.attempt, 0) == "ok"
    assert await think(job_store, job_id, won.attempt, 0) == "repeat"
    with pytest.raises(SeqConflict):  # the same letters, as text
        await publish(job_store, job_id, ANN.id, won.attempt, 0, "Hm.")
    await publish(job_store, job_id, ANN.id, won.attempt, 1, "One, ")
    await release(job_store, job_id, ANN.id, won.attempt)
    again = await must_claim(job_store, job_id, BOB)
    assert again.messages[1:] == [Message("assistant", "One, ")]
    await think(job_store, job_id, again.attempt, 2, "And?", BOB)
    await publish(job_store, job_id, BOB.id, again.attempt, 3, "two.")
    await complete(job_store, job_id, BOB.id, again.attempt)
    page = await read_log(job_store, job_id)
    assert plain(page.events) == [
        TokenEvent(0, "", thinking="Hm."),
        TokenEvent(1, "One, "),
        TokenEvent(2, "", thinking="And?"),
        TokenEvent(3, "two."),
        DoneEvent(4, 2, thoughts=6),
    ]
    ended = await ended_job(job_store, job_id)
    assert ended is not None
    assert ended.text == "One, two."


async def test_who_dies_in_thought_leaves_no_prefix_and_all_of_the_budget(
    job_store: JobStore,
) -> None:
    job_id, won = await claimed(job_store, new_job(params=Params(max_tokens=4)))
    for seq in range(2):
        await think(job_store, job_id, won.attempt, seq)
    await release(job_store, job_id, ANN.id, won.attempt)
    again = await must_claim(job_store, job_id, BOB)
    assert [each.role for each in again.messages] == ["user"]
    assert (again.next_seq, again.params.max_tokens) == (2, 4)


async def test_thoughts_are_work_if_they_led_to_words(job_store: JobStore) -> None:
    """Who never came to a word gave the answer nothing."""
    job_id, won = await claimed(job_store)
    await think(job_store, job_id, won.attempt, 0)
    await release(job_store, job_id, ANN.id, won.attempt)
    again = await must_claim(job_store, job_id, BOB)
    await think(job_store, job_id, again.attempt, 1, producer=BOB)
    await publish(job_store, job_id, BOB.id, again.attempt, 2, "one two", tokens=2)
    await complete(job_store, job_id, BOB.id, again.attempt)
    ended = await ended_job(job_store, job_id)
    assert ended is not None
    assert [(each.producer_id, each.work) for each in ended.contributions] == [(BOB.id, 5)]


async def test_only_visible_thoughts_count(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, " " * 9, 9, "thinking")
    await publish(job_store, job_id, ANN.id, won.attempt, 1, "ab", 9, "thinking")
    assert [each.thoughts for each in (await view(job_store, job_id)).contributions] == [2]


async def test_thoughts_alone_are_no_answer(job_store: JobStore) -> None:
    """Unless they took all of its budget: then it ended at its length."""
    for budget, status, finish in ((None, "queued", None), (3, "done", "length")):
        job_id, won = await claimed(job_store, new_job(params=Params(max_tokens=budget)))
        await think(job_store, job_id, won.attempt, 0)
        await complete(job_store, job_id, ANN.id, won.attempt)
        assert (await view(job_store, job_id)).status == status
        last = (await read_log(job_store, job_id)).events[-1]
        assert getattr(last, "finish", None) == finish


async def test_thoughts_take_from_the_budget_of_their_own_attempt(job_store: JobStore) -> None:
    """What an attempt thought that was lost says nothing of how the last one ended."""
    job_id, won = await claimed(job_store, new_job(params=Params(max_tokens=4)))
    await think(job_store, job_id, won.attempt, 0)
    await release(job_store, job_id, ANN.id, won.attempt)
    again = await must_claim(job_store, job_id, BOB)
    await publish(job_store, job_id, BOB.id, again.attempt, 1, "one two", tokens=2)
    await complete(job_store, job_id, BOB.id, again.attempt)
    assert plain((await read_log(job_store, job_id)).events)[-1] == DoneEvent(2, 2, thoughts=3)


async def test_who_thinks_without_end_loses_the_claim(job_store: JobStore) -> None:
    """By its bytes long before by its time; the next may think as much."""
    short = JobStore(job_store.redis, Rules(max_thought_bytes=10))
    job_id, won = await claimed(short)
    assert await think(short, job_id, won.attempt, 0, "0123456789") == "ok"
    assert await think(short, job_id, won.attempt, 1, "!") == "lost"
    job = await view(short, job_id)
    assert (job.status, job.failures, job.next_seq) == (Status.QUEUED, 1, 1)
    with pytest.raises(StaleAttempt):
        await think(short, job_id, won.attempt, 1, "!")
    again = await must_claim(short, job_id, BOB)
    assert await think(short, job_id, again.attempt, 1, "0123456789", BOB) == "ok"


async def test_a_job_holds_no_more_thoughts_than_text(job_store: JobStore) -> None:
    """However many claims they come from."""
    short = JobStore(job_store.redis, Rules(max_thought_bytes=10, max_answer_bytes=15))
    job_id, won = await claimed(short)
    await think(short, job_id, won.attempt, 0, "0123456789")
    await release(short, job_id, ANN.id, won.attempt)
    again = await must_claim(short, job_id, BOB)
    assert await think(short, job_id, again.attempt, 1, "012345", BOB) == "lost"


async def test_thinking_is_no_reason_to_let_a_claim_go_for_nothing(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "w" * 99, 99, "thinking")
    await release(job_store, job_id, ANN.id, won.attempt, counts=True)
    assert (await view(job_store, job_id)).failures == 1
