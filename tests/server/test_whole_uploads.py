"""A small sealed file in one request, and back in one request."""

import base64
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from server.adapters.blobs.local import LocalBlobs
from server.errors import StorageFull
from shared.api import limits
from shared.sealed.encoding import b64u
from shared.sealed.geometry import MIB, sealed_length
from tests.server.house import House, Person, code_of, house
from tests.server.samples import sample
from tests.support.server import LiveServer


def inline(person: Person, file_id: uuid.UUID) -> bytes:
    """The content as it comes in the file's JSON."""
    answer = person.ask("GET", f"/files/{file_id}?ciphertext=true")
    assert answer.status_code == 200, answer.text
    return base64.b64decode(answer.get_json()["ciphertext"], validate=True)


@pytest.mark.parametrize("size", [0, 1, 4_096, MIB - 2_000])
def test_one_request_there_and_one_back(ada: Person, size: int) -> None:
    """What comes back is what came in, in either way of fetching it; it is listed like any file."""
    file = sample(size)
    sent = ada.ask("POST", "/files", json=file.whole(expires_hours=3, allowed_users=["bob@example.org"]))
    assert sent.status_code == 201
    assert sent.headers["Location"].endswith(f"files/{file.file_id}")
    assert sent.get_json()["file_id"] == str(file.file_id)
    assert inline(ada, file.file_id) == file.body
    assert ada.ask("GET", f"/files/{file.file_id}/content").data == file.body
    detail = ada.ask("GET", f"/files/{file.file_id}").get_json()
    assert detail["ciphertext"] is None
    assert detail["expires_at"] == sent.get_json()["expires_at"]
    assert [item["file_id"] for item in ada.ask("GET", "/files").get_json()["files"]] == [str(file.file_id)]


def test_it_is_the_same_file_as_one_sent_in_parts(ada: Person) -> None:
    """Nothing in its record tells how it came."""
    whole, parts = sample(), sample()
    ada.ask("POST", "/files", json=whole.whole())
    ada.send(parts)
    one, other = (ada.ask("GET", f"/files/{file.file_id}").get_json() for file in (whole, parts))
    own = {"file_id", "manifest", "part_hashes"}
    assert {name: one[name] for name in one.keys() - own} == {name: other[name] for name in other.keys() - own}


def test_sending_again_gives_the_same_file(here: House, ada: Person, bob: Person) -> None:
    """200 and the first answer, also after a restart; another manifest or person is a conflict."""
    file = sample()
    first = ada.ask("POST", "/files", json=file.whole()).get_json()
    here.clock.time += 100
    ada.http = house(here.settings.data_dir).http
    again = ada.ask("POST", "/files", json=file.whole())
    assert (again.status_code, again.get_json()) == (200, first)
    other = file.whole(manifest=b64u(file.manifest(created_at=1).raw))
    assert code_of(ada.ask("POST", "/files", json=other)) == "conflict"
    assert code_of(bob.ask("POST", "/files", json=file.whole())) == "conflict"


def test_the_id_of_an_upload_in_parts_is_taken(ada: Person) -> None:
    """And what has arrived of it stays."""
    file = sample()
    ada.ask("POST", "/uploads", json=file.start())
    ada.put_part(file, 0)
    assert code_of(ada.ask("POST", "/files", json=file.whole())) == "conflict"
    assert ada.complete(file).status_code == 201


def _flipped(body: bytes) -> str:
    return base64.b64encode(bytes([body[0] ^ 1]) + body[1:]).decode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda file: {"ciphertext": _flipped(file.body)}, "digest_mismatch"),
        (lambda file: {"ciphertext": base64.b64encode(file.body[:-1]).decode()}, "invalid"),
        (lambda file: {"ciphertext": base64.b64encode(file.body).decode() + "="}, "invalid"),
        (lambda file: {"ciphertext": "Zh=="}, "invalid"),
        (lambda file: {"ciphertext": b64u(b"\xff" * 72)}, "invalid"),
        (lambda file: {"manifest": "e30"}, "invalid"),
        (lambda file: {"manifest": b64u(sample(2 * MIB).manifest().raw)}, "invalid"),
        (lambda file: {"grants": []}, "invalid"),
        (lambda file: {"grants": [{}]}, "invalid"),
        (lambda file: {"expires_hours": 0}, "invalid"),
        (lambda file: {"allowed_users": ["nobody"]}, "invalid"),
        (lambda file: {"more": 1}, "invalid"),
    ],
)
def test_what_does_not_fit_is_refused(here: House, ada: Person, change: Any, code: str) -> None:
    """And leaves nothing behind."""
    file = sample()
    assert code_of(ada.ask("POST", "/files", json=file.whole(**change(file)))) == code
    _assert_nothing_is_left(here, ada, file.file_id)


def test_what_is_too_large_goes_in_parts(here: House, ada: Person) -> None:
    """The bound is on sealed bytes; the server's own bound on files holds here, too."""
    fits = sample(limits.MAX_WHOLE_UPLOAD - sealed_length(limits.MAX_WHOLE_UPLOAD) + limits.MAX_WHOLE_UPLOAD)
    assert ada.ask("POST", "/files", json=fits.whole()).status_code == 201
    large = sample(limits.MAX_WHOLE_UPLOAD)
    assert code_of(ada.ask("POST", "/files", json=large.whole())) == "too_large"
    small = house(here.settings.data_dir, max_file_size=100)
    ada.http = small.http
    assert code_of(ada.ask("POST", "/files", json=sample(100).whole())) == "too_large"
    assert ada.ask("POST", "/files", json=sample(1).whole()).status_code == 201


def test_quotas_count_it(tmp_path: Path) -> None:
    """As many bytes as it has, and one file; what was refused takes nothing."""
    here = house(tmp_path, quota_bytes=500, quota_files=2)
    ada = here.person("ada@example.org")
    first, large, second = sample(), sample(1_000), sample()
    assert ada.ask("POST", "/files", json=first.whole()).status_code == 201
    assert code_of(ada.ask("POST", "/files", json=large.whole())) == "quota_exceeded"
    assert ada.ask("POST", "/files", json=second.whole()).status_code == 201
    assert code_of(ada.ask("POST", "/files", json=sample(0).whole())) == "quota_exceeded"
    assert ada.ask("DELETE", f"/files/{first.file_id}").status_code == 200
    assert ada.ask("POST", "/files", json=sample().whole()).status_code == 201


def test_a_full_disk_leaves_nothing(here: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """507, and the same again succeeds once there is room."""
    file, blobs = sample(), here.blobs
    assert isinstance(blobs, LocalBlobs)
    with monkeypatch.context() as patched:
        patched.setattr(LocalBlobs, "put_whole", _no_room)
        assert code_of(ada.ask("POST", "/files", json=file.whole())) == "storage_full"
    _assert_nothing_is_left(here, ada, file.file_id)
    assert ada.ask("POST", "/files", json=file.whole()).status_code == 201


@pytest.mark.parametrize("moment", ["put_whole", "add_file"])
def test_a_crash_leaves_a_file_or_nothing(
    here: House, ada: Person, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Behind the bytes there is no file yet, behind the record there is; either way the same can be sent again."""
    file = sample()
    owner = here.blobs if moment == "put_whole" else here.wiring.records
    real = getattr(owner, moment)

    def die(*arguments: object) -> None:
        real(*arguments)
        os._exit(9)

    child = os.fork()
    if child == 0:
        monkeypatch.setattr(owner, moment, die)
        ada.ask("POST", "/files", json=file.whole())
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    found = ada.ask("GET", f"/files/{file.file_id}").status_code
    assert found == (404 if moment == "put_whole" else 200)
    assert ada.ask("POST", "/files", json=file.whole()).status_code == (201 if moment == "put_whole" else 200)
    assert inline(ada, file.file_id) == file.body
    here.clock.time += 2 * 86_400
    here.services.housekeeping.sweep()
    assert inline(here.person(ada.email), file.file_id) == file.body


def test_bytes_of_a_crash_are_swept_away(here: House, ada: Person) -> None:
    """A blob that never became a file goes after a day."""
    file = sample()
    here.blobs.put_whole(file.file_id, file.body)
    here.clock.time += 10 * 365 * 86_400  # blobs bear the time of the machine
    here.services.housekeeping.sweep()
    assert not here.blobs.exists(file.file_id)


def test_inline_content_is_a_download(ada: Person, bob: Person) -> None:
    """It counts when it was handed over, for readers; a limit holds; and nobody is counted for asking without it."""
    file = sample()
    ada.ask("POST", "/files", json=file.whole(allowed_users=["bob@example.org"], download_limit=2))
    for person in (ada, bob):
        assert inline(person, file.file_id) == file.body
    assert bob.ask("GET", f"/files/{file.file_id}?ciphertext=false").get_json()["downloads"] == 1
    assert bob.ask("GET", f"/files/{file.file_id}").get_json()["downloads"] == 1
    assert inline(bob, file.file_id) == file.body
    assert code_of(bob.ask("GET", f"/files/{file.file_id}?ciphertext=true")) == "used_up"
    kinds = [each["kind"] for each in ada.ask("GET", "/activity").get_json()["activity"]]
    assert kinds.count("download") == 3  # the owner's own, too, but it counts for no limit


def test_what_is_too_long_for_json_is_not_inline(here: House, ada: Person) -> None:
    """413, and the way to get it."""
    small = house(here.settings.data_dir, max_json_upload=1 << 16)
    ada.http = small.http
    file = sample(100_000)
    assert ada.send(file).status_code == 201
    refused = ada.ask("GET", f"/files/{file.file_id}?ciphertext=true")
    assert code_of(refused) == "too_large"
    assert f"/files/{file.file_id}/content" in refused.get_json()["detail"]


@pytest.fixture
def anybody(live: LiveServer) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {live.sign_in('whole@example.org')['token']}"
        yield session


def test_many_at_once_make_one_file(live: LiveServer, anybody: requests.Session) -> None:
    """Over several worker processes: one is told that it is new, all get the same answer."""
    body = sample(10_000).whole()
    headers = dict(anybody.headers)

    def send(_: int) -> tuple[int, str]:
        answer = requests.post(f"{live.url}/files", json=body, headers=headers, timeout=60)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert sorted(status for status, _ in answers) == [200] * 7 + [201]
    assert len({text for _, text in answers}) == 1


def _no_room(*_: object) -> None:
    raise StorageFull("The server's disk is full.")


def _assert_nothing_is_left(here: House, person: Person, file_id: uuid.UUID) -> None:
    assert code_of(person.ask("GET", f"/files/{file_id}")) == "not_found"
    assert not here.blobs.exists(file_id)
    assert list(here.blobs.list_staged()) == []
