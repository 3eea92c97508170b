"""From "receive these" to the queue: what is asked, and what the answers lead to."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from client.actions.offline import generate_key_pair
from client.gui.presenters.house import House, LateQueue
from client.gui.presenters.queue import Queue
from client.gui.presenters.receiving import Receiving, free_name
from client.gui.presenters.receiving_questions import About, Choice, Wanted
from client.gui.presenters.transfers import Get, GetState
from client.local.contact import Trust
from tests.gui.clock import FakeClock

ID = "550e8400-e29b-41d4-a716-44665544{:04d}"


class FakeTransfers:
    """Remembers what it is given."""

    def __init__(self) -> None:
        self.gets: list[Get] = []
        self.heard: list[Callable[[GetState], None]] = []
        self.retried: list[int] = []
        self.cancelled: list[int] = []

    def add_get(self, wanted: Get) -> int:
        self.gets.append(wanted)
        return len(self.gets)

    def watch_gets(self, heard: Callable[[GetState], None]) -> Callable[[], None]:
        self.heard.append(heard)
        return lambda: None

    def retry_get(self, number: int) -> None:
        self.retried.append(number)

    def cancel_get(self, number: int) -> None:
        self.cancelled.append(number)


@pytest.fixture
def transfers() -> FakeTransfers:
    return FakeTransfers()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def receiving(house: House, transfers: FakeTransfers, folder: Path) -> Receiving:
    house.change_settings(lambda now: replace(now, download_folder=str(folder)))
    return Receiving(replace(house, late_queue=LateQueue(lambda: cast("Queue", transfers))))


def wanted(
    name: str, number: int = 1, *, size: int = 10, trust: Trust = Trust.VERIFIED, is_folder: bool = False
) -> Wanted:
    return Wanted(ID.format(number), name, size, is_folder, "bob@example.org", trust)


def asked(receiving: Receiving, clock: FakeClock) -> About:
    clock.until(lambda: receiving.state.ask is not None)
    ask = receiving.state.ask
    assert ask is not None
    return ask.about


def test_files_without_a_question_go_straight_into_the_queue(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock, folder: Path
) -> None:
    """Into the folder of the settings, under their own names."""
    receiving.receive([wanted("a.txt", 1), wanted("b.txt", 2)])
    clock.until(lambda: len(transfers.gets) == 2)
    assert [(get.folder, get.name, get.save_as, get.replace) for get in transfers.gets] == [
        (folder, "a.txt", "", False),
        (folder, "b.txt", "", False),
    ]
    assert transfers.gets[0].target == folder


def test_the_folder_is_chosen_before_it_starts(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock, tmp_path: Path, house: House
) -> None:
    """A folder of one's own choice stays, whatever the settings become; one that is not there yet will do."""
    receiving.choose_folder("")
    other = tmp_path / "new" / "deep"
    receiving.choose_folder(str(other))
    house.change_settings(lambda now: replace(now, download_folder=str(tmp_path)))
    receiving.receive([wanted("a.txt")])
    clock.until(lambda: transfers.gets)
    assert transfers.gets[0].folder == other


@pytest.mark.parametrize(
    ("choice", "result"),
    [(Choice.KEEP_BOTH, ("a (2).txt", False)), (Choice.REPLACE, ("", True)), (Choice.SKIP, None)],
)
def test_a_file_of_that_name_is_never_touched_unasked(
    receiving: Receiving,
    transfers: FakeTransfers,
    clock: FakeClock,
    folder: Path,
    choice: Choice,
    result: tuple[str, bool] | None,
) -> None:
    """Keep both, replace, or skip; the others of the batch are not held up by a skipped one."""
    (folder / "a.txt").write_text("mine")
    receiving.receive([wanted("a.txt"), wanted("b.txt", 2)])
    assert asked(receiving, clock) is About.CLASH
    assert transfers.gets == []
    receiving.answer(choice)
    assert [(get.save_as, get.replace) for get in transfers.gets if get.name == "a.txt"] == ([result] if result else [])
    assert [get.name for get in transfers.gets][-1] == "b.txt"
    assert (folder / "a.txt").read_text() == "mine"


def test_one_answer_can_do_for_all(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock, folder: Path
) -> None:
    """The question says how many more there are."""
    for number in range(4):
        (folder / f"{number}.txt").touch()
    receiving.receive([wanted(f"{number}.txt", number) for number in range(4)])
    assert asked(receiving, clock) is About.CLASH
    receiving.answer(Choice.SKIP)
    assert receiving.state.ask is not None
    assert receiving.state.ask.more == 2
    receiving.answer(Choice.REPLACE, for_all=True)
    assert not receiving.state.ask
    assert [get.replace for get in transfers.gets] == [True] * 3


def test_two_of_the_same_name_in_one_batch_are_both_kept(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock
) -> None:
    """Neither writes over the other, in whatever case their names are."""
    receiving.receive([wanted("a.txt", 1), wanted("A.txt", 2), wanted("a.txt", 3)])
    clock.until(lambda: len(transfers.gets) == 3)
    targets = [(get.save_as or get.name).casefold() for get in transfers.gets]
    assert len(set(targets)) == 3


def test_a_folder_that_is_there_is_completed_or_replaced(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock, folder: Path
) -> None:
    """Adding what is missing replaces nothing."""
    (folder / "Report").mkdir()
    for choice, replaced in ((Choice.GO_ON, False), (Choice.REPLACE, True)):
        receiving.receive([wanted("Report", is_folder=True)])
        assert asked(receiving, clock) is About.MERGE
        receiving.answer(choice)
        assert transfers.gets[-1].replace is replaced


@pytest.mark.parametrize("trust", [Trust.CHANGED, Trust.UNSIGNED, Trust.OLD_FORMAT])
def test_what_nobody_known_has_signed_is_received_only_after_a_warning(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock, trust: Trust
) -> None:
    """The careful answer leaves it out and receives the rest."""
    receiving.receive([wanted("odd.exe", 1, trust=trust), wanted("fine.txt", 2)])
    assert asked(receiving, clock) is About.ALARM
    assert receiving.state.ask is not None
    assert "odd.exe" in receiving.state.ask.text
    assert "fine.txt" not in receiving.state.ask.text
    receiving.answer(Choice.SKIP)
    clock.until(lambda: transfers.gets)
    assert [get.name for get in transfers.gets] == ["fine.txt"]
    receiving.receive([wanted("odd.exe", 1, trust=trust)])
    assert asked(receiving, clock) is About.ALARM
    receiving.answer(Choice.GO_ON)
    clock.until(lambda: len(transfers.gets) == 2)


@pytest.mark.parametrize("trust", [Trust.VERIFIED, Trust.UNCHECKED, Trust.OWN])
def test_what_is_signed_by_whom_it_should_be_is_not_asked_about(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock, trust: Trust
) -> None:
    """Nobody gets used to warnings that mean nothing."""
    receiving.receive([wanted("a.txt", trust=trust)])
    clock.until(lambda: transfers.gets)


def test_a_name_that_is_none_is_not_written_anywhere(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock, folder: Path
) -> None:
    """It can be saved under one that is; a folder with such a name can only be left out."""
    receiving.receive([wanted("../../evil.txt")])
    assert asked(receiving, clock) is About.UNSAFE
    receiving.answer(Choice.GO_ON)
    assert transfers.gets[0].target == folder / "file-550e8400"
    receiving.receive([wanted("CON", is_folder=True)])
    assert asked(receiving, clock) is About.UNSAFE
    assert receiving.state.ask is not None
    assert [choice for choice, _text in receiving.state.ask.choices] == [Choice.SKIP]
    receiving.answer(Choice.SKIP)
    assert len(transfers.gets) == 1


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock
) -> None:
    """One may try all the same."""
    for choice, count in ((Choice.SKIP, 0), (Choice.GO_ON, 1)):
        receiving.receive([wanted("huge.bin", size=1 << 60)])
        assert asked(receiving, clock) is About.ROOM
        receiving.answer(choice)
        assert len(transfers.gets) == count


def test_closing_a_question_receives_nothing(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock, folder: Path
) -> None:
    """And the next batch begins anew."""
    (folder / "a.txt").touch()
    receiving.receive([wanted("a.txt"), wanted("b.txt", 2)])
    asked(receiving, clock)
    receiving.give_up()
    assert receiving.state.ask is None
    assert transfers.gets == []
    receiving.receive([wanted("b.txt", 2)])
    clock.until(lambda: transfers.gets)


def test_a_key_file_opens_what_is_received_with_it(
    receiving: Receiving, transfers: FakeTransfers, clock: FakeClock, tmp_path: Path, house: House
) -> None:
    """Its passphrase is asked for, a wrong one again; the key is in memory only, until it is locked."""
    pair = generate_key_pair(tmp_path, 2048, "open sesame", force=False)
    receiving.use_key_file("")
    receiving.use_key_file(str(pair.private_key))
    clock.until(lambda: receiving.state.key_asks == "private_key.pem")
    receiving.try_key_passphrase("wrong")
    clock.until(lambda: receiving.state.key_error)
    receiving.try_key_passphrase("open sesame")
    clock.until(lambda: receiving.state.key_file == str(pair.private_key))
    receiving.receive([wanted("a.txt")])
    clock.until(lambda: transfers.gets)
    get = transfers.gets[0]
    assert get.keys is not None
    assert get.key_file == str(pair.private_key)
    assert "keys=" not in repr(get)
    receiving.forget_key()
    assert (receiving.keys, receiving.state.key_file) == (None, "")


def test_a_public_key_is_refused_with_the_reason(
    receiving: Receiving, clock: FakeClock, tmp_path: Path, house: House
) -> None:
    """Nothing is asked for what can't work."""
    pair = generate_key_pair(tmp_path, 2048, None, force=False)
    receiving.use_key_file(str(pair.public_key))
    clock.until(lambda: house.notices.state.notices)
    assert "public key" in house.notices.state.notices[0].text
    assert receiving.state.key_file == ""


def test_free_names_keep_their_endings(tmp_path: Path) -> None:
    """Also of files that begin with a dot, or have no ending."""
    for name, free in (("a.tar.gz", "a.tar (2).gz"), (".env", ".env (2)"), ("README", "README (2)")):
        assert free_name(tmp_path, name) == name
        (tmp_path / name).touch()
        assert free_name(tmp_path, name) == free
    assert free_name(tmp_path, "README", {"readme (2)"}) == "README (3)"


def test_a_key_file_is_asked_for_although_a_file_names_another_passphrase(
    receiving: Receiving, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SEALCASE_PASSPHRASE_FILE is for one's own keys; what somebody types counts."""
    pair = generate_key_pair(tmp_path, 2048, "open sesame", force=False)
    secret = tmp_path / "secret"
    secret.write_text("of my own keys\n")
    monkeypatch.setenv("SEALCASE_PASSPHRASE_FILE", str(secret))
    receiving.use_key_file(str(pair.private_key))
    clock.until(lambda: receiving.state.key_asks == "private_key.pem")
    assert receiving.state.key_error == ""
    receiving.try_key_passphrase("wrong")
    clock.until(lambda: receiving.state.key_error)
    receiving.try_key_passphrase("open sesame")
    clock.until(lambda: receiving.state.key_file == str(pair.private_key))
