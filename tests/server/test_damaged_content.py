"""A file whose bytes in the storage are fewer than its record says: told at once, and to the operator."""

import os
from pathlib import Path

import pytest
import requests

from server.errors import ContentDamaged
from shared.sealed.geometry import MIB
from tests.server.house import House, Person, code_of
from tests.server.linked import link_to
from tests.server.samples import Sample, sample
from tests.server.test_download_limits import downloads, get
from tests.support.server import LiveServer

BOB = "bob@example.org"
SECONDS = 20


@pytest.fixture
def cut(here: House, ada: Person) -> Sample:
    """A file of three parts for bob, once; its last ten bytes are lost."""
    file = sample(2 * MIB + 5)
    assert ada.send(file, allowed_users=[BOB], download_limit=1).status_code == 201
    shorten(here.settings.data_dir, file, 10)
    return file


def body_of(data_dir: Path, file: Sample) -> Path:
    return data_dir / "blobs" / str(file.file_id)[:2] / str(file.file_id)


def shorten(data_dir: Path, file: Sample, lost: int) -> None:
    os.truncate(body_of(data_dir, file), len(file.body) - lost)


@pytest.mark.parametrize("span", ["", "bytes=0-", "bytes=200000-", "bytes=-1"])
def test_a_reader_is_told_at_once(live: LiveServer, span: str) -> None:
    """Over a real socket: a problem in place of a body that never ends."""
    headers = {"Authorization": f"Bearer {live.sign_in('ada@example.org')['token']}"}
    file = sample(300_000)
    answer = requests.post(f"{live.url}/files", json=file.whole(), headers=headers, timeout=SECONDS)
    assert answer.status_code == 201
    shorten(live.data_dir, file, 1)
    asked = {**headers, **({"Range": span} if span else {})}
    answer = requests.get(f"{live.url}/files/{file.file_id}/content", headers=asked, timeout=SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (500, "content_damaged")
    assert "Retry-After" not in answer.headers


def test_what_is_there_is_given(bob: Person, cut: Sample) -> None:
    """A range that is whole is; only what is not there is refused."""
    there = len(cut.body) - 10
    assert get(bob, cut, 0, there - 1).data == cut.body[:there]
    assert code_of(get(bob, cut, there - 1, there)) == "content_damaged"
    assert bob.ask("GET", f"/files/{cut.file_id}").status_code == 200


@pytest.mark.parametrize("first", [None, 5])
def test_it_is_no_download(here: House, ada: Person, bob: Person, cut: Sample, first: int | None) -> None:
    """Nor does it keep a place: once the operator has the bytes again, it can be downloaded."""
    last = None if first is None else len(cut.body) - 1
    for _ in range(3):
        assert code_of(get(bob, cut, first, last)) == "content_damaged"
    assert downloads(ada, cut) == 0
    body_of(here.settings.data_dir, cut).write_bytes(cut.body)
    assert get(bob, cut).data == cut.body
    assert downloads(ada, cut) == 1


def test_bytes_that_are_lost_on_the_way(here: House, bob: Person, cut: Sample) -> None:
    """A body that ends early ends the connection, and is no download."""
    body_of(here.settings.data_dir, cut).write_bytes(cut.body)
    answer = get(bob, cut)
    blocks = iter(answer.iter_encoded())
    next(blocks)
    shorten(here.settings.data_dir, cut, MIB)
    with pytest.raises(ContentDamaged):
        list(blocks)
    answer.close()
    assert code_of(get(bob, cut)) == "content_damaged"


def test_whoever_has_a_link_is_told_too(here: House, ada: Person, cut: Sample) -> None:
    holder = link_to(ada, here.http, cut, download_limit=1)
    claim = holder.claim()
    assert code_of(holder.get(claim, cut)) == "content_damaged"
    holder.give_back(claim)
    body_of(here.settings.data_dir, cut).write_bytes(cut.body)
    assert holder.get(holder.claim(), cut).data == cut.body


def test_content_as_json_is_refused_as_well(ada: Person, cut: Sample) -> None:
    assert code_of(ada.ask("GET", f"/files/{cut.file_id}?ciphertext=true")) == "content_damaged"


def test_bytes_that_are_gone_altogether(here: House, bob: Person, cut: Sample) -> None:
    """A record without any bytes is no file that does not exist."""
    body_of(here.settings.data_dir, cut).unlink()
    assert code_of(get(bob, cut)) == "content_damaged"


def test_the_operator_reads_it_once(
    here: House, ada: Person, bob: Person, cut: Sample, caplog: pytest.LogCaptureFixture
) -> None:
    """By the file's id, and what to do, however often it is asked for."""
    for person in (ada, bob, ada):
        assert code_of(get(person, cut)) == "content_damaged"
    told = [each.message for each in caplog.records if str(cut.file_id) in each.message]
    assert len(told) == 1
    assert "admin verify" in told[0]
    assert caplog.records[0].levelname == "ERROR"
