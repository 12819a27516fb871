"""Keys for programs: shown once, kept as a digest, limited, and gone when revoked."""

import pytest
from sqlalchemy import select

from ashao.errors import BadRequest, Conflict, Forbidden, NotFound, NotSignedIn
from ashao.people.account_tables import AccountKey
from tests.support.people import House


async def test_a_key_says_who_calls_and_what_it_may(house: House) -> None:
    account_id, _ = await house.sign_up()
    key, secret = await house.keys.create(account_id, "script", ["chat"], 60)
    caller = await house.keys.caller(secret)
    assert (caller.owner_id, caller.per_minute) == (f"account:{account_id}", 60)
    caller.must_allow("chat")
    with pytest.raises(Forbidden):
        caller.must_allow("worker")
    assert secret.startswith(key.prefix)


async def test_no_secret_is_kept(house: House) -> None:
    account_id, _ = await house.sign_up()
    _, secret = await house.keys.create(account_id, "script", ["chat"], 60)
    async with house.database.session() as session:
        (row,) = await session.scalars(select(AccountKey))
    kept = [str(getattr(row, column.name)) for column in AccountKey.__table__.columns]
    assert not any(secret[len(row.prefix) :] in each for each in kept)


async def test_a_revoked_key_is_refused(house: House) -> None:
    account_id, _ = await house.sign_up()
    key, secret = await house.keys.create(account_id, "script", ["chat"], 60)
    await house.keys.revoke(account_id, key.id)
    assert await house.keys.listed(account_id) == []
    with pytest.raises(NotSignedIn):
        await house.keys.caller(secret)


async def test_nobody_revokes_anothers_key(house: House) -> None:
    account_id, _ = await house.sign_up()
    other, _ = await house.sign_up()
    key, secret = await house.keys.create(account_id, "script", ["chat"], 60)
    with pytest.raises(NotFound):
        await house.keys.revoke(other, key.id)
    assert (await house.keys.caller(secret)).account_id == account_id


@pytest.mark.parametrize("banned", ["key", "account"])
async def test_a_banned_key_or_account_is_refused(house: House, banned: str) -> None:
    account_id, _ = await house.sign_up()
    key, secret = await house.keys.create(account_id, "script", ["chat"], 60)
    await house.bans.ban(f"key:{key.id}" if banned == "key" else f"account:{account_id}", "spam")
    with pytest.raises(Forbidden):
        await house.keys.caller(secret)


@pytest.mark.parametrize(("scopes", "per_minute"), [([], 1), (["all"], 1), (["chat"], 0)])
async def test_a_key_needs_known_scopes_and_a_limit(
    house: House, scopes: list[str], per_minute: int
) -> None:
    account_id, _ = await house.sign_up()
    with pytest.raises(BadRequest):
        await house.keys.create(account_id, "script", scopes, per_minute)


async def test_an_account_has_at_most_20_keys(house: House) -> None:
    account_id, _ = await house.sign_up()
    for number in range(20):
        await house.keys.create(account_id, f"script {number}", ["chat"], 60)
    with pytest.raises(Conflict, match="at most 20"):
        await house.keys.create(account_id, "one more", ["chat"], 60)
