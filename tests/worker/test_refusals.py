"""When a claim is over, the engine stops within a second, whoever says so."""

import pytest

from tests.worker.house import ANSWER, donating

LONG = "word " * 2000


async def test_a_stale_attempt_stops_within_a_second() -> None:
    async with donating(answer=LONG) as house:
        job = house.orchestrator.enqueue()
        await house.until_said(job, 3)
        house.orchestrator.lapse(job, to="somebody")
        took_ms = await house.environment.until(
            lambda: house.engine.interrupted == 1, "the engine stops"
        )
        assert took_ms < 1000
        assert house.orchestrator.bodies("fail") == []
        assert house.orchestrator.bodies("complete") == []


async def test_a_cancel_arrives_by_heartbeat_within_a_second() -> None:
    async with donating(answer=LONG, token_ms=5_000) as house:
        house.orchestrator.enqueue()
        await house.environment.until(lambda: house.engine.open_streams == 1, "it works")
        house.orchestrator.cancel_now.add("j1")
        took_ms = await house.environment.until(
            lambda: house.engine.interrupted == 1, "the engine stops"
        )
        assert took_ms < 1000
        assert house.orchestrator.bodies("token") == []


async def test_a_cancel_arrives_within_a_second_even_if_the_server_asks_for_fewer_beats() -> None:
    async with donating(answer=LONG, token_ms=5_000) as house:
        house.orchestrator.heartbeat_ms = 5_000
        house.orchestrator.enqueue()
        await house.environment.until(lambda: house.engine.open_streams == 1, "it works")
        house.orchestrator.cancel_now.add("j1")
        took_ms = await house.environment.until(
            lambda: house.engine.interrupted == 1, "the engine stops"
        )
        assert took_ms < 1000


async def test_after_a_lost_claim_the_worker_goes_on_with_the_next_job() -> None:
    async with donating() as house:
        lost = house.orchestrator.enqueue("j1")
        await house.until_said(lost, 1)
        house.orchestrator.lapse(lost, to="somebody")
        kept = house.orchestrator.enqueue("j2")
        await house.until_ended(kept)
        assert kept.text == ANSWER


async def test_a_cancel_does_not_hit_a_later_claim_of_the_same_job() -> None:
    async with donating(token_ms=200, concurrency=2, latency_ms=300) as house:
        job = house.orchestrator.enqueue()
        await house.environment.until(
            lambda: house.environment.open_requests["heartbeat"] == 1, "a heartbeat is on its way"
        )
        house.orchestrator.lapse(job)
        await house.until_ended(job)
        assert (job.text, job.attempt) == (ANSWER, 2)


async def test_a_store_that_lost_events_gets_them_again() -> None:
    async with donating() as house:
        job = house.orchestrator.enqueue()
        await house.until_said(job, 4)
        del job.log[1:]
        await house.until_ended(job)
        assert job.text == ANSWER


async def test_a_store_that_lost_the_last_events_gets_them_before_the_end() -> None:
    async with donating() as house:
        job = house.orchestrator.enqueue()
        await house.environment.until(
            lambda: house.environment.open_requests["complete"] == 1, "it says complete"
        )
        del job.log[-2:]
        await house.until_ended(job)
        assert job.text == ANSWER
        assert len(house.orchestrator.bodies("complete")) == 2


async def test_what_was_lost_before_our_attempt_cannot_be_resent() -> None:
    async with donating() as house:
        job = house.orchestrator.enqueue(prefix=["one ", "two "])
        await house.until_said(job, 4)
        del job.log[1:]
        took_ms = await house.environment.until(
            lambda: house.engine.open_streams == 0, "the attempt is given up"
        )
        assert took_ms < 1000
        assert job.text == "one "


@pytest.mark.parametrize("code", ["engine_error", "timeout", "context_too_long", "bad_request"])
async def test_a_failing_engine_says_why_in_a_word_of_the_closed_list(code: str) -> None:
    async with donating(error=code, error_after=2) as house:
        job = house.orchestrator.enqueue()
        await house.until_ended(job, "failed")
        assert house.orchestrator.bodies("fail") == [{"jobId": "j1", "attempt": 1, "error": code}]


@pytest.mark.parametrize("code", ["device_lost", "out_of_memory"])
async def test_an_engine_that_is_gone_ends_the_worker(code: str) -> None:
    async with donating(error=code) as house:
        job = house.orchestrator.enqueue()
        house.orchestrator.enqueue("j2")
        await house.end()
        assert job.failures == [code]
        assert house.states[-1] == "error"
        assert len(house.orchestrator.bodies("claim")) == 1


async def test_an_unknown_failure_is_an_engine_error() -> None:
    async with donating(error="something new") as house:
        job = house.orchestrator.enqueue()
        await house.until_ended(job, "failed")
        assert job.failures == ["engine_error"]


async def test_a_bug_in_an_engine_does_not_end_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with donating() as house:
        monkeypatch.setattr(house.engine, "_pieces", None)
        job = house.orchestrator.enqueue()
        await house.until_ended(job, "failed")
        assert job.failures == ["engine_error"]
        assert not house.running.done()


async def test_a_failing_engine_rests_longer_each_time() -> None:
    async with donating(error="engine_error") as house:
        for number in range(4):
            house.orchestrator.enqueue(f"j{number}")
        await house.environment.advance(20_000)
        claims = house.orchestrator.times("claim")
        rests = [later - earlier for earlier, later in zip(claims, claims[1:], strict=False)]
        assert rests[0] > 500
        assert rests[1] > 1.5 * rests[0]
        assert "paused" in house.states
        assert "error" not in house.states


async def test_a_job_at_fault_does_not_slow_the_worker() -> None:
    async with donating(error="context_too_long") as house:
        jobs = [house.orchestrator.enqueue(f"j{number}") for number in range(3)]
        await house.environment.advance(500)
        assert [job.status for job in jobs] == ["failed"] * 3
