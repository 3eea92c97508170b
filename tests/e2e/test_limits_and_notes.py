"""How fast a transfer may go, and the note that travels with it."""

import os
import time

import pytest

from tests.e2e.conftest import Person

_SIZE = 600_000
_SECONDS = 2.0
"""At 300 KB a second; a burst may take a little of it away."""


@pytest.mark.parametrize("by", ["option", "variable"])
@pytest.mark.slow
def test_transfers_keep_to_the_limit_both_ways(ada: Person, bob: Person, by: str) -> None:
    """`--limit-rate` and SEALCASE_BANDWIDTH hold back what is sent, and what is received."""
    data = os.urandom(_SIZE)
    (ada.cli.folder / "data.bin").write_bytes(data)
    option = ("--limit-rate", "300K") if by == "option" else ()
    settings = {} if by == "option" else {"SEALCASE_BANDWIDTH": "300K"}
    began = time.monotonic()
    (file_id,) = ada.cli.with_settings(**settings).ok("send", "data.bin", "--to", bob.email, *option).lines
    sent = time.monotonic()
    assert sent - began > 0.8 * _SECONDS
    bob.cli.with_settings(**settings).ok("get", file_id, *option)
    assert time.monotonic() - sent > 0.8 * _SECONDS
    assert (bob.cli.folder / "data.bin").read_bytes() == data


def test_what_is_no_rate_is_refused_before_anything_travels(ada: Person) -> None:
    """A usage error that says what a rate looks like."""
    (ada.cli.folder / "data.bin").write_bytes(b"x")
    refused = ada.cli("send", "data.bin", "--to", "somebody@example.org", "--limit-rate", "fast")
    assert refused.code == 2
    assert "500K" in refused.err


def test_a_note_travels_sealed_with_its_file(ada: Person, bob: Person) -> None:
    """The recipient reads it with the file; the server never can."""
    (ada.cli.folder / "data.bin").write_bytes(b"x")
    note = "The one from Tuesday: please check page 3.\nThanks!"
    (file_id,) = ada.cli.ok("send", "data.bin", "--to", bob.email, "--note", note).lines
    got = bob.cli.ok("get", file_id)
    assert "Note: The one from Tuesday: please check page 3." in got.err
    assert "Thanks!" in got.err
    assert bob.cli.ok("show", file_id, "--json").json["note"] == note  # type: ignore[index]
    assert "note          The one from Tuesday" in bob.cli.ok("show", file_id).out.decode()
    assert ada.cli.ok("show", file_id, "--json").json["note"] == note  # type: ignore[index]


def test_a_note_travels_with_a_folder_and_its_counts_stay_readable(ada: Person, bob: Person) -> None:
    """It stands in the folder's list once, and `ls` still knows how much there is."""
    folder = ada.cli.folder / "photos"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"aa")
    (folder / "b.txt").write_bytes(b"bbb")
    (file_id,) = ada.cli.ok("send", "photos", "--to", bob.email, "--note", "From the lake").lines
    assert "Note: From the lake" in bob.cli.ok("get", file_id).err
    (row,) = [line for line in bob.cli.ok("ls", "--received", "--long").lines if "photos" in line]
    assert "2 files" in row
    assert bob.cli.ok("show", file_id, "--json").json["note"] == "From the lake"  # type: ignore[index]


def test_a_note_that_is_too_long_is_refused(ada: Person) -> None:
    """Before anything travels."""
    (ada.cli.folder / "data.bin").write_bytes(b"x")
    refused = ada.cli("send", "data.bin", "--to", ada.email, "--note", "x" * 5_000)
    assert refused.code == 2
    assert "4,000" in refused.err
