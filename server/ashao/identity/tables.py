"""The tables of accounts and of the ways into them; `store/migrations` makes them.

Secrets are here as digests only. What belongs to an account goes with it.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ashao.identity.owners import AccountId
from ashao.store.tables import Base, UtcTime


def _moment() -> Mapped[datetime]:
    return mapped_column(UtcTime)


def _of_account() -> Mapped[AccountId]:
    return mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)


class Account(Base):
    """Somebody, known by nothing but a random id."""

    __tablename__ = "account"

    id: Mapped[AccountId] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[datetime] = _moment()


class Passkey(Base):
    """The public half of a key in an authenticator. `name` is what its owner calls it."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[AccountId] = _of_account()
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = _moment()


class Wallet(Base):
    """An Ethereum address that signs in."""

    __tablename__ = "wallet"

    address: Mapped[str] = mapped_column(String(42), primary_key=True)
    account_id: Mapped[AccountId] = _of_account()
    created_at: Mapped[datetime] = _moment()


class RecoveryCode(Base):
    """A code that signs in once."""

    __tablename__ = "recovery_code"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[AccountId] = _of_account()


class AccountSession(Base):
    """A line in the list of an account's sessions; the session itself lives in the store."""

    __tablename__ = "account_session"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[AccountId] = _of_account()
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = _moment()


class Ban(Base):
    """Who may no longer take part: by owner id, such as `account:<id>`."""

    __tablename__ = "ban"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = _moment()
