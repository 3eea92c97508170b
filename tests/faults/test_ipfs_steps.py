"""Whatever the IPFS storage writes down may end before any of its steps: by kill -9, or by a power cut.

Afterwards the same can be done again, or be given up; given up, neither this disk nor the node keeps anything of it.
"""

import hashlib
import io
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest

from server.adapters.blobs.ipfs import IpfsBlobs
from server.adapters.blobs.kubo import Kubo
from server.domain import Receipt
from server.errors import StoreUnavailable
from server.ports import PartPlace
from server.services.simple_uploads import memory_source
from tests.faults.steps import cut_before
from tests.services.ipfs import IpfsNode

pytestmark = pytest.mark.slow
_MOST_STEPS = 100


class _DeafKubo(Kubo):
    """Adds, and does not hear the answer."""

    def add(self, body: BinaryIO, size: int, *, only_hash: bool = False) -> str:
        super().add(body, size, only_hash=only_hash)
        raise StoreUnavailable("the answer was lost")


@dataclass(frozen=True)
class Scene:
    """A store over one folder, and the blob that this is about."""

    node: IpfsNode
    folder: Path
    blob_id: uuid.UUID
    content: bytes
    deaf: bool = False
    """Whether the node's answers to adding are lost."""

    @property
    def store(self) -> IpfsBlobs:
        """As a process that has just started has it."""
        return IpfsBlobs(self.folder, (_DeafKubo if self.deaf else Kubo)(self.node.url))

    def at(self, folder: Path) -> "Scene":
        return Scene(self.node, folder, self.blob_id, self.content)

    def gather(self) -> None:
        self.store.begin(self.blob_id, len(self.content))
        place = PartPlace(0, 0, len(self.content))
        self.store.put_part(self.blob_id, None, place, memory_source(self.content))

    def assemble(self) -> str:
        receipt = Receipt(0, len(self.content), hashlib.sha256(self.content).digest(), time.time())
        cid = self.store.assemble(self.blob_id, None, [receipt])
        assert cid is not None
        return cid

    def lose_the_answer(self) -> None:
        """The node has it, and nobody here knows."""
        self.gather()
        with pytest.raises(StoreUnavailable):
            replace(self, deaf=True).assemble()

    def put_whole(self) -> None:
        self.store.put_whole(self.blob_id, self.content)

    def keep(self) -> None:
        self.gather()
        self.assemble()

    def delete(self) -> None:
        self.store.delete(self.blob_id)

    def give_up(self) -> None:
        self.store.delete(self.blob_id)
        self.store.discard_parts(self.blob_id)

    def check(self) -> None:
        """What is a blob is whole."""
        store = self.store
        if store.exists(self.blob_id):
            with store.open_range(self.blob_id, None, 0, len(self.content)) as body:
                assert body.read() == self.content

    def check_nothing_is_left(self, cid: str) -> None:
        self.give_up()
        self.store.reclaim()
        assert cid not in self.node.pins()
        names = {path.name for path in self.folder.rglob("*") if path.is_file() and "locks" not in path.parts}
        assert not {name for name in names if name in (cid, str(self.blob_id))}


OPERATIONS: dict[str, tuple[Callable[[Scene], object], Callable[[Scene], object], Callable[[Scene], object]]] = {
    "assemble": (Scene.gather, Scene.assemble, Scene.assemble),
    "put whole": (lambda _: None, Scene.put_whole, Scene.put_whole),
    "delete": (Scene.keep, Scene.delete, Scene.keep),
    "give up": (Scene.lose_the_answer, Scene.give_up, Scene.keep),
}
"""What comes before, what is cut short, and what is done again."""


@pytest.mark.parametrize("power_cut", [False, True], ids=["kill", "power cut"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_cut_short_before_any_step(tmp_path: Path, ipfs: IpfsNode, name: str, power_cut: bool) -> None:
    prepare, act, again = OPERATIONS[name]
    made = Scene(ipfs, tmp_path / "made", uuid.uuid4(), b"sealed" + uuid.uuid4().bytes * 1_000)
    cid = Kubo(ipfs.url).add(io.BytesIO(made.content), len(made.content), only_hash=True)
    assert made.store  # its folders
    for step in range(_MOST_STEPS):
        scene = made.at(tmp_path / f"step{step}")
        shutil.copytree(made.folder, scene.folder)
        prepare(scene)
        cut = cut_before(step, scene.folder, partial(act, scene), power_cut=power_cut)
        scene.check()
        given_up = scene.at(tmp_path / f"given_up{step}")
        shutil.copytree(scene.folder, given_up.folder)
        again(scene)
        assert scene.store.size(scene.blob_id) == len(scene.content)
        scene.check()
        scene.check_nothing_is_left(cid)
        given_up.check_nothing_is_left(cid)
        if not cut:
            assert step > 3
            return
    raise AssertionError(f"{name} has more than {_MOST_STEPS} steps")
