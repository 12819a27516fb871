"""Keys that people make for their programs: a program with one acts for the account.

The secret is shown once; only its digest is kept, with the first characters to tell it by.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select

from ashao.errors import BadRequest, Conflict, Forbidden, NotFound, NotSignedIn
from ashao.people.account_tables import Account, AccountKey
from ashao.people.bans import must_not_be_banned
from ashao.people.books import of_account
from ashao.people.ways_in import shown_name
from ashao.store.database import Database
from ashao.store.secrets import digest, new_id, new_token

PREFIX = "ashao_"
SHOWN = 12
MOST_KEYS = 20
SCOPES = frozenset({"chat", "models", "worker"})
"""What a key may be allowed: to ask for answers, to list the models, to earn as a worker."""


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """Who calls with a key, and what it may do."""

    key_id: str
    account_id: str
    scopes: frozenset[str]
    per_minute: int

    @property
    def owner_id(self) -> str:
        """Whose the jobs are, and who pays for them."""
        return of_account(self.account_id)

    def must_allow(self, scope: str) -> None:
        """Raises Forbidden when the key was not made for this."""
        if scope not in self.scopes:
            raise Forbidden(f"This key has no scope {scope}.")


class AccountKeys:
    """The keys of all accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, account_id: str, name: str, scopes: Iterable[str], per_minute: int
    ) -> tuple[AccountKey, str]:
        """A new key and its secret. Raises BadRequest, Conflict beyond 20 keys, NotFound."""
        wanted = frozenset(scopes)
        if not wanted or not wanted <= SCOPES or per_minute < 1:
            known = ", ".join(sorted(SCOPES))
            raise BadRequest(f"A key needs a limit a minute and scopes out of {known}.")
        secret = PREFIX + new_token()
        key = AccountKey(
            id=new_id(),
            account_id=account_id,
            digest=digest(secret),
            prefix=secret[:SHOWN],
            name=shown_name(name, "Key"),
            scopes=" ".join(sorted(wanted)),
            per_minute=per_minute,
            created_at=datetime.now(UTC),
        )
        async with self._database.session() as session, session.begin():
            if await session.get(Account, account_id, with_for_update=True) is None:
                raise NotFound("There is no such account.")
            held = select(func.count()).where(AccountKey.account_id == account_id)
            if (await session.scalar(held) or 0) >= MOST_KEYS:
                raise Conflict(f"An account has at most {MOST_KEYS} keys.")
            session.add(key)
        return key, secret

    async def listed(self, account_id: str) -> Sequence[AccountKey]:
        """The account's keys, the latest first, without their secrets."""
        async with self._database.session() as session:
            found = await session.scalars(
                select(AccountKey)
                .where(AccountKey.account_id == account_id)
                .order_by(AccountKey.created_at.desc())
            )
            return found.all()

    async def revoke(self, account_id: str, key_id: str) -> None:
        """It works no longer from this moment. Raises NotFound."""
        async with self._database.session() as session, session.begin():
            gone = await session.scalar(
                delete(AccountKey)
                .where(AccountKey.id == key_id, AccountKey.account_id == account_id)
                .returning(AccountKey.id)
            )
        if gone is None:
            raise NotFound("There is no such key.")

    async def caller(self, secret: str) -> KeyCaller:
        """Who calls with this secret. Raises NotSignedIn, and Forbidden for a banned one."""
        async with self._database.session() as session:
            key = await session.scalar(
                select(AccountKey).where(AccountKey.digest == digest(secret))
            )
            if key is None:
                raise NotSignedIn("This API key is not known, or was revoked.")
            await must_not_be_banned(session, f"key:{key.id}", of_account(key.account_id))
        return KeyCaller(key.id, key.account_id, frozenset(key.scopes.split()), key.per_minute)
