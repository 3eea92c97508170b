"""Parts keep what their store calls them, and the records have a name by which a bucket knows its owner."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE receipts ADD COLUMN etag varchar NOT NULL DEFAULT '', "
        "ADD COLUMN direct boolean NOT NULL DEFAULT false"
    )
    op.execute("ALTER TABLE installation ADD COLUMN installation_id uuid NOT NULL DEFAULT gen_random_uuid()")
