"""Who joins and who goes: an account with its first way in and its book, in one transaction.

What an account is stands in `identity`, what it keeps in `history`, what it holds in `ledger`; here
these come and go together. Accounts are held first and books last, as everywhere.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ashao.history.conversations import delete_history
from ashao.identity.accounts import add_account, hold_account
from ashao.identity.bans import remove_ban
from ashao.identity.challenges import SignedIn
from ashao.identity.owners import AccountId, OwnerId, account_id_of, of_account
from ashao.identity.passkeys import add_passkey
from ashao.identity.wallets import account_of_wallet, add_wallet
from ashao.ledger.double_entry import close_book
from ashao.store.secrets import new_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from ashao.identity.account_sessions import AccountSessions
    from ashao.identity.api_keys import ApiKeys
    from ashao.identity.bans import Bans
    from ashao.identity.challenges import RelyingParty
    from ashao.identity.passkeys import Passkeys
    from ashao.identity.wallets import Wallets
    from ashao.ledger.ledger import Ledger
    from ashao.ledger.payees import Payees
    from ashao.store.database import Database
    from ashao.workers.registry import WorkerRegistry


class Membership:
    """Takes people in, shuts them out, and lets them go."""

    def __init__(
        self,
        database: "Database",
        *,
        passkeys: "Passkeys",
        wallets: "Wallets",
        account_sessions: "AccountSessions",
        bans: "Bans",
        api_keys: "ApiKeys",
        ledger: "Ledger",
        payees: "Payees",
        workers: "WorkerRegistry",
    ) -> None:
        self._database = database
        self._passkeys = passkeys
        self._wallets = wallets
        self._account_sessions = account_sessions
        self._bans = bans
        self._api_keys = api_keys
        self._ledger = ledger
        self._payees = payees
        self._workers = workers

    async def register_passkey(
        self,
        site: "RelyingParty",
        challenge_id: str,
        credential: dict[str, Any],
        name: str | None,
        account_id: AccountId | None,
    ) -> SignedIn:
        """Keep the passkey that was made. `account_id` is whoever is signed in now.

        Raises BadRequest when it does not verify, NotSignedIn for a challenge that is over,
        Forbidden when another account asked for it, Conflict for a passkey known before.
        """
        verified = await self._passkeys.verify_new(site, challenge_id, credential, name, account_id)
        async with self._database.session() as session, session.begin():
            if verified.is_first:
                await self._sign_up(session, verified.account_id)
            await add_passkey(session, verified)
        return SignedIn(verified.account_id, is_new=verified.is_first)

    async def sign_in_with_wallet(
        self, site: "RelyingParty", challenge_id: str, signature: str, account_id: AccountId | None
    ) -> SignedIn:
        """The account of the wallet that signed, made new for a new wallet.

        With `account_id`, whoever is signed in, the wallet is added to that account. Raises
        NotSignedIn, Forbidden for a banned account, Conflict for another account's wallet.
        """
        verified = await self._wallets.verify(site, challenge_id, signature, account_id)
        async with self._database.session() as session, session.begin():
            known = await account_of_wallet(session, verified)
            if known is not None:
                return SignedIn(known, is_new=False)
            owner = account_id or await self._sign_up(session, AccountId(new_id()))
            await add_wallet(session, verified.address, owner)
        return SignedIn(owner, is_new=account_id is None)

    async def ban(self, subject: OwnerId, reason: str) -> bool:
        """Ban an account: nothing acts for it any more. False when it was banned before."""
        is_new = await self._bans.add(subject, reason)
        account_id = account_id_of(subject)
        if account_id is not None:
            await self._account_sessions.end_all(account_id)
        await self._api_keys.revoke_all(subject)
        for worker_id in await self._payees.workers_of(subject):
            await self._workers.deregister(worker_id)
        await self._payees.forget_owner(subject)
        return is_new

    async def delete(self, account_id: AccountId) -> Sequence[str]:
        """Delete everything of the account; the ledger's lines stay and belong to nobody.

        Gives the jobs that were still waited for. Raises NotFound.
        """
        await self._account_sessions.end_all(account_id)
        owner_id = of_account(account_id)
        async with self._database.session() as session, session.begin():
            account = await hold_account(session, account_id)
            opened_meanwhile = await self._account_sessions.digests(session, account_id)
            waited_for = await delete_history(session, owner_id)
            await remove_ban(session, owner_id)
            await close_book(session, account_id)
            await session.delete(account)
        await self._account_sessions.close(opened_meanwhile)
        await self._database.scrub()
        return waited_for

    async def _sign_up(self, session: "AsyncSession", account_id: AccountId) -> AccountId:
        """A new account with its credits."""
        await add_account(session, account_id)
        await self._ledger.open_account(session, account_id)
        return account_id
