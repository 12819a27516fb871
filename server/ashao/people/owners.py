"""Owners by their ids: "account:<id>" for whoever signed up, "anon:<id>" for a visitor."""

from sqlalchemy.ext.asyncio import AsyncSession

from ashao.errors import NotSignedIn
from ashao.people.account_tables import Account

ACCOUNT = "account:"


def account_id_of(owner_id: str) -> str | None:
    """The account that an owner id names; None for a visitor's."""
    return owner_id.removeprefix(ACCOUNT) if owner_id.startswith(ACCOUNT) else None


async def must_be_here(session: AsyncSession, owner_id: str) -> None:
    """Hold an owner's account as it is until the transaction ends; a visitor has none to hold.

    Nothing can be added to an account that was deleted meanwhile. Raises NotSignedIn.
    """
    account_id = account_id_of(owner_id)
    if account_id is None:
        return
    if await session.get(Account, account_id, with_for_update={"read": True}) is None:
        raise NotSignedIn("This account was deleted.")
