"""Being signed in: a fresh secret each time, listed, and ended from anywhere."""

import pytest

from ashao.errors import NotFound, NotSignedIn
from ashao.identity.owners import of_account
from ashao.store.secrets import digest
from tests.support.people import House
from tests.support.stores import plain_client


async def test_a_sign_in_gives_a_fresh_secret_and_ends_the_one_before(house: House) -> None:
    account_id, _ = await house.sign_up()
    planted, _ = await house.live.open()
    token = await house.sessions.open(account_id, "Firefox", replaces=planted)
    assert token != planted
    assert await house.live.owner(token) == of_account(account_id)
    assert await house.live.owner(planted) is None


async def test_the_list_shows_where_one_is_signed_in(house: House) -> None:
    account_id, _ = await house.sign_up()
    other, _ = await house.sign_up()
    here = await house.sessions.open(account_id, "Laptop", None)
    await house.sessions.open(account_id, None, None)
    await house.sessions.open(other, "Somebody else's", None)
    lines = await house.sessions.list_open(account_id, here)
    assert {(each.device, each.is_current) for each in lines} == {
        ("Laptop", True),
        ("A browser", False),
    }


async def test_an_ended_session_is_worth_nothing(house: House) -> None:
    account_id, _ = await house.sign_up()
    here = await house.sessions.open(account_id, "Laptop", None)
    there = await house.sessions.open(account_id, "Library", None)
    lines = await house.sessions.list_open(account_id, here)
    await house.sessions.end(account_id, next(each.id for each in lines if not each.is_current))
    assert await house.live.owner(there) is None
    assert await house.live.owner(here) is not None
    assert [each.device for each in await house.sessions.list_open(account_id, here)] == ["Laptop"]


async def test_nobody_ends_anothers_session(house: House) -> None:
    account_id, _ = await house.sign_up()
    other, _ = await house.sign_up()
    token = await house.sessions.open(account_id, None, None)
    (line,) = await house.sessions.list_open(account_id, token)
    with pytest.raises(NotFound):
        await house.sessions.end(other, line.id)
    assert await house.live.owner(token) is not None


async def test_all_others_are_ended_at_once(house: House) -> None:
    account_id, _ = await house.sign_up()
    tokens = [await house.sessions.open(account_id, None, None) for _ in range(3)]
    await house.sessions.end_all(account_id, but=tokens[0])
    assert [await house.live.owner(each) is not None for each in tokens] == [True, False, False]
    await house.sessions.sign_out(tokens[0])
    assert await house.sessions.list_open(account_id, None) == []


async def test_a_session_that_expired_leaves_the_list(house: House) -> None:
    account_id, _ = await house.sign_up()
    token = await house.sessions.open(account_id, None, None)
    await house.live.close(digest(token))
    assert await house.sessions.list_open(account_id, None) == []


async def test_no_session_opens_for_an_account_that_was_deleted(
    house: House, live_store: str
) -> None:
    account_id, _ = await house.sign_up()
    await house.membership.delete(account_id)
    with pytest.raises(NotSignedIn):
        await house.sessions.open(account_id, None, None)
    with plain_client(live_store) as client:
        owners = client.mget(client.keys("ashao:session:*") or ["none"])
    assert of_account(account_id) not in owners
