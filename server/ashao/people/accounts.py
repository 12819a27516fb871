"""Accounts: made by the first way in, seen by their owner, gone without a trace when deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ashao.errors import Conflict, NotFound
from ashao.people import books
from ashao.people.account_tables import Account, Ban, Passkey, RecoveryCode, Wallet
from ashao.people.conversations import delete_history
from ashao.store.secrets import new_id

if TYPE_CHECKING:
    from ashao.people.account_sessions import AccountSessions
    from ashao.people.ledger import Ledger
    from ashao.store.database import Database


@dataclass(frozen=True, slots=True)
class AccountView:
    """What an account's owner sees of it."""

    account: Account
    passkeys: Sequence[Passkey]
    wallets: Sequence[Wallet]
    recovery_codes_left: int


class Accounts:
    """Everybody who signed up."""

    def __init__(self, database: "Database", ledger: "Ledger", sessions: "AccountSessions") -> None:
        self._database = database
        self._ledger = ledger
        self._sessions = sessions

    async def create(self, session: AsyncSession, account_id: str | None = None) -> str:
        """A new account with its credits, in the transaction of its first way in; its id."""
        account = Account(id=account_id or new_id(), created_at=datetime.now(UTC))
        session.add(account)
        await session.flush()
        await self._ledger.open_account(session, account.id)
        return account.id

    async def view(self, account_id: str) -> AccountView:
        """The account with the ways into it. Raises NotFound."""
        async with self._database.reading() as session:
            account = await session.get(Account, account_id)
            if account is None:
                raise NotFound("There is no such account.")
            return AccountView(
                account,
                await _passkeys(session, account_id),
                await _wallets(session, account_id),
                await _codes_left(session, account_id),
            )

    async def count(self) -> int:
        """How many accounts there are."""
        async with self._database.reading() as session:
            return await session.scalar(select(func.count()).select_from(Account)) or 0

    async def remove_passkey(self, account_id: str, passkey_id: str) -> None:
        """Raises NotFound, and Conflict for the last way into the account."""
        async with self._database.session() as session, session.begin():
            await _held(session, account_id)
            passkey = await session.get(Passkey, passkey_id)
            if passkey is None or passkey.account_id != account_id:
                raise NotFound("There is no such passkey.")
            await session.delete(passkey)
            await _must_have_a_way_in(session, account_id)

    async def remove_wallet(self, account_id: str, address: str) -> None:
        """Raises NotFound, and Conflict for the last way into the account."""
        async with self._database.session() as session, session.begin():
            await _held(session, account_id)
            wallet = await session.get(Wallet, address)
            if wallet is None or wallet.account_id != account_id:
                raise NotFound("There is no such wallet.")
            await session.delete(wallet)
            await _must_have_a_way_in(session, account_id)

    async def delete(self, account_id: str) -> Sequence[str]:
        """Delete everything of the account; the ledger's lines stay and belong to nobody.

        Gives the jobs that were still waited for. Raises NotFound.
        """
        await self._sessions.end_all(account_id)
        owner_id = books.of_account(account_id)
        async with self._database.session() as session, session.begin():
            account = await _held(session, account_id)
            opened_meanwhile = await self._sessions.digests(session, account_id)
            waited_for = await delete_history(session, owner_id)
            await session.execute(delete(Ban).where(Ban.subject == owner_id))
            await books.close_book(session, account_id)
            await session.delete(account)
        await self._sessions.close(opened_meanwhile)
        await self._database.scrub()
        return waited_for


async def _held(session: AsyncSession, account_id: str) -> Account:
    """The account, held so that two removals at once cannot leave it without a way in."""
    account = await session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound("There is no such account.")
    return account


async def _must_have_a_way_in(session: AsyncSession, account_id: str) -> None:
    await session.flush()
    if await _passkeys(session, account_id) or await _wallets(session, account_id):
        return
    if not await _codes_left(session, account_id):
        raise Conflict("This is the only way into your account. Add another one first.")


async def _passkeys(session: AsyncSession, account_id: str) -> Sequence[Passkey]:
    found = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.created_at)
    return (await session.scalars(found)).all()


async def _wallets(session: AsyncSession, account_id: str) -> Sequence[Wallet]:
    found = select(Wallet).where(Wallet.account_id == account_id).order_by(Wallet.created_at)
    return (await session.scalars(found)).all()


async def _codes_left(session: AsyncSession, account_id: str) -> int:
    left = select(func.count()).where(RecoveryCode.account_id == account_id)
    return await session.scalar(left) or 0
