"""The tables, as SQLAlchemy Core names them. How they come about, and change, stands in `migrations/`.

Ids are UUIDs of 16 bytes (a user id's 32 hex digits are one), times Unix seconds, and text that people choose is kept
as its bytes: PostgreSQL's text can't hold every character that JSON can.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    String,
    Table,
    Uuid,
    func,
)

REVISIONS = ("0001", "0002")
"""Every migration, oldest first. The last one is what this code works with."""

metadata = MetaData()
version_numbers = Sequence("version_numbers", metadata=metadata)
"""Numbers for `listing_versions`: none is ever given twice."""

installation = Table(
    "installation",
    metadata,
    Column("single", Boolean, primary_key=True),
    Column("secret_mark", String, nullable=False),
    Column("filling", Boolean, nullable=False, server_default="false"),
    Column("installation_id", Uuid, nullable=False, server_default=func.gen_random_uuid()),
)
"""One row: a keyed hash that shows whether a node has the same secrets as those before it; whether `admin migrate` has
begun to fill the database, and not yet finished; whose records these are, as stores know it."""

users = Table(
    "users",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("email", String, nullable=False),
    Column("created_at", Double, nullable=False),
)

terms = Table(
    "terms",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("disabled_at", Double),
    Column("quota_bytes", BigInteger),
    Column("quota_files", BigInteger),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("secret", String, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("recovery_macs", ARRAY(String), nullable=False),
    Column("turned_on_at", Double, nullable=False),
)

recovery_copies = Table(
    "recovery_copies",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("stored_at", Double, nullable=False),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("token_id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("email", String, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("scopes", ARRAY(String), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", BigInteger),
    Column("mac", String, nullable=False),
)

cards = Table(
    "cards",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("card", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("file_id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("part_size", Integer, nullable=False),
    Column("body_size", BigInteger),
    Column("created_at", Double, nullable=False),
    Column("backend", String, nullable=False),
    Column("staging", String),
    Column("box_id", String),
)

receipts = Table(
    "receipts",
    metadata,
    Column("file_id", Uuid, ForeignKey("uploads.file_id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("etag", String, nullable=False, server_default=""),
    Column("direct", Boolean, nullable=False, server_default="false"),
)

files = Table(
    "files",
    metadata,
    Column("file_id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("owner_email", String, nullable=False),
    Column("uploaded_at", Double, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("manifest", LargeBinary, nullable=False),
    Column("grants", LargeBinary, nullable=False),
    Column("part_hashes", LargeBinary, nullable=False),
    Column("allowed_users", ARRAY(Uuid), nullable=False),
    Column("simple", LargeBinary),
    Column("download_limit", BigInteger),
    Column("revision", Integer, nullable=False),
    Column("backend", String, nullable=False),
    Column("locator", String),
    Column("downloads", BigInteger, nullable=False, server_default="0"),
    Column("box_id", String),
)

listings = Table(
    "listings",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("owned", Boolean, primary_key=True),
    Column("uploaded_us", BigInteger, primary_key=True),
    Column("file_id", Uuid, ForeignKey("files.file_id", ondelete="CASCADE"), primary_key=True),
)
"""Who sees which file, in the order of listings: a row for the owner, and one for each reader."""

links = Table(
    "links",
    metadata,
    Column("link_id", String(collation="C"), primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("owner_email", String, nullable=False),
    Column("access_hash", LargeBinary, nullable=False),
    Column("items", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("download_limit", BigInteger),
    Column("password", Boolean, nullable=False),
    Column("notify", Boolean, nullable=False),
    Column("revoked_at", Double),
    Column("downloads", BigInteger, nullable=False, server_default="0"),
)

link_files = Table(
    "link_files",
    metadata,
    Column("file_id", Uuid, primary_key=True),
    Column("link_id", String(collation="C"), ForeignKey("links.link_id", ondelete="CASCADE"), primary_key=True),
)
"""Which links lead to a file."""

boxes = Table(
    "boxes",
    metadata,
    Column("box_id", String(collation="C"), primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
)
"""Drop boxes, as the same JSON as in files: no query looks inside."""

box_files = Table(
    "box_files",
    metadata,
    Column("box_id", String(collation="C"), primary_key=True),
    Column("file_id", Uuid, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("come", Boolean, nullable=False),
)
"""What a box has taken in, and what is on its way."""

listing_versions = Table(
    "listing_versions",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("file_id", Uuid, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("made_at", Double, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("month", String, nullable=False),
    Column("line", LargeBinary, nullable=False),
)
"""The chain of activity: each line is JSON that names the SHA-256 of the line before."""

event_people = Table(
    "event_people",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("kind", String, nullable=False),
    Column("file_id", Uuid),
)
"""In whose activity an event shows, with enough of it to pass over it."""

event_chain = Table(
    "event_chain",
    metadata,
    Column("single", Boolean, primary_key=True),
    Column("first_number", BigInteger, nullable=False),
    Column("hash_before", String, nullable=False),
    Column("last_number", BigInteger, nullable=False),
    Column("last_hash", String, nullable=False),
    Column("month", String, nullable=False),
)
"""One row: both ends of the chain. Whoever appends holds it."""

log_entries = Table(
    "log_entries",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("tag", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
)

log_hashes = Table(
    "log_hashes",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

log_checkpoint = Table(
    "log_checkpoint",
    metadata,
    Column("single", Boolean, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("note", String, nullable=False),
)
"""One row: how many entries count, signed. Whoever appends holds it."""

ephemeral = Table(
    "ephemeral",
    metadata,
    Column("name", LargeBinary, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("expires_at", Double, nullable=False),
)
"""Short-lived state, under the SHA-256 of its key."""
