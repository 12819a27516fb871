"""Sign-In with Ethereum (EIP-4361): a wallet signs a message that we wrote, and pays nothing.

The message is kept with the challenge, so nothing that a client sends is ever parsed as one.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from ashao.errors import BadRequest, Conflict, NotSignedIn
from ashao.identity.accounts import hold_account
from ashao.identity.bans import require_not_banned
from ashao.identity.challenges import (
    CHALLENGE_TTL_S,
    IssuedChallenge,
    PendingChallenge,
    keep_challenge,
    redeem,
)
from ashao.identity.owners import of_account
from ashao.identity.tables import Wallet
from ashao.store.database import add_once
from ashao.store.secrets import new_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from ashao.identity.challenges import Challenges, RelyingParty
    from ashao.identity.owners import AccountId

SIGN_IN, ADD = "wallet-sign-in", "wallet-add"
STATEMENT = "Sign in to ashao. This costs nothing and allows no payment."
MOST_WALLETS = 5
MOST_CHAIN_ID = 2**53


@dataclass(frozen=True, slots=True)
class VerifiedWallet:
    """A wallet that signed just now; with `account_id` it is to be added to that account."""

    address: str
    account_id: "AccountId | None"


class Wallets:
    """Has wallets sign."""

    def __init__(self, challenges: "Challenges") -> None:
        self._challenges = challenges

    async def challenge(
        self, site: "RelyingParty", address: str, chain_id: int, account_id: "AccountId | None"
    ) -> IssuedChallenge:
        """The message to sign, as `options`. Raises BadRequest for what is no address."""
        text = await asyncio.to_thread(_message, site, address, chain_id)
        pending = PendingChallenge(ADD if account_id else SIGN_IN, text, site.origin, account_id)
        return IssuedChallenge(await keep_challenge(self._challenges, pending), text)

    async def verify(
        self,
        site: "RelyingParty",
        challenge_id: str,
        signature: str,
        account_id: "AccountId | None",
    ) -> VerifiedWallet:
        """The wallet that signed; `account_id` is whoever is signed in. Raises NotSignedIn."""
        kind = ADD if account_id else SIGN_IN
        pending = await redeem(self._challenges, challenge_id, kind, site)
        if pending.account_id != account_id:
            raise NotSignedIn("Another account asked for this signature.")
        address = await asyncio.to_thread(_signer, pending.secret, signature, site)
        return VerifiedWallet(address, account_id)


async def account_of_wallet(
    session: "AsyncSession", verified: VerifiedWallet
) -> "AccountId | None":
    """The account that a wallet opens; None for a new wallet, which may then be added.

    Raises Forbidden for a banned account, and for whoever would add the wallet to their account
    NotFound without one, Conflict for another account's wallet and for too many.
    """
    if verified.account_id is not None:
        await _require_room(session, verified.account_id)
    wallet = await session.get(Wallet, verified.address)
    if wallet is None:
        return None
    if verified.account_id not in (None, wallet.account_id):
        raise Conflict("This wallet belongs to another account.")
    await require_not_banned(session, of_account(wallet.account_id))
    return wallet.account_id


async def add_wallet(session: "AsyncSession", address: str, account_id: "AccountId") -> None:
    """From now on this wallet opens this account. Raises Conflict for one that is just added."""
    wallet = Wallet(address=address, account_id=account_id, created_at=datetime.now(UTC))
    if not await add_once(session, wallet):
        raise Conflict("This wallet is signing in elsewhere right now. Please try again.")


async def _require_room(session: "AsyncSession", account_id: "AccountId") -> None:
    await hold_account(session, account_id)
    held = select(func.count()).where(Wallet.account_id == account_id)
    if (await session.scalar(held) or 0) >= MOST_WALLETS:
        raise Conflict(f"An account has at most {MOST_WALLETS} wallets.")


def _siwe() -> Any:
    # It brings all of web3, a second of work that only those with a wallet should wait for.
    import siwe

    return siwe


def _message(site: "RelyingParty", address: str, chain_id: int) -> str:
    from eth_utils.address import is_address, to_checksum_address

    if not is_address(address) or not 0 < chain_id < MOST_CHAIN_ID:
        raise BadRequest("This is not an Ethereum address on a chain.")
    siwe, now = _siwe(), datetime.now(UTC)
    end = now + timedelta(seconds=CHALLENGE_TTL_S)
    text: str = siwe.SiweMessage(
        domain=site.domain,
        address=to_checksum_address(address),
        uri=site.origin,
        version="1",
        chain_id=chain_id,
        nonce=new_id(),
        statement=STATEMENT,
        issued_at=now.isoformat(timespec="seconds"),
        expiration_time=end.isoformat(timespec="seconds"),
    ).prepare_message()
    return text


def _signer(text: str, signature: str, site: "RelyingParty") -> str:
    """The address that the message names and that signed it. Raises NotSignedIn."""
    siwe = _siwe()
    message = siwe.SiweMessage.from_message(text)
    try:
        message.verify(signature, domain=site.domain, nonce=message.nonce)
    except Exception as error:  # a signature is anybody's bytes, and each layer has its own errors
        raise NotSignedIn("The wallet's signature does not fit. Please try again.") from error
    address: str = message.address
    return address
