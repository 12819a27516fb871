"""From pieces to token events: first text at once, then every 40 ms, one request at a time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from ashao_worker.core.engine import Piece
from ashao_worker.core.environment import Environment
from ashao_worker.core.orchestrator import Conflict
from ashao_worker.core.race import race
from ashao_worker.core.wire import Claim, TokenEvent

FLUSH_MS = 40
MAX_VALUE_CHARACTERS = 4096


class Flusher:
    """Publishes one claim's text in order.

    An event is frozen when it is first sent: a repeat carries the same seq and value. All are
    kept until the attempt ends, because a store that lost some may ask for them again.
    """

    def __init__(
        self,
        claim: Claim,
        send: Callable[[TokenEvent], Awaitable[None]],
        environment: Environment,
    ) -> None:
        self._claim = claim
        self._send = send
        self._environment = environment
        self._pending: deque[Piece] = deque()
        self._has_text = False
        self._is_closed = asyncio.Event()
        self._has_news = asyncio.Event()
        self._frozen: list[TokenEvent] = []
        self._accepted = 0

    @property
    def next_seq(self) -> int:
        """The seq that the job waits for, as far as we know."""
        return self._claim.next_seq + self._accepted

    def add(self, piece: Piece) -> None:
        """Take a piece; never waits."""
        self._pending.append(piece)
        if piece.text:
            self._has_text = True
            self._has_news.set()

    def close(self) -> None:
        """No more pieces will come."""
        self._is_closed.set()
        self._has_news.set()

    async def run(self) -> None:
        """Publish until closed and empty; raises what `send` raises."""
        while await self._wait_for_text():
            due_at = self._environment.now_ms() + FLUSH_MS
            self._freeze()
            await self.catch_up()
            await self._pause((due_at - self._environment.now_ms()) / 1000)

    async def catch_up(self) -> None:
        """Send what is frozen and not accepted yet."""
        while self._accepted < len(self._frozen):
            try:
                await self._send(self._frozen[self._accepted])
            except Conflict as refused:
                self.rewind(refused)
            else:
                self._accepted += 1

    def rewind(self, refused: Conflict) -> None:
        """Go back to the seq that the store waits for, or raise the refusal if that cannot be."""
        if refused.word != "gap" or not self._claim.next_seq <= refused.expected < self.next_seq:
            raise refused
        self._accepted = refused.expected - self._claim.next_seq

    async def _wait_for_text(self) -> bool:
        """Wait for text; False when none will come."""
        await self._has_news.wait()
        return self._has_text

    async def _pause(self, seconds: float) -> None:
        """Let text gather, unless it was the last."""
        if seconds > 0 and not self._is_closed.is_set():
            await race(self._environment.sleep(seconds), self._wait_for_close())

    async def _wait_for_close(self) -> None:
        await self._is_closed.wait()

    def _freeze(self) -> None:
        """Turn pending pieces of one kind, thoughts or text, into the next event."""
        value, tokens = "", 0
        is_thought = next((each.is_thought for each in self._pending if each.text), False)
        while self._pending and len(value) < MAX_VALUE_CHARACTERS:
            piece = self._pending[0]
            if piece.text and piece.is_thought != is_thought:
                break
            self._pending.popleft()
            room = MAX_VALUE_CHARACTERS - len(value)
            value, tokens = value + piece.text[:room], tokens + piece.tokens
            if rest := piece.text[room:]:
                self._pending.appendleft(Piece(rest, 0, is_thought))
        self._has_text = any(piece.text for piece in self._pending)
        if not self._has_text and not self._is_closed.is_set():
            self._has_news.clear()
        tokens = min(tokens, len(value.encode()))  # a token is a byte at least
        seq = self._claim.next_seq + len(self._frozen)
        job_id, attempt = self._claim.job.id, self._claim.attempt
        kind = "thinking" if is_thought else None
        self._frozen.append(TokenEvent(job_id, attempt, seq, value, tokens, kind))
