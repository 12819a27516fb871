"""Accounts: made by the first way in, seen by their owner, gone without a trace when deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ashao.errors import Conflict, NotFound, NotSignedIn
from ashao.identity.owners import AccountId, OwnerId, account_id_of
from ashao.identity.tables import Account, Passkey, RecoveryCode, Wallet
from ashao.store.database import Database

_HELD = select(Account.id).where(Account.id == bindparam("account")).with_for_update(read=True)


@dataclass(frozen=True, slots=True)
class AccountView:
    """What an account's owner sees of it."""

    account: Account
    passkeys: Sequence[Passkey]
    wallets: Sequence[Wallet]
    recovery_codes_left: int


class Accounts:
    """Everybody who signed up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def view(self, account_id: AccountId) -> AccountView:
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

    async def remove_passkey(self, account_id: AccountId, passkey_id: str) -> None:
        """Raises NotFound, and Conflict for the last way into the account."""
        async with self._database.session() as session, session.begin():
            await hold_account(session, account_id)
            passkey = await session.get(Passkey, passkey_id)
            if passkey is None or passkey.account_id != account_id:
                raise NotFound("There is no such passkey.")
            await session.delete(passkey)
            await _require_way_in(session, account_id)

    async def remove_wallet(self, account_id: AccountId, address: str) -> None:
        """Raises NotFound, and Conflict for the last way into the account."""
        async with self._database.session() as session, session.begin():
            await hold_account(session, account_id)
            wallet = await session.get(Wallet, address)
            if wallet is None or wallet.account_id != account_id:
                raise NotFound("There is no such wallet.")
            await session.delete(wallet)
            await _require_way_in(session, account_id)


async def add_account(session: AsyncSession, account_id: AccountId) -> None:
    """A new account, in the transaction of its first way in."""
    session.add(Account(id=account_id, created_at=datetime.now(UTC)))
    await session.flush()


async def hold_account(session: AsyncSession, account_id: AccountId) -> Account:
    """The account, held until the transaction ends: its ways in change one after the other.

    Raises NotFound.
    """
    account = await session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound("There is no such account.")
    return account


def require_account(connection: Connection, owner_id: OwnerId) -> None:
    """Hold an owner's account as it is until the transaction ends; a visitor has none to hold.

    Nothing can be added to an account that was deleted meanwhile. Raises NotSignedIn.
    """
    account_id = account_id_of(owner_id)
    if account_id is None:
        return
    if connection.scalar(_HELD, {"account": account_id}) is None:
        raise NotSignedIn("This account was deleted.")


async def _require_way_in(session: AsyncSession, account_id: AccountId) -> None:
    await session.flush()
    if await _passkeys(session, account_id) or await _wallets(session, account_id):
        return
    if not await _codes_left(session, account_id):
        raise Conflict("This is the only way into your account. Add another one first.")


async def _passkeys(session: AsyncSession, account_id: AccountId) -> Sequence[Passkey]:
    found = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.created_at)
    return (await session.scalars(found)).all()


async def _wallets(session: AsyncSession, account_id: AccountId) -> Sequence[Wallet]:
    found = select(Wallet).where(Wallet.account_id == account_id).order_by(Wallet.created_at)
    return (await session.scalars(found)).all()


async def _codes_left(session: AsyncSession, account_id: AccountId) -> int:
    left = select(func.count()).where(RecoveryCode.account_id == account_id)
    return await session.scalar(left) or 0
