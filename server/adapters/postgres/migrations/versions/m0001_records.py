"""Everything that Sealcase kept when it first met PostgreSQL."""

from alembic import op

revision = "0001"
down_revision = None

_STEPS = """
CREATE TABLE installation (
    single boolean PRIMARY KEY CHECK (single),
    secret_mark varchar NOT NULL,
    filling boolean NOT NULL DEFAULT false
);
CREATE TABLE users (
    user_id uuid PRIMARY KEY,
    email varchar NOT NULL,
    created_at double precision NOT NULL
);
CREATE TABLE terms (
    user_id uuid PRIMARY KEY,
    disabled_at double precision,
    quota_bytes bigint,
    quota_files bigint
);
CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY,
    secret varchar NOT NULL,
    last_step bigint NOT NULL,
    recovery_macs varchar[] NOT NULL,
    turned_on_at double precision NOT NULL
);
CREATE TABLE recovery_copies (
    user_id uuid PRIMARY KEY,
    sealed bytea NOT NULL,
    stored_at double precision NOT NULL
);
CREATE TABLE access_tokens (
    token_id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    email varchar NOT NULL,
    name bytea NOT NULL,
    scopes varchar[] NOT NULL,
    created_at double precision NOT NULL,
    expires_at bigint,
    mac varchar NOT NULL
);
CREATE INDEX access_tokens_of ON access_tokens (user_id, created_at);
CREATE TABLE cards (
    user_id uuid NOT NULL,
    sequence integer NOT NULL,
    card bytea NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (user_id, sequence)
);
CREATE TABLE uploads (
    file_id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,
    part_size integer NOT NULL,
    body_size bigint,
    created_at double precision NOT NULL,
    backend varchar NOT NULL,
    staging varchar,
    box_id varchar
);
CREATE TABLE receipts (
    file_id uuid NOT NULL REFERENCES uploads ON DELETE CASCADE,
    number integer NOT NULL,
    size bigint NOT NULL,
    digest bytea NOT NULL,
    received_at double precision NOT NULL,
    PRIMARY KEY (file_id, number)
);
CREATE TABLE files (
    file_id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,
    owner_email varchar NOT NULL,
    uploaded_at double precision NOT NULL,
    expires_at bigint NOT NULL,
    size bigint NOT NULL,
    manifest bytea NOT NULL,
    grants bytea NOT NULL,
    part_hashes bytea NOT NULL,
    allowed_users uuid[] NOT NULL,
    simple bytea,
    download_limit bigint,
    revision integer NOT NULL,
    backend varchar NOT NULL,
    locator varchar,
    downloads bigint NOT NULL DEFAULT 0,
    box_id varchar
) WITH (fillfactor = 90);
CREATE INDEX files_due ON files (expires_at, file_id);
CREATE TABLE listings (
    user_id uuid NOT NULL,
    owned boolean NOT NULL,
    uploaded_us bigint NOT NULL,
    file_id uuid NOT NULL REFERENCES files ON DELETE CASCADE,
    PRIMARY KEY (user_id, owned, uploaded_us, file_id)
);
CREATE INDEX listings_of_file ON listings (file_id);
CREATE TABLE links (
    link_id varchar COLLATE "C" PRIMARY KEY,
    owner_id uuid NOT NULL,
    owner_email varchar NOT NULL,
    access_hash bytea NOT NULL,
    items bytea NOT NULL,
    created_at double precision NOT NULL,
    created_us bigint NOT NULL,
    expires_at bigint NOT NULL,
    download_limit bigint,
    password boolean NOT NULL,
    notify boolean NOT NULL,
    revoked_at double precision,
    downloads bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 90);
CREATE INDEX links_of ON links (owner_id, created_us, link_id);
CREATE TABLE link_files (
    file_id uuid NOT NULL,
    link_id varchar COLLATE "C" NOT NULL REFERENCES links ON DELETE CASCADE,
    PRIMARY KEY (file_id, link_id)
);
CREATE INDEX link_files_of_link ON link_files (link_id);
CREATE TABLE boxes (
    box_id varchar COLLATE "C" PRIMARY KEY,
    owner_id uuid NOT NULL,
    created_us bigint NOT NULL,
    record bytea NOT NULL
);
CREATE INDEX boxes_of ON boxes (owner_id, created_us, box_id);
CREATE TABLE box_files (
    box_id varchar COLLATE "C" NOT NULL,
    file_id uuid NOT NULL,
    size bigint NOT NULL,
    come boolean NOT NULL,
    PRIMARY KEY (box_id, file_id)
);
CREATE SEQUENCE version_numbers;
CREATE TABLE listing_versions (
    user_id uuid PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE reservations (
    user_id uuid NOT NULL,
    file_id uuid NOT NULL,
    size bigint NOT NULL,
    made_at double precision NOT NULL,
    PRIMARY KEY (user_id, file_id) INCLUDE (size)
);
CREATE TABLE events (
    number bigint PRIMARY KEY,
    month varchar NOT NULL,
    line bytea NOT NULL
);
CREATE INDEX events_of_month ON events (month, number);
CREATE TABLE event_people (
    user_id uuid NOT NULL,
    number bigint NOT NULL,
    at double precision NOT NULL,
    kind varchar NOT NULL,
    file_id uuid,
    PRIMARY KEY (user_id, number)
);
CREATE INDEX event_people_by_number ON event_people (number);
CREATE TABLE event_chain (
    single boolean PRIMARY KEY CHECK (single),
    first_number bigint NOT NULL,
    hash_before varchar NOT NULL,
    last_number bigint NOT NULL,
    last_hash varchar NOT NULL,
    month varchar NOT NULL
) WITH (fillfactor = 10);
INSERT INTO event_chain VALUES (true, 1, repeat('0', 64), 0, repeat('0', 64), '');
CREATE TABLE log_entries (
    number bigint PRIMARY KEY,
    tag bytea NOT NULL,
    digest bytea NOT NULL UNIQUE
);
CREATE TABLE log_hashes (
    place bigint PRIMARY KEY,
    hash bytea NOT NULL
);
CREATE TABLE log_checkpoint (
    single boolean PRIMARY KEY CHECK (single),
    size bigint NOT NULL,
    note varchar NOT NULL
) WITH (fillfactor = 10);
CREATE TABLE ephemeral (
    name bytea PRIMARY KEY,
    value bytea NOT NULL,
    expires_at double precision NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX ephemeral_due ON ephemeral (expires_at);
"""


def upgrade() -> None:
    """From an empty database."""
    for step in _STEPS.split(";\n"):
        if step.strip():
            op.execute(step)
