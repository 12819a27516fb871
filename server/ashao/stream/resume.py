"""Follows one job from any seq: first the log, then live, with no gap and no repeat.

The log is the truth and live messages are a hint that it grew: only the very next seq is delivered
from them. On a gap, a break, a long silence or a reconnect the log is read again, a part at a time:
whoever reads slowly has one part in memory here, and whoever reads much lets others go between.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass
from random import uniform
from typing import TYPE_CHECKING

from ashao.errors import NoSuchJob, StoreUnavailable
from ashao.jobs.codes import SENTENCES, EndCode
from ashao.jobs.event import DoneEvent, ErrorEvent, QueuedEvent, StoredEvent, TokenEvent, decode
from ashao.jobs.event_id import EventId
from ashao.jobs.job import JobView, Status
from ashao.jobs.queue.places import place_in_queue
from ashao.jobs.read import LogPage, read_log

if TYPE_CHECKING:
    from ashao.jobs.store import JobStore
    from ashao.stream.fanout import Fanout, Listener
    from ashao.stream.queue_watch import QueueWatch

type Place = Callable[["JobStore", JobView], Awaitable[QueuedEvent | None]]

KEEP_ALIVE_S = 15.0
EARLIEST = 0.7  # of that: streams that were opened together do not beat together
QUIET_SPELLS = 4  # after so many signs of life the log is looked at, should a message be lost
QUEUED_LOOK_S = 1.0
STORE_PAUSE_S = 0.5
LOG_PART = 256  # events


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Nothing new; the connection is alive."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The stream cannot go on from where it is; `code` is for programs."""

    message: str
    code: EndCode | None = None


VANISHED = Lost("This answer is no longer kept.")
FORGOTTEN = Lost(SENTENCES[EndCode.FORGOTTEN], EndCode.FORGOTTEN)

Live = StoredEvent | QueuedEvent | KeepAlive
Followed = Live | Lost


async def follow(
    jobs: "JobStore", fanout: "Fanout", job: JobView, after: EventId
) -> AsyncGenerator[Followed]:
    """Every event of a job that follows `after`, in order, until its last one.

    A store that goes away is waited for: the stream stays open and goes on where it was. One that
    comes back without what was shown ends it, FORGOTTEN: never are two answers joined.
    """
    seen = after
    while True:
        try:
            async with (
                fanout.listen(job.id) as listener,
                aclosing(_follow_listening(jobs, fanout.queues, listener, job, seen)) as following,
            ):
                async for each in following:
                    if isinstance(each, TokenEvent):
                        seen = EventId.of(each)
                    yield each
                return
        except StoreUnavailable:
            yield KeepAlive()
            await asyncio.sleep(STORE_PAUSE_S)


async def _follow_listening(
    jobs: "JobStore", queues: "QueueWatch", listener: "Listener", job: JobView, seen: EventId
) -> AsyncGenerator[Followed]:
    while not listener.is_closed:
        page = await _next_part(jobs, job, seen)
        if isinstance(page, Lost):
            yield page
            return
        for event in page.events:
            yield event
            seen = EventId.of(event)
        if page.events and seen.seq < page.last_seq:
            continue
        if page.ended:
            return
        is_queued = page.status is Status.QUEUED
        del page  # a long one is not kept while nothing comes
        waiting: AbstractContextManager[None] = nullcontext()
        if is_queued:
            place = await queue_place(jobs, job, queues.place)
            waiting = queues.told(jobs, job, listener.push, place, QUEUED_LOOK_S)
            yield place or KeepAlive()
        spells = 0
        with waiting:
            while spells < QUIET_SPELLS and (each := await _live(listener, seen)) is not None:
                yield each
                if isinstance(each, DoneEvent | ErrorEvent):
                    return
                if isinstance(each, TokenEvent):
                    seen = EventId.of(each)
                spells = _spells_after(each, spells, is_queued)


def _spells_after(each: Followed, spells: int, is_queued: bool) -> int:
    """How many signs of life in a row; a job that waited and goes on is looked at, too."""
    match each:
        case KeepAlive():
            return spells + 1
        case TokenEvent():
            return QUIET_SPELLS if is_queued else 0
        case _:
            return spells


async def _next_part(jobs: "JobStore", job: JobView, seen: EventId) -> LogPage | Lost:
    try:
        page = await read_log(jobs, job.id, seen, LOG_PART)
    except NoSuchJob:
        return VANISHED
    return FORGOTTEN if page.is_forgotten else page


async def _live(listener: "Listener", seen: EventId) -> Live | None:
    """What comes next, or a sign of life; None when it is not what follows `seen`."""
    while True:
        message = await listener.next(KEEP_ALIVE_S * uniform(EARLIEST, 1))
        if message is None:
            return None if listener.has_missed else KeepAlive()
        if isinstance(message, QueuedEvent):
            return message
        event = decode(message)
        if isinstance(event, QueuedEvent):
            return None
        if event.seq > seen.seq:
            return event if seen.is_followed_by(event, message) else None


async def queue_place(
    jobs: "JobStore", job: "JobView", place: Place = place_in_queue
) -> QueuedEvent | None:
    """The job's place in its queue; None when it is in no queue. Raises StoreUnavailable."""
    if job.no_worker:
        return QueuedEvent(position=0, no_worker=True)
    return await place(jobs, job)
