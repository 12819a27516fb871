"""A token that was checked a moment ago is not looked up again, and another one always is."""

import pytest

from ashao.errors import NotSignedIn
from ashao.store import keys
from ashao.store.redis import Redis
from ashao.workers import token_cache
from ashao.workers.registry import WorkerRegistry


async def test_a_token_in_mid_answer_asks_the_store_only_once(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = WorkerRegistry(redis)
    registration = await workers.register("browser", "tiny", None, None)
    assert await workers.authenticate(registration.token) == registration.worker
    await redis.delete(keys.worker(registration.worker.id))
    known = await workers.authenticate(registration.token, may_be_cached=True)
    assert known == registration.worker
    monkeypatch.setattr(token_cache, "TTL_S", 0)
    with pytest.raises(NotSignedIn):
        await workers.authenticate(registration.token, may_be_cached=True)


async def test_a_ban_is_seen_at_once_by_every_process(redis: Redis) -> None:
    """A piece of an answer may be added for a second more; nothing else may be done."""
    here, elsewhere = WorkerRegistry(redis), WorkerRegistry(redis)
    registration = await here.register("browser", "tiny", None, None)
    await here.authenticate(registration.token)
    await elsewhere.deregister(registration.worker.id)
    with pytest.raises(NotSignedIn):
        await here.authenticate(registration.token)
    assert token_cache.TTL_S <= 1
    assert (await here.present()).by_type == {"browser": 0, "native": 0}


async def test_another_secret_for_a_known_name_is_refused(redis: Redis) -> None:
    workers = WorkerRegistry(redis)
    registration = await workers.register("browser", "tiny", None, None)
    await workers.authenticate(registration.token)
    for forged in (f"{registration.worker.id}.x", f"{registration.worker.id}.", ""):
        with pytest.raises(NotSignedIn):
            await workers.authenticate(forged, may_be_cached=True)


async def test_the_memory_is_small(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_cache, "MAX_ENTRIES", 2)
    workers = WorkerRegistry(redis)
    tokens = [(await workers.register("browser", "tiny", None, None)).token for _ in range(5)]
    for token in tokens:
        await workers.authenticate(token)
    assert len(workers._tokens._checked) <= 2
