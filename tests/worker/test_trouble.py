"""Networks and servers that fail: nothing is said twice, nothing is lost, nobody is hammered."""

from collections.abc import Mapping

import pytest

from ashao_worker.core.environment import Response
from ashao_worker.core.report import Registered, StateChanged
from tests.worker.house import ANSWER, donating


@pytest.mark.parametrize("trouble", ["lost request", "lost reply", "503", "429", "hang"])
async def test_a_token_request_is_repeated_with_the_same_seq_and_value(trouble: str) -> None:
    async with donating() as house:
        house.environment.troubles["token"] = ["", trouble, trouble]
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert job.text == ANSWER
        posts = house.orchestrator.bodies("token")
        values = {(post["seq"], post["value"]) for post in posts}
        assert len(values) == len({post["seq"] for post in posts}) == len(job.log)


async def test_a_lost_reply_really_is_repeated() -> None:
    async with donating() as house:
        house.environment.troubles["token"] = ["lost reply"]
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        first, second, *_ = house.orchestrator.bodies("token")
        assert first == second


@pytest.mark.parametrize("endpoint", ["complete", "fail"])
async def test_the_end_is_repeated_until_it_arrives(endpoint: str) -> None:
    error = "context_too_long" if endpoint == "fail" else None
    async with donating(error=error) as house:
        house.environment.troubles[endpoint] = ["lost request", "502"]
        job = house.orchestrator.enqueue()
        await house.until_ended(job, "failed" if error else "done")


async def test_a_complete_whose_reply_is_lost_counts_once() -> None:
    async with donating() as house:
        house.environment.troubles["complete"] = ["lost reply"]
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        await house.environment.advance(2000)
        assert len(house.orchestrator.bodies("complete")) == 2
        assert house.stats.jobs_done == 1


async def test_an_attempt_out_of_reach_for_a_lease_is_given_up() -> None:
    async with donating(answer="word " * 5000) as house:
        job = house.orchestrator.enqueue()
        await house.until_said(job, 2)
        house.environment.troubles["token"] = ["lost request"] * 1000
        took_ms = await house.environment.until(
            lambda: house.engine.interrupted == 1, "the engine stops"
        )
        assert 15_000 <= took_ms < 20_000


async def test_a_claim_whose_reply_is_lost_is_never_named() -> None:
    async with donating() as house:
        house.environment.troubles["claim"] = ["lost reply"]
        house.orchestrator.enqueue()
        await house.environment.advance(30_000)
        beats = house.orchestrator.bodies("heartbeat")
        assert len(beats) >= 2
        assert all(beat["jobs"] == [] for beat in beats)
        assert len(house.orchestrator.bodies("claim")) > 1


async def test_after_a_401_the_worker_registers_again_and_works() -> None:
    async with donating() as house:
        await house.environment.advance(1000)
        house.orchestrator.forget_workers()
        await house.environment.advance(25_000)
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert len(house.orchestrator.bodies("register")) == 2
        assert job.text == ANSWER
        names = [event.worker_id for event in house.events if isinstance(event, Registered)]
        assert names == ["w1", "w2"]


async def test_a_401_in_the_middle_of_an_answer_stops_the_engine() -> None:
    async with donating(answer="word " * 5000) as house:
        job = house.orchestrator.enqueue()
        await house.until_said(job, 2)
        house.orchestrator.forget_workers()
        took_ms = await house.environment.until(
            lambda: house.engine.interrupted == 1, "the engine stops"
        )
        assert took_ms < 1000


async def test_a_server_that_forgets_at_once_is_not_hammered() -> None:
    async with donating() as house:
        house.environment.troubles["claim"] = ["401"] * 1000
        await house.environment.advance(60_000)
        assert 5 < len(house.orchestrator.bodies("register")) < 20


async def test_registration_waits_for_a_server_that_is_away() -> None:
    async with donating() as house:
        house.environment.troubles["register"] = ["lost request"] * 5
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert house.states[:2] == ["paused", "ready"]


async def test_claims_back_off_while_the_server_is_away_and_recover() -> None:
    async with donating() as house:
        house.environment.troubles["claim"] = ["lost request"] * 1000
        await house.environment.advance(60_000)
        tries = 1000 - len(house.environment.troubles["claim"])
        assert 5 < tries < 20
        house.environment.troubles.clear()
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert house.states == ["ready", "paused", "working"]


async def test_trouble_that_passes_is_told_in_a_sentence_and_is_no_end() -> None:
    async with donating() as house:
        house.environment.troubles["claim"] = ["lost request"] * 3
        await house.environment.until(lambda: house.states[-1:] == ["paused"], "the trouble")
        told = [event for event in house.events if isinstance(event, StateChanged)][-1]
        assert told.message == "The server does not answer. Trying again."
        job = house.orchestrator.enqueue()
        await house.until_ended(job)
        assert "error" not in house.states


async def test_an_empty_answer_that_comes_at_once_is_not_asked_for_in_a_loop() -> None:
    async with donating() as house:
        original = house.environment.answer

        async def hasty(
            method: str, path: str, body: Mapping[str, object], bearer: str | None
        ) -> Response:
            if path.endswith("/claim"):
                body = {**body, "waitMs": 0}
            return await original(method, path, body, bearer)

        house.environment.answer = hasty
        await house.environment.advance(60_000)
        assert len(house.orchestrator.bodies("claim")) < 20


async def test_a_server_that_will_not_have_us_is_not_asked_again() -> None:
    async with donating() as house:
        house.environment.troubles["register"] = ["403"]
        await house.environment.until(house.running.done, "the worker ends")
        assert house.running.exception() is not None
        assert house.states == ["error"]
