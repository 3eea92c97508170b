"""Links, from end to end: made with the real command, opened without an account, over real sockets."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, wait_until_written
from tests.support.files import contents_below
from tests.support.people import Person, sign_up
from tests.support.server import LiveServer, live_server

PASSWORD = "Tr0ubadour & Söhne"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("data"), workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def ada(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return sign_up("ada", server, tmp_path_factory.mktemp("people"))


@pytest.fixture
def guest(tmp_path: Path) -> Cli:
    """Somebody without an account, in an empty folder."""
    return Cli(tmp_path / "downloads", tmp_path / "home")


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def made(person: Person, *arguments: str | Path) -> str:
    """The link that a command prints, and nothing else on standard output."""
    (line,) = person.cli.ok(*arguments).lines
    assert re.fullmatch(r"http://\S+/s/[A-Za-z0-9_-]{43}#[A-Za-z0-9_-]{43}(\.p)?", line)
    return line


def test_a_file_goes_to_who_has_no_account(server: LiveServer, ada: Person, guest: Cli, tmp_path: Path) -> None:
    """Signed, and said to be; what stands behind the # is nowhere at the server, in what it logs nor on its disk."""
    source = tmp_path / "report.txt"
    source.write_bytes(b"all is well\n" * 1_000)
    url = made(ada, "link", source)
    got = guest.ok("get", url)
    assert got.lines == ["report.txt"]
    assert (guest.folder / "report.txt").read_bytes() == source.read_bytes()
    assert f"from {ada.email}, signed by a key you have not checked" in got.err
    key = url.partition("#")[2]
    assert not [line for line in server.lines if key in line]
    assert not [path for path, content in contents_below(server.data_dir) if key.encode() in content]
    assert guest("get", url[:-1]).code == 6
    assert guest("get", url.partition("#")[0]).code == 6


def test_a_password_is_needed_beside_the_link(ada: Person, guest: Cli, tmp_path: Path, password_file: Path) -> None:
    """A wrong one is said to be, and uses nothing up; it may be asked for, again too, and stands in no argument."""
    source = tmp_path / "secret.txt"
    source.write_text("for you")
    url = made(ada, "send", source, "--link", "--password-file", password_file, "--downloads", "1")
    assert url.endswith(".p")
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong\n")
    refused = guest("get", url, "--password-file", wrong)
    assert (refused.code, refused.out) == (4, b"")
    assert "password is wrong" in refused.err
    with guest.terminal("get", url) as terminal:
        terminal.answer("Password of the link:", "nonsense")
        terminal.answer("That was wrong. Password of the link:", PASSWORD)
        assert terminal.end() == 0
    assert (guest.folder / "secret.txt").read_text() == "for you"
    used = guest("get", url, "--password-file", password_file, "--force")
    assert used.code == 5
    assert "as often as its owner allowed" in used.err


@pytest.mark.slow
def test_one_link_for_several_files_and_folders(ada: Person, guest: Cli, tmp_path: Path) -> None:
    """Each is verified, and lands in the folder that was named; the owner sees one download."""
    folder = tmp_path / "album"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "inner" / "b.bin").write_bytes(bytes(range(256)) * 8_000)
    note = tmp_path / "note.txt"
    note.write_text("hello")
    sent = ada.cli.ok("send", folder, "--to", ada.email).lines[0]
    url = made(ada, "link", sent, note, "--downloads", "2")
    got = guest.ok("get", url, "-o", "here", "--json").json
    assert isinstance(got, list)
    assert [each["name"] for each in got] == ["album", "note.txt"]
    landed = guest.folder / "here"
    assert (landed / "album" / "inner" / "b.bin").read_bytes() == (folder / "inner" / "b.bin").read_bytes()
    assert (landed / "note.txt").read_text() == "hello"
    (link,) = _links(ada, url)
    assert (link["downloads"], len(link["file_ids"]), link["state"]) == (1, 4, "active")
    assert guest("get", url, "-o", "-").code != 0


@pytest.mark.slow
def test_a_link_is_shown_again_changed_and_revoked(ada: Person, guest: Cli, tmp_path: Path) -> None:
    """By its id, the beginning of it, or itself. Revoked, it says so to whoever has it."""
    source = tmp_path / "plan.txt"
    source.write_text("plan")
    picture = tmp_path / "link.svg"
    record = ada.cli.ok("link", source, "--expires", "2h", "--downloads", "1", "--json").json
    assert isinstance(record, dict)
    url, link_id = str(record["url"]), str(record["link_id"])
    assert made(ada, "link", "show", link_id[:12], "--svg", picture) == url
    assert picture.read_text().startswith("<svg")
    with ada.cli.terminal("link", "show", url, "--qr") as terminal:
        terminal.wait_for("▄")
    listed = ada.cli.ok("links").out.decode()
    assert f"{link_id[:12]}  plan.txt: works until" in listed
    assert "used 0 of 1 times" in listed
    longer = ada.cli.ok("link", "extend", link_id, "--expires", "9d", "--downloads", "5", "--json").json
    assert isinstance(longer, dict)
    assert int(longer["expires_at"]) > int(record["expires_at"]) + 8 * 86_400
    guest.ok("get", url)
    assert ada.cli.ok("link", "revoke", link_id).lines == [link_id]
    gone = guest("get", url, "-o", "again.txt")
    assert gone.code == 5
    assert "taken the link back" in gone.err
    assert not (guest.folder / "again.txt").exists()
    assert ada.cli("link", "show", link_id).code == 4
    assert ada.cli("link", "extend", link_id, "--expires", "1d").code == 5
    kinds = [line for line in ada.cli.ok("activity").lines if link_id in line]
    assert len(kinds) == 4
    assert "somebody with a link fetched" in kinds[1]


@pytest.mark.slow
def test_a_link_on_standard_input_stands_in_no_argument(ada: Person, guest: Cli, tmp_path: Path) -> None:
    source = tmp_path / "quiet.txt"
    source.write_text("quiet")
    url = made(ada, "link", source)
    assert guest.ok("get", "--link-file", "-", "-o", "-", stdin=f"{url}\n".encode()).out == b"quiet"
    kept = tmp_path / "link.txt"
    kept.write_text(url)
    assert guest.ok("get", "--link-file", kept).lines == ["quiet.txt"]


@pytest.mark.slow
def test_who_is_known_is_known_by_a_link_too(server: LiveServer, ada: Person, tmp_path: Path) -> None:
    """A contact's key is that contact's, whoever brings the file; my own is mine."""
    source = tmp_path / "known.txt"
    source.write_text("known")
    url = made(ada, "link", source)
    bob = sign_up("bob", server, tmp_path)
    (bob.cli.folder / "x").write_text("x")
    bob.cli.ok("send", "x", "--to", ada.email)
    assert "signed by a key you have not checked" in bob.cli.ok("get", url).err
    assert "sent by you" in ada.cli.ok("get", url, "-o", tmp_path / "mine.txt").err
    shown = bob.cli.ok("contacts", "verify", ada.email).out.decode()
    digits = re.search(r"(\d{5}\s+){11}\d{5}", shown)
    assert digits
    bob.cli.ok("contacts", "verify", ada.email, "--number", "".join(digits[0].split()))
    assert "verified" in bob.cli.ok("get", url, "-o", "again.txt").err


@pytest.mark.slow
def test_a_download_by_a_link_goes_on_after_a_break(ada: Person, guest: Cli, tmp_path: Path) -> None:
    """Killed in the middle, the next try fetches the rest; together they are one download."""
    source = tmp_path / "large.bin"
    source.write_bytes(secrets.token_bytes(48 << 20))
    url = made(ada, "link", source, "--downloads", "1")
    process = guest.start("get", url, "--limit-rate", "8M")
    wait_until_written(guest.folder / "large.bin.part", 10 << 20, process)
    process.kill()
    process.communicate()
    got = guest.ok("get", url)
    assert (guest.folder / "large.bin").read_bytes() == source.read_bytes(), got.err
    (link,) = _links(ada, url)
    assert link["downloads"] == 1


def _links(person: Person, url: str) -> list[dict[str, Any]]:
    listed = person.cli.ok("links", "--json").json
    assert isinstance(listed, list)
    return [each for each in listed if each["link_id"] in url]
