"""Every kind of connection carries a job from end to end, and none of them hangs."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing
from pathlib import Path

import pytest

from ashao.errors import StoreUnavailable
from ashao.jobs.claim import claim
from ashao.jobs.events import DoneEvent, TokenEvent
from ashao.jobs.finish import complete
from ashao.jobs.job import Tier
from ashao.jobs.log import read_log
from ashao.jobs.publish import publish
from ashao.jobs.queue_ids import wait_for_id
from ashao.jobs.scripts import JobStore, Rules
from ashao.jobs.settled import mark_settled
from ashao.store.rates import Rates
from ashao.store.redis import connect
from tests.support.aging import age
from tests.support.clusters import cluster, sentinel
from tests.support.jobs import ANN, enqueued, new_job, sweep_job
from tests.support.stores import plain_client, redis_server

Start = Callable[[Path], AbstractContextManager[str]]


@pytest.mark.parametrize("start", [redis_server, cluster, sentinel])
async def test_a_job_lives_its_life_on_every_kind_of_store(start: Start, tmp_path: Path) -> None:
    with start(tmp_path) as url:
        redis, waiting = connect(url), connect(url, blocking=True)
        store = JobStore(redis, Rules())
        job_id = await enqueued(store)
        assert await wait_for_id(waiting, [Tier.MAX, Tier.PRO], 5) == (Tier.PRO, job_id)
        await age(redis, job_id, 5_000)
        assert len(await sweep_job(store, job_id)) == 1
        won = await claim(store, job_id, ANN)
        assert won is not None
        await publish(store, job_id, ANN.id, won.attempt, 0, "a")
        await complete(store, job_id, ANN.id, won.attempt)
        page = await read_log(store, job_id)
        assert page.events == [TokenEvent(0, "a"), DoneEvent(1, 1)]
        assert await mark_settled(store, job_id)
        await redis.aclose()
        await waiting.aclose()


async def test_a_store_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    redis = connect(f"unix://{tmp_path}/nobody.sock")
    waiting = connect(f"unix://{tmp_path}/nobody.sock", blocking=True)
    with pytest.raises(StoreUnavailable):
        await enqueued(JobStore(redis, Rules()))
    with pytest.raises(StoreUnavailable):
        await wait_for_id(waiting, [Tier.PRO], 60)


async def test_a_store_that_takes_calls_and_says_nothing_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open: the kernel accepts, nobody answers."""
    monkeypatch.setattr("ashao.store.redis.ANSWER_S", 0.2)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        redis = connect(f"unix://{tmp_path}/silent.sock")
        async with asyncio.timeout(10):
            with pytest.raises(StoreUnavailable):
                await enqueued(JobStore(redis, Rules()))
        await redis.aclose()


async def test_a_full_store_is_unavailable_for_new_jobs(tmp_path: Path) -> None:
    with redis_server(tmp_path) as url:
        with plain_client(url) as client:
            client.config_set("maxmemory", "1")
        redis = connect(url)
        with pytest.raises(StoreUnavailable):
            await enqueued(JobStore(redis, Rules()), new_job())
        await redis.aclose()


async def test_a_store_that_forgot_its_scripts_is_given_them_again(job_store: JobStore) -> None:
    await job_store.redis.script_flush()
    job_id = await enqueued(job_store)
    assert await claim(job_store, job_id, ANN) is not None


async def test_a_cluster_is_asked_by_any_number_at_once(tmp_path: Path) -> None:
    """They wait their turn, by single commands and by several together."""
    with cluster(tmp_path) as url:
        async with aclosing(connect(url)) as redis:
            store, rates = JobStore(redis, Rules()), Rates(redis)
            job_id = await enqueued(store)
            await asyncio.gather(
                *(read_log(store, job_id) for _ in range(500)),
                *(rates.count("send", "ann", 500) for _ in range(500)),
            )


def test_an_unknown_kind_of_store_is_refused() -> None:
    with pytest.raises(ValueError, match="must start with"):
        connect("http://127.0.0.1")
