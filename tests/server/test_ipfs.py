"""A server whose files lie at a real IPFS node: what the owner sees, what deletion does, and what a dead node costs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.domain import Backend
from server.services.housekeeping import LEFTOVER_SECONDS
from tests.server.house import House, Person, code_of, house
from tests.server.samples import Sample, sample
from tests.services.ipfs import IpfsNode

pytestmark = pytest.mark.slow
MIB = 1 << 20


@pytest.fixture
def here(tmp_path: Path, ipfs: IpfsNode) -> House:
    return house(tmp_path, **ipfs.settings(ipfs_timeout="5"))


@pytest.fixture
def ada(here: House) -> Person:
    return here.person("ada@example.org")


@pytest.fixture
def stopped(ipfs: IpfsNode) -> Iterator[IpfsNode]:
    """The node, dead until the test starts it."""
    ipfs.stop()
    yield ipfs
    if ipfs.process is None:
        ipfs.start()


def content(person: Person, file: Sample, **headers: str) -> bytes:
    answer = person.ask("GET", f"/files/{file.file_id}/content", headers=headers)
    assert answer.status_code in (200, 206), answer.text
    return bytes(answer.data)


def test_every_way_in_and_every_way_out(here: House, ada: Person) -> None:
    """In parts, in one request, as a simple upload; whole, by range, inline."""
    parts, whole = sample(2 * MIB + 7), sample(300_000)
    assert ada.send(parts, allowed_users=["bob@example.org"]).status_code == 201
    assert ada.ask("POST", "/files", json=whole.whole()).status_code == 201
    headers = {"Content-Type": "application/octet-stream"}
    simple = ada.ask("POST", "/upload?filename=a&nonce=b&wrapped_key=c", data=b"sealed" * 99, headers=headers)
    bob = here.person("bob@example.org")
    assert content(bob, parts) == parts.body
    assert content(ada, whole) == whole.body
    assert content(bob, parts, Range=f"bytes={MIB - 5}-{MIB + 5}") == parts.body[MIB - 5 : MIB + 6]
    assert ada.ask("GET", f"/files/{simple.get_json()['file_id']}/content").data == b"sealed" * 99
    assert list(here.services.inspection.findings(deep=True)) == []
    assert not list(here.blobs.list_staged())


def test_the_owner_sees_the_cid(here: House, ada: Person, ipfs: IpfsNode) -> None:
    """In details and lists, pinned at the node; a reader does not."""
    file = sample()
    assert ada.send(file, allowed_users=["bob@example.org"]).status_code == 201
    detail = ada.ask("GET", f"/files/{file.file_id}").get_json()
    (listed,) = ada.ask("GET", "/files").get_json()["files"]
    assert detail["storage"] == listed["storage"] == "ipfs"
    assert detail["cid"] == listed["cid"]
    assert detail["cid"] in ipfs.pins()
    record = here.wiring.records.file(file.file_id)
    assert record is not None
    assert (record.backend, record.locator) == (Backend.IPFS, detail["cid"])
    seen = here.person("bob@example.org").ask("GET", f"/files/{file.file_id}").get_json()
    assert seen.get("storage") is seen.get("cid") is None


def test_deletion_unpins_and_collects(here: House, ada: Person, ipfs: IpfsNode) -> None:
    """Unpinned at once, gone from the node's disk with the next round of housekeeping; the answer says where it lay."""
    file = sample(MIB + 5)
    assert ada.send(file).status_code == 201
    cid = ada.ask("GET", f"/files/{file.file_id}").get_json()["cid"]
    before = ipfs.blocks()
    assert ada.ask("DELETE", f"/files/{file.file_id}").get_json()["storage"] == "ipfs"
    assert cid not in ipfs.pins()
    here.services.housekeeping.reclaim()
    assert len(ipfs.blocks()) <= len(before) - 2
    assert not here.kept(cid.encode())
    assert code_of(ada.ask("GET", f"/files/{file.file_id}/content")) == "not_found"


def test_a_dead_node_costs_no_part(here: House, ada: Person, stopped: IpfsNode) -> None:
    """503 with a word on what to do, and a pause; completed without sending a part again once it is back."""
    file = sample(MIB + 5)
    assert ada.ask("POST", "/uploads", json=file.start()).status_code == 201
    for number in range(len(file.parts)):
        assert ada.put_part(file, number).status_code == 200
    answer = ada.complete(file)
    assert answer.status_code == 503
    assert code_of(answer) == "unavailable"
    assert "IPFS node" in answer.get_json()["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert len(ada.ask("GET", f"/uploads/{file.file_id}").get_json()["parts"]) == len(file.parts)
    assert ada.put_part(file, 0).status_code == 200, "a part can be put again"
    small = sample()
    assert ada.ask("POST", "/files", json=small.whole()).status_code == 503
    stopped.start()
    assert ada.complete(file).status_code == 201
    assert ada.ask("POST", "/files", json=small.whole()).status_code == 201
    assert content(ada, file) == file.body
    assert content(ada, small) == small.body


def test_content_that_the_node_has_lost(here: House, ada: Person, ipfs: IpfsNode) -> None:
    """503 with a pause, for it may come from another node; a download that counts only once it is there again."""
    file = sample(MIB + 5)
    assert ada.send(file, allowed_users=["bob@example.org"], download_limit=1).status_code == 201
    cid = ada.ask("GET", f"/files/{file.file_id}").get_json()["cid"]
    assert ipfs.ask("pin/rm", arg=cid).ok
    assert ipfs.ask("repo/gc").ok
    bob = here.person("bob@example.org")
    for headers in ({}, {"Range": "bytes=0-9"}):
        answer = bob.ask("GET", f"/files/{file.file_id}/content", headers=headers)
        assert (answer.status_code, code_of(answer)) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    (found,) = here.services.inspection.findings(deep=True)
    assert str(file.file_id) in found.where
    assert "IPFS node" in found.message
    again = Sample(file.geometry, file.parts)  # the same bytes, sent by somebody else, bring it back
    assert bob.send(again).status_code == 201
    assert content(bob, file) == file.body
    assert ada.ask("GET", f"/files/{file.file_id}/metadata").get_json()["downloads"] == 1


def test_a_dead_node_keeps_nobody_from_the_rest(tmp_path: Path, here: House, ada: Person, ipfs: IpfsNode) -> None:
    """Its files answer 503, those on the disk are served, what is deleted meanwhile is unpinned later."""
    far, near = sample(), sample()
    assert ada.send(far).status_code == 201
    cid = ada.ask("GET", f"/files/{far.file_id}").get_json()["cid"]
    there = house(tmp_path, storage="local", ipfs_api=ipfs.url, ipfs_timeout="5")
    owner = there.person("ada@example.org")
    assert owner.send(near).status_code == 201
    assert content(owner, far) == far.body
    ipfs.stop()
    try:
        assert content(owner, near) == near.body
        assert owner.ask("GET", f"/files/{far.file_id}/content").status_code == 503
        assert owner.ask("DELETE", f"/files/{far.file_id}").status_code == 200
        there.services.housekeeping.reclaim()
        there.services.housekeeping.sweep()
    finally:
        ipfs.start()
    assert cid in ipfs.pins()
    there.services.housekeeping.reclaim()
    assert cid not in ipfs.pins()


def test_an_upload_that_is_given_up_leaves_nothing(here: House, ada: Person, stopped: IpfsNode) -> None:
    """Also where nobody knows whether the node has it: an answer that was lost."""
    file = sample()
    assert ada.ask("POST", "/uploads", json=file.start()).status_code == 201
    assert ada.put_part(file, 0).status_code == 200
    assert ada.complete(file).status_code == 503
    assert ada.ask("DELETE", f"/uploads/{file.file_id}").status_code == 200
    assert list(here.blobs.list_staged()), "nobody could ask the node yet"
    stopped.start()
    here.clock.time += 10 * 365 * 86_400 + LEFTOVER_SECONDS  # bytes bear the time of the machine
    here.services.housekeeping.sweep()
    here.services.housekeeping.reclaim()
    assert not list(here.blobs.list_staged())
    assert not [path for path in here.kept(b"") if str(file.file_id) in path.name]


def test_a_file_whose_storage_is_not_configured(tmp_path: Path, here: House, ada: Person) -> None:
    """503, and nothing of it is lost or swept."""
    file = sample()
    assert ada.send(file).status_code == 201
    there = house(tmp_path)
    owner = there.person("ada@example.org")
    answer = owner.ask("GET", f"/files/{file.file_id}/content")
    assert code_of(answer) == "unavailable"
    assert owner.ask("DELETE", f"/files/{file.file_id}").status_code == 503
    assert owner.ask("GET", f"/files/{file.file_id}").status_code == 200
    assert content(house(tmp_path, **here_settings(here)).person("ada@example.org"), file) == file.body


def here_settings(here: House) -> dict[str, str]:
    return {"storage": "ipfs", "ipfs_api": here.settings.ipfs_api}
