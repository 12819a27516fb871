"""One connection for many callers: it breaks, hangs, is refused and is full, and each is told."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from ashao.errors import StoreUnavailable
from ashao.store.pipelined import MOST_IN_FLIGHT, PipelinedConnection
from ashao.store.redis import Redis, connect
from ashao.store.standalone import StandaloneStore
from tests.support.dead_wire import wire_to
from tests.support.stores import redis_server


def _pipelined(redis: Redis) -> PipelinedConnection:
    assert isinstance(redis, StandaloneStore)
    assert redis.pipelined is not None
    return redis.pipelined


async def test_replies_come_to_whom_they_belong_however_many_there_are(redis: Redis) -> None:
    connection = _pipelined(redis)
    texts = [f"\N{SNOWMAN}{number}" for number in range(3 * MOST_IN_FLIGHT)]
    assert await asyncio.gather(*(connection.execute("ECHO", each) for each in texts)) == texts


async def test_a_connection_that_broke_is_opened_anew_and_nobody_hears_of_it(
    redis: Redis, blocking_redis: Redis
) -> None:
    connection, others = _pipelined(redis), blocking_redis
    for _ in range(3):
        ours = await connection.execute("CLIENT", "ID")
        waiting = asyncio.create_task(connection.execute("BRPOP", "nothing", 0))
        await asyncio.sleep(0)
        await others.client_kill_filter(_id=ours)
        await others.lpush("nothing", "something")
        assert await waiting == ["nothing", "something"]


async def test_a_store_that_does_not_answer_is_away_and_a_fresh_connection_helps(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ashao.store.pipelined.ANSWER_S", 0.2)
    async with wire_to(store_url, tmp_path) as (wire, url), aclosing(connect(url)) as redis:
        connection = _pipelined(redis)
        assert await connection.execute("ECHO", "a") == "a"
        wire.go_dead()
        replies = await asyncio.gather(
            *(connection.execute("ECHO", "b") for _ in range(2 * MOST_IN_FLIGHT)),
            return_exceptions=True,
        )
        assert {type(each) for each in replies} == {StoreUnavailable}
        assert await connection.execute("ECHO", "c") == "c"


async def test_all_that_a_client_is_asked_goes_over_it(redis: Redis) -> None:
    """And comes back as the library has it: numbers, pairs, and errors in their places."""
    ours = await _pipelined(redis).execute("CLIENT", "ID")
    assert await redis.client_id() == ours
    await redis.hset("hash", mapping={"a": "1", "b": "2"})
    assert await redis.hgetall("hash") == {"a": "1", "b": "2"}
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.client_id()
        pipeline.zadd("scores", {"one": 1})
        pipeline.zrange("scores", 0, -1, withscores=True)
        pipeline.lpush("hash", "no list")
        pipeline.expire("hash", 9)
        pipeline.expire("scores", 9)
        *replies, refused, one, other = await pipeline.execute(raise_on_error=False)
        assert replies == [ours, 1, [("one", 1.0)]]
        assert isinstance(refused, ResponseError)
        assert (one, other) == (True, True)
        pipeline.lpush("hash", "no list")
        with pytest.raises(ResponseError):
            await pipeline.execute()


async def test_what_waits_in_the_store_waits_elsewhere(blocking_redis: Redis) -> None:
    assert isinstance(blocking_redis, StandaloneStore)
    assert blocking_redis.pipelined is None


async def test_whoever_leaves_takes_nobodys_reply(redis: Redis) -> None:
    connection = _pipelined(redis)
    await connection.execute("PING")
    asking = [asyncio.create_task(connection.execute("ECHO", str(each))) for each in range(9)]
    await asyncio.sleep(0)
    for each in asking[::2]:
        each.cancel()
    replies = await asyncio.gather(*asking, return_exceptions=True)
    assert replies[1::2] == ["1", "3", "5", "7"]


async def test_it_says_who_it_is_and_has_its_own_database(tmp_path: Path) -> None:
    with redis_server(tmp_path) as url:
        async with aclosing(connect(f"{url}?db=3")) as redis:
            await redis.set("here", "3")
            assert await _pipelined(redis).execute("GET", "here") == "3"
            await redis.execute_command("ACL SETUSER ann on >secret ~* +@all")
            await redis.config_set("requirepass", "word")
        for place, name in (
            ("?password=word", "default"),
            ("?username=ann&password=secret", "ann"),
        ):
            async with aclosing(connect(url + place)) as redis:
                assert await _pipelined(redis).execute("ACL", "WHOAMI") == name
        for place in ("", "?password=wrong"):
            async with aclosing(connect(url + place)) as redis:
                asked = (_pipelined(redis).execute("GET", "here"), redis.get("here"))
                ours, theirs = await asyncio.gather(*asked, return_exceptions=True)
                assert isinstance(ours, Exception)
                assert type(ours) is type(theirs)


@pytest.mark.parametrize("url", ["rediss://127.0.0.1:1", "redis+sentinel://127.0.0.1:1/answers"])
async def test_where_the_library_is_needed_it_is_used(url: str) -> None:
    async with aclosing(connect(url)) as redis:
        assert isinstance(redis, StandaloneStore)
        assert redis.pipelined is None
