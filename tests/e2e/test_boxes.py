"""Drop boxes, from end to end: made with the real command, filled without an account, over real sockets."""

import re
import secrets
from pathlib import Path

import pytest

from shared.crypto.drop_box import parse_box
from shared.crypto.identity import Identity
from shared.sealed.encoding import b64u
from tests.hostile.cheat import cheating, edited
from tests.support.cli import Cli
from tests.support.files import contents_below
from tests.support.people import Person
from tests.support.server import LiveServer

PASSWORD = "Tr0ubadour & Söhne"


@pytest.fixture
def guest(tmp_path: Path) -> Cli:
    """Somebody without an account, in a folder with something to send."""
    cli = Cli(tmp_path / "papers", tmp_path / "home")
    (cli.folder / "scan.pdf").write_bytes(secrets.token_bytes(9_000_000))  # two parts
    (cli.folder / "empty.txt").write_bytes(b"")
    return cli


def made(person: Person, *arguments: str | Path) -> str:
    """The address that a command prints, and nothing else on standard output."""
    (line,) = person.cli.ok("box", "make", *arguments).lines
    assert re.fullmatch(r"http://\S+/d/[A-Za-z0-9_-]{43}#[A-Za-z0-9_-]{86}(\.p)?", line)
    return line


def kept(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"{text}\n")
    return path


def test_files_come_from_who_has_no_account(server: LiveServer, ada: Person, guest: Cli, tmp_path: Path) -> None:
    """They open in her inbox, said to be unsigned, by the box's name; the address is nowhere at the server."""
    url = made(ada, "Taxes", "--note", "As PDF, please")
    address = kept(tmp_path, "address", url)
    left = guest.ok("box", "leave", "scan.pdf", "empty.txt", "--address-file", address, "--note", "page 2 is missing")
    scan, empty = left.lines
    assert f"A drop box of {ada.email}" in left.err
    (row,) = [each for each in ada.cli.ok("ls", "--received", "--json").json if each["file_id"] == scan]  # type: ignore[attr-defined]
    assert (row["name"], row["sender"], row["from"]) == ("scan.pdf", "unsigned, via your drop box", None)
    assert row["drop_box"]["name"] == "Taxes"
    got = ada.cli.ok("get", scan, empty)
    assert "left in your drop box “Taxes”, signed by nobody" in got.err
    assert "page 2 is missing" in got.err
    assert "WARNING" not in got.err
    assert (ada.cli.folder / "scan.pdf").read_bytes() == (guest.folder / "scan.pdf").read_bytes()
    assert (ada.cli.folder / "empty.txt").read_bytes() == b""
    assert "left in your drop box “Taxes”" in ada.cli.ok("show", scan).out.decode()
    key = url.partition("#")[2]
    assert not [line for line in server.lines if key[:43] in line or "Taxes" in line]
    assert not [path for path, content in contents_below(server.data_dir) if b"Taxes" in content]


def test_what_a_box_allows(ada: Person, guest: Cli, tmp_path: Path) -> None:
    """So many files, then no more; one that does not fit keeps nobody from the next; closed for good."""
    url = made(ada, "Small", "--max-files", "2", "--max-size", "5M")
    address = kept(tmp_path, "address", url)
    first = guest("box", "leave", "scan.pdf", "empty.txt", "--address-file", address)
    assert (first.code, len(first.lines)) == (9, 1)
    assert "room for" in first.err
    assert guest("box", "leave", "empty.txt", "--address-file", address).code == 0
    full = guest("box", "leave", "empty.txt", "--address-file", address)
    assert "as many files as its owner allowed" in full.err
    assert re.search(r"Small: full until .*, 2 of 2 files", ada.cli.ok("box", "ls").out.decode())
    ada.cli.ok("box", "edit", "Small", "--max-files", "9")
    guest.ok("box", "leave", "empty.txt", "--address-file", address)
    assert ada.cli.ok("box", "show", "small").lines == [url]
    ada.cli.ok("box", "close", "Small")
    closed = guest("box", "leave", "empty.txt", "--address-file", address)
    assert (closed.code, closed.out) == (5, b"")
    assert "closed" in closed.err


def test_a_password_is_needed_beside_the_address(ada: Person, guest: Cli, tmp_path: Path) -> None:
    """A wrong one is said to be."""
    password = kept(tmp_path, "password", PASSWORD)
    address = kept(tmp_path, "address", made(ada, "Locked", "--password-file", password))
    wrong = guest(
        "box", "leave", "empty.txt", "--address-file", address, "--password-file", kept(tmp_path, "wrong", "x")
    )
    assert (wrong.code, wrong.out) == (4, b"")
    assert "password is wrong" in wrong.err
    guest.ok("box", "leave", "empty.txt", "--address-file", address, "--password-file", password)


def test_a_server_that_shows_another_card_gets_nothing(
    server: LiveServer, ada: Person, guest: Cli, tmp_path: Path
) -> None:
    """Whoever has the address knows her key; the server does not."""
    url = made(ada, "Checked")
    mallory = Identity.create(ada.email)
    other = {"card": b64u(mallory.card.raw), "signature": b64u(mallory.card_signature)}
    with cheating(server) as cheat:
        address = kept(tmp_path, "address", url.replace(server.url, cheat.url))
        cheat.lie("GET", r"/boxes/.*/open", edited(lambda box: box.update(other)))
        refused = guest("box", "leave", "scan.pdf", "--address-file", address)
        assert cheat.changes() == []
    assert (refused.code, refused.out) == (7, b"")
    assert "not those of this drop box's owner" in refused.err


@pytest.mark.parametrize("change", ["cut", "other key", "no fragment", "a link"])
def test_addresses_that_are_damaged(ada: Person, guest: Cli, tmp_path: Path, change: str) -> None:
    url = made(ada, "Damaged")
    place, _, fragment = url.partition("#")
    broken = {
        "cut": url[:-1],
        "other key": f"{place}#{'A' * 43}{fragment[43:]}",
        "no fragment": place,
        "a link": f"{place.replace('/d/', '/s/')}#{fragment[:43]}",
    }[change]
    result = guest("box", "leave", "empty.txt", "--address-file", kept(tmp_path, "address", broken))
    assert (result.code, result.out) == (6, b"")
    assert fragment[:43] not in result.err


def test_an_address_is_read_as_it_was_written(ada: Person) -> None:
    address = parse_box(url := made(ada, "Written"))
    assert str(address) == url
    assert "signing_key=" in repr(address)
    assert " key=" not in repr(address)
