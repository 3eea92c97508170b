"""Whatever the server does to the disk may end before any of its steps: by kill -9, or by a power cut.

Each operation is done in a child process that ends before its first step, its second and so on until it is done. Then a
server starts over what is left: nothing acknowledged is lost, no byte is wrong, what was cut short can be done again or
has been done, and after housekeeping nothing is left over.
"""

import base64
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from server.services.housekeeping import LEFTOVER_SECONDS
from server.settings import Settings
from server.wiring import services, wire
from shared.api import limits
from shared.sealed.geometry import MIB
from tests.faults.disk import misfits
from tests.faults.steps import cut_before
from tests.server.house import House, Person, TurnedClock, house
from tests.server.samples import Sample, sample

BOB = "bob@example.org"
CAROL = "carol@example.org"
_MOST_STEPS = 400
_HOURS = 24 * 30
_SETTINGS: dict[str, Any] = {"quota_bytes": 1 << 40, "free_disk_floor": 0, "rate_limits": False}


@dataclass
class Scene:
    """A server, somebody signed in and the files that this is about."""

    here: House
    ada: Person
    file: Sample = field(default_factory=lambda: sample(MIB + 7))
    other: Sample = field(default_factory=sample)
    """Of which nothing is done, and to which nothing may happen."""
    small: Sample = field(default_factory=sample)

    def restarted(self, data: Path) -> "Scene":
        """The same, with a server started over `data`."""
        here = _house(data)
        here.clock.time = self.here.clock.time + 1
        ada = Person(here.http, self.ada.email, self.ada.user_id, self.ada.token, self.ada.refresh_token)
        return Scene(here, ada, self.file, self.other, self.small)

    def parts(self) -> dict[int, str]:
        """What the server says has arrived; empty where there is no such upload."""
        answer = self.ada.ask("GET", f"/uploads/{self.file.file_id}")
        return {part["number"]: part["digest"] for part in answer.get_json().get("parts", [])}

    def start(self) -> int:
        return self.ada.ask("POST", "/uploads", json=self.file.start()).status_code

    def content(self, file: Sample) -> bytes | None:
        answer = self.ada.ask("GET", f"/files/{file.file_id}/content")
        return answer.data if answer.status_code == 200 else None

    def finish(self) -> None:
        """What a client does that finds an upload begun: send what is missing, and complete."""
        there = self.parts()
        for number in range(len(self.file.parts)):
            if number not in there:
                assert self.ada.put_part(self.file, number).status_code == 200
        assert self.ada.complete(self.file, allowed_users=[BOB], expires_hours=_HOURS).status_code in (200, 201)
        assert self.content(self.file) == self.file.body


@dataclass(frozen=True)
class Operation:
    """Something that a server does, what it presupposes, and what may be found after it was cut short."""

    prepare: Callable[[Scene], object]
    act: Callable[[Scene], object]
    check: Callable[[Scene], object]
    """Run after a restart, whether or not the operation came to its end; may go on with it."""


def _begun(scene: Scene) -> None:
    assert scene.start() == 201
    assert scene.ada.put_part(scene.file, 0).status_code == 200


def _whole(scene: Scene) -> None:
    _begun(scene)
    assert scene.ada.put_part(scene.file, 1).status_code == 200


def _sent(scene: Scene) -> None:
    assert scene.ada.send(scene.file, allowed_users=[BOB], expires_hours=_HOURS).status_code == 201


def _sent_and_read(scene: Scene) -> None:
    assert scene.ada.send(scene.file, allowed_users=[BOB], download_limit=3, expires_hours=_HOURS).status_code == 201
    _download(scene)


def _start(scene: Scene) -> None:
    assert scene.start() == 201


def _can_be_started(scene: Scene) -> None:
    assert scene.start() in (200, 201)
    scene.finish()


def _put_last(scene: Scene) -> None:
    assert scene.ada.put_part(scene.file, 1).status_code == 200


def _put_first_again(scene: Scene) -> None:
    assert scene.ada.put_part(scene.file, 0).status_code == 200


def _first_part_is_there(scene: Scene) -> None:
    assert 0 in scene.parts()
    scene.finish()


def _can_be_finished(scene: Scene) -> None:
    assert scene.start() == 200
    scene.finish()


def _complete(scene: Scene) -> None:
    assert scene.ada.complete(scene.file, allowed_users=[BOB], expires_hours=_HOURS).status_code == 201


def _can_be_completed(scene: Scene) -> None:
    """Without sending a part again: all of them were acknowledged."""
    assert scene.ada.complete(scene.file, allowed_users=[BOB], expires_hours=_HOURS).status_code in (200, 201)
    assert scene.content(scene.file) == scene.file.body


def _abandon(scene: Scene) -> None:
    assert scene.ada.ask("DELETE", f"/uploads/{scene.file.file_id}").status_code == 200


def _is_whole_or_gone(scene: Scene) -> None:
    there = scene.parts()
    assert len(there) in (0, 2)
    if there:
        _can_be_completed(scene)
    else:
        _can_be_started(scene)


def _delete(scene: Scene) -> None:
    assert scene.ada.ask("DELETE", f"/files/{scene.file.file_id}").status_code == 200


def _is_whole_or_deleted(scene: Scene) -> None:
    content = scene.content(scene.file)
    assert content in (None, scene.file.body)
    listed = scene.ada.ask("GET", "/files").get_json()["files"]
    assert (str(scene.file.file_id) in {each["file_id"] for each in listed}) == (content is not None)
    if content is None:
        _can_be_started(scene)
        detail = scene.ada.ask("GET", f"/files/{scene.file.file_id}").get_json()
        assert detail["downloads"] == 0


def _share(scene: Scene) -> None:
    """Bob may read it no more, Carol may."""
    change = {"allowed_users": [CAROL], "expires_hours": 2 * _HOURS}
    answer = scene.ada.ask("PATCH", f"/files/{scene.file.file_id}", json=change)
    assert answer.status_code == 200, answer.text


def _is_shared_with_one(scene: Scene) -> None:
    readers = []
    for email in (BOB, CAROL):
        reader = scene.here.person(email)
        seen = reader.ask("GET", "/files?role=received").get_json()["files"]
        may = reader.ask("GET", f"/files/{scene.file.file_id}").status_code == 200
        assert bool(seen) == may
        readers += [email] * may
    assert readers in ([BOB], [CAROL])
    assert scene.content(scene.file) == scene.file.body


def _send_simply(scene: Scene) -> str:
    query = f"filename=a&nonce=b&wrapped_key=c&allowed_users={BOB}&expires_hours={_HOURS}"
    headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": "one"}
    answer = scene.ada.ask("POST", f"/upload?{query}", data=scene.file.body, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["file_id"])


def _is_sent_once(scene: Scene) -> None:
    file_id = _send_simply(scene)
    assert scene.ada.ask("GET", f"/files/{file_id}/content").data == scene.file.body
    owned = scene.ada.ask("GET", "/files").get_json()["files"]
    assert [each["file_id"] for each in owned if each["file_id"] != str(scene.other.file_id)] == [file_id]


def _send_whole(scene: Scene) -> None:
    ciphertext = base64.b64encode(scene.small.body).decode()
    answer = scene.ada.ask("POST", "/files", json=scene.small.completion(ciphertext=ciphertext, expires_hours=_HOURS))
    assert answer.status_code in (200, 201), answer.text


def _is_sent_whole(scene: Scene) -> None:
    _send_whole(scene)
    assert scene.content(scene.small) == scene.small.body
    owned = [each["file_id"] for each in scene.ada.ask("GET", "/files").get_json()["files"]]
    assert sorted(owned) == sorted((str(scene.small.file_id), str(scene.other.file_id)))


def _sent_with_a_limit(scene: Scene) -> None:
    assert scene.ada.send(scene.file, allowed_users=[BOB], download_limit=1, expires_hours=_HOURS).status_code == 201


def _download(scene: Scene) -> None:
    bob = scene.here.person(BOB)
    assert bob.ask("GET", f"/files/{scene.file.file_id}/content").data == scene.file.body


def _is_downloaded_at_most_once_more(scene: Scene) -> None:
    """A place that was taken and never given back is free again when its lease is over."""
    scene.here.clock.time += 100
    bob = scene.here.person(BOB)
    first = bob.ask("GET", f"/files/{scene.file.file_id}/content")
    assert first.status_code == 410 or first.data == scene.file.body
    assert bob.ask("GET", f"/files/{scene.file.file_id}/content").status_code == 410


OPERATIONS = {
    "start": Operation(lambda _: None, _start, _can_be_started),
    "put a part": Operation(_begun, _put_last, _first_part_is_there),
    "put a part again": Operation(_whole, _put_first_again, _can_be_finished),
    "complete": Operation(_whole, _complete, _can_be_completed),
    "abandon": Operation(_whole, _abandon, _is_whole_or_gone),
    "delete": Operation(_sent_and_read, _delete, _is_whole_or_deleted),
    "change": Operation(_sent, _share, _is_shared_with_one),
    "send in one request": Operation(lambda _: None, _send_simply, _is_sent_once),
    "send a small file": Operation(lambda _: None, _send_whole, _is_sent_whole),
    "download": Operation(_sent_with_a_limit, _download, _is_downloaded_at_most_once_more),
}


@pytest.mark.parametrize("power_cut", [False, True], ids=["kill", "power cut"])
@pytest.mark.parametrize("every", [37, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", OPERATIONS)
def test_cut_short_before_any_step(tmp_path: Path, name: str, every: int, power_cut: bool) -> None:
    """One step after the other, until it comes to its end; in a hurry only one in `every`."""
    operation = OPERATIONS[name]
    made = tmp_path / "made"
    here = _house(made)
    here.clock.time = time.time()
    scene = Scene(here, here.person("ada@example.org"))
    assert scene.ada.send(scene.other, expires_hours=_HOURS).status_code == 201
    operation.prepare(scene)
    for step in range(every // 2 if power_cut else 0, _MOST_STEPS, every):
        data = tmp_path / f"data{step}"
        shutil.copytree(made, data)
        acting = scene.restarted(data)
        cut = cut_before(step, data, partial(operation.act, acting), power_cut=power_cut)
        _look_after(scene, data, operation.check)
        shutil.rmtree(data)
        shutil.rmtree(f"{data}.stash")
        if not cut:
            assert step > 3
            return
    raise AssertionError(f"{name} has more than {_MOST_STEPS} steps")


def _look_after(scene: Scene, data: Path, check: Callable[[Scene], object]) -> None:
    """Start over `data`, check, let housekeeping come late, and look at the whole disk before, between and after."""
    untouched = data.parent / "untouched"
    shutil.copytree(data, untouched)
    _sweep_late(untouched)
    shutil.rmtree(untouched)
    assert misfits(data, scene.here.clock.time, swept=False) == []
    restarted = scene.restarted(data)
    check(restarted)
    assert restarted.content(scene.other) == scene.other.body
    assert misfits(data, restarted.here.clock.time, swept=False) == []
    _sweep_late(data)


def _sweep_late(data: Path) -> None:
    """So late that nobody can still be at work on what is left; files that were sent live longer."""
    settings, clock = _settings(data), TurnedClock(time.time() + LEFTOVER_SECONDS + limits.UPLOAD_IDLE_SECONDS)
    everything = services(settings, wire(settings, clock))
    everything.housekeeping.sweep()
    everything.housekeeping.sweep()  # what the first one has set free
    assert misfits(data, clock.now(), swept=True) == []
    assert list(everything.inspection.findings(deep=True)) == []


def _house(data: Path) -> House:
    return house(data, **_SETTINGS)


def _settings(data: Path) -> Settings:
    return Settings(data_dir=data, **_SETTINGS)
