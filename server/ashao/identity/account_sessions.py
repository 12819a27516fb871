"""Where an account is signed in: the store holds the sessions, this list lets people end them.

A session is closed in the store before its line goes, so nothing stays open unseen.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from ashao.errors import NotFound, Refused
from ashao.identity.accounts import require_account
from ashao.identity.bans import require_not_banned
from ashao.identity.challenges import display_name
from ashao.identity.owners import of_account
from ashao.identity.tables import AccountSession
from ashao.store.secrets import digest, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from ashao.identity.owners import AccountId
    from ashao.identity.sessions import Sessions
    from ashao.store.database import Database


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One place where an account is signed in."""

    id: str
    device: str
    created_at: datetime
    is_current: bool


class AccountSessions:
    """Signs accounts in and out."""

    def __init__(self, database: "Database", sessions: "Sessions") -> None:
        self._database = database
        self._sessions = sessions

    async def open(self, account_id: "AccountId", device: str | None, replaces: str | None) -> str:
        """A new session's secret; the session that was there before is closed with it.

        A secret from before the sign-in is worth nothing afterwards. Raises NotSignedIn when the
        account was deleted meanwhile, Forbidden when it was banned.
        """
        owner_id = of_account(account_id)
        token, _ = await self._sessions.open(owner_id)
        line = AccountSession(
            id=new_id(),
            account_id=account_id,
            token_digest=digest(token),
            device=display_name(device, "A browser"),
            created_at=datetime.now(UTC),
        )
        try:
            async with self._database.session() as session, session.begin():
                await (await session.connection()).run_sync(require_account, owner_id)
                await require_not_banned(session, owner_id)
                session.add(line)
        except Refused:
            await self._sessions.close(digest(token))
            raise
        if replaces is not None:
            await self.sign_out(replaces)
        return token

    async def sign_out(self, token: str) -> None:
        """Close the session of this secret, whoever's it is."""
        await self.close([digest(token)])

    async def list_open(self, account_id: "AccountId", current: str | None) -> list[SessionLine]:
        """The account's open sessions, the latest first; `current` is the asking one's secret."""
        async with self._database.reading() as session:
            known = await self.digests(session, account_id)
        await self._forget([each for each in known if not await self._sessions.is_open(each)])
        async with self._database.reading() as session:
            found = await session.scalars(
                select(AccountSession)
                .where(AccountSession.account_id == account_id)
                .order_by(AccountSession.created_at.desc())
            )
            here = digest(current) if current else None
            return [
                SessionLine(each.id, each.device, each.created_at, each.token_digest == here)
                for each in found
            ]

    async def end(self, account_id: "AccountId", session_id: str) -> None:
        """Close one of the account's sessions. Raises NotFound."""
        async with self._database.reading() as session:
            line = await session.get(AccountSession, session_id)
        if line is None or line.account_id != account_id:
            raise NotFound("There is no such session.")
        await self.close([line.token_digest])

    async def end_all(self, account_id: "AccountId", but: str | None = None) -> None:
        """Close all of the account's sessions, except the one whose secret is `but`."""
        kept = digest(but) if but else None
        async with self._database.reading() as session:
            known = await self.digests(session, account_id)
        await self.close([each for each in known if each != kept])

    async def digests(self, session: "AsyncSession", account_id: "AccountId") -> "Sequence[str]":
        """The digests of the secrets of all of the account's sessions, in this transaction."""
        found = await session.scalars(
            select(AccountSession.token_digest).where(AccountSession.account_id == account_id)
        )
        return found.all()

    async def close(self, digests: "Sequence[str]") -> None:
        """Close sessions by the digests of their secrets."""
        for each in digests:
            await self._sessions.close(each)
        await self._forget(digests)

    async def _forget(self, digests: "Sequence[str]") -> None:
        async with self._database.session() as session, session.begin():
            await session.execute(
                delete(AccountSession).where(AccountSession.token_digest.in_(digests))
            )
