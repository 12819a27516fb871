"""The ledger, with the books that everybody shares."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the shared books."""
    book = op.create_table(
        "book",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("balance", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.UniqueConstraint("kind", "reference"),
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "transfer_id", sa.Integer, sa.ForeignKey("transfer.id"), nullable=False, index=True
        ),
        sa.Column("book_id", sa.Integer, sa.ForeignKey("book.id"), nullable=False, index=True),
        sa.Column("credits", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(
        book,
        [
            {"name": name, "balance": 0}
            for name in ("community-pool", "donated", "grants", "held", "network")
        ],
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("entry")
    op.drop_table("transfer")
    op.drop_table("book")
