"""Who may no longer take part. Operators decide it; it never deletes anything."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ashao.errors import Forbidden
from ashao.people.account_tables import Account, Ban
from ashao.people.owners import account_id_of
from ashao.store.database import Database, add_once

if TYPE_CHECKING:
    from ashao.people.account_sessions import AccountSessions


class Bans:
    """Bans by owner id, such as `account:<id>`."""

    def __init__(self, database: Database, sessions: "AccountSessions") -> None:
        self._database = database
        self._sessions = sessions

    async def ban(self, subject: str, reason: str) -> bool:
        """Ban it; an account is signed out everywhere. False when it was banned before."""
        account_id = account_id_of(subject)
        async with self._database.session() as session, session.begin():
            if account_id is not None:
                # A sign-in that is on its way is over first, or sees the ban.
                await session.get(Account, account_id, with_for_update=True)
            ban = Ban(subject=subject, reason=reason[:200], created_at=datetime.now(UTC))
            is_new = await add_once(session, ban)
        if account_id is not None:
            await self._sessions.end_all(account_id)
        return is_new

    async def lift(self, subject: str) -> None:
        """Let it take part again."""
        async with self._database.session() as session, session.begin():
            await session.execute(delete(Ban).where(Ban.subject == subject))

    async def is_banned(self, subject: str) -> bool:
        """Whether it may not take part."""
        async with self._database.reading() as session:
            return await session.get(Ban, subject) is not None

    async def listed(self) -> Sequence[Ban]:
        """Every ban, the latest first."""
        async with self._database.reading() as session:
            return (await session.scalars(select(Ban).order_by(Ban.created_at.desc()))).all()


async def must_not_be_banned(session: AsyncSession, *subjects: str) -> None:
    """Raises Forbidden when one of them is banned."""
    found = await session.scalar(select(Ban.subject).where(Ban.subject.in_(subjects)).limit(1))
    if found is not None:
        raise Forbidden("The operators of this network have banned this account or key.")
