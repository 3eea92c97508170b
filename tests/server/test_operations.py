"""What an operator sees: health, readiness, logs, contact."""

import json
import logging
import re
import sys
from pathlib import Path

import pytest
import requests

from server.logs import JsonLines, TextLines, printable
from server.settings import Settings
from tests.server.house import House, code_of, house
from tests.support.server import LiveServer, live_server

STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


def test_health_tells_strangers_that_this_is_sealcase_and_no_more(here: House) -> None:
    answer = here.http.get("/health", environ_overrides=STRANGER)
    assert answer.get_json() == {"status": "healthy", "product": "Sealcase"}
    behind_a_proxy = here.http.get("/health", headers={"X-Forwarded-For": "203.0.113.9"})
    assert behind_a_proxy.get_json() == {"status": "healthy", "product": "Sealcase"}


def test_health_tells_admins_and_this_machine_what_the_report_says(tmp_path: Path) -> None:
    here = house(tmp_path, admin_emails="Ada@example.org, other@example.org")
    full = {"status", "product", "timestamp", "s3_available", "email_available"}
    assert set(here.http.get("/health").get_json()) == full
    ada, eve = here.person("ada@example.org"), here.person("eve@example.org")
    assert set(ada.ask("GET", "/health", environ_overrides=STRANGER).get_json()) == full
    assert set(eve.ask("GET", "/health", environ_overrides=STRANGER).get_json()) == {"status", "product"}
    ada.ask("POST", "/auth/logout")
    assert set(ada.ask("GET", "/health", environ_overrides=STRANGER).get_json()) == {"status", "product"}


def test_ready_tries_things_out(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with every reason, without a path of the machine; asked again only after a few seconds."""
    assert here.http.get("/ready").get_json() == {"status": "ready"}
    folder = here.settings.data_dir
    (folder / "ephemeral" / "values").rename(folder / "moved")
    (folder / "ephemeral" / "values").write_text("in the way")
    assert here.http.get("/ready").status_code == 200
    here.clock.time += 10
    answer = here.http.get("/ready")
    assert code_of(answer) == "unavailable"
    assert answer.status_code == 503
    assert answer.get_json()["detail"] == "Not ready: codes and sessions can't be kept."
    assert str(folder) not in answer.text


def test_ready_knows_a_full_disk(tmp_path: Path) -> None:
    here = house(tmp_path, free_disk_floor=1 << 60)
    assert "the disk is full" in here.http.get("/ready").get_json()["detail"]


def test_security_txt(tmp_path: Path) -> None:
    """RFC 9116: a contact and an end that is less than a year away; nothing where none is set."""
    assert code_of(house(tmp_path / "a").http.get("/.well-known/security.txt")) == "not_found"
    here = house(tmp_path / "b", security_contact="mailto:security@example.org", public_url="https://files.example.org")
    answer = here.http.get("/.well-known/security.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "Contact: mailto:security@example.org",
        "Expires: 2027-07-14T08:00:00Z",
        "Preferred-Languages: en",
        "Canonical: https://files.example.org/.well-known/security.txt",
    ]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("contact", ["security@example.org", "mailto:a@b.org\nX: y", "javascript:alert(1)"])
def test_a_contact_that_is_none_is_refused(contact: str) -> None:
    with pytest.raises(ValueError, match="it must begin with mailto"):
        Settings(security_contact=contact)


def record(message: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("sealcase", logging.INFO, "", 0, message, (), None)
    made.fields = fields
    return made


def test_lines_are_one_object_each() -> None:
    line = JsonLines().format(record("a\nb\x1b[31m\u2028", path="/x\r\ny"))
    assert line.isascii()
    assert "\n" not in line
    assert "\x1b" not in line
    read = json.loads(line)
    assert (read["message"], read["path"], read["level"]) == ("a\nb\x1b[31m\u2028", "/x\r\ny", "INFO")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", read["time"])


def test_text_lines_are_one_line_each_and_tracebacks_are_indented() -> None:
    made = record("forged\n2026-11-23 INFO signed in")
    assert len(TextLines().format(made).splitlines()) == 1
    try:
        int("x\n2026-11-23 00:00:00,000 INFO sealcase forged")
    except ValueError:
        made.exc_info = sys.exc_info()
    assert all(line.startswith("    ") for line in TextLines().format(made).splitlines()[1:])
    assert printable("\u202eé") == "\\u202e\\xe9"


def test_a_live_server_logs_json_without_secrets(live: LiveServer) -> None:
    """Each request is one object; no token, query, code or body in any of them."""
    session = live.sign_in("logged@example.org")
    headers = {"Authorization": f"Bearer {session['token']}"}
    query = "?role=owned&cursor=hidden-cursor"
    request_id = requests.get(f"{live.url}/files{query}", headers=headers, timeout=30).headers["X-Request-Id"]
    entry = json.loads(live.line_with(re.compile(rf".*{request_id}.*"))[0])
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/files", 400)
    assert entry["user"] == session["user_id"]
    assert entry["network"] == "127.0.0.0/24"
    everything = "\n".join(live.lines)
    assert "hidden-cursor" not in everything
    assert session["token"] not in everything


def test_text_on_request(tmp_path: Path) -> None:
    with live_server(tmp_path, workers=1, log_format="text") as server:
        requests.get(f"{server.url}/nope", timeout=30)
        server.line_with(re.compile(r" INFO sealcase\.request GET /nope 404"))
