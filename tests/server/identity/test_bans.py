"""Bans keep somebody out until they are lifted."""

import asyncio

import pytest

from ashao.errors import Forbidden
from ashao.identity.owners import OwnerId, of_account
from tests.support.people import House


async def test_a_banned_account_is_signed_out_and_kept_out(house: House) -> None:
    account_id, device = await house.sign_up()
    token = await house.sessions.open(account_id, None, None)
    assert await house.membership.ban(of_account(account_id), "spam")
    assert await house.live.owner(token) is None
    with pytest.raises(Forbidden):
        await house.sign_in(device)
    await house.bans.lift(of_account(account_id))
    assert await house.sign_in(device) == account_id


async def test_a_sign_in_that_a_ban_overtakes_opens_no_session(house: House) -> None:
    """Its first look at the bans was too early."""
    account_id, _ = await house.sign_up()
    await house.membership.ban(of_account(account_id), "spam")
    with pytest.raises(Forbidden):
        await house.sessions.open(account_id, None, None)
    assert await house.sessions.list_open(account_id, None) == []


async def test_no_session_survives_a_ban_of_the_same_moment(house: House) -> None:
    for _ in range(5):
        account_id, _ = await house.sign_up()
        opened = await asyncio.gather(
            house.sessions.open(account_id, None, None),
            house.membership.ban(of_account(account_id), "spam"),
            house.sessions.open(account_id, None, None),
            return_exceptions=True,
        )
        tokens = [each for each in opened if isinstance(each, str)]
        assert [await house.live.owner(each) for each in tokens] == [None] * len(tokens)


async def test_bans_are_listed_once_each(house: House) -> None:
    assert await house.bans.add(OwnerId("worker:w1"), "floods")
    assert not await house.bans.add(OwnerId("worker:w1"), "floods again")
    assert [(each.subject, each.reason) for each in await house.bans.list_bans()] == [
        ("worker:w1", "floods")
    ]
