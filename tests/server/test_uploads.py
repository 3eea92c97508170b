"""Uploading in parts: any order, again, in parallel, and what is refused."""

import base64
import hashlib
import http.client
import os
import secrets
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from server.adapters.blobs.local import LocalBlobs
from server.ports import StoredPart
from server.services.uploads import _part_key
from shared.api import limits
from shared.sealed.encoding import b64u
from shared.sealed.geometry import MIB, sealed_length
from tests.server.house import House, Person, code_of, house
from tests.server.samples import GRANT, Sample, sample
from tests.support.server import LiveServer, live_server


def digest_header(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def content(person: Person, sample: Sample) -> bytes:
    answer = person.ask("GET", f"/files/{sample.file_id}/content")
    assert answer.status_code == 200
    return bytes(answer.data)


@pytest.fixture
def three() -> Sample:
    """A file of three parts, the last one short."""
    return sample(2 * MIB + 5)


def test_parts_come_in_any_order_and_again(ada: Person, three: Sample) -> None:
    """The body is the parts in their order, whatever order they came in."""
    answer = ada.ask("POST", "/uploads", json=three.start())
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"uploads/{three.file_id}")
    for number in (2, 0, 2, 1, 0):
        put = ada.put_part(three, number, **{"Content-Digest": digest_header(three.parts[number])})
        assert put.get_json() == {
            "number": number,
            "size": len(three.parts[number]),
            "digest": b64u(hashlib.sha256(three.parts[number]).digest()),
        }
    done = ada.complete(three, allowed_users=["bob@example.org"])
    assert done.status_code == 201
    assert done.get_json()["size"] == len(three.body)
    assert content(ada, three) == three.body


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1])
def test_files_of_every_size_fit(ada: Person, size: int) -> None:
    """Also where neither side knew the size at the start."""
    known, unknown = sample(size), sample(size)
    assert ada.send(known).status_code == 201
    assert content(ada, known) == known.body
    assert ada.ask("POST", "/uploads", json=unknown.start(with_size=False)).status_code == 201
    for number in range(len(unknown.parts)):
        assert ada.put_part(unknown, number).status_code == 200
    assert ada.complete(unknown).status_code == 201
    assert content(ada, unknown) == unknown.body


def test_an_upload_tells_what_has_arrived(here: House, ada: Person, three: Sample) -> None:
    """Also after a restart, and to nobody but its owner."""
    ada.ask("POST", "/uploads", json=three.start())
    ada.put_part(three, 2)
    here.clock.time += 100
    ada.put_part(three, 0)
    ada.http = house(here.settings.data_dir).http
    body = ada.ask("GET", f"/uploads/{three.file_id}").get_json()
    assert [part["number"] for part in body["parts"]] == [0, 2]
    assert body["idle_expires_at"] == int(here.clock.time) + limits.UPLOAD_IDLE_SECONDS
    bob = here.person("bob@example.org")
    for method, path in (("GET", ""), ("DELETE", ""), ("PUT", "/parts/1")):
        assert code_of(bob.ask(method, f"/uploads/{three.file_id}{path}", data=three.parts[1])) == "not_found"
    assert code_of(bob.complete(three)) == "not_found"


def test_starting_again_gives_the_same_upload(ada: Person, bob: Person, three: Sample) -> None:
    """200 with what has arrived; another start under the same id, and another person's, are conflicts."""
    ada.ask("POST", "/uploads", json=three.start())
    ada.put_part(three, 1)
    again = ada.ask("POST", "/uploads", json=three.start())
    assert again.status_code == 200
    assert [part["number"] for part in again.get_json()["parts"]] == [1]
    assert code_of(ada.ask("POST", "/uploads", json=three.start(with_size=False))) == "conflict"
    assert code_of(bob.ask("POST", "/uploads", json=three.start())) == "conflict"


def test_the_id_of_a_file_is_taken(ada: Person, three: Sample) -> None:
    """An upload can't begin under the id of a finished file."""
    ada.send(three)
    assert code_of(ada.ask("POST", "/uploads", json=three.start())) == "conflict"


def test_a_wrong_digest_acknowledges_nothing(ada: Person, three: Sample) -> None:
    """And a part that was there before is void, since its bytes have been written over."""
    ada.ask("POST", "/uploads", json=three.start())
    ada.put_part(three, 0)
    refused = ada.put_part(three, 0, **{"Content-Digest": digest_header(b"other")})
    assert code_of(refused) == "digest_mismatch"
    assert ada.ask("GET", f"/uploads/{three.file_id}").get_json()["parts"] == []


@pytest.mark.parametrize("header", ["sha-256=abc", "sha-256=:abc:", "sha-256=:" + "A" * 43 + ":", "sha-256"])
def test_a_digest_that_can_not_be_read_is_refused(ada: Person, three: Sample, header: str) -> None:
    """What says sha-256 has to be one; other algorithms are not ours to judge."""
    ada.ask("POST", "/uploads", json=three.start())
    expected = 200 if header == "sha-256" else 400
    assert ada.put_part(three, 0, **{"Content-Digest": header}).status_code == expected
    assert ada.put_part(three, 0, **{"Content-Digest": "md5=:abc:"}).status_code == 200


@pytest.mark.parametrize("number", [3, 10_000, 10**30])
def test_there_is_no_part_behind_the_end(ada: Person, three: Sample, number: int) -> None:
    ada.ask("POST", "/uploads", json=three.start())
    assert code_of(ada.ask("PUT", f"/uploads/{three.file_id}/parts/{number}", data=b"x" * 72)) == "not_found"


@pytest.mark.parametrize("number", ["-1", "1.0", "x", "0x1"])
def test_a_part_number_is_a_number(ada: Person, three: Sample, number: str) -> None:
    assert code_of(ada.ask("PUT", f"/uploads/{three.file_id}/parts/{number}", data=b"x")) == "not_found"


def test_lengths_have_to_be_those_of_sealed_parts(ada: Person) -> None:
    """With the size known, exactly; without, whatever some content is sealed to."""
    known, unknown = sample(MIB + 5), sample(MIB + 5)
    ada.ask("POST", "/uploads", json=known.start())
    ada.ask("POST", "/uploads", json=unknown.start(with_size=False))

    def put(sample: Sample, number: int, length: int) -> int:
        return ada.ask("PUT", f"/uploads/{sample.file_id}/parts/{number}", data=bytes(length)).status_code

    full = sealed_length(MIB)
    assert [put(known, 0, length) for length in (full - 1, full + 1, 1)] == [400, 400, 400]
    assert [put(known, 1, length) for length in (full, sealed_length(4))] == [400, 400]
    assert [put(unknown, 0, length) for length in (full, sealed_length(0), 71, 1)] == [200, 200, 400, 400]
    assert [put(unknown, 1, length) for length in (sealed_length(0), sealed_length(1), full + 1)] == [400, 200, 413]


def test_a_part_is_bytes(ada: Person, three: Sample) -> None:
    """Forms and JSON are not, and say so."""
    ada.ask("POST", "/uploads", json=three.start())
    answer = ada.put_part(three, 0, **{"Content-Type": "application/json"})
    assert code_of(answer) == "unsupported_media_type"
    assert ada.put_part(three, 0, **{"Content-Type": "application/octet-stream"}).status_code == 200


def test_completing_names_the_missing_parts(ada: Person, three: Sample) -> None:
    """At most a hundred of them."""
    ada.ask("POST", "/uploads", json=three.start())
    ada.put_part(three, 1)
    answer = ada.complete(three)
    assert code_of(answer) == "parts_missing"
    assert answer.get_json()["missing"] == [0, 2]
    many = Sample(three.geometry.__class__(MIB, 150 * MIB), [], uuid.uuid4())
    ada.ask("POST", "/uploads", json=many.start())
    assert ada.complete(many).get_json()["missing"] == list(range(100))


def test_a_part_of_another_length_is_missing(ada: Person) -> None:
    """Where the size was not known, the manifest tells which lengths are right."""
    wanted = sample(MIB + 5)
    ada.ask("POST", "/uploads", json=wanted.start(with_size=False))
    ada.put_part(wanted, 0)
    ada.ask("PUT", f"/uploads/{wanted.file_id}/parts/1", data=bytes(sealed_length(50)))
    assert ada.complete(wanted).get_json()["missing"] == [1]
    ada.put_part(wanted, 1)
    assert ada.complete(wanted).status_code == 201
    assert content(ada, wanted) == wanted.body


def test_completing_compares_the_hashes(ada: Person, three: Sample) -> None:
    """Bytes other than those that the manifest names make no file, and can be sent again."""
    ada.ask("POST", "/uploads", json=three.start())
    for number in (0, 1, 2):
        ada.put_part(three, number)
    right, three.parts[1] = three.parts[1], secrets.token_bytes(len(three.parts[1]))
    ada.put_part(three, 1)
    three.parts[1] = right
    assert code_of(ada.complete(three)) == "digest_mismatch"
    ada.put_part(three, 1)
    assert ada.complete(three).status_code == 201


def test_completing_again_gives_the_same_file(ada: Person, three: Sample) -> None:
    """201 first, then 200 with the same body; another manifest is a conflict."""
    first = ada.send(three)
    again = ada.complete(three)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    other = three.completion(manifest=b64u(three.manifest(created_at=5).raw))
    assert code_of(ada.ask("POST", f"/uploads/{three.file_id}/complete", json=other)) == "conflict"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"manifest": "e30"}, "manifest"),
        ({"manifest": "!"}, "manifest"),
        ({"manifest": "ab"}, "manifest"),
        ({"grants": []}, "grants"),
        ({"grants": [GRANT, GRANT]}, "grants"),
        ({"grants": [{**GRANT, "wrapped_key": "AAAA"}]}, "grants"),
        ({"grants": [{**GRANT, "type": "new"}]}, "grants"),
        ({"grants": [{**GRANT, "more": 1}]}, "grants.0.more"),
        ({"allowed_users": ["nobody"]}, "allowed_users.0"),
        ({"allowed_users": ["bob@example.org", 5]}, "allowed_users.1"),
        ({"allowed_users": ["0" * 32] * 1_001}, "allowed_users"),
        ({"expires_hours": 0}, "expires_hours"),
        ({"expires_hours": 8_761}, "expires_hours"),
        ({"expires_hours": True}, "expires_hours"),
        ({"expires_hours": "5"}, "expires_hours"),
        ({"more": 1}, "(unknown field)"),
    ],
)
def test_a_completion_is_checked_field_by_field(ada: Person, change: dict[str, object], field: str) -> None:
    small = sample()
    ada.ask("POST", "/uploads", json=small.start())
    ada.put_part(small, 0)
    answer = ada.complete(small, **change)
    assert code_of(answer) == "invalid"
    assert answer.get_json()["errors"][0]["field"] == field
    assert ada.complete(small).status_code == 201


def test_the_manifest_has_to_be_that_of_the_upload(ada: Person) -> None:
    """Another file id, part size or body size is refused."""
    small, other = sample(), sample(50)
    ada.ask("POST", "/uploads", json=small.start())
    ada.put_part(small, 0)
    for manifest in (small.manifest(file_id=uuid.uuid4()), small.manifest(part_size=2 * MIB), other.manifest()):
        answer = ada.complete(small, manifest=b64u(manifest.raw))
        assert code_of(answer) == "invalid"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"part_size": MIB + 1}, "part_size"),
        ({"part_size": MIB // 2}, "part_size"),
        ({"part_size": 1024 * MIB}, "part_size"),
        ({"part_size": 1.5}, "part_size"),
        ({"body_size": 71}, "body_size"),
        ({"body_size": -1}, "body_size"),
        ({"body_size": 2**53 - 1}, "body_size"),
        ({"file_id": "x"}, "file_id"),
        ({"file_id": str(uuid.uuid1())}, "file_id"),
        ({"file_id": str(uuid.uuid4()).upper()}, "file_id"),
    ],
)
def test_a_start_is_checked_field_by_field(ada: Person, change: dict[str, object], field: str) -> None:
    answer = ada.ask("POST", "/uploads", json={**sample().start(), **change})
    assert code_of(answer) == "invalid"
    assert answer.get_json()["errors"][0]["field"] == field


def test_an_abandoned_upload_is_gone_at_once(here: House, ada: Person, three: Sample) -> None:
    """Record, receipts and bytes; the id is free again, and nothing of before comes back."""
    ada.ask("POST", "/uploads", json=three.start())
    ada.put_part(three, 0)
    assert here.kept(three.parts[0][:64])
    assert ada.ask("DELETE", f"/uploads/{three.file_id}").status_code == 200
    assert not here.kept(three.parts[0][:64])
    assert code_of(ada.ask("GET", f"/uploads/{three.file_id}")) == "not_found"
    assert code_of(ada.put_part(three, 1)) == "not_found"
    assert ada.ask("POST", "/uploads", json=three.start()).get_json()["parts"] == []


def test_the_largest_file_is_the_operators_choice(tmp_path: Path) -> None:
    """Refused at the start where the size is known, at the part that goes beyond it where not."""
    full = sealed_length(MIB)
    ada = house(tmp_path, max_file_size=full).person("ada@example.org")
    assert code_of(ada.ask("POST", "/uploads", json=sample(MIB + 1).start())) == "too_large"
    unknown = sample(MIB + 1)
    assert ada.ask("POST", "/uploads", json=unknown.start(with_size=False)).status_code == 201
    assert ada.put_part(unknown, 0).status_code == 200
    assert code_of(ada.put_part(unknown, 1)) == "too_large"


def test_a_disk_without_room_refuses_and_keeps_what_is_there(tmp_path: Path) -> None:
    """507, and the upload goes on once there is room."""
    wanted = sample(MIB + 1)
    ada = house(tmp_path).person("ada@example.org")
    ada.ask("POST", "/uploads", json=wanted.start())
    ada.put_part(wanted, 0)
    token = ada.token
    full = house(tmp_path, free_disk_floor=2**60)
    ada.http = full.http
    assert code_of(ada.put_part(wanted, 1)) == "storage_full"
    assert code_of(ada.ask("POST", "/uploads", json=sample().start())) == "storage_full"
    ada.http, ada.token = house(tmp_path).http, token
    assert ada.put_part(wanted, 1).status_code == 200
    assert ada.complete(wanted).status_code == 201


def test_a_crash_between_rename_and_record_is_made_good(
    here: House, ada: Person, three: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Completing again finds the bytes in place; until then no part can be written over them."""
    ada.ask("POST", "/uploads", json=three.start())
    for number in (0, 1, 2):
        ada.put_part(three, number)

    def power_cut(file: object) -> None:
        raise SystemExit("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(here.wiring.records, "add_file", power_cut)
        with pytest.raises(SystemExit):
            ada.complete(three)
    ada.http = house(here.settings.data_dir).http
    assert code_of(ada.put_part(three, 1)) == "conflict"
    assert ada.complete(three).status_code == 201
    assert content(ada, three) == three.body


def test_a_crash_after_the_record_leaves_a_whole_file(
    here: House, ada: Person, three: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the upload's record is left over, and completing again removes it."""
    ada.ask("POST", "/uploads", json=three.start())
    for number in (0, 1, 2):
        ada.put_part(three, number)

    def power_cut(file_id: object) -> None:
        raise SystemExit("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(here.wiring.records, "remove_upload", power_cut)
        with pytest.raises(SystemExit):
            ada.complete(three)
    assert ada.complete(three).status_code == 200
    assert content(ada, three) == three.body
    assert list(here.wiring.records.upload_ids()) == []


def test_a_part_of_an_abandoned_upload_does_not_count_in_its_successor(
    here: House, ada: Person, three: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a part is on its way its upload is given up and begun anew: those bytes went nowhere."""
    ada.ask("POST", "/uploads", json=three.start())
    store = type(here.blobs)
    original = store.put_part

    def begun_anew(*arguments: Any) -> StoredPart:
        part = original(*arguments)
        here.clock.time += 1
        assert ada.ask("DELETE", f"/uploads/{three.file_id}").status_code == 200
        assert ada.ask("POST", "/uploads", json=three.start()).status_code == 201
        return part

    with monkeypatch.context() as patch:
        patch.setattr(store, "put_part", begun_anew)
        assert code_of(ada.put_part(three, 0)) == "conflict"
    assert ada.ask("GET", f"/uploads/{three.file_id}").get_json()["parts"] == []


def test_a_full_disk_while_a_record_is_written(here: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told as such, too."""

    def full(upload: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(here.wiring.records, "add_upload", full)
    assert code_of(ada.ask("POST", "/uploads", json=sample().start())) == "storage_full"


# -- over the wire, with several worker processes


class Line:
    """A connection of one's own to the live server."""

    def __init__(self, live: LiveServer, token: str) -> None:
        self._host = urlsplit(live.url).netloc
        self._headers = {"Authorization": f"Bearer {token}"}

    def put(self, sample: Sample, number: int, data: bytes, announced: int | None = None) -> int:
        """Send `data` as a part; with more `announced` than there is, the line is cut behind it."""
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            connection.putrequest("PUT", f"/uploads/{sample.file_id}/parts/{number}")
            for name, value in {**self._headers, "Content-Length": str(announced or len(data))}.items():
                connection.putheader(name, value)
            connection.endheaders(data)
            return 0 if announced else connection.getresponse().status
        finally:
            connection.close()

    def ask(self, method: str, url: str, **options: object) -> requests.Response:
        return requests.request(method, url, headers=self._headers, timeout=60, **options)  # type: ignore[arg-type]


@pytest.fixture
def line(live: LiveServer) -> Line:
    return Line(live, live.sign_in(f"{secrets.token_hex(4)}@example.org")["token"])


def test_writers_of_one_part_never_mix(live: LiveServer, line: Line, three: Sample) -> None:
    """Twelve senders of the same part with bytes of their own: what is acknowledged last is what is kept."""
    assert line.ask("POST", f"{live.url}/uploads", json=three.start()).status_code == 201
    versions = [bytes([n]) * len(three.parts[0]) for n in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda data: line.put(three, 0, data), versions))
    assert set(answers) <= {200, 409}
    assert 200 in answers
    (part,) = line.ask("GET", f"{live.url}/uploads/{three.file_id}").json()["parts"]
    staged = next(path for path in (live.data_dir / "staged").rglob(str(three.file_id)))
    stored = staged.read_bytes()[: len(three.parts[0])]
    assert part["digest"] == b64u(hashlib.sha256(stored).digest())
    assert stored in versions


def test_a_sender_who_vanishes_leaves_nothing(live: LiveServer, line: Line, three: Sample) -> None:
    """A part that ended early does not count, and the next try is welcome at once."""
    line.ask("POST", f"{live.url}/uploads", json=three.start())
    line.put(three, 0, three.parts[0][:100_000], announced=len(three.parts[0]))
    assert line.ask("GET", f"{live.url}/uploads/{three.file_id}").json()["parts"] == []
    assert line.put(three, 0, three.parts[0]) == 200


def test_a_chunked_part_is_refused(live: LiveServer, line: Line, three: Sample) -> None:
    """411: without a length the server could not tell a whole part from a torn one."""

    def pieces() -> Iterator[bytes]:
        yield three.parts[0]

    line.ask("POST", f"{live.url}/uploads", json=three.start())
    answer = line.ask("PUT", f"{live.url}/uploads/{three.file_id}/parts/0", data=pieces())
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_many_who_complete_at_once_get_one_file(live: LiveServer, line: Line, three: Sample) -> None:
    """One of eight makes it, the others get the same answer."""
    line.ask("POST", f"{live.url}/uploads", json=three.start())
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(lambda n: line.put(three, n, three.parts[n]), range(3))) == {200}
    url, body = f"{live.url}/uploads/{three.file_id}/complete", three.completion()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: line.ask("POST", url, json=body), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert line.ask("GET", f"{live.url}/files/{three.file_id}/content").content == three.body


def test_rewriting_while_completing_never_gives_wrong_bytes(live: LiveServer, line: Line) -> None:
    """Whatever a part's writers do meanwhile, a file that came about has the bytes that its manifest names."""
    for _ in range(5):
        file = sample(MIB + 5)
        line.ask("POST", f"{live.url}/uploads", json=file.start())
        assert [line.put(file, n, file.parts[n]) for n in (0, 1)] == [200, 200]
        noise = bytes(len(file.parts[0]))
        url = f"{live.url}/uploads/{file.file_id}/complete"
        with ThreadPoolExecutor(4) as pool:
            writers = [pool.submit(line.put, file, 0, noise) for _ in range(3)]
            done = pool.submit(line.ask, "POST", url, json=file.completion())
        assert {writer.result() for writer in writers} <= {200, 404, 409}
        if done.result().status_code == 201:
            assert line.ask("GET", f"{live.url}/files/{file.file_id}/content").content == file.body
        else:
            assert done.result().json()["code"] in ("parts_missing", "digest_mismatch", "conflict")


def test_a_stalled_sender_does_not_hold_its_thread(tmp_path: Path) -> None:
    """After BODY_TIMEOUT without a byte the one thread that there is serves others."""
    wanted = sample(MIB)
    with live_server(tmp_path, workers=1, threads="1", body_timeout="3") as server:
        line = Line(server, server.sign_in("ada@example.org")["token"])
        line.ask("POST", f"{server.url}/uploads", json=wanted.start())
        stalled = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        stalled.putrequest("PUT", f"/uploads/{wanted.file_id}/parts/0")
        for name, value in {**line._headers, "Content-Length": str(len(wanted.parts[0]))}.items():
            stalled.putheader(name, value)
        stalled.endheaders(wanted.parts[0][:1000])
        answer = stalled.getresponse()
        assert answer.status == 400
        assert b"interrupted" in answer.read()
        stalled.close()
        assert line.put(wanted, 0, wanted.parts[0]) == 200


def test_parts_survive_kill_9(tmp_path: Path, three: Sample) -> None:
    """What was acknowledged is there after every process was killed in the middle of another part."""
    with live_server(tmp_path, workers=2) as server:
        token = server.sign_in("ada@example.org")["token"]
        line = Line(server, token)
        line.ask("POST", f"{server.url}/uploads", json=three.start())
        assert line.put(three, 1, three.parts[1]) == 200
        line.put(three, 0, three.parts[0][:500_000], announced=len(three.parts[0]))
        server.kill()
    with live_server(tmp_path, workers=2) as server:
        line = Line(server, token)
        (part,) = line.ask("GET", f"{server.url}/uploads/{three.file_id}").json()["parts"]
        assert part["number"] == 1
        assert [line.put(three, n, three.parts[n]) for n in (0, 2)] == [200, 200]
        url = f"{server.url}/uploads/{three.file_id}/complete"
        assert line.ask("POST", url, json=three.completion()).status_code == 201
        assert line.ask("GET", f"{server.url}/files/{three.file_id}/content").content == three.body


def test_a_full_disk_during_a_part(here: House, ada: Person, three: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk's own refusal is a 507 too, and the upload lives on."""

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    ada.ask("POST", "/uploads", json=three.start())
    with monkeypatch.context() as patch:
        patch.setattr("server.adapters.blobs.local._datasync", full)
        assert isinstance(here.blobs, LocalBlobs)
        assert code_of(ada.put_part(three, 0)) == "storage_full"
    assert ada.put_part(three, 0).status_code == 200


def test_a_part_is_asked_for_by_itself(here: House, ada: Person, three: Sample) -> None:
    """Its receipt once it is there; to be asked again while somebody is at work on it; else nothing."""
    ada.ask("POST", "/uploads", json=three.start())
    path = f"/uploads/{three.file_id}/parts/1"
    assert code_of(ada.ask("GET", path)) == "not_found"
    with here.wiring.ephemeral.lock(_part_key(three.file_id, 1), 0):
        busy = ada.ask("GET", path)
    assert (code_of(busy), busy.headers["Retry-After"]) == ("conflict", "1")
    put = ada.put_part(three, 1)
    assert ada.ask("GET", path).get_json() == put.get_json()
