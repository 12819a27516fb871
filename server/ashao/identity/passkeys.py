"""Passkeys: the browser makes a key pair for this site, and proves later that it has it.

A new passkey makes an account or is added to the one that is signed in. Which account a passkey
leads to is decided when the challenge is given, so none can be slipped into another's account.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ashao.errors import BadRequest, Conflict, Forbidden, NotSignedIn
from ashao.identity.accounts import hold_account
from ashao.identity.bans import require_not_banned
from ashao.identity.challenges import (
    Challenges,
    IssuedChallenge,
    PendingChallenge,
    RelyingParty,
    SignedIn,
    display_name,
    keep_challenge,
    redeem,
)
from ashao.identity.owners import AccountId, of_account
from ashao.identity.passkey_proof import (
    UNKNOWN,
    creation_options,
    parse_credential,
    request_options,
    verify_registration,
    verify_sign_in,
)
from ashao.identity.tables import Passkey
from ashao.store.database import Database, add_once
from ashao.store.secrets import new_id

NEW, ADD, SIGN_IN = "passkey-new", "passkey-add", "passkey-sign-in"
MOST_PASSKEYS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedPasskey:
    """A passkey that was made here just now; `is_first` makes its account."""

    account_id: AccountId
    is_first: bool
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str


class Passkeys:
    """Takes passkeys up and lets them in."""

    def __init__(self, database: Database, challenges: Challenges) -> None:
        self._database = database
        self._challenges = challenges

    async def registration_options(
        self, site: RelyingParty, account_id: AccountId | None
    ) -> IssuedChallenge:
        """What `navigator.credentials.create` needs, for a new account if there is none yet.

        Raises BadRequest where the site has no name that a passkey could be bound to.
        """
        _require_name(site)
        target = account_id or AccountId(new_id())
        held = await self._credential_ids(account_id)
        secret, options = await asyncio.to_thread(creation_options, site, target, held)
        pending = PendingChallenge(ADD if account_id else NEW, secret, site.origin, target)
        return IssuedChallenge(await keep_challenge(self._challenges, pending), options)

    async def verify_new(
        self,
        site: RelyingParty,
        challenge_id: str,
        credential: dict[str, Any],
        name: str | None,
        account_id: AccountId | None,
    ) -> VerifiedPasskey:
        """The passkey that was made, to be added. `account_id` is whoever is signed in now.

        Raises BadRequest when it does not verify, NotSignedIn for a challenge that is over,
        Forbidden when another account asked for it.
        """
        pending = await redeem(self._challenges, challenge_id, ADD if account_id else NEW, site)
        if pending.account_id is None or account_id not in (None, pending.account_id):
            raise Forbidden("Another account asked for this passkey.")
        verified = await asyncio.to_thread(verify_registration, site, pending, credential)
        return VerifiedPasskey(
            account_id=pending.account_id,
            is_first=account_id is None,
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            name=display_name(name, "Passkey"),
        )

    async def sign_in_options(self, site: RelyingParty) -> IssuedChallenge:
        """What `navigator.credentials.get` needs. It names no passkey, so it gives none away."""
        _require_name(site)
        secret, options = await asyncio.to_thread(request_options, site)
        pending = PendingChallenge(SIGN_IN, secret, site.origin)
        return IssuedChallenge(await keep_challenge(self._challenges, pending), options)

    async def sign_in(
        self, site: RelyingParty, challenge_id: str, credential: dict[str, Any]
    ) -> SignedIn:
        """The account of a passkey. Raises NotSignedIn, and Forbidden for a banned account."""
        pending = await redeem(self._challenges, challenge_id, SIGN_IN, site)
        given = await asyncio.to_thread(parse_credential, credential)
        async with self._database.session() as session, session.begin():
            passkey = await session.scalar(
                select(Passkey).where(Passkey.credential_id == given.raw_id).with_for_update()
            )
            if passkey is None:
                raise NotSignedIn(UNKNOWN)
            passkey.sign_count = await asyncio.to_thread(
                verify_sign_in, site, pending, given, passkey
            )
            await require_not_banned(session, of_account(passkey.account_id))
            return SignedIn(passkey.account_id, is_new=False)

    async def _credential_ids(self, account_id: AccountId | None) -> Sequence[bytes]:
        if account_id is None:
            return []
        async with self._database.reading() as session:
            found = await session.scalars(
                select(Passkey.credential_id).where(Passkey.account_id == account_id)
            )
            return found.all()


async def add_passkey(session: AsyncSession, verified: VerifiedPasskey) -> None:
    """Keep it, in the transaction that makes its account if it is the first.

    Raises NotFound without an account, Conflict for a passkey known before and for too many.
    """
    if not verified.is_first:
        await _require_room(session, verified.account_id)
    passkey = Passkey(
        id=new_id(),
        account_id=verified.account_id,
        credential_id=verified.credential_id,
        public_key=verified.public_key,
        sign_count=verified.sign_count,
        name=verified.name,
        created_at=datetime.now(UTC),
    )
    if not await add_once(session, passkey):
        raise Conflict("This passkey is in use already.")


async def _require_room(session: AsyncSession, account_id: AccountId) -> None:
    await hold_account(session, account_id)
    held = select(func.count()).where(Passkey.account_id == account_id)
    if (await session.scalar(held) or 0) >= MOST_PASSKEYS:
        raise Conflict(f"An account has at most {MOST_PASSKEYS} passkeys.")


def _require_name(site: RelyingParty) -> None:
    try:
        ip_address(site.host)
    except ValueError:
        return
    raise BadRequest("Passkeys need a name, not an address: open this site as localhost.")
