"""One connection to a store, for many callers: commands go out as they come, replies come in order.

The library's clients take a connection out of their pool for each call, or for each batch of
calls, at several times the cost. A break costs a caller one more try over a fresh connection, as
there; so what is sent here may be sent twice. Nothing that waits in the store may be sent here.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import hiredis
from redis import exceptions
from redis.asyncio.connection import DefaultParser

from ashao.store.away import ANSWER_S, ANSWERING, CONNECT_S
from ashao.tasks import spawn

BROKEN = (exceptions.ConnectionError, ConnectionError, FileNotFoundError)
PAUSE_S = 0.05
PROTOCOL = 3
MOST_IN_FLIGHT = 500

Command = tuple[Any, ...]
Waiting = tuple[Command, asyncio.Future[Any]]


class PipelinedConnection:
    """Opened when it is first used, and anew after a break. `place` is a client's: where to."""

    def __init__(self, place: Mapping[str, Any]) -> None:
        self._place = place
        self._wire: Wire | None = None
        self._opening: asyncio.Task[Wire] | None = None

    def execute(self, *command: Any) -> Coroutine[Any, Any, Any]:
        """The reply. Raises StoreUnavailable, or what the library does for a refused command."""
        return self._with_retry(Wire.send, command)

    def execute_all(self, commands: Sequence[Command]) -> Coroutine[Any, Any, list[Any]]:
        """The replies to commands that are sent together, in order; a refusal is one of them.

        Raises StoreUnavailable.
        """
        return self._with_retry(_sent_together, commands)

    async def aclose(self) -> None:
        """Close it; whoever waits is told that it broke."""
        if self._opening is not None:
            self._opening.cancel()
        if self._wire is not None:
            self._wire.close()
            await asyncio.sleep(0)  # the loop's turn, in which the socket is closed

    async def _with_retry[C, T](self, send: "Callable[[Wire, C], Awaitable[T]]", asked: C) -> T:
        with ANSWERING:
            try:
                return await send(await self._whole(), asked)
            except BROKEN:
                await asyncio.sleep(PAUSE_S)
                return await send(await self._whole(), asked)

    async def _whole(self) -> "Wire":
        """The one that is open, or a fresh one."""
        wire = self._wire
        return await self._opened() if wire is None or wire.is_lost else wire

    async def _opened(self) -> "Wire":
        """A fresh one, which all who meet the break share."""
        opening = self._opening
        if opening is None:
            opening = self._opening = spawn("store", self._open(), handled=(Exception,))
        return await asyncio.shield(opening)

    async def _open(self) -> "Wire":
        try:
            async with asyncio.timeout(CONNECT_S):
                self._wire = wire = await self._connected()
                for command in self._greeting():
                    await wire.send(command)
                return wire
        finally:
            self._opening = None

    async def _connected(self) -> "Wire":
        loop, place = asyncio.get_running_loop(), self._place
        if "path" in place:
            _, wire = await loop.create_unix_connection(Wire, place["path"])
        else:
            host, port = place.get("host", "localhost"), place.get("port", 6379)
            _, wire = await loop.create_connection(Wire, host, port)
        return wire

    def _greeting(self) -> list[Command]:
        """Who we are, and which of the store's databases is ours."""
        user, password = self._place.get("username"), self._place.get("password")
        number = self._place.get("db")
        login = ("AUTH", user or "default", password) if password else ()
        return [("HELLO", PROTOCOL, *login), *([("SELECT", number)] if number else [])]


class Wire(asyncio.Protocol):
    """An open connection, until it is lost. One that owes an answer for too long is lost."""

    def __init__(self) -> None:
        parse_error: Callable[[str], Exception] = DefaultParser.parse_error
        self._replies = hiredis.Reader(replyError=parse_error, encoding="utf-8")
        self._in_flight: deque[asyncio.Future[Any]] = deque()
        self._waiting: deque[Waiting] = deque()
        self._unsent: list[bytes] = []
        self._transport: Any = None
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self._heard_at = 0.0
        self._fault: Exception = exceptions.ConnectionError("The connection to the store broke.")
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = transport

    def send(self, command: Command) -> asyncio.Future[Any]:
        """The reply to come. So many at most are in flight, for what is owed takes memory."""
        reply: asyncio.Future[Any] = self._loop.create_future()
        if self.is_lost:
            reply.set_exception(self._fault)
        elif len(self._in_flight) < MOST_IN_FLIGHT:
            self._write(command, reply)
        else:
            self._waiting.append((command, reply))
        return reply

    def data_received(self, data: bytes) -> None:
        """Replies came."""
        self._heard_at = self._loop.time()
        self._replies.feed(data)
        try:
            while (answer := self._replies.gets()) is not False:
                _tell(self._in_flight.popleft(), answer)
        except (hiredis.ProtocolError, IndexError) as error:
            self._fault = exceptions.InvalidResponse(str(error))
            self.close()
        while self._waiting and len(self._in_flight) < MOST_IN_FLIGHT:
            self._write(*self._waiting.popleft())

    def connection_lost(self, exc: Exception | None) -> None:
        """It broke: every caller hears of it."""
        self.is_lost = True
        if self._watch is not None:
            self._watch.cancel()
        for reply in (*self._in_flight, *(reply for _, reply in self._waiting)):
            _tell(reply, self._fault)

    def close(self) -> None:
        """Be lost."""
        self.is_lost = True
        self._transport.abort()

    def _write(self, command: Command, reply: asyncio.Future[Any]) -> None:
        if not self._in_flight:
            self._heard_at = self._loop.time()
        if self._watch is None:
            self._watch = self._loop.call_later(ANSWER_S, self._look)
        self._in_flight.append(reply)
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(hiredis.pack_command(command))

    def _flush(self) -> None:
        """What was asked for in one turn of the loop goes out in one call of the system."""
        if not self.is_lost:
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    def _look(self) -> None:
        """Whether it still answers: one timer, not one for each command."""
        self._watch = None
        if not self._in_flight:
            return
        left = self._heard_at + ANSWER_S - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._look)
        else:
            self._fault = exceptions.TimeoutError("The store does not answer.")
            self.close()


async def _sent_together(wire: Wire, commands: Sequence[Command]) -> list[Any]:
    replies = await asyncio.gather(*map(wire.send, commands), return_exceptions=True)
    for reply in replies:
        if isinstance(reply, BROKEN):
            raise reply
    return replies


def _tell(reply: asyncio.Future[Any], answer: Any) -> None:
    if reply.done():  # its caller was cancelled
        return
    if isinstance(answer, Exception):
        reply.set_exception(answer)
    else:
        reply.set_result(answer)
