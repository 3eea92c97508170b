"""Devices that wait for keys: a relay that belongs to one account, keeps to an order, and forgets."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.api import limits
from shared.sealed.encoding import b64u
from tests.server.house import House, Person, code_of, house

ONE, TWO, THREE, FOUR = (b64u(bytes([number]) * 40) for number in range(1, 5))
WAITS = "5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"


def begin(person: Person, pairing_id: str = WAITS, message: object = ONE) -> str:
    """What waiting is answered: 200, or a code."""
    answer = person.ask("POST", "/pairings", json={"pairing_id": pairing_id, "message": message})
    return "200" if answer.status_code == 200 else code_of(answer)


def say(person: Person, number: int, message: object, pairing_id: str = WAITS) -> str:
    answer = person.ask("PUT", f"/pairings/{pairing_id}/messages/{number}", json={"message": message})
    return "200" if answer.status_code == 200 else code_of(answer)


def messages(person: Person, pairing_id: str = WAITS) -> list[str]:
    answer = person.ask("GET", f"/pairings/{pairing_id}")
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["messages"])


def waiting(person: Person) -> list[str]:
    return [each["pairing_id"] for each in person.ask("GET", "/pairings").get_json()["pairings"]]


def test_two_devices_talk_in_turns(here: House) -> None:
    """Byte for byte; each sees which of them waits; once it has its keys, nothing is left."""
    new, old = here.person("ada@example.org"), here.person("ada@example.org")
    assert begin(new) == "200"
    item = old.ask("GET", "/pairings").get_json()["pairings"][0]
    assert item == {
        "pairing_id": WAITS,
        "device": "",
        "current": False,
        "created_at": int(here.clock.time),
        "expires_at": int(here.clock.time) + limits.PAIRING_SECONDS,
        "messages": [ONE],
    }
    assert new.ask("GET", f"/pairings/{WAITS}").get_json()["current"] is True
    assert [say(old, 1, TWO), say(new, 2, THREE), say(old, 3, FOUR)] == ["200"] * 3
    assert messages(new) == [ONE, TWO, THREE, FOUR]
    assert new.ask("DELETE", f"/pairings/{WAITS}").status_code == 200
    assert waiting(old) == []
    assert here.kept(FOUR[:30].encode()) == []


def test_what_was_said_stays(here: House, ada: Person) -> None:
    """The same again changes nothing, since its answer may have been lost; anything else is refused."""
    begin(ada)
    assert [begin(ada), begin(ada, message=TWO)] == ["200", "conflict"]
    assert [say(ada, 1, TWO), say(ada, 1, TWO), say(ada, 1, THREE)] == ["200", "200", "conflict"]
    assert say(ada, 0, TWO) == "conflict"
    assert say(ada, 3, FOUR) == "conflict"
    assert [say(ada, 2, THREE), say(ada, 3, FOUR), say(ada, 4, ONE)] == ["200", "200", "conflict"]
    assert messages(ada) == [ONE, TWO, THREE, FOUR]


def test_one_of_two_answers_counts(here: House, ada: Person) -> None:
    """Two old devices that answer at once: one is told that it was too late."""
    begin(ada)
    with ThreadPoolExecutor(4) as pool:
        texts = [b64u(bytes([number]) * 64) for number in range(4)]
        assert sorted(pool.map(lambda text: say(ada, 1, text), texts)) == ["200"] + ["conflict"] * 3


def test_ten_minutes_and_no_longer(here: House, ada: Person) -> None:
    """Also for a talk that has begun; and nothing stays on the disk after the next sweep."""
    begin(ada)
    here.clock.time += limits.PAIRING_SECONDS - 1
    assert say(ada, 1, TWO) == "200"
    here.clock.time += 1
    assert say(ada, 2, THREE) == "not_found"
    assert waiting(ada) == []
    here.wiring.ephemeral.sweep()
    assert here.kept(WAITS.encode()) == []


def test_it_is_nobody_elses_business(here: House, ada: Person, bob: Person) -> None:
    """Whoever guesses an id meets nothing, with the same words as for one that there is not."""
    begin(ada)
    for pairing_id in (WAITS, "0" * 32):
        assert say(bob, 1, TWO, pairing_id) == "not_found"
        assert code_of(bob.ask("GET", f"/pairings/{pairing_id}")) == "not_found"
        assert code_of(bob.ask("DELETE", f"/pairings/{pairing_id}")) == "not_found"
    assert waiting(bob) == []
    assert begin(bob) == "200"
    assert messages(ada) == [ONE]


def test_a_device_waits_once(here: House) -> None:
    """Asking again takes the place of the first time; of several devices there may be three."""
    devices = [here.person("ada@example.org") for _ in range(limits.MAX_PAIRINGS + 1)]
    for number in range(3):
        assert begin(devices[0], f"{number:032x}") == "200"
    assert waiting(devices[0]) == [f"{2:032x}"]
    outcomes = [begin(device, f"{number:032x}") for number, device in enumerate(devices[1:], 10)]
    assert outcomes == ["200"] * (limits.MAX_PAIRINGS - 1) + ["conflict"]
    here.clock.time += limits.PAIRING_SECONDS
    assert begin(devices[-1]) == "200"


@pytest.mark.parametrize("message", ["", "not base64!", 1, None, "A" * (limits.MAX_PAIRING_BYTES * 4 // 3 + 4)])
def test_what_is_no_message_is_refused(here: House, ada: Person, message: object) -> None:
    begin(ada)
    assert begin(ada, "0" * 32, message) == "invalid"
    assert say(ada, 1, message) == "invalid"
    assert messages(ada) == [ONE]


def test_messages_have_a_limit_together(here: House, ada: Person) -> None:
    """And room for more contacts than anybody has."""
    begin(ada)
    large = b64u(bytes(limits.MAX_PAIRING_BYTES - 40))
    assert say(ada, 1, large + "AAAA") == "too_large"
    assert say(ada, 1, large) == "200"
    assert say(ada, 2, TWO) == "too_large"


def test_nobody_asks_all_day(tmp_path: Path) -> None:
    here = house(tmp_path, rate_limits=True, rate_limit_pairing="2 per 10 minutes")
    ada = here.person("ada@example.org")
    assert [begin(ada, f"{number:032x}") for number in range(3)] == ["200", "200", "too_many"]
    here.clock.time += 601
    assert begin(ada) == "200"


def test_it_shows_in_activity(here: House, ada: Person) -> None:
    """That a device asks, and that it was given what it asked for: each once."""
    for _ in range(2):
        begin(ada)
    for number, message in ((1, TWO), (2, THREE), (3, FOUR), (3, FOUR)):
        say(ada, number, message)
    kinds = [item["kind"] for item in ada.ask("GET", "/activity").get_json()["activity"]]
    assert kinds[:2] == ["device_approved", "device_waits"]
    assert kinds.count("device_approved") == kinds.count("device_waits") == 1


def test_it_survives_a_restart_and_leaves_with_the_account(here: House, ada: Person) -> None:
    begin(ada)
    again = house(here.settings.data_dir)
    ada.http = again.http
    assert messages(ada) == [ONE]
    ada.ask("POST", "/account/deletion_code")
    code = again.mail.deletion_codes[ada.email][-1]
    assert ada.ask("DELETE", "/account", json={"otp": code}).status_code == 200
    assert again.kept(WAITS.encode()) == []
