"""Providers at work, and a job for them."""

from collections.abc import AsyncIterator

import pytest

from ashao.jobs.job import JobId
from ashao.jobs.store import JobStore
from ashao.providers.provider import Provider
from tests.support.jobs import enqueued, new_job
from tests.support.provider_house import Build, House


@pytest.fixture
async def house(job_store: JobStore) -> AsyncIterator[Build]:
    """Builds houses, and tears them down."""
    built: list[House] = []

    def build(*providers: Provider, per_hour: int | None = None) -> House:
        built.append(House(job_store, *providers, per_hour=per_hour))
        return built[-1]

    yield build
    for each in built:
        await each.fallback.stop()


@pytest.fixture
async def unheld(job_store: JobStore) -> JobId:
    """A job that no worker is waited for."""
    return await enqueued(job_store, new_job(no_worker=True))
