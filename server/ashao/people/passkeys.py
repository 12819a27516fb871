"""Passkeys: the browser makes a key pair for this site, and proves later that it has it.

A new passkey makes an account or is added to the one that is signed in. Which account a passkey
leads to is decided when the challenge is given, so none can be slipped into another's account.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
)
from webauthn.helpers import bytes_to_base64url, generate_challenge
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ashao.errors import BadRequest, Conflict, Forbidden, NotFound, NotSignedIn
from ashao.people.account_tables import Account, Passkey
from ashao.people.accounts import Accounts
from ashao.people.bans import must_not_be_banned
from ashao.people.books import of_account
from ashao.people.passkey_proof import UNKNOWN, presented, verified_registration, verified_sign_in
from ashao.people.ways_in import (
    Begun,
    Challenges,
    Pending,
    SignedIn,
    Site,
    begin,
    shown_name,
    take_up,
)
from ashao.store.database import Database, add_once
from ashao.store.secrets import new_id

NEW, ADD, SIGN_IN = "passkey-new", "passkey-add", "passkey-sign-in"
MOST_PASSKEYS = 20


class Passkeys:
    """Takes passkeys up and lets them in."""

    def __init__(self, database: Database, challenges: Challenges, accounts: Accounts) -> None:
        self._database = database
        self._challenges = challenges
        self._accounts = accounts

    async def registration_options(self, site: Site, account_id: str | None) -> Begun:
        """What `navigator.credentials.create` needs, for a new account if there is none yet.

        Raises BadRequest where the site has no name that a passkey could be bound to.
        """
        _must_have_a_name(site)
        target = account_id or new_id()
        challenge = generate_challenge()
        options = generate_registration_options(
            rp_id=site.host,
            rp_name="ashao",
            user_id=bytes.fromhex(target),
            user_name=f"ashao {target[:6]}",
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=each)
                for each in await self._credential_ids(account_id)
            ],
        )
        kind = ADD if account_id else NEW
        pending = Pending(kind, bytes_to_base64url(challenge), site.origin, target)
        return Begun(await begin(self._challenges, pending), _plain(options_to_json(options)))

    async def register(
        self,
        site: Site,
        challenge_id: str,
        credential: dict[str, Any],
        name: str | None,
        account_id: str | None,
    ) -> SignedIn:
        """Keep the passkey that was made. `account_id` is whoever is signed in now.

        Raises BadRequest when it does not verify, NotSignedIn for a challenge that is over,
        Forbidden when another account asked for it, Conflict for a passkey known before.
        """
        pending = await take_up(self._challenges, challenge_id, ADD if account_id else NEW, site)
        if pending.account_id is None or account_id not in (None, pending.account_id):
            raise Forbidden("Another account asked for this passkey.")
        verified = verified_registration(site, pending, credential)
        async with self._database.session() as session, session.begin():
            if account_id is None:
                await self._accounts.create(session, pending.account_id)
            else:
                await _must_have_room(session, account_id)
            passkey = Passkey(
                id=new_id(),
                account_id=pending.account_id,
                credential_id=verified.credential_id,
                public_key=verified.credential_public_key,
                sign_count=verified.sign_count,
                name=shown_name(name, "Passkey"),
                created_at=datetime.now(UTC),
            )
            if not await add_once(session, passkey):
                raise Conflict("This passkey is in use already.")
        return SignedIn(pending.account_id, is_new=account_id is None)

    async def sign_in_options(self, site: Site) -> Begun:
        """What `navigator.credentials.get` needs. It names no passkey, so it gives none away."""
        _must_have_a_name(site)
        challenge = generate_challenge()
        options = generate_authentication_options(
            rp_id=site.host,
            challenge=challenge,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        pending = Pending(SIGN_IN, bytes_to_base64url(challenge), site.origin)
        return Begun(await begin(self._challenges, pending), _plain(options_to_json(options)))

    async def sign_in(self, site: Site, challenge_id: str, credential: dict[str, Any]) -> SignedIn:
        """The account of a passkey. Raises NotSignedIn, and Forbidden for a banned account."""
        pending = await take_up(self._challenges, challenge_id, SIGN_IN, site)
        given = presented(credential)
        async with self._database.session() as session, session.begin():
            passkey = await session.scalar(
                select(Passkey).where(Passkey.credential_id == given.raw_id).with_for_update()
            )
            if passkey is None:
                raise NotSignedIn(UNKNOWN)
            passkey.sign_count = verified_sign_in(site, pending, given, passkey)
            await must_not_be_banned(session, of_account(passkey.account_id))
            return SignedIn(passkey.account_id, is_new=False)

    async def _credential_ids(self, account_id: str | None) -> Sequence[bytes]:
        if account_id is None:
            return []
        async with self._database.reading() as session:
            found = await session.scalars(
                select(Passkey.credential_id).where(Passkey.account_id == account_id)
            )
            return found.all()


async def _must_have_room(session: AsyncSession, account_id: str) -> None:
    if await session.get(Account, account_id, with_for_update=True) is None:
        raise NotFound("There is no such account.")
    held = select(func.count()).where(Passkey.account_id == account_id)
    if (await session.scalar(held) or 0) >= MOST_PASSKEYS:
        raise Conflict(f"An account has at most {MOST_PASSKEYS} passkeys.")


def _must_have_a_name(site: Site) -> None:
    try:
        ip_address(site.host)
    except ValueError:
        return
    raise BadRequest("Passkeys need a name, not an address: open this site as localhost.")


def _plain(options: str) -> Any:
    return msgspec.json.decode(options)
