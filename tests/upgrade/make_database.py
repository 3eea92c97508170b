"""`python -m tests.upgrade.make_database`: the folder of today's data format, its records in a database of today.

Run once for each migration, and kept for ever as `database-REVISION.sql.gz`: every later version has to bring it up.
The folder beside it is that of the same data format (`make.py`); needs PostgreSQL with `pg_dump`.
"""

import gzip
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from server.adapters import data_format
from server.adapters.postgres.schema import REVISIONS
from tests.admin.conftest import Operator
from tests.support.postgres import running_postgres
from tests.upgrade.make import HERE

_OF_PSQL = re.compile(rb"^\\.*\n", re.MULTILINE)
"""Commands to psql, which nobody else knows."""


def main() -> None:
    target = HERE / f"database-{REVISIONS[-1]}.sql.gz"
    if target.exists():
        sys.exit(f"{target} is there: what was kept for ever is not made anew.")
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        with tarfile.open(HERE / f"v{data_format.CURRENT}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
        address = server.database("template0")
        operator = Operator(Path(folder) / "data", {"DATABASE_URL": address})
        operator.ok("db", "upgrade")
        operator.ok("migrate", "--from", "json", "--to", "postgres")
        command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", address]
        dumped = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    target.write_bytes(gzip.compress(_OF_PSQL.sub(b"", dumped), mtime=0))
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
