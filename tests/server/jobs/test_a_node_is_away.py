"""A Cluster lost one of its nodes: what the others keep goes on, hints and neighbours or not."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from unittest.mock import Mock

from redis.crc import key_slot

from ashao.background.sweeper import DeadlineLoop
from ashao.chat.charges import Charges
from ashao.chat.settle import Settlement
from ashao.errors import StoreUnavailable
from ashao.jobs import keys
from ashao.jobs.codes import FailCode
from ashao.jobs.finish import cancel, fail_attempt
from ashao.jobs.job import NewJob, Status, Tier
from ashao.jobs.store import JobStore, Rules
from ashao.jobs.sweep import sweep
from ashao.producers.fallback import Fallback
from ashao.store.redis import connect
from ashao.workers.suspension import Suspensions
from tests.support.aging import age
from tests.support.clusters import cluster_of_two
from tests.support.jobs import ANN, CLOUD, enqueued, must_claim, new_job, view
from tests.support.wait import wait_until


def _slot(key: str) -> int:
    return key_slot(key.encode())


async def test_jobs_live_on_while_their_queue_is_away(tmp_path: Path) -> None:
    """An id that cannot be queued is found by its deadline: nobody is told of a failure."""
    with cluster_of_two(tmp_path, _slot(keys.queue(Tier.PRO))) as (url, lose):
        async with aclosing(connect(url)) as redis:
            store = JobStore(redis, Rules())
            first, second = await enqueued(store), await enqueued(store)
            lose()
            third = await enqueued(store)
            won = await must_claim(store, first, ANN)
            assert (
                await fail_attempt(store, first, ANN.id, won.attempt, FailCode.ENGINE) == "queued"
            )
            assert await cancel(store, second)
            await age(redis, third, 4_001)
            swept = await sweep(store, keys.shard_of(third))
            assert ("provider", third) in [(due.reason, due.job_id) for due in swept.due]
            assert swept.failures == []
            await must_claim(store, third, CLOUD)
            assert (await view(store, third)).status is Status.RUNNING


async def test_a_job_that_is_away_keeps_no_other_from_its_turn(tmp_path: Path) -> None:
    """They share a shard; the sweeper says what it could not look at, and acts on the rest."""
    away, here = _in_one_shard()
    with cluster_of_two(tmp_path, _slot(keys.job(away.id))) as (url, lose):
        async with aclosing(connect(url)) as redis:
            store = JobStore(redis, Rules())
            for job in (away, here):
                await age(redis, await enqueued(store, job), 4_001)
            lose()
            swept = await sweep(store, keys.shard_of(here.id))
            assert [due.job_id for due in swept.due] == [here.id]
            assert [type(failure) for failure in swept.failures] == [StoreUnavailable]
            assert (await view(store, here.id)).status is Status.QUEUED


async def test_a_shard_that_is_away_keeps_no_other_from_its_turn(tmp_path: Path) -> None:
    """Its jobs wait for it; all others are watched as ever."""
    job = new_job()
    shard = next(each for each in keys.SHARDS if each != keys.shard_of(job.id))
    with cluster_of_two(tmp_path, _slot(keys.deadlines(shard))) as (url, lose):
        async with aclosing(connect(url)) as redis:
            store = JobStore(redis, Rules())
            fallback = Mock(Fallback)
            watch = DeadlineLoop(
                store, fallback, Mock(Settlement), Mock(Charges), Mock(Suspensions)
            )
            await age(redis, await enqueued(store, job), 4_001)
            lose()
            watching = asyncio.create_task(watch.run())
            await wait_until(lambda: fallback.take.called, "a provider's turn")
            fallback.take.assert_called_with(job.id)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            assert (await view(store, job.id)).status is Status.QUEUED


def _in_one_shard() -> tuple[NewJob, NewJob]:
    one = new_job()
    while True:
        other = new_job()
        if keys.shard_of(one.id) == keys.shard_of(other.id):
            return one, other
