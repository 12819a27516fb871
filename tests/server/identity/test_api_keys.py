"""An account has so many keys and no more, however many are asked for at once."""

import asyncio

import pytest

from ashao.errors import Conflict
from ashao.identity.api_keys import MOST_KEYS, SCOPES, ApiKeys
from ashao.identity.owners import OwnerId
from ashao.store.redis import Redis


async def test_keys_that_are_made_at_once_are_not_more_than_an_account_may_have(
    redis: Redis,
) -> None:
    api_keys = ApiKeys(redis)
    for number in range(MOST_KEYS - 2):
        await api_keys.create(f"key {number}", SCOPES, 60, OwnerId("account:ann"))
    made = await asyncio.gather(
        *(api_keys.create("one more", SCOPES, 60, OwnerId("account:ann")) for _ in range(8)),
        return_exceptions=True,
    )
    refused = [each for each in made if isinstance(each, Conflict)]
    kept = await api_keys.list_of(OwnerId("account:ann"))
    assert len(kept) <= MOST_KEYS
    assert len(kept) == MOST_KEYS - 2 + len(made) - len(refused)


async def test_a_key_may_be_made_for_one_that_was_revoked(redis: Redis) -> None:
    api_keys = ApiKeys(redis)
    made = [
        await api_keys.create("k", SCOPES, 60, OwnerId("account:ann")) for _ in range(MOST_KEYS)
    ]
    with pytest.raises(Conflict):
        await api_keys.create("one more", SCOPES, 60, OwnerId("account:ann"))
    await api_keys.revoke(made[0][0].id)
    await api_keys.create("one more", SCOPES, 60, OwnerId("account:ann"))
    assert len(await api_keys.list_of(OwnerId("account:ann"))) == MOST_KEYS
