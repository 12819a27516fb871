"""A worker lies; the question is answered all the same, and the liar is told to wait."""

import asyncio
from typing import Any

import pytest

from ashao.jobs.job import JobId
from ashao.jobs.read import get_job
from ashao.jobs.store import JobStore, Rules
from ashao.store.redis import connect
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

UNSEEN = ["\u200b" * 5_333, "\u2060\ufeff" * 900, " \n" * 1_000, "\u3164" * 2_000, "\u0007" * 999]
SUSPENDED = 429


async def _answer(worker: ScriptedWorker, person: ChatClient, job_id: str) -> None:
    """An honest answer, to the end."""
    claimed = await worker.claim()
    assert claimed["job"]["id"] == job_id
    await worker.say(claimed, claimed["nextSeq"], "An honest answer.")
    assert (await worker.complete(claimed)).status_code == 200
    seen = await person.answer(job_id)
    assert (seen.text, seen.last["type"]) == ("An honest answer.", "done")


async def _look(worker: ScriptedWorker) -> Any:
    """What the worker gets when it asks for a job and does not wait."""
    return await worker.post("claim", workerId=worker.id, tier="pro", waitMs=100)


@pytest.mark.parametrize("verdict", ["bad_request", "refused", "context_too_long", "nonsense"])
async def test_a_verdict_ends_no_question(
    person: ChatClient, server: Orchestrator, verdict: str
) -> None:
    async with ScriptedWorker(server.url) as liar, ScriptedWorker(server.url) as honest:
        job_id = await person.send()
        await liar.fail(await liar.claim(), verdict)
        await _answer(honest, person, job_id)


@pytest.mark.parametrize("verdict", ["bad_request", "refused"])
async def test_verdicts_that_others_contradict_suspend(
    person: ChatClient, server: Orchestrator, verdict: str
) -> None:
    async with ScriptedWorker(server.url) as liar, ScriptedWorker(server.url) as honest:
        for _ in range(3):
            job_id = await person.send()
            await liar.fail(await liar.claim(), verdict)
            await _answer(honest, person, job_id)

        async def is_suspended() -> bool:
            return bool((await _look(liar)).status_code == SUSPENDED)

        await wait_until(is_suspended, "the liar's suspension")


async def test_who_loses_a_question_twice_lets_others_go_first(
    person: ChatClient, server: Orchestrator
) -> None:
    """However it loses it: here by claiming and letting go, which once kept a question for ever."""
    async with ScriptedWorker(server.url) as liar, ScriptedWorker(server.url) as honest:
        job_id = await person.send()
        for _ in range(2):
            claimed = await liar.claim()
            held = {"jobId": job_id, "attempt": claimed["attempt"]}
            await liar.post("release", workerId=liar.id, jobs=[held])
        assert (await _look(liar)).json() == {"job": None}
        await _answer(honest, person, job_id)


async def test_a_window_that_is_too_short_is_believed_where_it_can_be_true(
    person: ChatClient, server: Orchestrator
) -> None:
    """The question waits for a longer one, and is not offered to the short one again."""
    async with (
        ScriptedWorker(server.url, contextTokens=2_000) as short,
        ScriptedWorker(server.url, contextTokens=8_000) as long,
    ):
        job_id = await person.send("\u5b57" * 3_000)  # more tokens than letters are guessed to be
        await short.fail(await short.claim(), "context_too_long")
        assert (await _look(short)).json() == {"job": None}
        await _answer(long, person, job_id)
        assert (await _look(short)).status_code != SUSPENDED


async def test_a_short_prompt_is_too_long_for_nobody(
    person: ChatClient, server: Orchestrator
) -> None:
    """It counts as a failure, and other windows of that length are not barred."""
    async with (
        ScriptedWorker(server.url, contextTokens=2_000) as liar,
        ScriptedWorker(server.url, contextTokens=2_000) as honest,
    ):
        for _ in range(3):
            job_id = await person.send()
            await liar.fail(await liar.claim(), "context_too_long")
            await _answer(honest, person, job_id)
        assert (await _look(liar)).status_code == SUSPENDED


@pytest.mark.parametrize("text", UNSEEN)
async def test_text_that_nobody_sees_is_neither_paid_nor_kept(
    person: ChatClient, server: Orchestrator, store_at: str, text: str
) -> None:
    async with ScriptedWorker(server.url) as thief, ScriptedWorker(server.url) as honest:
        job_id = await person.send()
        claimed = await thief.claim()
        body = {"jobId": job_id, "attempt": claimed["attempt"], "seq": 0, "value": text}
        assert (await thief.post("token", **body, tokens=15_999)).status_code == 200
        await thief.post("release", workerId=thief.id)
        await _answer(honest, person, job_id)
    redis = connect(store_at)
    job = await get_job(JobStore(redis, Rules()), JobId(job_id))
    await redis.aclose()
    assert job is not None
    assert [each.tokens for each in job.contributions] == [0, 1]


async def test_a_tab_holds_one_question_however_often_it_asks(
    person: ChatClient, server: Orchestrator
) -> None:
    async with ScriptedWorker(server.url) as greedy, ScriptedWorker(server.url) as honest:
        calls = [asyncio.create_task(greedy.claim(wait_ms=300)) for _ in range(12)]
        job_ids = {await person.send() for _ in range(4)}
        got = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(isinstance(each, dict) for each in got) == 1
        assert (await _look(greedy)).json() == {"job": None}
        claimed = await honest.claim()
        assert claimed["job"]["id"] in job_ids


async def test_an_answer_of_nothing_is_an_attempt_until_another_says_so_too(
    person: ChatClient, server: Orchestrator
) -> None:
    async with ScriptedWorker(server.url) as first, ScriptedWorker(server.url) as second:
        job_id = await person.send()
        assert (await first.complete(await first.claim())).json() == {"result": "ok"}
        assert (await second.complete(await second.claim())).json() == {"result": "ok"}
        answer = await person.answer(job_id)
        assert (answer.text, answer.last) == ("", {"type": "done", "tokens": 0})
        job_id = await person.send()
        await first.complete(await first.claim())
        await _answer(second, person, job_id)


async def test_an_old_success_told_again_wipes_no_failure(
    person: ChatClient, server: Orchestrator
) -> None:
    async with ScriptedWorker(server.url) as liar, ScriptedWorker(server.url) as honest:
        old = await person.send()
        claimed = await liar.claim()
        await liar.say(claimed, 0, "Well.")
        await liar.complete(claimed)
        assert (await person.answer(old)).text == "Well."
        for _ in range(3):
            job_id = await person.send()
            await liar.fail(await liar.claim())
            await liar.complete(claimed)
            await _answer(honest, person, job_id)
        assert (await _look(liar)).status_code == SUSPENDED


async def test_an_engine_that_stops_with_many_answers_open_counts_once(
    person: ChatClient, server: Orchestrator
) -> None:
    """An honest machine is not punished for how much it gave."""
    async with ScriptedWorker(server.url, kind="native", tiers=["pro"]) as honest:
        for _ in range(4):
            await person.send()
        held = [await honest.claim() for _ in range(4)]
        await asyncio.gather(*(honest.fail(each) for each in held))
        assert (await _look(honest)).status_code != SUSPENDED
