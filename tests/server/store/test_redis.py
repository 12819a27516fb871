"""Every kind of connection carries a job from end to end, and none of them hangs."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing
from pathlib import Path
from urllib.parse import quote

import pytest
import uvloop
from redis.asyncio import RedisCluster

from ashao.errors import StoreUnavailable
from ashao.jobs.claim import claim
from ashao.jobs.event import DoneEvent, TokenEvent
from ashao.jobs.finish import complete
from ashao.jobs.job import Tier
from ashao.jobs.publish import publish
from ashao.jobs.queue.ids import wait_for_id
from ashao.jobs.read import mark_settled, read_log
from ashao.jobs.store import JobStore, Rules
from ashao.store.away import means_away
from ashao.store.batching import CommandBatcher
from ashao.store.rate_limit import RateLimits
from ashao.store.redis import Redis, check_writable, connect
from tests.support.aging import age
from tests.support.clusters import cluster, cluster_that_moves, sentinel
from tests.support.jobs import ANN, enqueued, new_job, plain, sweep_job
from tests.support.stores import plain_client, redis_server
from tests.support.wait import wait_until

Start = Callable[[Path], AbstractContextManager[str]]


@pytest.mark.parametrize("start", [redis_server, cluster, sentinel])
async def test_a_job_lives_its_life_on_every_kind_of_store(start: Start, tmp_path: Path) -> None:
    with start(tmp_path) as url:
        redis, waiting = connect(url), connect(url, blocking=True)
        store = JobStore(redis, Rules())
        job_id = await enqueued(store)
        assert await wait_for_id(waiting, Tier.PRO, 5) == job_id
        await age(redis, job_id, 5_000)
        assert len(await sweep_job(store, job_id)) == 1
        won = await claim(store, job_id, ANN)
        assert won is not None
        await publish(store, job_id, ANN.id, won.attempt, 0, "a")
        await complete(store, job_id, ANN.id, won.attempt)
        page = await read_log(store, job_id)
        assert plain(page.events) == [TokenEvent(0, "a"), DoneEvent(1, 1)]
        assert await mark_settled(store, job_id)
        await redis.aclose()
        await waiting.aclose()


async def test_a_store_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    redis = connect(f"unix://{tmp_path}/nobody.sock")
    waiting = connect(f"unix://{tmp_path}/nobody.sock", blocking=True)
    with pytest.raises(StoreUnavailable):
        await enqueued(JobStore(redis, Rules()))
    with pytest.raises(StoreUnavailable):
        await wait_for_id(waiting, Tier.PRO, 60)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "url",
    ["unix:///nobody.sock", "redis+sentinel://127.0.0.1:1/answers", "redis+cluster://127.0.0.1:1"],
)
async def test_every_kind_of_client_says_plainly_that_its_store_is_not_there(url: str) -> None:
    redis = connect(url)
    with pytest.raises(StoreUnavailable):
        await redis.get("a")
    with pytest.raises(StoreUnavailable):
        await CommandBatcher(redis).execute("GET", "a")
    with pytest.raises(StoreUnavailable):
        await check_writable(redis)
    with pytest.raises(StoreUnavailable):
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.get("a")
            await pipeline.execute()
    await redis.aclose()


@pytest.mark.parametrize("start", [redis_server, cluster])
async def test_one_refused_command_of_many_says_plainly_that_the_store_is_full(
    start: Start, tmp_path: Path
) -> None:
    with start(tmp_path) as url:
        redis = connect(url)
        await redis.config_set("maxmemory", "1")
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.get("{a}")
            pipeline.set("{a}", "words")
            got, refused = await pipeline.execute(raise_on_error=False)
        assert got is None
        assert isinstance(refused, StoreUnavailable)
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.set("{a}", "words")
            with pytest.raises(StoreUnavailable) as full:
                await pipeline.execute()
        assert "words" not in str(full.value)
        await redis.aclose()


async def test_a_cluster_is_found_again_through_any_node_that_was_named(tmp_path: Path) -> None:
    """One was dead at the start, the one that was found dies later."""
    with cluster_that_moves(tmp_path) as (url, move):
        async with aclosing(connect(url)) as redis:
            assert await redis.set("a", "1")
            move()
            await wait_until(lambda: _is_answered(redis), "an answer of another node")


async def _is_answered(redis: Redis) -> bool:
    try:
        return await redis.get("a") is None
    except StoreUnavailable:
        return False


@pytest.mark.parametrize(
    "url", ["redis+cluster://", "redis+cluster://a:1,,b", "redis+cluster://a:b"]
)
def test_addresses_of_a_cluster_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"empty|Port"):
        connect(url)


def test_a_cluster_is_named_by_any_number_of_addresses() -> None:
    redis = connect("redis+cluster://ann:secret@10.0.0.1:7000,store-2,[::1]:7002/0")
    assert isinstance(redis, RedisCluster)
    nodes = [(each.host, each.port) for each in redis.startup_nodes]
    assert nodes == [("10.0.0.1", 7000), ("store-2", 6379), ("::1", 7002)]


def test_a_write_to_a_connection_that_just_died_is_an_outage() -> None:
    """Under uvloop it is a RuntimeError, of which there are others."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        error = runner.run(_write_after_death())
    assert means_away(error)
    assert not means_away(RuntimeError("a defect of ours"))


async def _write_after_death() -> Exception:
    server = await asyncio.start_server(lambda _, peer: peer.close(), "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.transport.abort()
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError) as caught:
            while True:
                writer.writelines([b"PING"])
                await asyncio.sleep(0)
    return caught.value


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
            store, rates = JobStore(redis, Rules()), RateLimits(redis)
            job_id = await enqueued(store)
            await asyncio.gather(
                *(read_log(store, job_id) for _ in range(500)),
                *(rates.count("send", "ann", 500) for _ in range(500)),
            )


def test_an_unknown_kind_of_store_is_refused() -> None:
    with pytest.raises(ValueError, match="must start with"):
        connect("http://127.0.0.1")


@pytest.mark.parametrize("secret", ["p@ss", "a:b", "a/b", "100%", "%40", "é🙂", "plain"])
@pytest.mark.parametrize("scheme", ["redis", "rediss", "unix", "redis+sentinel", "redis+cluster"])
def test_a_user_and_a_password_are_decoded_on_every_kind_of_store(scheme: str, secret: str) -> None:
    """In an address they are percent-encoded, for they may hold what parts it."""
    user, place = f"user-{secret}", "/tmp/store.sock" if scheme == "unix" else "127.0.0.1:1/answers"
    place = place.replace("/answers", "") if scheme == "redis+cluster" else place
    redis = connect(f"{scheme}://{quote(user, safe='')}:{quote(secret, safe='')}@{place}")
    if isinstance(redis, RedisCluster):
        options = redis.connection_kwargs
    else:
        options = redis.connection_pool.connection_kwargs
    assert (options["username"], options["password"]) == (user, secret)
