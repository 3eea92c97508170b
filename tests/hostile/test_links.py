"""Attacks on links: by the server that keeps them, on who makes them and on who opens them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.sealed.encoding import unb64u
from tests.demo.leaks import spellings
from tests.hostile.cheat import Cheat, as_json
from tests.hostile.conftest import Actor, Cast
from tests.support.cli import Cli, tree
from tests.support.network import Answer, Asked

pytestmark = pytest.mark.slow

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def guest(tmp_path: Path) -> Cli:
    """Somebody without an account."""
    return Cli(tmp_path / "guest" / "work", tmp_path / "guest" / "home", {"SEALCASE_PATIENCE": "1"})


def link_to(ada: Actor, cheat: Cheat, cast: Cast, *file_ids: str) -> str:
    """At the cheat's address, as whoever gets it would be sent it."""
    (url,) = ada.cli.ok("link", *file_ids).lines
    return url.replace(cast.server.url, cheat.url)


def opened_as(cheat: Cheat, change: Change) -> None:
    """Everybody who opens a link is told something else."""

    def lie(_asked: Asked, truth: Answer) -> Answer:
        record = json.loads(truth.body)
        change(record)
        return as_json(record)

    cheat.lie("GET", r"/links/[^/]*/open", lie)


def refused(guest: Cli, url: str, code: int, words: str) -> None:
    """Nothing is written, and nothing printed; the link's key stands in no message."""
    before = tree(guest.folder)
    result = guest("get", url)
    assert (result.code, words in result.err) == (code, True), f"{result.code}: {result.err}"
    assert not result.out
    assert tree(guest.folder) == before
    assert url.partition("#")[2] not in result.err


def test_a_links_signature_is_taken_off(ada: Actor, guest: Cli, cheat: Cheat, cast: Cast) -> None:
    """The manifest names a sender, so the grant must be signed: stripped is not unsigned."""
    url = link_to(ada, cheat, cast, cast.letter)
    opened_as(cheat, lambda record: record["items"][0]["grant"].update(signature=None))
    refused(guest, url, 6, "signature was removed")


def test_a_links_sender_is_exchanged(ada: Actor, guest: Cli, cheat: Cheat, cast: Cast) -> None:
    """Another email beside the same signature is a word of the server's alone, and said to be one."""
    url = link_to(ada, cheat, cast, cast.letter)
    opened_as(cheat, lambda record: record.update(from_email=cast.bob.email))
    got = guest.ok("get", url)
    assert "signed by a key you have not checked" in got.err
    assert "verified" not in got.err


def test_a_link_leads_to_the_wrong_file(ada: Actor, guest: Cli, cheat: Cheat, cast: Cast) -> None:
    """The records of another link, or of another file of the same link under its id."""
    url, other = (link_to(ada, cheat, cast, *ids) for ids in ((cast.letter, cast.other), (cast.other,)))
    theirs: list[dict[str, Any]] = []
    opened_as(cheat, lambda record: theirs.extend(record["items"]))
    guest.ok("get", other, "-o", "taken")
    opened_as(cheat, lambda record: record.update(items=theirs[:1]))
    refused(guest, url, 6, "key")

    def swap(record: dict[str, Any]) -> None:
        one, two = record["items"]
        one["file_id"], two["file_id"] = two["file_id"], one["file_id"]

    opened_as(cheat, swap)
    refused(guest, url, 8, "another file")


def test_a_links_content_is_altered(ada: Actor, guest: Cli, cheat: Cheat, cast: Cast) -> None:
    """MEGA 2022, Nextcloud 2024 (malleable content): one bit, on its way to somebody without an account."""
    url = link_to(ada, cheat, cast, cast.letter)

    def flip(_asked: Asked, truth: Answer) -> Answer:
        return Answer(truth.status, truth.body[:-1] + bytes([truth.body[-1] ^ 1]), truth.headers)

    cheat.lie("GET", r"/links/.*/content", flip)
    refused(guest, url, 6, "not the one that the sender sealed")


def test_a_link_is_given_a_strangers_address(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """The key would go to whoever is there: another link's id, no web address, no host."""
    for address in ("javascript:alert(1)//s/{id}", "https://evil.example/s/other", "https:///s/{id}", "x"):

        def lie(_asked: Asked, truth: Answer, address: str = address) -> Answer:
            record = json.loads(truth.body)
            return as_json({**record, "url": address.format(id=record["link_id"])}, status=truth.status)

        cheat.lie("POST", "/links$", lie)
        made = ada.cli("link", cast.letter)
        assert (made.code, made.out) == (8, b"")
        assert "none of its own" in made.err


def test_what_a_server_hears_of_a_link_opens_nothing(ada: Actor, guest: Cli, cheat: Cheat, cast: Cast) -> None:
    """Made, shown, listed, opened and revoked: neither key nor password was ever sent, in any spelling."""
    password = ada.cli.folder / "password"
    password.parent.mkdir(parents=True, exist_ok=True)
    password.write_text("a password nobody guesses\n")
    (url,) = ada.cli.ok("link", cast.letter, "--password-file", password).lines
    assert ada.cli.ok("link", "show", url).lines == [url]
    ada.cli.ok("links", "--json")
    guest.ok("get", url.replace(cast.server.url, cheat.url), "--password-file", password)
    ada.cli.ok("link", "revoke", url)
    heard = b"\n".join(
        part
        for asked in cheat.asked
        for part in (asked.path.encode(), asked.body, *(value.encode() for value in asked.headers.values()))
    )
    key = unb64u(url.partition("#")[2].removesuffix(".p"), "key")
    for secret in (key, b"a password nobody guesses"):
        assert not [each for each in spellings(secret) if each in heard]
