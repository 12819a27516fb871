"""One job from its claim to its end."""

from ashao_worker.core.report import State
from tests.worker.house import ANSWER, donating


async def test_a_claimed_job_is_answered_whole_and_completed() -> None:
    async with donating() as house:
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert job.text == ANSWER
        (completion,) = house.orchestrator.bodies("complete")
        tokens = sum(tokens for _, tokens in job.log)
        assert completion == {
            "jobId": "j1",
            "workerId": "w1",
            "attempt": 1,
            "seq": len(job.log),
            "tokens": tokens,
            "reason": "stop",
        }
        assert tokens == -(-len(ANSWER) // 4)


async def test_a_prefix_is_continued_from_its_seq() -> None:
    async with donating() as house:
        job = house.orchestrator.enqueue(prefix=["one ", "two th"])
        job.attempt = 1
        await house.until_ended(job)
        assert job.text == ANSWER
        first = house.orchestrator.bodies("token")[0]
        assert (first["attempt"], first["seq"]) == (2, 2)


async def test_sampling_reaches_the_engine() -> None:
    async with donating() as house:
        short = house.orchestrator.enqueue("j1", maxTokens=2)
        stopped = house.orchestrator.enqueue("j2", stop=["three"])
        await house.until_ended(short)
        await house.until_ended(stopped)
        assert (short.text, stopped.text) == (ANSWER[:8], "one two ")
        ends = [body["reason"] for body in house.orchestrator.bodies("complete")]
        assert ends == ["length", "stop"]


async def test_only_one_token_request_is_in_flight_on_a_slow_network() -> None:
    async with donating(latency_ms=400) as house:
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert house.environment.most_open_requests["token"] == 1
        assert job.text == ANSWER


async def test_jobs_follow_each_other() -> None:
    async with donating() as house:
        jobs = [house.orchestrator.enqueue(f"j{number}") for number in range(3)]
        for job in jobs:
            await house.until_ended(job)
        await house.environment.advance(20)
        assert [job.text for job in jobs] == [ANSWER] * 3
        assert house.stats.jobs_done == 3
        assert house.states == ["ready", *["working", "ready"] * 3]


async def test_several_jobs_at_a_time_when_asked_for() -> None:
    async with donating(concurrency=3) as house:
        jobs = [house.orchestrator.enqueue(f"j{number}") for number in range(5)]
        await house.environment.until(
            lambda: house.engine.open_streams == 3, "three at a time", 1000
        )
        assert house.engine.open_streams == 3
        for job in jobs:
            await house.until_ended(job)
        assert {job.text for job in jobs} == {ANSWER}


async def test_the_worker_never_has_more_jobs_than_it_offered() -> None:
    most = 0
    async with donating(concurrency=2) as house:
        jobs = [house.orchestrator.enqueue(f"j{number}") for number in range(6)]
        while any(job.status != "done" for job in jobs):
            await house.environment.advance(5)
            most = max(most, house.engine.open_streams)
    assert most == 2


async def test_tiers_take_turns() -> None:
    async with donating(tiers=("max", "pro")) as house:
        await house.environment.advance(9_000)
        asked = [body["tier"] for body in house.orchestrator.bodies("claim")]
        assert asked[:4] == ["max", "pro", "max", "pro"]


async def test_figures_tell_jobs_tokens_and_speed() -> None:
    async with donating(token_ms=50) as house:
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        await house.environment.advance(20)
        stats = house.stats
        assert (stats.jobs_done, stats.tokens) == (1, -(-len(ANSWER) // 4))
        assert 19 < stats.tokens_per_second <= 20
        assert house.events[-1].type == "state"
        assert house.states[-1] is State.READY.value
