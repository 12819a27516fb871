"""A process with some providers, and the text that they wrote."""

import asyncio
from collections.abc import Callable

import pytest

from ashao.clock import SystemClock
from ashao.jobs.event import TokenEvent
from ashao.jobs.job import JobId, JobView
from ashao.jobs.read import read_log
from ashao.jobs.store import JobStore
from ashao.producers.fallback import Fallback
from ashao.providers.circuit_breaker import FAILURE_THRESHOLD
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.provider import Provider
from ashao.providers.registry import Providers
from tests.support.jobs import view
from tests.support.wait import wait_until

BUSY = ProviderError(Failure.UNAVAILABLE)
BROKEN = ProviderError(Failure.BROKEN_STREAM)


class House:
    """A process with these providers."""

    def __init__(self, store: JobStore, *providers: Provider, per_hour: int | None = None) -> None:
        self.store = store
        self.providers = Providers(providers, SystemClock(), per_hour)
        self.fallback = Fallback(store, self.providers)

    def suspensions(self) -> None:
        """Every provider here has failed too often to be asked now."""
        for provider in self.providers:
            for _ in range(FAILURE_THRESHOLD):
                with pytest.raises(ProviderError), self.providers.tracking(provider):
                    raise BUSY

    async def takes(self, job_id: JobId) -> JobView:
        """Let them do what they can now; the job after that."""
        self.fallback.take(job_id)
        await wait_until(lambda: not _is_being_written(job_id), "the providers to be done")
        return await view(self.store, job_id)


def _is_being_written(job_id: JobId) -> bool:
    return any(task.get_name() == f"fallback-{job_id}" for task in asyncio.all_tasks())


type Build = Callable[..., House]


async def text_of(store: JobStore, job_id: JobId) -> str:
    """The answer so far."""
    events = (await read_log(store, job_id)).events
    return "".join(each.value for each in events if isinstance(each, TokenEvent))
