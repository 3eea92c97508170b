"""The doctor tries things out: what is well is said, what is not comes with its fix, and it never hangs."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
import requests

from server.adapters.postgres.schema import REVISIONS
from server.admin.doctor.findings import Checked
from server.admin.doctor.visitor import NoAnswer, Visitor
from tests.admin.conftest import Operator
from tests.server.samples import sample
from tests.services.nginx import Front, missing, nginx
from tests.services.postgres import PostgresServer, postgres, postgres_address
from tests.services.smtp import PASSWORD, USER, smtp_server
from tests.support.ports import free_port
from tests.support.server import LiveServer, live_server, server_environment, started
from tests.support.sockets import Visit, socket_server
from tests.support.waiting import until

__all__ = ["postgres", "postgres_address"]
needs_nginx = pytest.mark.skipif(missing() is not None, reason=missing() or "")


def doctor(environment: Mapping[str, str], pause: str = "0.2") -> tuple[int, dict[str, Checked]]:
    """Its exit code and what it says, by what it is about; the worst where there are several."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "admin", "doctor", "--json", "--pause", pause],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    found: dict[str, Checked] = {}
    for line in done.stdout.splitlines():
        checked = Checked(**json.loads(line))
        if checked.what not in found or checked.level == "error":
            found[checked.what] = checked
    return done.returncode, found


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, Front]]:
    """A server behind nginx, as docker/nginx/sealcase.conf has it."""
    folder, port = tmp_path_factory.mktemp("doctor"), free_port()
    with nginx(folder / "nginx", [f"127.0.0.1:{port}"]) as front:
        environment = server_environment(
            folder / "data", port=str(port), public_url=front.url, trusted_proxies="1", workers="1"
        )
        with started(environment, folder / "data") as server:
            server.line_with(re.compile("Sealcase serves"))
            yield server, front


@pytest.mark.slow
@needs_nginx
def test_a_server_behind_the_sample_is_well(behind: tuple[LiveServer, Front]) -> None:
    """Through TLS: large parts and pauses pass, and nothing of the visit stays."""
    server, front = behind
    code, found = doctor({**server.settings, **front.trust})
    assert code == 0, found
    assert {what: each.level for what, each in found.items() if each.level not in ("ok", "skipped")} == {}
    assert "Parts of 512 MiB get through" in found["large parts"].message
    assert list(server.data_dir.glob("records/uploads/*/*")) == list(server.data_dir.glob("staged/*/*")) == []
    assert list(server.data_dir.glob("records/users/*/*")) == []


@pytest.mark.slow
@needs_nginx
def test_a_proxy_that_is_in_the_way_is_found_out(tmp_path: Path) -> None:
    """One that takes small bodies only; one that keeps bodies back; one that loses patience; all with their fixes."""
    port = free_port()
    upstream = [f"127.0.0.1:{port}"]
    with live_server(tmp_path / "data", port=str(port), workers=1) as server:
        faults = {
            "large parts": (
                {"client_max_body_size 0;": "client_max_body_size 20m;"},
                "client_max_body_size 0",
                "error",
            ),
            "pauses": ({"client_body_timeout 120s;": "client_body_timeout 1s;"}, "client_body_timeout 120s", "error"),
        }
        for what, (changes, fix, level) in faults.items():
            with nginx(tmp_path / what.split()[0], upstream, changes=changes) as front:
                settings = {**server.settings, **front.trust, "PUBLIC_URL": front.url, "TRUSTED_PROXIES": "1"}
                code, found = doctor(settings, pause="3")
                assert (code, found[what].level) == (1, level), found
                assert fix in found[what].fix
        changes = {"proxy_request_buffering off;": "proxy_request_buffering on;"}
        with nginx(tmp_path / "buffers", upstream, changes=changes) as front:
            settings = {**server.settings, **front.trust, "PUBLIC_URL": front.url, "TRUSTED_PROXIES": "0"}
            code, found = doctor(settings)
            assert found["large parts"].level == "warning"
            assert "proxy_request_buffering off" in found["large parts"].fix
            assert (code, found["proxy"].level) == (1, "error")
            assert "TRUSTED_PROXIES" in found["proxy"].fix
            untrusted = {**server.settings, "PUBLIC_URL": front.url, "TRUSTED_PROXIES": "1"}
            code, found = doctor(untrusted)
            assert (code, found["certificate"].level) == (1, "error")
            assert "is not valid" in found["certificate"].message


@pytest.mark.slow
def test_another_server_is_not_taken_for_this_one(tmp_path: Path) -> None:
    with live_server(tmp_path / "a", workers=1) as one, live_server(tmp_path / "b", workers=1) as other:
        code, found = doctor({**one.settings, "PUBLIC_URL": other.url})
        assert (code, found["upload"].message) == (1, "PUBLIC_URL leads to another Sealcase than this one.")


def test_a_server_that_never_answers_costs_seconds_only() -> None:
    """As do a name that nobody has and a port that nobody listens at."""

    def silent(visit: Visit) -> None:
        while visit.connection.recv(4_096):
            pass

    with socket_server(silent) as url, pytest.raises(NoAnswer, match="did not answer within"):
        Visitor(f"http://{url}", 0.3).ask("GET", "/health")
    with pytest.raises(NoAnswer, match="nothing listens"):
        Visitor(f"http://127.0.0.1:{free_port()}").ask("GET", "/health")
    with pytest.raises(NoAnswer, match="can't be found"):
        Visitor("http://nobody.invalid").ask("GET", "/health")


def test_mail_disk_and_folder(operator: Operator, tmp_path: Path) -> None:
    """Whether the mail server lets us in, room on the disk, who can look into the folder."""
    with smtp_server(tmp_path) as box:
        operator.settings.update(
            SMTP_HOST="localhost",
            SMTP_PORT=str(box.port),
            SMTP_USER=USER,
            SMTP_PASSWORD=PASSWORD,
            SMTP_CA_FILE=str(box.ca_file),
            MAIL_FROM="no-reply@example.org",
        )
        assert _by_what(operator)["mail"]["level"] == "ok"
        operator.settings["SMTP_PASSWORD"] = "another one"
        mail = _by_what(operator)["mail"]
        assert mail["level"] == "error"
        assert "refuses the login" in str(mail["message"])
        assert box.mails == []
    operator.settings.clear()
    operator.settings["FREE_DISK_FLOOR"] = str(1 << 60)
    operator.folder.chmod(0o755)
    found = _by_what(operator)
    assert found["disk"]["level"] == "error"
    assert str(found["data folder"]["fix"]).startswith("chmod 700")
    assert found["storage local"]["level"] == "ok"
    assert list(operator.folder.glob("blobs/*/*")) == []


def test_migrations_at_every_level(
    operator: Operator, postgres: PostgresServer, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None needed, as needed, missing, of a later version, in an empty database, in one that is away; with the fix.

    A server would not start on most of them: doctor says so, looks at all the rest, and tells nobody the password.
    """
    monkeypatch.setattr("server.adapters.postgres.database.START_SECONDS", 0.0)
    assert _by_what(operator)["migrations"]["level"] == "skipped"

    def migrations(address: str) -> tuple[str, str]:
        operator.settings.update(RECORDS="postgres", DATABASE_URL=address)
        done = operator("doctor", "--json")
        assert "a-secret-of-tests" not in done.output
        found = {row["what"]: row for row in map(json.loads, done.stdout.splitlines())}
        row = found["migrations"]
        bad = row["level"] == "error"
        assert ("server" in found, "storage local" in found) == (bad, not bad)
        assert {"settings", "data folder", "disk", "clock", "mail"} <= set(found)
        assert done.exit_code == 1 or not bad
        assert bad == bool(row["fix"])
        return row["level"], row["message"]

    assert migrations(postgres_address)[0] == "ok"
    with monkeypatch.context() as later:
        later.setattr("server.adapters.postgres.database.REVISIONS", (*REVISIONS, "0099"))
        level, message = migrations(postgres_address)
        assert (level, f"({REVISIONS[-1]}, needed is 0099)" in message) == ("error", True)
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    level, message = migrations(postgres_address)
    assert (level, "newer than this version of Sealcase (9999" in message) == ("error", True)
    level, message = migrations(postgres.database("template0"))
    assert (level, "the database is empty" in message) == ("error", True)
    level, message = migrations(postgres.address("not_there"))
    assert (level, "does not answer" in message) == ("error", True)


def _by_what(operator: Operator) -> dict[str, dict[str, object]]:
    done = operator("doctor", "--json")
    return {row["what"]: row for row in map(json.loads, done.stdout.splitlines())}


@pytest.mark.slow
@needs_nginx
def test_ranges_come_from_the_disk_and_downloads_still_count(tmp_path: Path) -> None:
    """X-Accel-Redirect: nginx delivers what can't be the end of a download; request ids are the same in both logs."""
    port = free_port()
    blobs = {"/var/lib/sealcase/blobs/": f"{tmp_path}/data/blobs/"}
    with (
        nginx(tmp_path / "nginx", [f"127.0.0.1:{port}"], changes=blobs) as front,
        live_server(
            tmp_path / "data", port=str(port), trusted_proxies="1", accel_redirect="/_blobs/", log_format="json"
        ) as server,
    ):
        ada = {"Authorization": f"Bearer {server.sign_in('ada@example.org')['token']}"}
        bob = {"Authorization": f"Bearer {server.sign_in('bob@example.org')['token']}"}
        one = sample(300_000)
        body = {**one.whole(), "allowed_users": ["bob@example.org"]}
        with requests.Session() as http:
            http.verify = str(front.ca_file)
            http.trust_env = False
            http.post(f"{front.url}/files", json=body, headers=ada, timeout=30).raise_for_status()
            url = f"{front.url}/files/{one.file_id}/content"
            middle = http.get(url, headers={**bob, "Range": "bytes=1000-1999"}, timeout=30)
            assert (middle.status_code, middle.content) == (206, one.body[1_000:2_000])
            assert middle.headers["X-Content-Type-Options"] == "nosniff"
            direct = requests.get(
                f"{server.url}/files/{one.file_id}/content", headers={**bob, "Range": "bytes=0-9"}, timeout=30
            )
            assert direct.headers["X-Accel-Redirect"] == f"/_blobs/{str(one.file_id)[:2]}/{one.file_id}"
            assert direct.content == b""
            end = http.get(url, headers={**bob, "Range": f"bytes=2000-{len(one.body) - 1}"}, timeout=30)
            assert end.content == one.body[2_000:]
            whole = http.get(url, headers=bob, timeout=30)
            assert whole.content == one.body
            assert http.get(f"{front.url}/_blobs/{str(one.file_id)[:2]}/{one.file_id}", timeout=30).status_code == 404
            assert http.get(f"{front.url}/metrics", timeout=30).status_code == 404

            def downloads() -> int:
                (row,) = http.get(f"{front.url}/files", headers=ada, timeout=30).json()["files"]
                return int(row["downloads"])

            until(lambda: downloads() == 2, "the second download")  # counted once the last byte has gone
        request_id = whole.headers["X-Request-Id"]
        assert len(request_id) == 32
        assert any(json.loads(line)["request_id"] == request_id for line in _lines(front.folder / "access.log"))
        server.line_with(re.compile(request_id))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
