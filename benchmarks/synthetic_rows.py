"""A database as full as wanted: synthetic files, readers, events, links and reservations, made by PostgreSQL itself."""

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import psycopg

FROM = 1_790_000_000
"""Unix seconds of the first upload; one a second from then on."""
UNTIL = 1_900_000_000
"""When files expire."""
FILES_A_PERSON = 100
_BATCH = 250_000

_FILES: LiteralString = """
INSERT INTO files SELECT gen_random_uuid(),
    CASE WHEN n %% 50 = 0 THEN %(heavy)s ELSE md5('person' || n / 100)::uuid END,
    'person' || n / 100 || '@example.org', %(since)s + n + 0.25, %(until)s + n %% 1000, 1 << 20,
    decode(repeat(md5(n::text), %(manifest)s / 16), 'hex'), '[]'::bytea, decode(repeat(md5(n::text), 2), 'hex'),
    ARRAY[md5('person' || (n * 7919) %% %(people)s)::uuid], NULL, NULL, 0, 'local', NULL, n %% 5
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
_REST: LiteralString = """
INSERT INTO listings SELECT owner_id, true, trunc(uploaded_at * 1000000)::bigint, file_id FROM files
    ON CONFLICT DO NOTHING;
INSERT INTO listings SELECT allowed_users[1], false, trunc(uploaded_at * 1000000)::bigint, file_id FROM files
    WHERE allowed_users[1] <> owner_id ON CONFLICT DO NOTHING;
INSERT INTO reservations SELECT owner_id, file_id, size, uploaded_at FROM files ON CONFLICT DO NOTHING;
INSERT INTO listing_versions SELECT DISTINCT user_id, 1 FROM listings ON CONFLICT DO NOTHING;
INSERT INTO users SELECT user_id, user_id || '@example.org', 0 FROM listing_versions ON CONFLICT DO NOTHING;
INSERT INTO cards SELECT user_id, 0, decode(repeat(md5(user_id::text), 20), 'hex'), '' FROM users
    WHERE user_id <> %(heavy)s ON CONFLICT DO NOTHING;
INSERT INTO access_tokens SELECT gen_random_uuid(), user_id, email, 'x'::bytea, '{}', 0, NULL, '' FROM users;
INSERT INTO ephemeral SELECT sha256(convert_to('session:' || user_id, 'UTF8')),
    decode(repeat(md5(user_id::text), 30), 'hex'), 2000000000 FROM users ON CONFLICT DO NOTHING;
INSERT INTO uploads SELECT gen_random_uuid(), user_id, 8388608, NULL, 1790000000, 'local', NULL FROM users;
INSERT INTO receipts SELECT file_id, n, 8388648, sha256(''), 1790000000 FROM uploads, generate_series(0, 9) AS n;
CREATE TEMPORARY TABLE linked AS SELECT *, substr(translate(encode(sha256(uuid_send(file_id)), 'base64'), '+/=', '-_'),
    1, 43) AS link_id FROM files WHERE downloads = 0;
INSERT INTO links SELECT link_id, owner_id, owner_email, '', '[]', uploaded_at, trunc(uploaded_at * 1000000)::bigint,
    expires_at, 3, false, false, NULL, 0 FROM linked;
INSERT INTO link_files SELECT file_id, link_id FROM linked;
DROP TABLE linked;
INSERT INTO events SELECT n, '2026-09', decode(repeat(md5(n::text), 18), 'hex')
    FROM generate_series((SELECT last_number + 1 FROM event_chain), %(events)s::bigint) AS n;
INSERT INTO event_people SELECT md5('person' || n / 100 + side)::uuid, n, 1790000000 + n,
    (ARRAY['upload','download','share'])[1 + n %% 3], NULL
    FROM generate_series((SELECT last_number + 1 FROM event_chain), %(events)s::bigint) AS n,
    generate_series(0, 1) AS side ON CONFLICT DO NOTHING;
INSERT INTO event_people SELECT %(heavy)s, number, 1790000000 + number, 'upload', NULL FROM events
    WHERE number %% 50 = 0 ON CONFLICT DO NOTHING;
UPDATE event_chain SET last_number = (SELECT max(number) FROM events);
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much one table takes on the disk, in bytes."""

    table: str
    rows: int
    heap: int
    """With what lies out of line."""
    indexes: int


def fill(address: str, files: int, heavy: str, *, events: int | None = None, manifest_bytes: int = 64) -> None:
    """`files` files: every 50th is of the user `heavy`, the others of one person a hundred; each has one reader.

    As many `events` unless another number is given, each in the activity of two people. Needs a superuser: foreign
    keys are not looked at while rows are made.
    """
    people = max(1, files // FILES_A_PERSON)
    about = {
        "heavy": UUID(heavy),
        "people": people,
        "events": files if events is None else events,
        "since": FROM,
        "until": UNTIL,
    }
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        for first in range(0, files, _BATCH):
            span = {"first": first, "last": min(first + _BATCH, files) - 1, "manifest": manifest_bytes}
            connection.execute(_FILES, {**about, **span})
        for statement in _REST.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode(), about)
        connection.execute("VACUUM ANALYZE")


def sizes(address: str) -> list[Size]:
    """Every table, the largest first."""
    with psycopg.connect(address) as connection:
        found = connection.execute(
            "SELECT relname, reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY pg_total_relation_size(oid) DESC"
        )
        return [Size(*row) for row in found]
