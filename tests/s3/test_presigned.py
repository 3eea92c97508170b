"""A whole file straight to the bucket: POST /upload/presigned, PUT, POST /upload/s3."""

import secrets
from typing import Any

import pytest
import requests

from tests.s3.conftest import Bucket, House_
from tests.server.house import House, Person, code_of

DATA = secrets.token_bytes(1_000)
FIELDS = {"filename": "a.pdf", "nonce": "n", "wrapped_key": "w", "metadata": '{"compressed": true}'}


def presigned(person: Person, size: int = len(DATA)) -> dict[str, Any]:
    answer = person.ask("POST", "/upload/presigned", json={"size": size})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def put(given: dict[str, Any], data: bytes, **headers: str) -> requests.Response:
    return requests.put(given["upload_url"], data=data, headers=headers, timeout=60)


def record(person: Person, given: dict[str, Any], **changes: object) -> Any:
    body = {"s3_key": given["s3_key"], "bucket": given["bucket"], **FIELDS, **changes}
    return person.ask("POST", "/upload/s3", json=body)


def content(person: Person, file_id: str) -> bytes:
    answer = person.ask("GET", f"/files/{file_id}/content?direct=false")
    assert answer.status_code == 200, answer.text
    return bytes(answer.data)


def test_a_file_goes_straight_to_the_bucket(ada: Person, bob: Person, bucket: Bucket) -> None:
    """And is a simple upload like any other: nonce, wrapped_key, metadata, expiry and readers."""
    given = presigned(ada)
    assert set(given) == {"upload_url", "s3_key", "bucket", "expires_in"}
    assert given["bucket"] == bucket.name
    assert put(given, DATA).ok
    done = record(ada, given, allowed_users=["bob@example.org"], expires_hours=2)
    assert done.status_code == 200, done.text
    file_id = done.get_json()["file_id"]
    file = bob.ask("GET", f"/files/{file_id}").get_json()
    assert {name: file[name] for name in FIELDS} == FIELDS
    assert file["expires_at"] == done.get_json()["expires_at"] == file["uploaded_at"] + 7_200
    assert content(bob, file_id) == DATA
    assert bucket.keys() == [f"blobs/{file_id}"]


def test_the_examples_of_the_api_work(ada: Person) -> None:
    """As the OpenAPI document shows them, with the key and bucket that were given."""
    schemas = ada.http.get("/openapi.json").get_json()["components"]["schemas"]

    def example(name: str) -> dict[str, Any]:
        (found,) = schemas[name]["examples"]
        return dict(found)

    given = ada.ask("POST", "/upload/presigned", json=example("PresignedUpload")).get_json()
    assert set(given) == set(example("Presigned"))
    assert put(given, bytes(example("PresignedUpload")["size"])).ok
    said = {**example("S3Upload"), "s3_key": given["s3_key"], "bucket": given["bucket"]}
    done = ada.ask("POST", "/upload/s3", json=said)
    assert done.status_code == 200, done.text
    assert set(done.get_json()) == set(example("SimpleUploaded"))


def test_the_least_that_has_to_be_said(ada: Person) -> None:
    """Key, bucket and the wrapped file key."""
    given = presigned(ada)
    put(given, DATA)
    body = {"s3_key": given["s3_key"], "bucket": given["bucket"], "wrapped_key": "w"}
    done = ada.ask("POST", "/upload/s3", json=body)
    assert done.status_code == 200
    assert content(ada, done.get_json()["file_id"]) == DATA


def test_the_same_again_is_the_same_file(ada: Person) -> None:
    """A lost answer costs nothing; other terms are refused."""
    given = presigned(ada)
    put(given, DATA)
    first = record(ada, given)
    assert record(ada, given).get_json() == first.get_json()
    assert code_of(record(ada, given, nonce="other")) == "conflict"
    ada.ask("DELETE", f"/files/{first.get_json()['file_id']}")
    assert code_of(record(ada, given)) == "not_found"


def test_what_is_put_afterwards_changes_nothing(here: House, ada: Person, bucket: Bucket) -> None:
    """The address is still good, and leads to a place that nobody reads any more; it is swept."""
    given = presigned(ada)
    put(given, DATA)
    file_id = record(ada, given).get_json()["file_id"]
    other = secrets.token_bytes(len(DATA))
    assert put(given, other).ok
    assert content(ada, file_id) == DATA
    assert record(ada, given).status_code == 200
    assert content(ada, file_id) == DATA
    put(given, other)
    here.clock.time += 24 * 3_600
    here.services.housekeeping.sweep()
    assert bucket.keys() == [f"blobs/{file_id}"]


def test_a_key_is_its_owners_alone(ada: Person, bob: Person, bucket: Bucket) -> None:
    """Not somebody else's, not of another bucket, not one that nobody was given, and not a recorded body."""
    given = presigned(ada)
    put(given, DATA)
    assert code_of(record(bob, given)) == "not_found"
    assert code_of(record(ada, {**given, "bucket": "another"})) == "not_found"
    assert code_of(record(ada, {**given, "s3_key": "incoming/" + "0" * 32})) == "not_found"
    file_id = record(ada, given).get_json()["file_id"]
    assert code_of(record(bob, {**given, "s3_key": f"blobs/{file_id}"})) == "not_found"
    bucket.service.client.put_object(Bucket=bucket.name, Key="incoming/by-hand", Body=b"x")
    assert code_of(record(ada, {**given, "s3_key": "incoming/by-hand"})) == "not_found"


def test_only_what_was_announced_is_recorded(ada: Person, bucket: Bucket) -> None:
    """Nothing there yet, then another length: the server looks for itself."""
    given = presigned(ada)
    assert code_of(record(ada, given)) == "conflict"
    bucket.service.client.put_object(Bucket=bucket.name, Key=given["s3_key"], Body=DATA + b"more")
    assert code_of(record(ada, given)) == "conflict"
    assert put(given, DATA).ok
    assert record(ada, given).status_code == 200


def test_what_it_is_called_there_is_the_servers_say(ada: Person, bucket: Bucket) -> None:
    """Nobody gets a web page served from the bucket."""
    given = presigned(ada)
    assert put(given, DATA, **{"Content-Type": "text/html"}).ok
    file_id = record(ada, given).get_json()["file_id"]
    head = bucket.service.client.head_object(Bucket=bucket.name, Key=f"blobs/{file_id}")
    assert head["ContentType"] == "application/octet-stream"


def test_a_key_is_good_for_a_while(here: House, ada: Person) -> None:
    given = presigned(ada)
    put(given, DATA)
    here.clock.time += given["expires_in"] + 3_601
    assert code_of(record(here.person("ada@example.org"), given)) == "not_found"


def test_limits_hold(build: House_) -> None:
    """Size of a file and share of a person, before anything is put and again when it is recorded."""
    here = build(max_file_size=2_000, quota_bytes=1_500)
    ada = here.person("ada@example.org")
    assert code_of(ada.ask("POST", "/upload/presigned", json={"size": 2_001})) == "too_large"
    given = presigned(ada)
    assert code_of(ada.ask("POST", "/upload/presigned", json={"size": 600})) == "quota_exceeded"
    put(given, DATA)
    here.services.housekeeping.sweep()  # counts what there is, and so far there is nothing
    assert ada.ask("POST", "/upload", json={**FIELDS, "ciphertext": "QUJD" * 200}).status_code == 200
    assert code_of(record(ada, given)) == "quota_exceeded"


@pytest.mark.parametrize("settings", [{"storage": "local"}, {"s3_direct": False}])
def test_where_clients_do_not_reach_the_bucket(build: House_, settings: dict[str, Any]) -> None:
    """The answer says what to do instead."""
    answer = build(**settings).person("ada@example.org").ask("POST", "/upload/presigned", json={"size": 4})
    assert code_of(answer) == "conflict"
    assert "POST /upload" in answer.get_json()["detail"]


@pytest.mark.slow
@pytest.mark.parametrize("service", ["ceph_s3"], indirect=True)
def test_the_length_is_signed(ada: Person) -> None:
    """By a store that looks."""
    given = presigned(ada)
    assert put(given, DATA + b"more").status_code == 403
    assert put(given, DATA[:-1]).status_code == 403
    assert put(given, DATA).ok
