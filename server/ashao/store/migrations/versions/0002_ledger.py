"""The ledger: the books that everybody shares, and transfers that nobody can change."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COMMON = ("community-pool", "donated", "grants", "held", "network")
KEPT_FOR_EVER = ("transfer", "entry")


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
    op.bulk_insert(book, [{"name": name, "balance": 0} for name in COMMON])
    for table in KEPT_FOR_EVER:
        _guard(table)


def _guard(table: str) -> None:
    """Let the database itself refuse what an append-only table never sees."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("entry")
    op.drop_table("transfer")
    op.drop_table("book")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
