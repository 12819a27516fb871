"""Follows one job from any seq: first the log, then live, with no gap and no repeat.

The log is the truth and live messages are a hint that it grew: only the very next seq is delivered
from them. On a gap, a break, a quiet spell or a reconnect the log is read again.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ashao.errors import NoSuchJob, StoreUnavailable
from ashao.jobs.events import DoneEvent, ErrorEvent, QueuedEvent, StoredEvent, TokenEvent, decode
from ashao.jobs.job import JobView, Status
from ashao.jobs.log import LogPage, read_log
from ashao.stream.waiting import waiting

if TYPE_CHECKING:
    from ashao.jobs.scripts import JobStore
    from ashao.stream.fanout import Fanout, Listener

KEEP_ALIVE_S = 10.0
QUEUED_LOOK_S = 1.0
STORE_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Nothing new; the connection is alive."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The stream cannot go on, and reading the job again would not help."""

    message: str


VANISHED = Lost("This answer is no longer kept.")
AHEAD = Lost("This answer cannot be resumed from there.")

Followed = StoredEvent | QueuedEvent | KeepAlive | Lost


async def follow(
    jobs: "JobStore", fanout: "Fanout", job: JobView, after: int
) -> AsyncGenerator[Followed]:
    """Every event of a job with a seq above `after`, in order, until its last one.

    A store that goes away is waited for: the stream stays open and goes on where it was.
    """
    seen = after
    while True:
        try:
            async with (
                fanout.listen(job.id) as listener,
                aclosing(_follow_listening(jobs, listener, job, seen)) as following,
            ):
                async for each in following:
                    if isinstance(each, TokenEvent):
                        seen = each.seq
                    yield each
                return
        except StoreUnavailable:
            yield KeepAlive()
            await asyncio.sleep(STORE_PAUSE_S)


async def _follow_listening(
    jobs: "JobStore", listener: "Listener", job: JobView, seen: int
) -> AsyncGenerator[Followed]:
    told: tuple[int | None, bool] | None = None
    while not listener.is_over:
        try:
            page = await read_log(jobs, job.id, seen)
        except NoSuchJob:
            yield VANISHED
            return
        if seen > page.last_seq:
            yield AHEAD
            return
        for event in page.events:
            yield event
            seen, told = event.seq, None
        if page.ended:
            return
        if page.status is Status.QUEUED:
            place = await waiting(jobs, job)
            if place is not None and (place.position, place.no_worker) != told:
                told = (place.position, place.no_worker)
                yield place
        else:
            told = None  # should it wait again, the reader hears of it again
        async for event in _live(listener, seen, _patience_s(page)):
            yield event
            seen, told = event.seq, None
            if isinstance(event, DoneEvent | ErrorEvent):
                return
        yield KeepAlive()


def _patience_s(page: LogPage) -> float:
    """How long to listen before the log is looked at again."""
    return QUEUED_LOOK_S if page.status is Status.QUEUED else KEEP_ALIVE_S


async def _live(listener: "Listener", seen: int, patience_s: float) -> AsyncGenerator[StoredEvent]:
    """Live events for as long as each is the next one."""
    while (message := await listener.next(patience_s)) is not None:
        event = decode(message)
        if isinstance(event, QueuedEvent) or event.seq > seen + 1:
            return
        if event.seq == seen + 1:
            yield event
            seen = event.seq
