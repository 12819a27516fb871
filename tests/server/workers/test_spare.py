"""A spare worker comes after all others."""

import asyncio

from ashao.jobs.job import Tier
from ashao.jobs.store import JobStore
from ashao.store.redis import Redis
from ashao.workers.dispatch import Dispatcher
from ashao.workers.registry import WorkerRegistry
from ashao.workers.speeds import Speeds
from tests.support.jobs import enqueued, view
from tests.support.waiting_claims import until_waiting


async def test_a_spare_worker_gets_what_no_other_waits_for(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, redis: Redis
) -> None:
    """However fast it is and however long it waited; alone it gets everything."""
    registration = await workers.register("native", "small", ["pro"], None, is_spare=True)
    await Speeds(redis).record(registration.worker, 1000, 1000)
    spare, other = (
        await workers.authenticate(registration.token),
        (await workers.register("browser", "tiny", None, None)).worker,
    )
    claims = [asyncio.create_task(dispatcher.claim(spare, Tier.PRO, 10))]
    await until_waiting(dispatcher)
    claims.append(asyncio.create_task(dispatcher.claim(other, Tier.PRO, 10)))
    await until_waiting(dispatcher, 2)
    first, second = await enqueued(job_store), await enqueued(job_store)
    await asyncio.gather(*claims)
    assert (await view(job_store, first)).claimed_by == other.id
    assert (await view(job_store, second)).claimed_by == spare.id
