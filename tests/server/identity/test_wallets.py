"""A wallet signs a message that we wrote, and is then an account's way in."""

import asyncio

import pytest
from eth_account import Account as Ethereum
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from ashao.errors import BadRequest, Conflict, Forbidden, NotSignedIn
from ashao.identity.challenges import RelyingParty, SignedIn
from ashao.identity.owners import AccountId, of_account
from tests.support.people import SITE, House

# siwe brings web3, which still imports what websockets calls its legacy part.
pytestmark = pytest.mark.filterwarnings("ignore:websockets.legacy is deprecated:DeprecationWarning")


def _sign(wallet: LocalAccount, message: str) -> str:
    return "0x" + wallet.sign_message(encode_defunct(text=message)).signature.hex()


async def _sign_in(
    house: House, wallet: LocalAccount, account_id: AccountId | None = None
) -> SignedIn:
    begun = await house.wallets.challenge(SITE, wallet.address, 1, account_id)
    signature = _sign(wallet, begun.options)
    return await house.membership.sign_in_with_wallet(
        SITE, begun.challenge_id, signature, account_id
    )


async def test_a_wallets_first_signature_makes_an_account_and_the_next_signs_in(
    house: House,
) -> None:
    wallet = Ethereum.create()
    first, second = await _sign_in(house, wallet), await _sign_in(house, wallet)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.account_id == second.account_id
    assert await house.ledger.balance(of_account(first.account_id)) == 500


async def test_the_message_says_in_plain_words_what_is_signed_where(house: House) -> None:
    wallet = Ethereum.create()
    lower = wallet.address.lower()
    message = (await house.wallets.challenge(SITE, lower, 10, None)).options
    lines = message.splitlines()
    assert lines[0] == "localhost:8000 wants you to sign in with your Ethereum account:"
    assert lines[1] == wallet.address
    assert "Sign in to ashao. This costs nothing and allows no payment." in lines
    assert {"URI: http://localhost:8000", "Version: 1", "Chain ID: 10"} <= set(lines)
    assert [each.split(":")[0] for each in lines[-3:]] == ["Nonce", "Issued At", "Expiration Time"]


async def test_a_signature_signs_in_once(house: House) -> None:
    wallet = Ethereum.create()
    begun = await house.wallets.challenge(SITE, wallet.address, 1, None)
    signature = _sign(wallet, begun.options)
    await house.membership.sign_in_with_wallet(SITE, begun.challenge_id, signature, None)
    with pytest.raises(NotSignedIn):
        await house.membership.sign_in_with_wallet(SITE, begun.challenge_id, signature, None)


async def test_a_signature_of_another_wallet_or_message_is_refused(house: House) -> None:
    wallet, thief = Ethereum.create(), Ethereum.create()
    for signer, suffix in ((thief, ""), (wallet, "\n")):
        begun = await house.wallets.challenge(SITE, wallet.address, 1, None)
        signature = _sign(signer, begun.options + suffix)
        with pytest.raises(NotSignedIn):
            await house.membership.sign_in_with_wallet(SITE, begun.challenge_id, signature, None)
    assert await house.accounts.count() == 0


async def test_a_message_whose_time_is_over_is_refused(house: House) -> None:
    wallet = Ethereum.create()
    begun = await house.wallets.challenge(SITE, wallet.address, 1, None)
    kept = await house.pending(begun.challenge_id)
    end = begun.options.rpartition("Expiration Time: ")[2]
    message = begun.options.replace(end, "2020-01-01T00:00:00+00:00")
    await house.keep(begun.challenge_id, kept.replace(end, "2020-01-01T00:00:00+00:00"))
    with pytest.raises(NotSignedIn):
        await house.membership.sign_in_with_wallet(
            SITE, begun.challenge_id, _sign(wallet, message), None
        )


async def test_a_signature_for_another_site_is_refused(house: House) -> None:
    wallet = Ethereum.create()
    elsewhere = RelyingParty("https://evil.example")
    begun = await house.wallets.challenge(elsewhere, wallet.address, 1, None)
    with pytest.raises(NotSignedIn):
        await house.membership.sign_in_with_wallet(
            SITE, begun.challenge_id, _sign(wallet, begun.options), None
        )


@pytest.mark.parametrize("signature", ["", "0x", "0x12", "nonsense", "0x" + "00" * 65, "é"])
async def test_what_is_no_signature_is_refused(house: House, signature: str) -> None:
    begun = await house.wallets.challenge(SITE, Ethereum.create().address, 1, None)
    with pytest.raises(NotSignedIn):
        await house.membership.sign_in_with_wallet(SITE, begun.challenge_id, signature, None)


@pytest.mark.parametrize(
    ("address", "chain_id"), [("", 1), ("0x12", 1), ("0x" + "g" * 40, 1), ("0x" + "1" * 40, 0)]
)
async def test_what_is_no_address_is_refused(house: House, address: str, chain_id: int) -> None:
    with pytest.raises(BadRequest):
        await house.wallets.challenge(SITE, address, chain_id, None)


async def test_a_wallet_is_added_to_the_account_that_is_signed_in(house: House) -> None:
    account_id, _ = await house.sign_up()
    wallet = Ethereum.create()
    assert await _sign_in(house, wallet, account_id) == SignedIn(account_id, is_new=False)
    assert (await _sign_in(house, wallet)).account_id == account_id
    assert [each.address for each in (await house.accounts.view(account_id)).wallets] == [
        wallet.address
    ]


async def test_a_wallet_of_another_account_is_not_taken_over(house: House) -> None:
    wallet = Ethereum.create()
    await _sign_in(house, wallet)
    account_id, _ = await house.sign_up()
    with pytest.raises(Conflict):
        await _sign_in(house, wallet, account_id)


async def test_a_signature_that_one_account_asked_for_is_none_of_anothers(house: House) -> None:
    mallory, _ = await house.sign_up()
    victim, _ = await house.sign_up()
    wallet = Ethereum.create()
    begun = await house.wallets.challenge(SITE, wallet.address, 1, mallory)
    signature = _sign(wallet, begun.options)
    with pytest.raises(NotSignedIn):
        await house.membership.sign_in_with_wallet(SITE, begun.challenge_id, signature, victim)
    assert (await house.accounts.view(victim)).wallets == []


async def test_a_banned_account_is_kept_out(house: House) -> None:
    wallet = Ethereum.create()
    account_id = (await _sign_in(house, wallet)).account_id
    await house.membership.ban(of_account(account_id), "spam")
    with pytest.raises(Forbidden):
        await _sign_in(house, wallet)


async def test_one_wallet_at_the_same_moment_makes_one_account(house: House) -> None:
    wallet = Ethereum.create()
    done = await asyncio.gather(
        *(_sign_in(house, wallet) for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(each, SignedIn | Conflict) for each in done)
    assert await house.accounts.count() == 1
