"""What every `BoxRecords` keeps to. A new adapter joins `places.BOXES` and has to pass all of it."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from server.domain import DropBox, Usage
from server.errors import Conflict, NotFound
from server.ports import BoxRecords
from shared.sealed.encoding import b64u
from tests.contracts.places import BOXES

NOW = 1_800_000_000.0
ADA, BOB = "a" * 32, "b" * 32


@pytest.fixture(params=BOXES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def boxes(name: str, place: Path) -> BoxRecords:
    return BOXES[name](place)


def a_box(number: int = 0, owner: str = ADA, at: float = NOW) -> DropBox:
    """Its id begins with what ids may begin with."""
    return DropBox(
        box_id=b64u(bytes((0xF8 + number % 8, *(7 * number % 256 for _ in range(31))))),
        owner_id=owner,
        owner_email="ada@example.org",
        access_hash=bytes(range(32)),
        created_at=at + 0.25,
        expires_at=int(at) + 3_600,
        keep_hours=48,
        max_files=None if number % 2 else 7,
        max_bytes=10**12 if number % 2 else None,
        note="Scans of the contract, bitte als PDF: §1–9 \U0001f4c4" if number % 2 else "",
        password=bool(number % 2),
        notify=not number % 2,
    )


@pytest.mark.parametrize("number", [0, 1])
def test_a_box_is_kept_as_it_was_made(name: str, boxes: BoxRecords, place: Path, number: int) -> None:
    """Also after a restart; made twice, it is refused."""
    box = a_box(number)
    assert boxes.box(box.box_id) is None
    boxes.add_box(box)
    assert boxes.box(box.box_id) == BOXES[name](place).box(box.box_id) == box
    with pytest.raises(Conflict):
        boxes.add_box(a_box(number, BOB))
    assert boxes.box(box.box_id) == box


def test_a_box_changes_and_closes(boxes: BoxRecords) -> None:
    box = a_box()
    with pytest.raises(NotFound):
        boxes.replace_box(box)
    boxes.add_box(box)
    changed = replace(box, note="another", max_files=9, closed_at=NOW + 5.5)
    boxes.replace_box(changed)
    assert boxes.box(box.box_id) == changed
    assert list(boxes.boxes_of(ADA)) == [changed]


def test_a_persons_boxes_come_newest_first(boxes: BoxRecords) -> None:
    """From any place on; nobody else's among them."""
    made = [a_box(number, at=NOW + number) for number in range(4)]
    for box in (made[2], made[0], made[3], made[1]):
        boxes.add_box(box)
    boxes.add_box(a_box(5, BOB))
    assert list(boxes.boxes_of(ADA)) == made[::-1]
    assert list(boxes.boxes_of(ADA, before=made[2].position)) == [made[1], made[0]]
    assert set(boxes.box_ids()) == {box.box_id for box in (*made, a_box(5))}


def test_what_is_taken_in_is_added_up(boxes: BoxRecords) -> None:
    """On its way or come, each file once, whatever is said twice; what never came gives its room back."""
    box = a_box()
    boxes.add_box(box)
    one, two, three = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    assert boxes.taken(box.box_id) == Usage(0, 0)
    for file_id, size in ((one, 100), (two, 2**40), (three, 0), (one, 100)):
        boxes.take(box.box_id, file_id, size)
    assert boxes.taken(box.box_id) == Usage(3, 2**40 + 100)
    boxes.settle(box.box_id, one)
    boxes.settle(box.box_id, one)
    boxes.untake(box.box_id, two)
    boxes.untake(box.box_id, two)
    boxes.untake(box.box_id, one)  # it has come
    boxes.take(box.box_id, one, 100)
    assert boxes.taken(box.box_id) == Usage(2, 100)
    assert boxes.arriving(box.box_id) == [three]


def test_boxes_are_counted_apart(boxes: BoxRecords) -> None:
    first, second, file_id = a_box(0), a_box(1), uuid.uuid4()
    for box in (first, second):
        boxes.add_box(box)
    boxes.take(first.box_id, file_id, 5)
    assert boxes.taken(second.box_id) == Usage(0, 0)
    boxes.remove_box(first)
    assert boxes.box(first.box_id) is None
    assert boxes.taken(first.box_id) == Usage(0, 0)
    assert list(boxes.boxes_of(ADA)) == [second]
    boxes.remove_box(first)


def test_sweeping_leaves_what_is_there(boxes: BoxRecords) -> None:
    box, file_id = a_box(), uuid.uuid4()
    boxes.add_box(box)
    boxes.take(box.box_id, file_id, 5)
    boxes.sweep_boxes(10**12)
    assert list(boxes.boxes_of(ADA)) == [box]
    assert boxes.taken(box.box_id) == Usage(1, 5)


@pytest.mark.parametrize(
    "hostile", ["", "../../etc/passwd", "a/b", "A" * 42, "A" * 44, "A" * 42 + "\n", "\0" * 43], ids=repr
)
def test_only_box_ids_are_box_ids(boxes: BoxRecords, hostile: str) -> None:
    """Nothing else reaches a path or a query."""
    calls: list[Callable[[], object]] = [
        lambda: boxes.box(hostile),
        lambda: boxes.add_box(replace(a_box(), box_id=hostile)),
        lambda: boxes.replace_box(replace(a_box(), box_id=hostile)),
        lambda: boxes.take(hostile, uuid.uuid4(), 1),
        lambda: boxes.settle(hostile, uuid.uuid4()),
        lambda: boxes.untake(hostile, uuid.uuid4()),
        lambda: boxes.taken(hostile),
        lambda: boxes.arriving(hostile),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="box id"):
            call()
