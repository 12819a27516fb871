"""A dispatcher and the workers that it hands jobs to."""

from collections.abc import AsyncIterator

import pytest

from ashao.jobs.scripts import JobStore
from ashao.producers.dispatch import Dispatch
from ashao.producers.workers import Workers
from ashao.store.redis import Redis


@pytest.fixture
def workers(redis: Redis) -> Workers:
    """The registrations."""
    return Workers(redis)


@pytest.fixture
async def dispatch(
    job_store: JobStore, blocking_redis: Redis, workers: Workers
) -> AsyncIterator[Dispatch]:
    """A dispatcher; drained afterwards, so that no task stays."""
    opened = Dispatch(job_store, blocking_redis, workers)
    yield opened
    await opened.drain()
