"""Sign-In with Ethereum (EIP-4361): a wallet signs a message that we wrote, and pays nothing.

The message is kept with the challenge, so nothing that a client sends is ever parsed as one.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from ashao.errors import BadRequest, Conflict, NotFound, NotSignedIn
from ashao.people.account_tables import Account, Wallet
from ashao.people.bans import must_not_be_banned
from ashao.people.books import of_account
from ashao.people.ways_in import CHALLENGE_TTL_S, Begun, Pending, SignedIn, begin, take_up
from ashao.store.database import add_once
from ashao.store.secrets import new_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from ashao.people.accounts import Accounts
    from ashao.people.ways_in import Challenges, Site
    from ashao.store.database import Database

SIGN_IN, ADD = "wallet-sign-in", "wallet-add"
STATEMENT = "Sign in to ashao. This costs nothing and allows no payment."
MOST_WALLETS = 5
MOST_CHAIN_ID = 2**53


class Wallets:
    """Lets wallets in."""

    def __init__(
        self, database: "Database", challenges: "Challenges", accounts: "Accounts"
    ) -> None:
        self._database = database
        self._challenges = challenges
        self._accounts = accounts

    async def challenge(
        self, site: "Site", address: str, chain_id: int, account_id: str | None
    ) -> Begun:
        """The message to sign, as `options`. Raises BadRequest for what is no address."""
        text = await asyncio.to_thread(_message, site, address, chain_id)
        pending = Pending(ADD if account_id else SIGN_IN, text, site.origin, account_id)
        return Begun(await begin(self._challenges, pending), text)

    async def sign_in(
        self, site: "Site", challenge_id: str, signature: str, account_id: str | None
    ) -> SignedIn:
        """The account of the wallet that signed, made new for a new wallet.

        With `account_id`, whoever is signed in, the wallet is added to that account. Raises
        NotSignedIn, Forbidden for a banned account, Conflict for another account's wallet.
        """
        kind = ADD if account_id else SIGN_IN
        pending = await take_up(self._challenges, challenge_id, kind, site)
        if pending.account_id != account_id:
            raise NotSignedIn("Another account asked for this signature.")
        address = await asyncio.to_thread(_signer, pending.secret, signature, site)
        async with self._database.session() as session, session.begin():
            if account_id is not None:
                await _hold(session, account_id)
            wallet = await session.get(Wallet, address)
            if wallet is not None:
                return await _known(session, wallet, account_id)
            owner = account_id or await self._accounts.create(session)
            wallet = Wallet(address=address, account_id=owner, created_at=datetime.now(UTC))
            if not await add_once(session, wallet):
                raise Conflict("This wallet is signing in elsewhere right now. Please try again.")
        return SignedIn(owner, is_new=account_id is None)


async def _hold(session: "AsyncSession", account_id: str) -> None:
    if await session.get(Account, account_id, with_for_update=True) is None:
        raise NotFound("There is no such account.")
    held = select(func.count()).where(Wallet.account_id == account_id)
    if (await session.scalar(held) or 0) >= MOST_WALLETS:
        raise Conflict(f"An account has at most {MOST_WALLETS} wallets.")


async def _known(session: "AsyncSession", wallet: Wallet, account_id: str | None) -> SignedIn:
    if account_id not in (None, wallet.account_id):
        raise Conflict("This wallet belongs to another account.")
    await must_not_be_banned(session, of_account(wallet.account_id))
    return SignedIn(wallet.account_id, is_new=False)


def _siwe() -> Any:
    # It brings all of web3, a second of work that only those with a wallet should wait for.
    import siwe

    return siwe


def _message(site: "Site", address: str, chain_id: int) -> str:
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


def _signer(text: str, signature: str, site: "Site") -> str:
    """The address that the message names and that signed it. Raises NotSignedIn."""
    siwe = _siwe()
    message = siwe.SiweMessage.from_message(text)
    try:
        message.verify(signature, domain=site.domain, nonce=message.nonce)
    except Exception as error:  # a signature is anybody's bytes, and each layer has its own errors
        raise NotSignedIn("The wallet's signature does not fit. Please try again.") from error
    address: str = message.address
    return address
