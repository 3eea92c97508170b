"""Parts that go straight to the bucket: signed, acknowledged, compared with what the store has."""

from dataclasses import replace
from typing import Any

import pytest

from server.adapters.blobs.s3 import S3Blobs
from server.adapters.blobs.s3_errors import UploadGone
from server.errors import Busy, StoreUnavailable
from server.ports import SignedPut, file_key
from server.services.verification import Verification
from shared.sealed.encoding import b64u
from shared.sealed.geometry import MIB
from tests.s3.conftest import Bucket, House_
from tests.s3.direct import acknowledge, described, part_urls, put, put_directly, send_directly, urls
from tests.s3.test_presigned import DATA, presigned, record
from tests.s3.test_presigned import put as put_whole
from tests.server.house import House, Person, code_of
from tests.server.samples import Sample, sample

PART = 8 * MIB


@pytest.fixture
def two() -> Sample:
    """A file of two parts, the last one short."""
    return sample(PART + 5, PART)


def content(person: Person, file: Sample) -> bytes:
    answer = person.ask("GET", f"/files/{file.file_id}/content?direct=false")
    assert answer.status_code == 200, answer.text
    return bytes(answer.data)


def test_parts_go_straight_to_the_store(ada: Person, two: Sample, bucket: Bucket) -> None:
    """The server sees none of the bytes, and the file is there like any other."""
    done = send_directly(ada, two)
    assert done.status_code == 201
    assert done.get_json()["size"] == len(two.body)
    assert content(ada, two) == two.body
    assert bucket.keys() == [f"blobs/{two.file_id}"]
    assert bucket.uploads() == []


def test_both_ways_make_one_file(here: House, build: House_, ada: Person, two: Sample) -> None:
    """One part directly, one through the server; the state tells of both, also after a restart."""
    ada.ask("POST", "/uploads", json={**two.start(), "direct": True})
    assert acknowledge(ada, two, put_directly(ada, two, 1)).status_code == 200
    assert ada.put_part(two, 0).status_code == 200
    ada.http = build().http
    state = ada.ask("GET", f"/uploads/{two.file_id}").get_json()
    assert [part["number"] for part in state["parts"]] == [0, 1]
    assert state["direct"] is True
    assert ada.complete(two).status_code == 201
    assert content(ada, two) == two.body


@pytest.mark.parametrize("again_directly", [True, False])
def test_a_part_comes_again(ada: Person, two: Sample, again_directly: bool) -> None:
    """By either way; what counts is what was acknowledged last."""
    ada.ask("POST", "/uploads", json=two.start())
    other = sample(PART + 5, PART)
    assert put(urls(ada, two, 0)[0], other.parts[0]).ok
    if again_directly:
        acknowledge(ada, two, put_directly(ada, two, 0, 1))
    else:
        acknowledge(ada, two, put_directly(ada, two, 1))
        ada.put_part(two, 0)
    assert ada.complete(two).status_code == 201
    assert content(ada, two) == two.body


def test_what_is_written_over_is_found_out(ada: Person, two: Sample) -> None:
    """The address of a part is still good, and other bytes go there after it was acknowledged: it counts no more."""
    ada.ask("POST", "/uploads", json=two.start())
    signed = urls(ada, two, 0)[0]
    acknowledge(ada, two, put_directly(ada, two, 0, 1))
    assert put(signed, sample(PART, PART).parts[0]).ok
    refused = ada.complete(two)
    assert code_of(refused) == "parts_missing"
    assert refused.get_json()["missing"] == [0]
    state = ada.ask("GET", f"/uploads/{two.file_id}").get_json()
    assert [part["number"] for part in state["parts"]] == [1]
    acknowledge(ada, two, put_directly(ada, two, 0))
    assert ada.complete(two).status_code == 201
    assert content(ada, two) == two.body


def test_a_direct_part_that_lands_late_is_found_out(ada: Person, two: Sample) -> None:
    """Its sender went through the server meanwhile: what the server hashed counts, and nothing else."""
    ada.ask("POST", "/uploads", json=two.start())
    late = urls(ada, two, 0)[0]
    assert ada.put_part(two, 0).status_code == 200
    assert ada.put_part(two, 1).status_code == 200
    assert put(late, sample(PART, PART).parts[0]).ok
    refused = ada.complete(two)
    assert (code_of(refused), refused.get_json()["missing"]) == ("parts_missing", [0])
    assert ada.put_part(two, 0).status_code == 200
    assert ada.complete(two).status_code == 201
    assert content(ada, two) == two.body


@pytest.mark.parametrize("etag", ['""', '"', 'W/""'])
def test_an_etag_of_nothing_is_no_acknowledgement(build: House_, two: Sample, etag: str) -> None:
    """It would leave open which bytes are meant."""
    ada = build(s3_verify="full").person("ada@example.org")
    ada.ask("POST", "/uploads", json=two.start())
    put_directly(ada, two, 0)
    assert code_of(acknowledge(ada, two, [described(two, 0, etag)])) == "invalid"
    assert ada.ask("GET", f"/uploads/{two.file_id}").get_json()["parts"] == []


def test_receipts_from_before_etags_are_read_back(build: House_, two: Sample) -> None:
    """An upload that was begun before an upgrade goes on, and whatever is believed otherwise, all of it is compared."""
    here = build(s3_verify="none")
    ada, other = here.person("ada@example.org"), sample(PART + 5, PART)
    ada.ask("POST", "/uploads", json=two.start())
    records = here.wiring.records
    for number in range(2):
        assert ada.put_part(two, number).status_code == 200
        records.add_receipt(two.file_id, replace(records.receipts(two.file_id)[number], etag=""))
    assert put(urls(ada, two, 1)[0], other.parts[1]).ok
    refused = ada.complete(two)
    assert (code_of(refused), refused.get_json()["missing"]) == ("parts_missing", [1])
    assert ada.put_part(two, 1).status_code == 200
    records.add_receipt(two.file_id, replace(records.receipts(two.file_id)[0], etag=""))
    assert ada.complete(two).status_code == 201
    assert content(ada, two) == two.body


def test_what_never_arrived_is_found_out(ada: Person, two: Sample) -> None:
    """The word of a sender is not enough."""
    ada.ask("POST", "/uploads", json=two.start())
    acknowledge(ada, two, [*put_directly(ada, two, 0), described(two, 1, '"9b2cf535f27731c974343645a3985328"')])
    refused = ada.complete(two)
    assert (code_of(refused), refused.get_json()["missing"]) == ("parts_missing", [1])


@pytest.mark.parametrize("verify", ["sample", pytest.param("full", marks=pytest.mark.slow)])
def test_another_hash_than_was_said_is_found_out(build: House_, verify: str, bucket: Bucket) -> None:
    """Bytes are read back. The part that differs is asked for again, the other one stays where it is."""
    ada = build(s3_verify=verify).person("ada@example.org")
    two, other = sample(PART + 5, PART), sample(PART + 5, PART)
    ada.ask("POST", "/uploads", json=two.start())
    etag = put(urls(ada, two, 1)[0], other.parts[1]).headers["ETag"]
    acknowledge(ada, two, [*put_directly(ada, two, 0), described(two, 1, etag)])
    refused = ada.complete(two)
    assert (code_of(refused), refused.get_json()["missing"]) == ("parts_missing", [1])
    assert bucket.keys() == []
    ada.http = build(s3_verify=verify).http  # what another process would see of it
    acknowledge(ada, two, put_directly(ada, two, 1))
    assert ada.complete(two).status_code == 201
    assert content(ada, two) == two.body


def test_what_was_found_altered_is_not_forgotten(build: House_, two: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store fails when the upload is to be opened again, and the next sample has other parts: it is known still."""
    here = build()
    ada = here.person("ada@example.org")
    ada.ask("POST", "/uploads", json=two.start())
    etag = put(urls(ada, two, 1)[0], sample(PART + 5, PART).parts[1]).headers["ETag"]
    acknowledge(ada, two, [*put_directly(ada, two, 0), described(two, 1, etag)])

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(here.wiring.stores.direct, "reopen", away)
        assert code_of(ada.complete(two)) == "unavailable"
    monkeypatch.setattr(Verification, "_chosen", lambda *_: [])
    refused = ada.complete(two)
    assert (code_of(refused), refused.get_json()["missing"]) == ("parts_missing", [1])
    acknowledge(ada, two, put_directly(ada, two, 1))
    assert ada.complete(two).status_code == 201
    assert content(ada, two) == two.body


def test_a_part_of_what_was_given_up_is_kept_nowhere(
    here: House, ada: Person, two: Sample, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its upload goes while its bytes travel: nobody would ever be charged for them."""
    ada.ask("POST", "/uploads", json=two.start())
    assert isinstance(here.blobs, S3Blobs)
    multiparts, put_again = here.blobs.multiparts, here.blobs.multiparts.put

    def given_up(*_: object) -> None:
        monkeypatch.setattr(multiparts, "put", put_again)
        assert ada.ask("DELETE", f"/uploads/{two.file_id}").status_code == 200
        raise UploadGone

    monkeypatch.setattr(multiparts, "put", given_up)
    assert code_of(ada.put_part(two, 0)) == "not_found"
    assert (bucket.keys(), bucket.uploads()) == ([], [])


def test_addresses_are_made_while_the_upload_is_held(
    here: House, ada: Person, two: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gives it up in between: an address would begin it again in the store."""
    ada.ask("POST", "/uploads", json=two.start())
    direct = here.wiring.stores.direct
    assert direct is not None
    part_puts = direct.part_puts

    def held(*arguments: Any) -> list[SignedPut]:
        with pytest.raises(Busy), here.wiring.ephemeral.lock(file_key(two.file_id), 0):
            pass
        return part_puts(*arguments)

    monkeypatch.setattr(direct, "part_puts", held)
    assert part_urls(ada, two, 0).status_code == 200


def test_nothing_is_read_back_where_nobody_wants_it(build: House_) -> None:
    """S3_VERIFY=none takes the sender's word for hashes; readers find out."""
    ada = build(s3_verify="none").person("ada@example.org")
    file, other = sample(5, PART), sample(5, PART)
    ada.ask("POST", "/uploads", json=file.start())
    etag = put(urls(ada, file, 0)[0], other.parts[0]).headers["ETag"]
    acknowledge(ada, file, [described(file, 0, etag)])
    assert ada.complete(file).status_code == 201
    assert content(ada, file) == other.body


def test_no_address_is_good_after_the_end(ada: Person, two: Sample) -> None:
    """A complete file can't be changed with what its sender was given before."""
    ada.ask("POST", "/uploads", json=two.start())
    signed = urls(ada, two, 0, 1)
    acknowledge(ada, two, put_directly(ada, two, 0, 1))
    assert ada.complete(two).status_code == 201
    for each in signed:
        assert not put(each, sample(PART, PART).parts[0][: len(two.parts[each["number"]])]).ok
    assert content(ada, two) == two.body


def test_an_upload_that_the_store_forgot_goes_on(ada: Person, two: Sample, bucket: Bucket) -> None:
    """A lifecycle rule aborted it: what is lost is asked for again, by either way."""
    ada.ask("POST", "/uploads", json=two.start())
    acknowledge(ada, two, put_directly(ada, two, 0, 1))
    for upload in bucket.service.client.list_multipart_uploads(Bucket=bucket.name)["Uploads"]:
        bucket.service.client.abort_multipart_upload(Bucket=bucket.name, Key=upload["Key"], UploadId=upload["UploadId"])
    refused = ada.complete(two)
    assert (code_of(refused), refused.get_json()["missing"]) == ("parts_missing", [0, 1])
    assert ada.put_part(two, 1).status_code == 200
    acknowledge(ada, two, put_directly(ada, two, 0))
    assert ada.complete(two).status_code == 201
    assert content(ada, two) == two.body
    assert bucket.uploads() == []


def test_small_parts_come_through_the_server(ada: Person, bucket: Bucket) -> None:
    """S3 takes no parts below 5 MiB, so the answer is no, and the usual way works."""
    file = sample(2 * MIB + 5, MIB)
    assert ada.ask("POST", "/uploads", json={**file.start(), "direct": True}).get_json()["direct"] is False
    assert code_of(part_urls(ada, file, 0)) == "conflict"
    for number in (2, 0, 1):
        assert ada.put_part(file, number).status_code == 200
    assert ada.complete(file).status_code == 201
    assert content(ada, file) == file.body
    assert bucket.keys() == [f"blobs/{file.file_id}"]


def test_a_private_bucket_is_the_servers_alone(build: House_) -> None:
    """S3_DIRECT=0: no address leaves the server, and everything works."""
    ada = build(s3_direct=False).person("ada@example.org")
    file = sample(5, PART)
    assert ada.ask("POST", "/uploads", json={**file.start(), "direct": True}).get_json()["direct"] is False
    assert code_of(part_urls(ada, file, 0)) == "conflict"
    assert ada.put_part(file, 0).status_code == 200
    assert ada.complete(file).status_code == 201
    answer = ada.ask("GET", f"/files/{file.file_id}/content")
    assert (answer.status_code, answer.data) == (200, file.body)


def test_only_the_owner_gets_addresses(ada: Person, bob: Person, two: Sample) -> None:
    """For parts that there are, of the length that they have."""
    ada.ask("POST", "/uploads", json=two.start())
    assert code_of(part_urls(bob, two, 0)) == "not_found"
    assert code_of(acknowledge(bob, two, [described(two, 0, "x")])) == "not_found"
    path = f"/uploads/{two.file_id}/part_urls"
    for parts, code in (
        ([{"number": 0, "size": 5}], "bad_request"),
        ([{"number": 7, "size": 5}], "not_found"),
        ([], "invalid"),
        ([{"number": 0, "size": len(two.parts[0])}] * 101, "invalid"),
    ):
        assert code_of(ada.ask("POST", path, json={"parts": parts})) == code
    short = {**described(two, 0, "x"), "digest": b64u(bytes(31))}
    assert code_of(acknowledge(ada, two, [short])) == "invalid"


def test_quotas_hold_for_what_goes_around_the_server(build: House_) -> None:
    """Neither an address nor a receipt for more than somebody may hold."""
    ada = build(quota_bytes=PART).person("ada@example.org")
    file = sample(PART + 5, PART)
    assert ada.ask("POST", "/uploads", json=file.start(with_size=False)).status_code == 201
    assert code_of(part_urls(ada, file, 0)) == "quota_exceeded"
    assert code_of(acknowledge(ada, file, [described(file, 0, "x")])) == "quota_exceeded"


def test_what_is_given_up_is_gone_from_the_store(ada: Person, two: Sample, bucket: Bucket) -> None:
    ada.ask("POST", "/uploads", json=two.start())
    put_directly(ada, two, 0)
    assert bucket.uploads() == [f"blobs/{two.file_id}"]
    assert ada.ask("DELETE", f"/uploads/{two.file_id}").status_code == 200
    assert (bucket.uploads(), bucket.keys()) == ([], [])


def test_housekeeping_aborts_what_nobody_will_finish(here: House, ada: Person, bucket: Bucket) -> None:
    """Idle uploads, and those that belong to no record; not those that go on."""
    idle, alive, orphan = sample(5, PART), sample(5, PART), sample(5, PART)
    ada.ask("POST", "/uploads", json=idle.start())
    ada.ask("POST", "/uploads", json=orphan.start())
    here.wiring.records.remove_upload(orphan.file_id)
    here.clock.time += 25 * 3_600
    ada = here.person("ada@example.org")  # the session is over
    ada.ask("POST", "/uploads", json=alive.start())
    here.services.housekeeping.sweep()
    assert bucket.uploads() == [f"blobs/{alive.file_id}"]


@pytest.mark.slow
@pytest.mark.parametrize("service", ["moto_s3"], indirect=True)  # Ceph has neither unless it is set up for them
def test_what_is_asked_for_is_said_of_every_object(build: House_, bucket: Bucket) -> None:
    """Encryption and storage class, however a file comes: in parts, small ones, whole, simple, or straight there."""
    ada = build(s3_encryption="AES256", s3_storage_class="STANDARD_IA").person("ada@example.org")
    parts, small, whole = sample(PART + 5, PART), sample(MIB + 5, MIB), sample(5, MIB)
    for file in (parts, small):
        assert ada.send(file).status_code == 201
    assert ada.ask("POST", "/files", json=whole.whole()).status_code == 201
    given = presigned(ada)
    put_whole(given, DATA)
    assert record(ada, given).status_code == 200
    keys = bucket.keys()
    assert len(keys) == 4
    for key in keys:
        head = bucket.service.client.head_object(Bucket=bucket.name, Key=key)
        assert (head["ServerSideEncryption"], head["StorageClass"]) == ("AES256", "STANDARD_IA"), key
