"""Alembic's entry: runs the steps in one transaction, on the connection that it is handed."""

from alembic import context
from sqlalchemy import text

from server.adapters.postgres.schema import metadata

_TURN = 0x5EA1_CA5E
"""An advisory lock: of several nodes that upgrade at the same time, one does it and the others find it done."""

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
    context.run_migrations()
