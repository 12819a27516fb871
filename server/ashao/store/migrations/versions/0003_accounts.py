"""Accounts, the ways into them, and bans."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table("account", _id(), _created_at())
    _make_ways_in()
    op.create_table(
        "account_session",
        _id(),
        _account_id(),
        _text("token_digest", 64),
        _text("device", 80),
        _created_at(),
        sa.UniqueConstraint("token_digest", name="uq_account_session_token_digest"),
    )
    op.create_table(
        "ban",
        sa.Column("subject", sa.String(80), primary_key=True),
        _text("reason", 200),
        _created_at(),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("ban", "account_session", "recovery_code", "wallet", "passkey"):
        op.drop_table(table)
    op.drop_table("account")


def _make_ways_in() -> None:
    op.create_table(
        "passkey",
        _id(),
        _account_id(),
        sa.Column("credential_id", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        _text("name", 80),
        _created_at(),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_table(
        "wallet",
        sa.Column("address", sa.String(42), primary_key=True),
        _account_id(),
        _created_at(),
    )
    op.create_table(
        "recovery_code", sa.Column("digest", sa.String(64), primary_key=True), _account_id()
    )


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.String(32), primary_key=True)


def _account_id() -> sa.Column[Any]:
    account = sa.ForeignKey("account.id", ondelete="CASCADE")
    return sa.Column("account_id", sa.String(32), account, nullable=False, index=True)


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=False)


def _created_at() -> sa.Column[Any]:
    return sa.Column("created_at", sa.DateTime(timezone=True), nullable=False)
