"""Alembic's entry: runs the migrations on the connection that `store/database.py` hands over."""

from alembic import context

from ashao.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,  # its rules name the constraints
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
