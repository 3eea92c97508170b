"""A backup of files in IPFS holds records and what is known of pins; the node keeps the bytes: `verify` asks it."""

from pathlib import Path

import pytest

from tests.admin.conftest import Operator
from tests.server.house import house
from tests.server.samples import sample
from tests.services.ipfs import IpfsNode

pytestmark = pytest.mark.slow
MIB = 1 << 20


def test_what_comes_back_is_found_at_the_node_and_can_be_deleted(
    tmp_path: Path, ipfs: IpfsNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read, verified to the last byte, unpinned when it is deleted; what the node has lost meanwhile is named."""
    monkeypatch.chdir(tmp_path)
    settings = ipfs.settings(ipfs_timeout="5")
    before = house(tmp_path / "data", **settings)
    ada = before.person("ada@example.org")
    parts, small, lost = sample(2 * MIB + 7), sample(), sample(3_000)
    cids = {}
    for each in (parts, small, lost):
        assert ada.send(each, allowed_users=["bob@example.org"]).status_code == 201
        cids[each.file_id] = ada.ask("GET", f"/files/{each.file_id}").get_json()["cid"]
    variables = {name.upper(): value for name, value in settings.items()}
    (summary,) = Operator(tmp_path / "data", variables).json("backup", "--to", str(tmp_path / "kept"))
    assert (summary["files"], summary["elsewhere"], summary["new_size"]) == (3, 3, 0)
    assert not list((tmp_path / "kept").rglob("blobs/*/*"))

    there = Operator(tmp_path / "new", variables)
    there.ok("restore", str(tmp_path / "kept"), "--deep")
    there.ok("verify", "--deep")
    after = house(tmp_path / "new", **settings)
    bob = after.person("bob@example.org")
    assert bob.ask("GET", f"/files/{parts.file_id}/content").data == parts.body

    ipfs.ask("pin/rm", arg=cids[lost.file_id]).raise_for_status()
    ipfs.ask("repo/gc").raise_for_status()
    verified = there("verify", "--deep")
    assert verified.exit_code == 1
    (line,) = [line for line in verified.stdout.splitlines() if line.startswith("file ")]
    assert str(lost.file_id) in line
    again = Operator(tmp_path / "again", variables)("restore", str(tmp_path / "kept"), "--deep")
    assert (again.exit_code, str(lost.file_id) in again.stdout, str(small.file_id) in again.stdout) == (1, True, False)

    owner = after.person("ada@example.org")
    for each in (parts, small, lost):
        assert owner.ask("DELETE", f"/files/{each.file_id}").status_code == 200
    after.services.housekeeping.reclaim()
    assert not set(cids.values()) & ipfs.pins()
    there.ok("verify", "--deep")
