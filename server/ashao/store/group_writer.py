"""SQLite's one writer: a thread that takes all that waits and commits it together.

A commit waits for the disk; whoever comes meanwhile shares the next one. Each piece of work stands
in a savepoint of its own, so that one that is refused takes nothing of the others with it, and
nobody hears of success before the commit (group commit, as databases do it for their log).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from sqlalchemy import Connection, Engine

LARGEST_GROUP = 100

type Work[T] = Callable[[Connection], T]


class GroupWriter:
    """Writes on an engine whose connections begin as writers; its thread starts when needed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._waiting: SimpleQueue[_Turn | None] = SimpleQueue()
        self._thread: Thread | None = None

    async def run[T](self, work: Work[T]) -> T:
        """What the work gives, once it is committed; raises what it raises, and nothing is kept.

        Work whose caller is cancelled before its turn is left out.
        """
        if self._thread is None:
            self._thread = Thread(target=self._serve, name="sqlite-writer", daemon=True)
            self._thread.start()
        turn = _Turn(work)
        self._waiting.put(turn)
        result: T = await asyncio.wrap_future(turn.future)
        return result

    async def close(self) -> None:
        """Commit what waits, and end."""
        if self._thread is not None:
            self._waiting.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None
        self.engine.dispose()

    def _serve(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first, *self._others()]
            self._commit([turn for turn in group if turn.future.set_running_or_notify_cancel()])

    def _others(self) -> "list[_Turn]":
        others: list[_Turn] = []
        while len(others) < LARGEST_GROUP:
            try:
                turn = self._waiting.get_nowait()
            except Empty:
                break
            if turn is None:
                self._waiting.put(None)  # the end comes after this group
                break
            others.append(turn)
        return others

    def _commit(self, group: "list[_Turn]") -> None:
        waiting = dict.fromkeys(group)
        results: dict[_Turn, Any] = {}
        try:
            with self.engine.begin() as connection:
                for turn in group:
                    if len(group) == 1:  # the transaction is its savepoint
                        results[turn] = turn.work(connection)
                        continue
                    try:
                        with connection.begin_nested():
                            results[turn] = turn.work(connection)
                    except Exception as error:
                        del waiting[turn]
                        results.pop(turn, None)
                        turn.future.set_exception(error)
        except Exception as error:
            for turn in waiting:
                turn.future.set_exception(error)
        else:
            for turn, result in results.items():
                turn.future.set_result(result)


class _Turn:
    """A piece of work, and who waits for it."""

    __slots__ = ("future", "work")

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.future: Future[Any] = Future()
