"""What people see of what happened, and that it holds nothing that it should not."""

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from server.__main__ import cli
from tests.server.house import House, Person, code_of
from tests.server.samples import Sample, sample

DAY = 86_400


def kinds(person: Person, query: str = "") -> list[str]:
    """Of a first page, newest first."""
    return [str(each["kind"]) for each in person.ask("GET", f"/activity{query}").get_json()["activity"]]


def sent(person: Person, *readers: str) -> Sample:
    """A file, on the server."""
    one = sample()
    assert person.send(one, allowed_users=list(readers)).status_code == 201
    return one


def test_everything_that_matters_is_written_down(here: House, ada: Person, bob: Person) -> None:
    """For whom it concerns: the owner sees who fetched, a reader sees what was sent to them."""
    one = sent(ada, bob.email)
    assert bob.ask("GET", f"/files/{one.file_id}/content").data == one.body
    ada.ask("DELETE", f"/files/{one.file_id}")
    ada.ask("POST", "/auth/logout")
    here.http.post("/auth/login", json={"email": ada.email, "otp": "000000"})
    again = here.person(ada.email)
    assert kinds(again) == ["sign_in", "sign_in_failed", "sign_out", "delete", "download", "upload", "sign_in"]
    assert set(kinds(bob)) == {"sign_in", "upload", "download", "delete"}
    download = again.ask("GET", "/activity?kind=download").get_json()["activity"][0]
    assert (download["actor_email"], download["file_id"]) == (bob.email, str(one.file_id))


def test_where_others_were_is_theirs(here: House, ada: Person, bob: Person) -> None:
    """The network and the program are shown for one's own doings, and for those of strangers at one's door."""
    one = sent(ada, bob.email)
    path, headers = f"/files/{one.file_id}/content", {"User-Agent": "curl/8\x1b[31m" + "x" * 200}
    answer = bob.ask("GET", path, headers=headers, environ_overrides={"REMOTE_ADDR": "198.51.100.77"})
    assert answer.data == one.body
    answer.close()
    (theirs,) = ada.ask("GET", "/activity?kind=download").get_json()["activity"]
    assert (theirs["ip_prefix"], theirs["client"]) == (None, None)
    (own,) = bob.ask("GET", "/activity?kind=download").get_json()["activity"]
    assert own["ip_prefix"] == "198.51.100.0/24"
    assert own["client"].startswith("curl/8[31mxxx")
    assert len(own["client"]) == 80
    here.http.post(
        "/auth/login",
        json={"email": ada.email, "otp": "000000"},
        environ_overrides={"REMOTE_ADDR": "2001:db8:7:8::9"},
    )
    (failed,) = ada.ask("GET", "/activity?kind=sign_in_failed").get_json()["activity"]
    assert (failed["actor"], failed["ip_prefix"]) == (None, "2001:db8:7::/48")


def test_it_holds_no_token_code_name_or_content(here: House, ada: Person) -> None:
    """Looked for in the files themselves."""
    body = {"filename": "salaries.pdf", "nonce": "bm9uY2U", "wrapped_key": "a2V5", "ciphertext": "c2VjcmV0"}
    assert ada.ask("POST", "/upload", json=body).status_code == 200
    written = b"".join(path.read_bytes() for path in (here.settings.data_dir / "activity").rglob("*") if path.is_file())
    assert b'"upload"' in written
    secrets = [ada.token, ada.refresh_token, here.mail.codes[ada.email][-1], "salaries", "c2VjcmV0", ada.email]
    assert not [secret for secret in secrets if secret.encode() in written]


def test_pages_lead_to_the_end(here: House, ada: Person) -> None:
    """By `next_cursor` and by `Link`, both alike, with the filters that were asked for."""
    for _ in range(5):
        here.http.post("/auth/login", json={"email": ada.email, "otp": "000000"})
        here.clock.time += 1
    path, seen = "/activity?limit=2&kind=sign_in_failed", []
    while path:
        answer = ada.ask("GET", path)
        seen += [each["at"] for each in answer.get_json()["activity"]]
        link = re.fullmatch(r'<(\?.+)>; rel="next"', answer.headers.get("Link", ""))
        assert (link is None) == (answer.get_json()["next_cursor"] is None)
        path = f"/activity{link[1]}" if link else ""
        if link:
            asked = parse_qs(urlsplit(path).query)
            assert asked["cursor"] == [answer.get_json()["next_cursor"]]
            assert asked["kind"] == ["sign_in_failed"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5


def test_filters(here: House, ada: Person) -> None:
    one = sent(ada)
    now = int(here.clock.time)
    here.clock.time += 100
    sent(ada)
    assert kinds(ada, f"?file_id={one.file_id}") == ["upload"]
    assert kinds(ada, f"?since={now + 1}") == ["upload"]
    assert kinds(ada, f"?until={now + 1}") == ["upload", "sign_in"]
    for wrong in ("kind=x", "since=-1", "since=99999999999999", "file_id=x", "limit=0", "limit=201", "format=xml"):
        assert code_of(ada.ask("GET", f"/activity?{wrong}")) == "invalid"
    for form in ("json", "csv"):
        assert code_of(ada.ask("GET", f"/activity?cursor=AAAA&format={form}")) == "bad_request"


@pytest.mark.parametrize("how", [{"path": "/activity?format=csv"}, {"headers": {"Accept": "text/csv"}}])
def test_csv_is_all_of_it_and_runs_nothing(here: House, ada: Person, how: dict[str, object]) -> None:
    """Cells that a spreadsheet would take for formulas begin with an apostrophe."""
    for client in ("=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", 'plain, "quoted"'):
        here.http.post("/auth/login", json={"email": ada.email, "otp": "000000"}, headers={"User-Agent": client})
    answer = ada.ask("GET", str(how.pop("path", "/activity")), **how)
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 6
    assert [row["client"] for row in rows[:5]] == ['plain, "quoted"', "'@SUM(A1)", "'-1", "'+1", "'=cmd|'/c calc'!A1"]
    assert rows[-1]["time"] == "2027-01-15T08:00:00Z"


def test_stats_are_those_of_the_report(ada: Person, bob: Person) -> None:
    """My own files that are alive, and how much has happened."""
    sizes = [len(sent(ada).body), len(sent(ada, bob.email).body)]
    stats = ada.ask("GET", "/stats").get_json()
    assert stats == {"total_files": 2, "total_size": sum(sizes), "activity_count": 3}
    assert bob.ask("GET", "/stats").get_json()["total_files"] == 0


def test_the_export_is_everything_and_no_secret(here: House, ada: Person, bob: Person) -> None:
    one, other = sent(ada), sent(bob, ada.email)
    made = ada.ask("POST", "/auth/tokens", json={"name": "backup", "scopes": ["files:read"]}).get_json()
    export = json.loads(ada.ask("GET", "/account/export").text)
    assert export["account"]["email"] == ada.email
    assert {each["file_id"] for each in export["files"]} == {str(one.file_id), str(other.file_id)}
    assert [each["name"] for each in export["tokens"]] == ["backup"]
    assert len(export["sessions"]) == 1
    assert [each["kind"] for each in export["activity"]][-1] == "sign_in"
    text = json.dumps(export)
    assert not [secret for secret in (made["token"], ada.token, ada.refresh_token) if secret in text]


def test_old_months_go_and_the_chain_holds(here: House, ada: Person) -> None:
    """As ACTIVITY_DAYS says; housekeeping sees to it."""
    here.clock.time += 500 * DAY
    later = here.person(ada.email)
    here.services.housekeeping.sweep()
    assert kinds(later) == ["sign_in"]
    assert not list(here.services.inspection.findings(deep=True))


def verify(folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, str]:
    monkeypatch.setenv("DATA_DIR", str(folder))
    done = CliRunner().invoke(cli, ["admin", "verify", *options])
    return done.exit_code, done.stdout


def test_verify_finds_what_is_wrong(here: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing at first; then a lost body, one cut short, an altered byte (deep only), a changed entry."""
    monkeypatch.setenv("RATE_LIMITS", "0")
    folder = here.settings.data_dir
    lost, short, altered = sent(ada), sent(ada), sent(ada)
    ada.ask("POST", "/upload", json={"filename": "a", "nonce": "", "wrapped_key": "", "ciphertext": "AAAA"})
    assert verify(folder, monkeypatch, "--deep") == (0, "")

    def blob(one: Sample) -> Path:
        return folder / "blobs" / one.file_id.hex[:2] / str(one.file_id)

    blob(lost).unlink()
    blob(short).write_bytes(b"x")
    content = bytearray(blob(altered).read_bytes())
    content[5] ^= 1
    blob(altered).write_bytes(content)
    code, text = verify(folder, monkeypatch)
    assert code == 1
    assert f"file {lost.file_id}: has a record and no bytes" in text
    assert f"file {short.file_id}: has 1 bytes where" in text
    assert str(altered.file_id) not in text
    code, text = verify(folder, monkeypatch, "--deep", "--json")
    found = {each["where"]: each["message"] for each in map(json.loads, text.splitlines())}
    assert found[f"file {altered.file_id}"] == "is altered in part 0"
    (chain,) = (folder / "activity").glob("*.ndjson")
    chain.write_bytes(chain.read_bytes().replace(b"127.0.0.0", b"127.9.9.0", 1))
    assert "does not follow the entry before it" in verify(folder, monkeypatch)[1]
