"""Text becomes token events: at once, then about every 40 ms, one request at a time, frozen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from ashao_worker.core.engine import Piece
from ashao_worker.core.flusher import MAX_VALUE_CHARACTERS, Flusher
from ashao_worker.core.orchestrator import Conflict
from ashao_worker.core.wire import Claim, Job, JobId, Params, TokenEvent
from tests.worker.virtual_time import VirtualEnvironment

CLAIM = Claim(Job(JobId("j1"), "pro", "auto"), (), 2, 7, Params())


class Wall:
    """Where events arrive; each takes `ms`, and `refuse` may object."""

    def __init__(self, environment: VirtualEnvironment, ms: float) -> None:
        self.environment = environment
        self.ms = ms
        self.sent: list[tuple[float, TokenEvent]] = []
        self.refuse: Callable[[TokenEvent], Conflict | None] = lambda _: None

    async def send(self, event: TokenEvent) -> None:
        self.sent.append((self.environment.now_ms(), event))
        await self.environment.sleep(self.ms / 1000)
        if refused := self.refuse(event):
            raise refused

    @property
    def values(self) -> list[str]:
        return [event.value for _, event in self.sent]

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.sent]


@asynccontextmanager
async def flushing(send_ms: float = 5) -> AsyncIterator[tuple[VirtualEnvironment, Flusher, Wall]]:
    environment = VirtualEnvironment()
    wall = Wall(environment, send_ms)
    flusher = Flusher(CLAIM, wall.send, environment)
    running = asyncio.ensure_future(flusher.run())
    try:
        yield environment, flusher, wall
        flusher.close()
        await environment.until(running.done, "the flush ends")
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_first_text_goes_out_at_once() -> None:
    async with flushing() as (environment, flusher, wall):
        await environment.advance(1000)
        flusher.add(Piece("Hello", 1))
        await environment.quiet()
        assert wall.times == [1000]


async def test_text_is_gathered_for_about_forty_milliseconds() -> None:
    async with flushing() as (environment, flusher, wall):
        for _ in range(20):
            flusher.add(Piece("x", 1))
            await environment.advance(10)
        assert wall.values == ["x", "xxx", "xxxx", "xxxx", "xxxx", "xxxx"]
        assert wall.times == [0, 40, 80, 120, 160, 200]


async def test_text_after_a_silence_goes_out_at_once() -> None:
    async with flushing() as (environment, flusher, wall):
        flusher.add(Piece("a", 1))
        await environment.advance(500)
        flusher.add(Piece("b", 1))
        await environment.quiet()
        assert wall.times == [0, 500]


async def test_only_one_request_is_in_flight() -> None:
    async with flushing(send_ms=300) as (environment, flusher, wall):
        for _ in range(25):
            flusher.add(Piece("x", 1))
            await environment.advance(20)
        assert wall.times == [0, 300]
        assert wall.values == ["x", "x" * 14]


async def test_seqs_follow_each_other_from_the_claims_own() -> None:
    async with flushing() as (environment, flusher, wall):
        for text in "abc":
            flusher.add(Piece(text, 1))
            await environment.advance(50)
        assert [(event.attempt, event.seq) for _, event in wall.sent] == [(2, 7), (2, 8), (2, 9)]
        assert flusher.next_seq == 10


async def test_what_is_left_goes_out_at_once_when_closed() -> None:
    async with flushing(send_ms=1) as (environment, flusher, wall):
        flusher.add(Piece("a", 1))
        await environment.advance(10)
        flusher.add(Piece("b", 1))
        flusher.close()
        await environment.advance(2)
        assert wall.values == ["a", "b"]
        assert wall.times == [0, 10]


async def test_an_empty_piece_makes_no_event_but_its_tokens_count() -> None:
    async with flushing() as (environment, flusher, wall):
        flusher.add(Piece("", 1))
        await environment.advance(100)
        assert wall.sent == []
        flusher.add(Piece("é", 1))
        await environment.quiet()
        assert [(event.value, event.tokens) for _, event in wall.sent] == [("é", 2)]


async def test_no_event_counts_more_tokens_than_its_value_has_bytes() -> None:
    """Whatever an engine counts, such as what it thought and did not say."""
    async with flushing() as (environment, flusher, wall):
        flusher.add(Piece("é!", 90))
        await environment.quiet()
        assert [event.tokens for _, event in wall.sent] == [3]


async def test_an_answer_without_text_ends_without_an_event() -> None:
    async with flushing() as (_, flusher, wall):
        flusher.add(Piece("", 1))
    assert wall.sent == []


async def test_a_flood_is_cut_into_events_of_bounded_size() -> None:
    text = "".join(chr(97 + at % 26) for at in range(MAX_VALUE_CHARACTERS * 2 + 100))
    async with flushing() as (environment, flusher, wall):
        flusher.add(Piece(text, 9))
        await environment.advance(1000)
        assert "".join(wall.values) == text
        assert max(map(len, wall.values)) == MAX_VALUE_CHARACTERS
        assert sum(event.tokens for _, event in wall.sent) == 9


async def test_a_store_that_lost_events_gets_the_very_same_again() -> None:
    async with flushing() as (environment, flusher, wall):
        for text in "abc":
            flusher.add(Piece(text, 1))
            await environment.advance(50)
        before = [event for _, event in wall.sent]
        refusals = [Conflict("gap", 8)]
        wall.refuse = lambda _: refusals.pop() if refusals else None
        flusher.add(Piece("d", 1))
        await environment.advance(200)
        assert [event for _, event in wall.sent][4:6] == before[1:]
        assert wall.values == ["a", "b", "c", "d", "b", "c", "d"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("stale", 7), ("ended", 8), ("repeat", 8), ("gap", 6), ("gap", 8), ("gap", 12)],
)
async def test_any_other_refusal_ends_the_flush(word: str, expected: int) -> None:
    async with flushing() as (environment, flusher, wall):
        flusher.add(Piece("a", 1))
        await environment.advance(50)
        flusher.close()
    late = Flusher(CLAIM, wall.send, environment)
    wall.refuse = lambda event: Conflict(word, expected) if event.seq == 8 else None
    running = asyncio.ensure_future(late.run())
    for text in "ab":
        late.add(Piece(text, 1))
        await environment.advance(50)
    assert running.done()
    with pytest.raises(Conflict, match=word):
        await running
