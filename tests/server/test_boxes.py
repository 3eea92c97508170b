"""Drop boxes: who makes them, what may be left in them, how they end."""

import hashlib
import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.domain import LINK_HOLDER, Caller, Usage
from server.errors import Busy
from server.ports import Notice
from server.services.boxes import box_lock
from server.services.completion import Completion
from server.services.links import REMEMBERED_SECONDS
from server.services.uploads import Uploads
from shared.sealed.encoding import b64u
from shared.sealed.geometry import MIB
from tests.server.house import House, Person, code_of, house
from tests.server.samples import Sample, sample
from tests.server.test_cards import card, publish

GRANT = {"type": "rsa-oaep-256", "recipient": b64u(bytes(32)), "wrapped_key": b64u(bytes(384)), "signature": None}


@dataclass
class Visitor:
    """Somebody who has the key of a box, and no account."""

    http: FlaskClient
    box_id: str = field(default_factory=lambda: b64u(secrets.token_bytes(32)))
    access: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def terms(self, **terms: object) -> dict[str, object]:
        """The body of `POST /boxes`."""
        return {"box_id": self.box_id, "auth_hash": b64u(hashlib.sha256(self.access).digest()), **terms}

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Link {b64u(self.access)}"}
        return self.http.open(f"/boxes/{self.box_id}{path}", method=method, headers=headers, **options)

    def start(self, file: Sample) -> TestResponse:
        return self.ask("POST", "/uploads", json=file.start())

    def leave(self, file: Sample) -> TestResponse:
        """All of a file; the last answer, or the first refusal."""
        if (answer := self.start(file)).status_code not in (200, 201):
            return answer
        for number, part in enumerate(file.parts):
            answer = self.ask("PUT", f"/uploads/{file.file_id}/parts/{number}", data=part)
            assert answer.status_code == 200, answer.text
        return self.complete(file)

    def complete(self, file: Sample, **changes: object) -> TestResponse:
        said = {"manifest": b64u(file.manifest().raw), "grants": [GRANT], **changes}
        return self.ask("POST", f"/uploads/{file.file_id}/complete", json=said)


def box_of(owner: Person, http: FlaskClient, **terms: object) -> Visitor:
    """A box of `owner`'s, whose key somebody else has."""
    publish(owner, card(owner.email))
    visitor = Visitor(http)
    answer = owner.ask("POST", "/boxes", json=visitor.terms(**terms))
    assert answer.status_code == 201, answer.text
    return visitor


def refused(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, code_of(answer)


def listed(person: Person, role: str) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = person.ask("GET", f"/files?role={role}").get_json()["files"]
    return files


def test_a_file_is_left_and_received(here: House, ada: Person, bob: Person) -> None:
    """In her inbox, marked as left in this box; nobody else sees it, and it takes her quota."""
    visitor = box_of(ada, here.http, keep_hours=5)
    file = sample(3 * MIB)
    assert visitor.leave(file).get_json() == {"file_id": str(file.file_id)}
    (item,) = listed(ada, "received")
    assert (item["file_id"], item["box_id"], item["owner"]) == (str(file.file_id), visitor.box_id, True)
    assert item["expires_at"] == int(here.clock.time) + 5 * 3_600
    assert listed(ada, "owned") == []
    assert [each["file_id"] for each in listed(ada, "all")] == [str(file.file_id)]
    assert ada.ask("GET", f"/files/{file.file_id}/content").data == file.body
    assert bob.ask("GET", f"/files/{file.file_id}").status_code == 404
    assert ada.ask("GET", "/stats").get_json()["total_files"] == 1
    assert ada.ask("DELETE", f"/files/{file.file_id}").status_code == 200


def test_a_box_says_whose_it_is(here: House, ada: Person) -> None:
    """Her address, her card as it was published, her note, what there is room for; nothing of what was left."""
    visitor = box_of(ada, here.http, note="Scans, please", max_files=3, max_bytes=2 * MIB)
    visitor.leave(sample(MIB))
    opened = visitor.ask("GET", "/open").get_json()
    size = sample(MIB).geometry.body_size
    published = ada.ask("GET", f"/cards?email={ada.email}").get_json()
    assert opened == {
        "email": ada.email,
        "card": published["card"],
        "signature": published["signature"],
        "note": "Scans, please",
        "expires_at": int(here.clock.time) + 168 * 3_600,
        "files_left": 2,
        "bytes_left": 2 * MIB - size,
    }


def test_unknown_boxes_and_wrong_secrets_look_the_same(here: House, ada: Person) -> None:
    """Word for word, also for a box that was closed."""
    alive, dead = box_of(ada, here.http), box_of(ada, here.http)
    assert ada.ask("DELETE", f"/boxes/{dead.box_id}").status_code == 200
    said = set()
    for box_id in (alive.box_id, dead.box_id, b64u(secrets.token_bytes(32))):
        for shown in (f"Link {b64u(bytes(32))}", "Link x", "", f"Bearer {ada.token}"):
            answer = here.http.get(f"/boxes/{box_id}/open", headers={"Authorization": shown} if shown else {})
            problem = answer.get_json()
            del problem["request_id"]
            said.add(json.dumps(problem, sort_keys=True))
    (only,) = said
    assert json.loads(only)["code"] == "not_found"


def test_the_ends_of_a_box(here: House, ada: Person) -> None:
    """Closed and expired are told behind the secret; what was left stays; a month later nothing knows of the box."""
    closed, late = box_of(ada, here.http), box_of(ada, here.http, expires_hours=1)
    file = sample()
    closed.leave(file)
    ada.ask("DELETE", f"/boxes/{closed.box_id}")
    assert refused(closed.start(sample())) == (410, "revoked")
    here.clock.time += 3_600
    ada = here.person(ada.email)
    assert refused(late.start(sample())) == (410, "expired")
    assert [each["file_id"] for each in listed(ada, "received")] == [str(file.file_id)]
    here.services.housekeeping.sweep()
    assert {each["box_id"] for each in ada.ask("GET", "/boxes").get_json()["boxes"]} == {closed.box_id, late.box_id}
    here.clock.time += REMEMBERED_SECONDS + 1
    here.services.housekeeping.sweep()
    assert list(here.wiring.boxes.box_ids()) == []


def test_a_box_takes_so_many(here: House, ada: Person) -> None:
    """Of thirty who come at once, as many begin as there is room for; who gives up makes room, who came has come."""
    visitor = box_of(ada, here.http, max_files=5)
    files = [sample() for _ in range(30)]

    def start(file: Sample) -> int:
        return Visitor(here.http.application.test_client(), visitor.box_id, visitor.access).start(file).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(start, files))
    assert sorted(codes) == [201] * 5 + [409] * 25
    begun = [file for file, code in zip(files, codes, strict=True) if code == 201]
    assert visitor.ask("DELETE", f"/uploads/{begun[0].file_id}").status_code == 200
    for file in begun[1:]:
        assert visitor.leave(file).status_code == 201
    for file in begun[1:3]:
        ada.ask("DELETE", f"/files/{file.file_id}")
    assert visitor.leave(files[0] if files[0] not in begun else sample()).status_code == 201
    assert refused(visitor.start(sample())) == (409, "box_full")
    assert ada.ask("PATCH", f"/boxes/{visitor.box_id}", json={"max_files": 6}).status_code == 200
    assert visitor.leave(sample()).status_code == 201


def test_a_box_takes_so_much(here: House, ada: Person) -> None:
    visitor = box_of(ada, here.http, max_bytes=3 * MIB)
    assert visitor.leave(sample(2 * MIB)).status_code == 201
    assert refused(visitor.start(sample(MIB))) == (409, "box_full")
    assert visitor.leave(sample(100)).status_code == 201


def test_an_upload_that_ended_gives_its_room_back(here: House, ada: Person) -> None:
    """Removed for idleness, or given up by the box's owner; also where a crash came between completing and counting."""
    visitor = box_of(ada, here.http, max_files=2, expires_hours=240)
    idle, whole = sample(), sample()
    visitor.start(idle)
    visitor.leave(whole)
    settled = here.wiring.boxes.taken(visitor.box_id)
    here.wiring.boxes.remove_box(box := here.wiring.boxes.box(visitor.box_id))  # type: ignore[arg-type]
    here.wiring.boxes.add_box(box)  # type: ignore[arg-type]
    for file in (idle, whole):
        here.wiring.boxes.take(visitor.box_id, file.file_id, 5)
    assert settled.files == 2
    here.clock.time += 25 * 3_600
    here.services.housekeeping.sweep()
    here.services.housekeeping.sweep()
    assert here.wiring.boxes.arriving(visitor.box_id) == []
    assert here.wiring.boxes.taken(visitor.box_id).files == 1


def test_room_is_taken_for_the_size_that_comes(here: House, ada: Person) -> None:
    """Where an upload is gone and its room is not given back yet, the same id gets no more room than any other."""
    visitor = box_of(ada, here.http, max_files=1, max_bytes=5_000)
    small = sample(100)
    large = replace(sample(500_000), file_id=small.file_id)
    here.wiring.boxes.take(visitor.box_id, small.file_id, small.geometry.body_size)
    assert refused(visitor.start(large)) == (409, "box_full")
    assert here.wiring.boxes.taken(visitor.box_id).files == 0
    assert visitor.start(small).status_code == 201
    assert refused(visitor.start(large)) == (409, "conflict")
    assert visitor.start(small).status_code == 200
    assert visitor.leave(small).status_code == 201
    assert here.wiring.boxes.taken(visitor.box_id) == Usage(1, small.geometry.body_size)


def test_a_file_that_was_deleted_does_not_come_again(here: House, ada: Person) -> None:
    """Its id has its room already: whatever came under it now would take none."""
    visitor = box_of(ada, here.http, max_files=2)
    file = sample()
    assert visitor.leave(file).status_code == 201
    assert ada.ask("DELETE", f"/files/{file.file_id}").status_code == 200
    assert refused(visitor.start(file)) == (409, "conflict")
    assert visitor.leave(sample()).status_code == 201
    assert refused(visitor.start(sample())) == (409, "box_full")


def test_an_upload_and_its_room_go_together(here: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody begins anew in between: their room would be given back."""
    visitor = box_of(ada, here.http, max_files=1)
    file = sample()
    visitor.start(file)
    remove, locked = Uploads.abandon, []

    def others_wait() -> bool:
        try:
            with here.wiring.ephemeral.lock(box_lock(visitor.box_id), 0):
                return False
        except Busy:
            return True

    def watched(*details: Any) -> None:
        remove(*details)
        with ThreadPoolExecutor(1) as pool:
            locked.append(pool.submit(others_wait).result())

    monkeypatch.setattr(Uploads, "abandon", watched)
    assert visitor.ask("DELETE", f"/uploads/{file.file_id}").status_code == 200
    assert locked == [True]
    assert here.wiring.boxes.taken(visitor.box_id).files == 0


def test_what_comes_while_the_sweep_looks_has_come(here: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload that becomes a file between its two looks is not taken for one that never came."""
    visitor = box_of(ada, here.http, max_files=1)
    file = sample()
    visitor.start(file)
    for number, part in enumerate(file.parts):
        visitor.ask("PUT", f"/uploads/{file.file_id}/parts/{number}", data=part)
    owner = Caller(ada.user_id, ada.email, None, frozenset(), LINK_HOLDER, visitor.box_id)
    completions = [Completion(file.manifest().raw, [GRANT], (), 5)]

    def look(ask: Callable[[UUID], object], file_id: UUID) -> object:
        seen = ask(file_id)
        if completions:
            here.services.uploads.complete(owner, file_id, completions.pop())
        return seen

    for each in ("file", "upload"):
        monkeypatch.setattr(here.wiring.records, each, partial(look, getattr(here.wiring.records, each)))
    here.services.boxes.sweep(0)
    assert completions == []
    assert here.wiring.boxes.taken(visitor.box_id) == Usage(1, file.geometry.body_size)


def test_uploads_of_one_box_are_no_others(here: House, ada: Person) -> None:
    """Who has the key of another box of hers reaches neither what is being left here, nor what she sends herself."""
    one, other = box_of(ada, here.http), box_of(ada, here.http)
    left, sent = sample(), sample()
    one.start(left)
    ada.ask("POST", "/uploads", json=sent.start())
    for file in (left, sent):
        assert refused(other.ask("GET", f"/uploads/{file.file_id}")) == (404, "not_found")
        assert refused(other.ask("DELETE", f"/uploads/{file.file_id}")) == (404, "not_found")
        answer = other.ask("PUT", f"/uploads/{file.file_id}/parts/0", data=file.parts[0])
        assert refused(answer) == (404, "not_found")
        assert refused(other.complete(file)) == (404, "not_found")
    assert one.leave(left).status_code == 201
    assert refused(other.complete(left)) == (404, "not_found")
    assert one.complete(left).get_json() == {"file_id": str(left.file_id)}


def test_other_people_reach_no_box(here: House, ada: Person, bob: Person) -> None:
    visitor = box_of(ada, here.http)
    assert refused(bob.ask("PATCH", f"/boxes/{visitor.box_id}", json={"note": "x"})) == (404, "not_found")
    assert refused(bob.ask("DELETE", f"/boxes/{visitor.box_id}")) == (404, "not_found")
    publish(bob, card(bob.email))
    assert refused(bob.ask("POST", "/boxes", json=visitor.terms())) == (409, "conflict")
    assert bob.ask("GET", "/boxes").get_json()["boxes"] == []
    assert ada.ask("POST", "/boxes", json=visitor.terms()).status_code == 200


def test_without_a_card_nothing_could_be_sealed(here: House, bob: Person) -> None:
    assert refused(bob.ask("POST", "/boxes", json=Visitor(here.http).terms())) == (409, "conflict")


def test_the_owners_quota_holds_for_what_is_left(house_with_quota: House) -> None:
    """What is refused takes no room in the box, and tells nobody how much she has stored elsewhere."""
    ada = house_with_quota.person("ada@example.org")
    visitor = box_of(ada, house_with_quota.http)
    answer = visitor.start(sample(2 * MIB))
    assert refused(answer) == (409, "box_full")
    assert not {"bytes_left", "files_left"} & set(answer.get_json())
    assert house_with_quota.wiring.boxes.taken(visitor.box_id).files == 0
    assert visitor.leave(sample(100)).status_code == 201


@pytest.fixture
def house_with_quota(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("quota"), quota_bytes=MIB)


@pytest.mark.parametrize(
    ("grants", "manifest", "field"),
    [
        ([], {}, "grants"),
        ([GRANT, {**GRANT, "recipient": b64u(bytes([1]) * 32)}], {}, "grants"),
        ([{**GRANT, "signature": b64u(bytes(64))}], {}, "grants"),
        ([{**GRANT, "by": b64u(bytes(32))}], {}, "grants"),
        ([{**GRANT, "type": "link", "wrapped_key": b64u(bytes(40))}], {}, "grants"),
        ([GRANT], {"sender": bytes(32)}, "manifest"),
        ([GRANT], {"metadata": bytes(48 << 10)}, "manifest"),
    ],
)
def test_what_is_left_is_plain(
    here: House, ada: Person, grants: list[object], manifest: dict[str, object], field: str
) -> None:
    """One grant, signed by nobody, and no more words than fit: the rest would fill her disk and break her inbox."""
    visitor = box_of(ada, here.http)
    file = sample()
    visitor.start(file)
    visitor.ask("PUT", f"/uploads/{file.file_id}/parts/0", data=file.parts[0])
    answer = visitor.complete(file, grants=grants, manifest=b64u(file.manifest(**manifest).raw))
    assert refused(answer) == (422, "invalid")
    assert answer.get_json()["errors"][0]["field"] == field
    assert listed(ada, "received") == []
    assert visitor.complete(file).status_code == 201


def test_its_owner_is_told_how_many_arrived(here: House, ada: Person) -> None:
    """Once, when the visitor says that all have come; without that, ten minutes after the last one."""
    visitor, silent = box_of(ada, here.http, notify=True), box_of(ada, here.http)
    for _ in range(3):
        visitor.leave(sample())
        silent.leave(sample())
    assert here.mail.notices == []
    assert visitor.ask("POST", "/done").status_code == silent.ask("POST", "/done").status_code == 200
    assert here.mail.notices == [(ada.email, Notice.FILES_LEFT)] * 3
    visitor.ask("POST", "/done")
    visitor.leave(sample())
    here.services.drops.tell_late()
    assert len(here.mail.notices) == 3
    here.clock.time += 601
    here.services.drops.tell_late()
    here.services.drops.tell_late()
    assert len(here.mail.notices) == 4


def test_who_could_not_be_told_is_told_later(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Too many mails in an hour lose none of the files that they are about."""
    here = house(tmp_path_factory.mktemp("told"), rate_limits=True, rate_limit_notice="1 per hour")
    visitor = box_of(here.person("ada@example.org"), here.http, notify=True)
    for _ in range(3):
        visitor.leave(sample())
        visitor.ask("POST", "/done")
    assert len(here.mail.notices) == 1
    here.clock.time += 3_601
    here.services.drops.tell_late()
    here.services.drops.tell_late()
    assert len(here.mail.notices) == 3


def test_one_box_or_upload_that_is_damaged_or_in_work_stops_no_sweep(here: House, ada: Person) -> None:
    """What never came into the others gives its room back all the same."""
    broken, busy, good = (box_of(ada, here.http) for _ in range(3))
    lost = sample()
    broken.start(lost)
    for visitor in (broken, busy, good):
        here.wiring.boxes.take(visitor.box_id, uuid4(), 5)
    (record,) = (path for path in here.kept(b"part_size") if str(lost.file_id) in str(path))
    record.write_bytes(b"{")
    arriving = here.wiring.boxes.arriving
    with here.wiring.ephemeral.lock(box_lock(busy.box_id), 0), ThreadPoolExecutor(1) as pool:
        pool.submit(here.services.housekeeping.sweep).result()
    assert [len(arriving(each.box_id)) for each in (broken, busy, good)] == [1, 1, 0]
    here.services.housekeeping.sweep()
    assert [len(arriving(each.box_id)) for each in (broken, busy, good)] == [1, 0, 0]


def test_nothing_is_left_of_one_who_leaves(here: House, ada: Person) -> None:
    """Her boxes, and what was left in them, go with the account."""
    visitor = box_of(ada, here.http)
    file = sample()
    visitor.leave(file)
    visitor.start(sample())
    ada.ask("POST", "/account/deletion_code")
    code = here.mail.deletion_codes[ada.email][-1]
    assert ada.ask("DELETE", "/account", json={"otp": code}).status_code == 200
    assert list(here.wiring.boxes.box_ids()) == []
    assert list(here.wiring.records.file_ids()) == list(here.wiring.records.upload_ids()) == []
    assert refused(visitor.ask("GET", "/open")) == (404, "not_found")
