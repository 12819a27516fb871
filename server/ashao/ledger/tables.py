"""The ledger's tables: books, transfers between them, and the entries of each transfer.

Transfers and entries are only ever added. A book carries its balance, which is the sum of its
entries, so that spending can be refused by one statement on one row.
"""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from sqlalchemy import BigInteger, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ashao.store.tables import Base, UtcTime

TransferId = NewType("TransferId", int)


class Kind(StrEnum):
    """Why credits move; the last three by a job's id, each at most once."""

    SIGN_UP = "sign_up"
    GRANT = "grant"
    CHARGE = "charge"
    SETTLE = "settle"
    REFUND = "refund"


class Book(Base):
    """Somebody's credits. Its name is all that ties entries to anybody."""

    __tablename__ = "book"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    balance: Mapped[int] = mapped_column(BigInteger)


class Transfer(Base):
    """One movement of credits; its entries add up to nothing."""

    __tablename__ = "transfer"
    __table_args__ = (UniqueConstraint("kind", "reference"),)

    id: Mapped[TransferId] = mapped_column(Integer, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class Entry(Base):
    """Credits that one book gains, or loses when negative."""

    __tablename__ = "entry"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"), index=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"), index=True)
    credits: Mapped[int] = mapped_column(BigInteger)
