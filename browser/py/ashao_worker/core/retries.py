"""Asking the orchestrator again while it is out of reach."""

from collections.abc import Awaitable, Callable

from ashao_worker.core.backoff import Backoff
from ashao_worker.core.environment import Environment
from ashao_worker.core.orchestrator import ServerUnavailable


async def with_retries[T](
    environment: Environment, call: Callable[[], Awaitable[T]], for_ms: float
) -> T:
    """Repeat the very same call while the orchestrator is out of reach.

    Raises the last ServerUnavailable once `for_ms` have passed, and everything else at once.
    """
    give_up_at = environment.now_ms() + for_ms
    backoff = Backoff(environment, max_s=2)
    while True:
        try:
            return await call()
        except ServerUnavailable as trouble:
            if environment.now_ms() >= give_up_at:
                raise
            await backoff.wait(trouble.retry_after_s)
