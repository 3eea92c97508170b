"""A store that fails: clear answers, nothing lost, and everything goes on as soon as it is back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.sealed.geometry import MIB
from tests.s3.conftest import Bucket, House_
from tests.s3.direct import acknowledge, put_directly, urls
from tests.s3.direct import put as put_part
from tests.s3.faults import Answer, Cut, Faults, Lost, Request, Silent, faults_before
from tests.s3.test_presigned import DATA, presigned, put, record
from tests.server.house import Person, code_of
from tests.server.samples import Sample, sample

PART = 8 * MIB
BUSY = Answer(503, "SlowDown")
BROKEN = Answer(500, "InternalError")


@pytest.fixture
def faults(bucket: Bucket) -> Iterator[Faults]:
    with faults_before(bucket.service.url) as proxy:
        yield proxy


@pytest.fixture
def ada(build: House_, faults: Faults) -> Person:
    """At a server whose way to the store leads through trouble."""
    return build(s3_endpoint=faults.url, body_timeout=20.0).person("ada@example.org")


@pytest.fixture
def two() -> Sample:
    return sample(PART + 5, PART)


def is_part(request: Request) -> bool:
    return request.method == "PUT" and "partNumber" in request.path


def is_read(request: Request) -> bool:
    return request.method == "GET" and "/blobs/" in request.path and "?" not in request.path


def is_completion(request: Request) -> bool:
    return request.method == "POST" and "uploadId=" in request.path


def content(person: Person, file: Sample) -> Any:
    return person.ask("GET", f"/files/{file.file_id}/content?direct=false")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(BUSY, id="503", marks=pytest.mark.slow),  # botocore waits longer for it
        pytest.param(BROKEN, id="500"),
        pytest.param(Lost(), id="lost answer"),
    ],
)
def test_a_stumble_is_not_noticed(ada: Person, faults: Faults, two: Sample, fault: Answer | Lost) -> None:
    """The server tries again by itself: the part waits here, so its sender need not send it twice."""
    ada.ask("POST", "/uploads", json=two.start())
    faults.times(1, fault, is_part)
    assert ada.put_part(two, 0).status_code == 200
    assert ada.put_part(two, 1).status_code == 200
    faults.times(1, fault, is_completion)
    assert ada.complete(two).status_code == 201
    faults.times(1, fault, is_read)
    assert content(ada, two).data == two.body
    assert faults.troubles >= 3


@pytest.mark.slow
@pytest.mark.parametrize("fault", [BUSY, BROKEN, Answer(403, "AccessDenied"), Answer(403, "InvalidAccessKeyId")])
def test_a_store_that_is_away_is_said(ada: Person, faults: Faults, two: Sample, fault: Answer) -> None:
    """503 `unavailable` with Retry-After for every way in and out; what had arrived stays, and the upload goes on."""
    ada.ask("POST", "/uploads", json=two.start())
    ada.put_part(two, 0)
    faults.always(fault)
    for answer in (
        ada.ask("POST", "/uploads", json=sample(5, PART).start()),
        ada.put_part(two, 1),
        ada.ask(
            "POST", f"/uploads/{two.file_id}/part_urls", json={"parts": [{"number": 1, "size": len(two.parts[1])}]}
        ),
        ada.ask("POST", "/files", json=sample(5, MIB).whole()),
    ):
        assert code_of(answer) == "unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        assert "kept" in answer.get_json()["detail"]
        assert "testtest" not in answer.text
    faults.always(None)
    state = ada.ask("GET", f"/uploads/{two.file_id}").get_json()
    missing = {0, 1} - {part["number"] for part in state["parts"]}
    for number in missing:
        assert ada.put_part(two, number).status_code == 200
    assert ada.complete(two).status_code == 201
    faults.always(fault)
    assert code_of(content(ada, two)) == "unavailable"
    faults.always(None)
    assert content(ada, two).data == two.body


@pytest.mark.slow
def test_a_completion_that_fails_can_be_said_again(ada: Person, faults: Faults, two: Sample) -> None:
    """Nothing is lost by it, whether the store had put the parts together or not."""
    for fault in (BROKEN, Lost()):
        file = sample(PART + 5, PART)
        ada.ask("POST", "/uploads", json=file.start())
        acknowledge(ada, file, put_directly(ada, file, 0))
        ada.put_part(file, 1)
        faults.always(fault, is_completion)
        refused = ada.complete(file)
        if refused.status_code != 201:  # botocore asks again, and learns that the upload is no more
            assert code_of(refused) == "unavailable"
        faults.always(None)
        assert ada.complete(file).status_code in (200, 201)
        assert content(ada, file).data == file.body


def test_a_body_that_breaks_off_is_taken_up(ada: Person, faults: Faults, two: Sample) -> None:
    """From where it stopped; its reader sees nothing of it."""
    assert ada.send(two).status_code == 201
    faults.times(2, Cut(1_000_000), is_read)
    assert content(ada, two).data == two.body
    spans = [request.range for request in faults.seen if is_read(request)]
    assert len(spans) == 3
    assert spans[1] == f"bytes=1000000-{len(two.body) - 1}"


@pytest.mark.slow
def test_a_store_that_says_nothing_is_given_up(build: House_, faults: Faults, two: Sample) -> None:
    """After BODY_TIMEOUT without a byte, a few times; then the sender hears of it, and the upload goes on."""
    ada = build(s3_endpoint=faults.url, body_timeout=2.0).person("ada@example.org")
    ada.ask("POST", "/uploads", json=two.start())
    faults.always(Silent(), is_part)
    assert code_of(ada.put_part(two, 1)) == "unavailable"
    faults.always(None)
    assert ada.put_part(two, 1).status_code == 200
    assert ada.put_part(two, 0).status_code == 200
    assert ada.complete(two).status_code == 201


def test_a_lost_sender_is_no_matter_of_the_stores(ada: Person, faults: Faults, two: Sample) -> None:
    """A part that ends early, or arrives altered, is never sent on."""
    ada.ask("POST", "/uploads", json=two.start())
    altered = ada.put_part(two, 0, **{"Content-Digest": "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"})
    assert code_of(altered) == "digest_mismatch"
    assert not [request for request in faults.seen if is_part(request)]


@pytest.mark.slow
def test_no_credentials_at_all(
    build: House_, ada: Person, two: Sample, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither settings nor environment nor role: the same clear answer, and the word to the operator is in the log."""
    assert ada.send(two).status_code == 201
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    ada.http = build(s3_access_key="", s3_secret_key=None).http
    assert code_of(content(ada, two)) == "unavailable"
    ada.http = build().http
    assert content(ada, two).data == two.body


@pytest.mark.slow
def test_direct_parts_go_on_when_the_store_is_back(build: House_, bucket: Bucket, faults: Faults, two: Sample) -> None:
    """Trouble on the clients' own way: the same address is good again, or the part goes through the server."""
    ada = build(s3_public_endpoint=faults.url).person("ada@example.org")
    ada.ask("POST", "/uploads", json=two.start())
    faults.always(BUSY)
    signed = urls(ada, two, 0)[0]
    assert put_part(signed, two.parts[0]).status_code == 503
    assert ada.put_part(two, 1).status_code == 200
    faults.always(None)
    acknowledge(ada, two, put_directly(ada, two, 0))
    assert ada.complete(two).status_code == 201
    assert content(ada, two).data == two.body


STEPS: dict[str, Callable[[Request], bool]] = {
    "head": lambda request: request.method == "HEAD" and "/incoming/" in request.path,
    "copy": lambda request: request.method == "PUT" and "/blobs/" in request.path,
    "look": lambda request: request.method == "HEAD" and "/blobs/" in request.path,
    "read back": is_read,
    "remove": lambda request: request.method == "DELETE" and "/incoming/" in request.path,
}


NO_KEY = Answer(403, "ExpiredToken")


@pytest.mark.slow
@pytest.mark.parametrize("service", ["moto_s3"], indirect=True)
@pytest.mark.parametrize(
    ("step", "fault"),
    [*((step, NO_KEY) for step in STEPS), ("copy", BROKEN), ("read back", BUSY), ("copy", Lost()), ("remove", Lost())],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "code", "lost answer"),
)
def test_a_whole_file_that_is_recorded_in_trouble(
    ada: Person, faults: Faults, bucket: Bucket, step: str, fault: Answer | Lost
) -> None:
    """Whatever fails between the object and its record: no half file, no share used up, and said again it is one."""
    given = presigned(ada)
    assert put(given, DATA).ok
    faults.always(fault, STEPS[step])
    refused = record(ada, given)
    if step == "remove":  # it is a file by then; what lies there too is swept
        assert refused.status_code == 200
    else:
        assert (refused.status_code, code_of(refused)) == (503, "unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert ada.ask("GET", "/files").get_json()["files"] == []
    faults.always(None)
    done = record(ada, given)
    assert done.status_code == 200, done.text
    file_id = done.get_json()["file_id"]
    assert ada.ask("GET", f"/files/{file_id}/content?direct=false").data == DATA
    assert bucket.keys() == [f"blobs/{file_id}"]
    assert [each["file_id"] for each in ada.ask("GET", "/files").get_json()["files"]] == [file_id]


def test_deletion_does_not_wait_for_the_store(build: House_, ada: Person, faults: Faults, bucket: Bucket) -> None:
    """The file is gone for everybody; its bytes go when the store is back and housekeeping comes by."""
    build().services.housekeeping.sweep()  # as at every start
    file = sample(5, PART)
    assert ada.send(file).status_code == 201
    faults.always(BROKEN)
    assert ada.ask("DELETE", f"/files/{file.file_id}").status_code == 200
    assert content(ada, file).status_code == 404
    faults.always(None)
    assert bucket.keys() == [f"blobs/{file.file_id}"]
    here = build()
    here.clock.time += 25 * 3_600
    here.services.housekeeping.sweep()
    assert bucket.keys() == []
