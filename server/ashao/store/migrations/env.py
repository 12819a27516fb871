"""Alembic's entry: runs the migrations on the connection that `store/database.py` hands over."""

from advanced_alchemy.base import AdvancedDeclarativeBase
from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=AdvancedDeclarativeBase.metadata,  # its rules name the constraints
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
