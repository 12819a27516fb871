"""Who may no longer take part. Operators decide it; it never deletes anything."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ashao.errors import Forbidden
from ashao.identity.owners import OwnerId, account_id_of
from ashao.identity.tables import Account, Ban
from ashao.store.database import Database, add_once


class Bans:
    """Bans by owner id. They end no session that is open: see `Membership.ban`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, subject: OwnerId, reason: str) -> bool:
        """Whoever it is signs in no more. False when it was banned before."""
        account_id = account_id_of(subject)
        async with self._database.session() as session, session.begin():
            if account_id is not None:
                # A sign-in that is on its way is over first, or sees the ban.
                await session.get(Account, account_id, with_for_update=True)
            ban = Ban(subject=subject, reason=reason[:200], created_at=datetime.now(UTC))
            return await add_once(session, ban)

    async def lift(self, subject: OwnerId) -> None:
        """Let it take part again."""
        async with self._database.session() as session, session.begin():
            await remove_ban(session, subject)

    async def list_bans(self) -> Sequence[Ban]:
        """Every ban, the latest first."""
        async with self._database.reading() as session:
            return (await session.scalars(select(Ban).order_by(Ban.created_at.desc()))).all()


async def remove_ban(session: AsyncSession, subject: OwnerId) -> None:
    """Forget a ban within the caller's transaction, if there is one."""
    await session.execute(delete(Ban).where(Ban.subject == subject))


async def require_not_banned(session: AsyncSession, subject: OwnerId) -> None:
    """Raises Forbidden when it is banned."""
    if await session.get(Ban, subject) is not None:
        raise Forbidden("The operators of this network have banned this account or key.")
