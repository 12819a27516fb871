"""Stop, pause and signs of life."""

from tests.worker.house import ANSWER, donating


async def test_stop_releases_the_job_at_once() -> None:
    async with donating() as house:
        job = house.orchestrator.enqueue()
        await house.until_said(job, 2)
        house.worker.stop()
        took_ms = await house.environment.until(lambda: job.status == "queued", "it is queued")
        assert took_ms < 1000
        assert house.orchestrator.bodies("release") == [{"workerId": "w1"}]
        await house.end()
        assert house.states[-1] == "idle"


async def test_a_graceful_stop_finishes_the_answer_and_claims_no_more() -> None:
    async with donating() as house:
        job = house.orchestrator.enqueue()
        await house.until_said(job, 2)
        other = house.orchestrator.enqueue("j2")
        house.worker.stop(drain_s=30)
        await house.end()
        assert (job.text, job.status) == (ANSWER, "done")
        assert (other.status, other.attempt) == ("queued", 0)


async def test_a_graceful_stop_has_an_end() -> None:
    async with donating(answer="word " * 5000) as house:
        job = house.orchestrator.enqueue()
        await house.until_said(job, 2)
        house.worker.stop(drain_s=3)
        took_ms = await house.environment.until(house.running.done, "the worker ends")
        assert 3000 <= took_ms < 4000
        assert job.status == "queued"


async def test_a_second_stop_does_not_wait() -> None:
    async with donating(answer="word " * 5000) as house:
        job = house.orchestrator.enqueue()
        await house.until_said(job, 2)
        house.worker.stop(drain_s=30)
        await house.environment.advance(100)
        house.worker.stop()
        took_ms = await house.environment.until(house.running.done, "the worker ends")
        assert took_ms < 1000


async def test_an_idle_worker_stops_at_once_even_with_patience() -> None:
    async with donating() as house:
        await house.environment.advance(100)
        house.worker.stop(drain_s=30)
        assert await house.environment.until(house.running.done, "it ends") < 1000


async def test_a_goodbye_that_does_not_arrive_does_not_keep_the_worker() -> None:
    async with donating() as house:
        await house.environment.advance(100)
        house.environment.troubles["release"] = ["hang"]
        house.worker.stop()
        assert await house.environment.until(house.running.done, "it ends") < 6000


async def test_a_worker_that_never_reached_the_server_can_be_stopped() -> None:
    async with donating() as house:
        house.environment.troubles["register"] = ["lost request"] * 1000
        await house.environment.advance(5000)
        house.worker.stop()
        assert await house.environment.until(house.running.done, "it ends") < 1000
        assert house.orchestrator.bodies("release") == []


async def test_a_pause_finishes_the_answer_and_claims_no_more_until_resumed() -> None:
    async with donating() as house:
        job = house.orchestrator.enqueue()
        await house.until_said(job, 2)
        house.worker.pause()
        await house.until_ended(job)
        other = house.orchestrator.enqueue("j2")
        await house.environment.advance(30_000)
        assert (other.status, house.states[-1]) == ("queued", "paused")
        house.worker.resume()
        await house.until_ended(other)


async def test_a_pause_ends_the_waiting_claim_and_frees_what_it_may_hold() -> None:
    async with donating() as house:
        await house.environment.advance(1000)
        house.worker.pause()
        await house.environment.advance(100)
        assert house.environment.open_requests["claim"] == 0
        assert house.orchestrator.bodies("release") == [{"workerId": "w1"}]


async def test_a_pause_that_is_over_at_once_frees_it_too() -> None:
    """What was claimed while nobody listened would wait for its lease to lapse."""
    async with donating() as house:
        await house.environment.advance(1000)
        house.worker.pause()
        house.worker.resume()
        await house.environment.advance(100)
        assert house.orchestrator.bodies("release") == [{"workerId": "w1"}]
        await house.until_ended(house.orchestrator.enqueue())


async def test_resume_after_stop_claims_nothing() -> None:
    async with donating() as house:
        await house.environment.advance(100)
        house.worker.stop()
        house.worker.resume()
        job = house.orchestrator.enqueue()
        await house.end()
        assert job.attempt == 0


async def test_heartbeats_are_rare_when_idle() -> None:
    async with donating() as house:
        await house.environment.advance(35_000)
        assert len(house.orchestrator.bodies("heartbeat")) == 3
        assert house.orchestrator.bodies("heartbeat")[0] == {"workerId": "w1", "jobs": []}


async def test_heartbeats_name_the_claims_more_than_once_a_second_when_busy() -> None:
    async with donating(token_ms=500) as house:
        await house.environment.advance(1000)
        house.orchestrator.enqueue()
        began = house.environment.now_ms()
        await house.environment.advance(5000)
        times = [at for at in house.orchestrator.times("heartbeat") if at >= began]
        gaps = [later - earlier for earlier, later in zip([began, *times], times, strict=False)]
        assert max(gaps) < 1000
        busy = house.orchestrator.bodies("heartbeat")[-1]
        assert busy["jobs"] == [{"jobId": "j1", "attempt": 1}]
        assert busy["tokensPerSecond"] > 1.5


async def test_heartbeats_that_fail_do_not_end_the_worker() -> None:
    async with donating(token_ms=500) as house:
        house.environment.troubles["heartbeat"] = ["lost request", "500", "404", "409"]
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert len(house.orchestrator.bodies("heartbeat")) > 0
