"""Nobody asks without end, a refusal costs nothing, and no honest worker ever meets one."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import httpx
import pytest

from ashao.errors import TooMany
from ashao.rates import MAX_BUCKETS, RATES, Rate, Rates
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator, commanded
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

AT_MOST = 200
type Call = Callable[[], Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server whose every rate is two at once, and one in two seconds."""
    folder = tmp_path_factory.mktemp("strict")
    settings = {"ASHAO_WORKER_GRACE_MS": "600000", "ASHAO_LEASE_MS": "600000"}
    with commanded(folder, module="tests.support.small_rates", **settings) as running:
        yield running


def _person_calls(person: ChatClient, job_id: str) -> dict[str, Call]:
    async def stream() -> httpx.Response:
        query = {"jobId": job_id}
        async with person.http.stream("GET", "/api/chat/stream", params=query) as reply:
            if reply.status_code == 429:
                await reply.aread()
            return reply

    return {
        "stream": stream,
        "search": lambda: person.http.get("/api/conversations", params={"q": "a"}),
        "export": lambda: person.http.get("/api/conversations/export"),
    }


def _worker_calls(worker: ScriptedWorker) -> dict[str, Call]:
    return {
        "claim": lambda: worker.post("claim", workerId=worker.id, tier="max", waitMs=0),
        "heartbeat": lambda: worker.post("heartbeat", workerId=worker.id, jobs=[]),
        "token": lambda: worker.post("token", jobId="0" * 32, attempt=1, seq=0, value="a"),
    }


async def _refused(call: Call) -> httpx.Response:
    """The first refusal, after some calls that were none."""
    for number in range(AT_MOST):
        reply = await call()
        if reply.status_code == 429:
            assert number >= 2
            return reply
    raise AssertionError(f"{AT_MOST} calls and no refusal")


@pytest.mark.parametrize("kind", RATES)
async def test_past_its_rate_a_caller_is_told_when_to_come_back(
    strict: Orchestrator, kind: str
) -> None:
    """And nobody else at the same address is."""
    async with (
        ChatClient(strict.url) as person,
        ChatClient(strict.url) as other,
        ScriptedWorker(strict.url, tiers=["pro", "max"]) as worker,
        ScriptedWorker(strict.url, tiers=["pro", "max"]) as another,
    ):
        calls = _person_calls(person, await person.send()) | _worker_calls(worker)
        others = _person_calls(other, await other.send()) | _worker_calls(another)
        reply = await _refused(calls[kind])
        assert int(reply.headers["retry-after"]) in (1, 2)
        assert reply.json()["error"].startswith(f"Too many {RATES[kind].what}. Please wait ")
        assert (await others[kind]()).status_code != 429
        await person.cancel_all()
        await other.cancel_all()


async def test_a_piece_that_was_refused_is_sent_again_and_nothing_is_lost(
    strict: Orchestrator,
) -> None:
    async with ChatClient(strict.url) as person, ScriptedWorker(strict.url) as worker:
        job_id = await person.send()
        claimed = await worker.claim()
        text, refusals = "", 0

        async def is_said(seq: int) -> bool:
            nonlocal refusals
            status = (await worker.say(claimed, seq, f"{seq},")).status_code
            refusals += status == 429
            return status == 200

        while not refusals:
            seq = text.count(",")
            await wait_until(partial(is_said, seq), "it is taken")
            text += f"{seq},"
        assert (await worker.complete(claimed)).status_code == 200
        answer = await person.answer(job_id)
        assert answer.text == text


class Clock:
    """Stands still unless it is told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("slots", [1, 4, 64])
@pytest.mark.parametrize("tokens_a_post", [1, 8])
def test_an_honest_worker_never_meets_a_limit(slots: int, tokens_a_post: int) -> None:
    """All of its slots write 200 tokens a second, an outage of ten seconds included."""
    clock = Clock()
    rates = Rates(clock=clock)
    for second in range(60):
        clock.now += 1
        is_away = 20 <= second < 30
        posts = 0 if is_away else 200 * slots // tokens_a_post
        posts += 10 * 200 * slots // tokens_a_post if second == 30 else 0
        for _ in range(posts):
            rates.take("token", "ann", slots)
        for _ in range(slots):
            rates.take("claim", "ann", slots)
        rates.take("heartbeat", "ann")


def _allowed(rates: Rates, who: str = "ann") -> int:
    for number in range(10_000):
        try:
            rates.take("x", who)
        except TooMany:
            return number
    raise AssertionError


def test_a_bucket_fills_as_time_goes_by_and_no_further() -> None:
    clock = Clock()
    rates = Rates({"x": Rate("calls", 2, 5)}, clock)
    assert _allowed(rates) == 5
    assert _allowed(rates, "bob") == 5
    clock.now += 1
    assert _allowed(rates) == 2
    clock.now += 3600
    assert _allowed(rates) == 5


@pytest.mark.parametrize("burst", [1, 2, 5])
@pytest.mark.parametrize("per_second", [1 / 30, 0.3, 7, 1000])
def test_who_comes_back_when_told_to_is_let_in(per_second: float, burst: int) -> None:
    clock = Clock()
    rates = Rates({"x": Rate("calls", per_second, burst)}, clock)
    for _ in range(20):
        _allowed(rates)
        with pytest.raises(TooMany) as refused:
            rates.take("x", "ann")
        clock.now += refused.value.retry_after_s
        rates.take("x", "ann")


def test_the_memory_of_callers_is_bounded() -> None:
    clock = Clock()
    rates = Rates({"x": Rate("calls", 1, 5)}, clock)
    for number in range(3 * MAX_BUCKETS):
        rates.take("x", str(number))
        clock.now += 1e-6
    assert len(rates) <= MAX_BUCKETS
