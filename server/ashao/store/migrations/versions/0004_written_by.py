"""Who wrote an answer: the kind of machine, its model, how many machines."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of earlier answers nobody knows it."""
    op.add_column("message", sa.Column("kind", sa.String(16), nullable=True))
    op.add_column("message", sa.Column("model", sa.String(200), nullable=True))
    op.add_column("message", sa.Column("machines", sa.Integer, nullable=True))


def downgrade() -> None:
    """Drop them."""
    for name in ("machines", "model", "kind"):
        op.drop_column("message", name)
