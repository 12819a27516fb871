"""A token that was checked a moment ago is not looked up again, and another one always is."""

import pytest

from ashao.errors import NotSignedIn
from ashao.producers import known
from ashao.producers.workers import Workers
from ashao.store import keys
from ashao.store.redis import Redis


async def test_a_token_in_mid_answer_asks_the_store_only_once(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers(redis)
    registration = await workers.register("browser", "tiny", None, None)
    assert await workers.authenticate(registration.token) == registration.worker
    await redis.delete(keys.worker(registration.worker.id))
    assert await workers.authenticate(registration.token) == registration.worker
    monkeypatch.setattr(known, "KNOWN_FOR_S", 0)
    with pytest.raises(NotSignedIn):
        await workers.authenticate(registration.token)


async def test_another_secret_for_a_known_name_is_refused(redis: Redis) -> None:
    workers = Workers(redis)
    registration = await workers.register("browser", "tiny", None, None)
    await workers.authenticate(registration.token)
    for forged in (f"{registration.worker.id}.x", f"{registration.worker.id}.", ""):
        with pytest.raises(NotSignedIn):
            await workers.authenticate(forged)


async def test_the_memory_is_small(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "MOST", 2)
    workers = Workers(redis)
    tokens = [(await workers.register("browser", "tiny", None, None)).token for _ in range(5)]
    for token in tokens:
        await workers.authenticate(token)
    assert len(workers._known._checked) <= 2
