"""A dispatcher and the workers that it hands jobs to."""

from collections.abc import AsyncIterator

import pytest

from ashao.jobs.store import JobStore
from ashao.store.redis import Redis
from ashao.workers.dispatch import Dispatcher
from ashao.workers.registry import WorkerRegistry
from ashao.workers.speeds import Speeds
from ashao.workers.worker import Worker


@pytest.fixture
def workers(redis: Redis) -> WorkerRegistry:
    """The registrations."""
    return WorkerRegistry(redis)


@pytest.fixture
async def dispatcher(
    job_store: JobStore, blocking_redis: Redis, workers: WorkerRegistry
) -> AsyncIterator[Dispatcher]:
    """A dispatcher; drained afterwards, so that no task stays."""
    speeds = Speeds(blocking_redis)
    for model in ("tiny", "small", "large"):  # known from now on: a claim waits at once
        await speeds.standing(Worker("nobody", "browser", model, ("pro",), None))
    opened = Dispatcher(job_store, blocking_redis, workers, speeds)
    yield opened
    await opened.drain()
