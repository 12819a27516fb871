"""When to ask a provider again, and how long to wait for it.

Only silence is retried: once a word has come, a failure belongs to the caller, who continues the
answer elsewhere. Pauses between attempts count against the time to the first token.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from ashao.clock import Clock
from ashao.providers.failures import Failure, ProviderError

RETRIED = frozenset({Failure.RATE_LIMITED, Failure.UNAVAILABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Times in seconds; `max_attempts` counts the first one too."""

    first_token_s: float = 30.0
    between_tokens_s: float = 15.0
    max_attempts: int = 3
    initial_backoff_s: float = 0.25
    max_backoff_s: float = 3.0

    def backoff_s(self, error: ProviderError, attempts: int) -> float | None:
        """How long to wait before the next attempt; None when there should be none."""
        if error.code not in RETRIED or attempts >= self.max_attempts:
            return None
        backoff_s = error.retry_after_s
        if backoff_s is None:
            backoff_s = self.initial_backoff_s * 2.0 ** (attempts - 1)
        return backoff_s if backoff_s <= self.max_backoff_s else None


async def with_retries[T](
    begin: Callable[[], AsyncGenerator[T]], policy: RetryPolicy, clock: Clock
) -> AsyncGenerator[T]:
    """The pieces of the first attempt that gives any.

    Raises ProviderError: of the last attempt, or of any after its first piece; a provider that is
    gone by then has broken off (broken stream).
    """
    attempts = 0
    while True:
        attempts += 1
        has_begun = False
        try:
            async with aclosing(begin()) as pieces:
                async for piece in pieces:
                    has_begun = True
                    yield piece
            return
        except ProviderError as error:
            if has_begun and error.code is Failure.UNAVAILABLE:
                raise ProviderError(Failure.BROKEN_STREAM, cause=error.cause) from None
            backoff_s = None if has_begun else policy.backoff_s(error, attempts)
            if backoff_s is None:
                raise
        await clock.sleep(backoff_s)
