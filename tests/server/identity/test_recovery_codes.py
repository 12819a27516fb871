"""Recovery codes bring somebody back once each, and are kept as digests only."""

import asyncio

import pytest
from sqlalchemy import select

from ashao.errors import Forbidden, NotFound, NotSignedIn
from ashao.identity.challenges import SignedIn
from ashao.identity.owners import AccountId, of_account
from ashao.identity.tables import RecoveryCode
from tests.support.people import House


async def test_a_code_signs_in_once_however_it_is_typed(house: House) -> None:
    account_id, _ = await house.sign_up()
    codes = await house.codes.renew(account_id)
    assert len(set(codes)) == 10
    typed = codes[0].lower().replace("-", " ")
    assert await house.codes.sign_in(typed) == SignedIn(account_id, is_new=False)
    with pytest.raises(NotSignedIn):
        await house.codes.sign_in(codes[0])
    assert (await house.accounts.view(account_id)).recovery_codes_left == 9


async def test_new_codes_end_the_earlier_ones(house: House) -> None:
    account_id, _ = await house.sign_up()
    earlier = await house.codes.renew(account_id)
    await house.codes.renew(account_id)
    assert (await house.accounts.view(account_id)).recovery_codes_left == 10
    with pytest.raises(NotSignedIn):
        await house.codes.sign_in(earlier[0])


async def test_two_uses_at_the_same_moment_one_wins(house: House) -> None:
    account_id, _ = await house.sign_up()
    code = (await house.codes.renew(account_id))[0]
    done = await asyncio.gather(
        *(house.codes.sign_in(code) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(each, SignedIn) for each in done) == 1
    assert sum(isinstance(each, NotSignedIn) for each in done) == 3


async def test_no_code_is_kept(house: House) -> None:
    account_id, _ = await house.sign_up()
    codes = await house.codes.renew(account_id)
    async with house.database.session() as session:
        kept = (await session.scalars(select(RecoveryCode.digest))).all()
    assert len(kept) == 10
    assert not any(code.replace("-", "").lower() in row for code in codes for row in kept)


async def test_a_banned_account_keeps_its_code_and_stays_out(house: House) -> None:
    account_id, _ = await house.sign_up()
    code = (await house.codes.renew(account_id))[0]
    await house.membership.ban(of_account(account_id), "spam")
    with pytest.raises(Forbidden):
        await house.codes.sign_in(code)
    await house.bans.lift(of_account(account_id))
    assert (await house.codes.sign_in(code)).account_id == account_id


async def test_nobody_gets_codes_without_an_account(house: House) -> None:
    with pytest.raises(NotFound):
        await house.codes.renew(AccountId("0" * 32))
