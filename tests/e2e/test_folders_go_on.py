"""Folders whose sending or receiving is disturbed in the middle, from within this process."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client.actions.events import Counted, Event, Resumed, Waiting
from client.actions.folder_journal import FolderJournal
from client.actions.folder_outcomes import ReceivedFolder
from client.actions.library import remove_file
from client.actions.person import Person
from client.actions.receive_any import receive
from client.actions.send_folder import send_folder
from client.actions.upload_journal import NotedPart, UploadJournal
from client.api.api import Api
from client.api.byte_stream import Content
from client.api.connections import Sized
from client.api.failures import TryAgain
from client.api.retries import Alarm
from client.api.wire import FileDetail, Part
from client.errors import NetworkError, what_stays
from client.local.paths import Paths
from client.local.secrets import nobody_to_ask
from tests.e2e import conftest
from tests.e2e.conftest import NewPerson

ONE_PART = 600_000
"""More than goes in one request, less than can be continued."""


class Crash(Exception):
    """Something unforeseen."""


def _person(account: conftest.Person, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setenv("SEALCASE_PASSPHRASE_FILE", account.cli.settings["SEALCASE_PASSPHRASE_FILE"])
    return Person.signed_in(Paths(account.cli.data), nobody_to_ask)


def _folder(account: conftest.Person, sizes: dict[str, int]) -> Path:
    root = account.cli.folder / "box"
    root.mkdir()
    for name, size in sizes.items():
        (root / name).write_bytes(os.urandom(size))
    return root


def _is_same(root: Path, received: Path) -> bool:
    names = sorted(path.name for path in root.iterdir())
    return names == sorted(path.name for path in received.iterdir()) and all(
        (root / name).read_bytes() == (received / name).read_bytes() for name in names
    )


def test_records_of_large_files_are_waited_for_like_content(
    ada: conftest.Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is away in between, for longer than one question is worth, costs nothing."""
    person = _person(ada, monkeypatch)
    root = _folder(ada, {"a": ONE_PART, "b": ONE_PART})
    sent = send_folder(person, root, [], [], expires_hours=24)
    ask = Api.file
    asked: list[str] = []

    def away_once(api: Api, file_id: str, *, with_content: bool = False) -> FileDetail:
        asked.append(file_id)
        if len(asked) == 2:  # after the folder's own records
            raise TryAgain("away", after=59.0)
        return ask(api, file_id, with_content=with_content)

    monkeypatch.setattr(Api, "file", away_once)
    monkeypatch.setattr(Alarm, "pause", lambda _alarm, _seconds: None)
    received = receive(person, sent.file_id, ada.cli.folder / "in")
    assert isinstance(received, ReceivedFolder)
    assert not received.failed
    assert _is_same(root, received.target)


def test_a_list_that_is_waited_for_is_told(ada: conftest.Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before anything is known of what is in it; and nobody takes its bytes for those of the folder."""
    person = _person(ada, monkeypatch)
    sent = send_folder(person, _folder(ada, {"a": 10}), [], [], expires_hours=24)
    content = Api.content
    asked: list[str] = []

    def away_once(api: Api, *details: Any, direct: bool = False) -> Content:
        asked.append("content")
        if len(asked) == 1:
            raise TryAgain("away")
        return content(api, *details, direct=direct)

    monkeypatch.setattr(Api, "content", away_once)
    monkeypatch.setattr(Alarm, "pause", lambda _alarm, _seconds: None)
    events: list[Event] = []
    receive(person, sent.file_id, ada.cli.folder / "in", tell=events.append)
    assert [type(event) for event in events[:2]] == [Waiting, Counted]


@pytest.mark.parametrize("lost_at", [2, 3], ids=["file", "list"])
@pytest.mark.parametrize("size", [10_000, ONE_PART, (8 << 20) + 1], ids=["small", "one part", "parts"])
def test_what_arrived_with_its_answer_lost_is_there_once(
    new_person: NewPerson, monkeypatch: pytest.MonkeyPatch, size: int, lost_at: int
) -> None:
    """Just before all stopped: a file is found under the id that it went under, a list that nobody heard of goes."""
    account = new_person("ada")
    person = _person(account, monkeypatch)
    root = _folder(account, {"a": 1_000, "b": size})
    complete, send_whole = Api.complete_upload, Api.send_whole
    lost: list[str] = []

    def losing(call: Callable[..., object]) -> Callable[..., object]:
        def called(api: Api, *details: object) -> object:
            answer = call(api, *details)
            if len(_files(person)) == lost_at and not lost:
                lost.append("the answer")
                raise Crash
            return answer

        return called

    monkeypatch.setattr(Api, "complete_upload", losing(complete))
    monkeypatch.setattr(Api, "send_whole", losing(send_whole))
    with pytest.raises(Crash):
        send_folder(person, root, [], [], expires_hours=24)
    monkeypatch.setattr(Api, "complete_upload", complete)
    monkeypatch.setattr(Api, "send_whole", send_whole)
    sent = send_folder(person, root, [], [], expires_hours=24, resume=lambda _unfinished: True)
    assert len(_files(person)) == 3
    received = receive(person, sent.file_id, account.cli.folder / "in")
    assert isinstance(received, ReceivedFolder)
    assert _is_same(root, received.target)


def test_what_a_later_folder_names_is_not_deleted_with_an_earlier_one(
    new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder was sent but for one file, then all of it: whoever deletes the first list keeps the second whole."""
    person = _person(account := new_person("ada"), monkeypatch)
    root = _folder(account, {"a": 1_000, "b": ONE_PART})

    def lose_b(event: Event) -> None:
        if isinstance(event, Counted):
            (root / "b").rename(account.cli.folder / "b")

    incomplete = send_folder(person, root, [], [], expires_hours=24, tell=lose_b)
    assert (incomplete.files, len(incomplete.failed)) == (1, 1)
    (account.cli.folder / "b").rename(root / "b")
    complete = send_folder(person, root, [], [], expires_hours=24, resume=lambda _unfinished: True)
    assert complete.files == 2
    assert remove_file(person, incomplete.file_id) == []
    received = receive(person, complete.file_id, account.cli.folder / "in")
    assert isinstance(received, ReceivedFolder)
    assert _is_same(root, received.target)
    assert len(remove_file(person, complete.file_id)) == 2
    assert _files(person) == []


@pytest.mark.parametrize("size", [10_000, ONE_PART, (8 << 20) + 1], ids=["small", "one part", "parts"])
@pytest.mark.parametrize("by", ["link", "pipe"])
def test_what_takes_the_place_of_a_file_is_not_sent(
    ada: conftest.Person, monkeypatch: pytest.MonkeyPatch, size: int, by: str
) -> None:
    """Neither a link to a file elsewhere, however large the file was, nor a pipe, which nobody would ever write to."""
    person = _person(ada, monkeypatch)
    root = _folder(ada, {"a": 10, "b": size})
    elsewhere = ada.cli.folder / "secret"
    elsewhere.write_bytes(os.urandom(size))

    def swap(event: Event) -> None:
        if isinstance(event, Counted):
            (root / "b").unlink()
            if by == "link":
                (root / "b").symlink_to(elsewhere)
            else:
                os.mkfifo(root / "b")

    sent = send_folder(person, root, [], [], expires_hours=24, tell=swap)
    assert sent.files == 1
    assert [each.path for each in sent.failed] == ["b"]
    assert ("symbolic link" if by == "link" else "no plain file") in sent.failed[0].reason


def _files(person: Person) -> list[str]:
    return [item.file_id for item in person.api.files("owned")]


@pytest.mark.parametrize("stopped_by", ["Ctrl-C", "kill -9"])
def test_the_first_file_is_continued_as_well(
    ada: conftest.Person, monkeypatch: pytest.MonkeyPatch, stopped_by: str
) -> None:
    """A folder of one large file, of which no whole file has arrived: its parts do not travel again."""
    person = _person(ada, monkeypatch)
    root = _folder(ada, {"film": 4 * (8 << 20)})
    note_part = UploadJournal.note_part
    noted: list[int] = []
    one_at_a_time = threading.Lock()

    def stop_after_two(journal: UploadJournal, index: int, part: NotedPart) -> None:
        with one_at_a_time:
            if len(noted) >= 2:
                raise KeyboardInterrupt
            note_part(journal, index, part)
            noted.append(index)

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt) as stopped:
        broken.setattr(UploadJournal, "note_part", stop_after_two)
        if stopped_by == "kill -9":
            broken.setattr(FolderJournal, "remove", FolderJournal.close)
        send_folder(person, root, [], [], expires_hours=24)
    assert "send the folder again with --resume" in what_stays(stopped.value)
    stopped.value.__traceback__ = None
    put_part = Api.put_part
    travelled: set[tuple[str, int]] = set()

    def watched(api: Api, file_id: str, number: int, body: Callable[[], Sized]) -> Part:
        travelled.add((file_id, number))
        return put_part(api, file_id, number, body)

    monkeypatch.setattr(Api, "put_part", watched)
    events: list[Event] = []
    sent = send_folder(person, root, [], [], expires_hours=24, resume=lambda _unfinished: True, tell=events.append)
    assert sent.files == 1
    numbers = {number for file_id, number in travelled if file_id != sent.file_id}  # which is the list's
    assert numbers
    assert not numbers & set(noted)
    assert [event.done for event in events if isinstance(event, Resumed)] == [2 * (8 << 20)]


def test_ctrl_c_at_the_question_whether_to_continue(new_person: NewPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers nothing: what has arrived is kept, that is said, and the notes can be taken up at once."""
    person = _person(account := new_person("ada"), monkeypatch)
    root = _folder(account, {"a": 1_000, "b": ONE_PART})
    with monkeypatch.context() as broken, pytest.raises(Crash):
        broken.setattr(Api, "put_part", _raising(Crash()))
        send_folder(person, root, [], [], expires_hours=24)
    with pytest.raises(KeyboardInterrupt) as stopped:
        send_folder(person, root, [], [], expires_hours=24, resume=_raising(KeyboardInterrupt()))
    assert "1 of 2 files have arrived and are kept" in what_stays(stopped.value)
    stopped.value.__traceback__ = None  # which keeps everything alive
    sent = send_folder(person, root, [], [], expires_hours=24, resume=lambda _unfinished: True)
    assert (sent.files, len(_files(person))) == (2, 3)


def test_killed_while_an_earlier_try_is_removed(new_person: NewPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was given up is never continued: some of it is gone. The next try removes the rest of it."""
    person = _person(account := new_person("ada"), monkeypatch)
    root = _folder(account, {"a": 1_000, "b": 1_000, "c": ONE_PART})
    delete_file = Api.delete_file
    deleted: list[str] = []

    one_at_a_time = threading.Lock()

    def delete_one(api: Api, file_id: str) -> None:
        with one_at_a_time:
            if deleted:
                raise Crash
            delete_file(api, file_id)
            deleted.append(file_id)

    with monkeypatch.context() as broken:
        broken.setattr(Api, "put_part", _raising(Crash()))
        with pytest.raises(Crash):
            send_folder(person, root, [], [], expires_hours=24)
        broken.setattr(Api, "delete_file", delete_one)
        with pytest.raises(Crash):
            send_folder(person, root, [], [], expires_hours=24)
    assert len(_files(person)) == 1
    sent = send_folder(person, root, [], [], expires_hours=24, resume=lambda _unfinished: True)
    assert len(_files(person)) == 4
    received = receive(person, sent.file_id, account.cli.folder / "in")
    assert isinstance(received, ReceivedFolder)
    assert _is_same(root, received.target)


def test_nothing_unfinished_stays_at_the_server(new_person: NewPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was under way when the command was killed, and can't be continued, is removed by the next try."""
    account = new_person("ada")
    person = _person(account, monkeypatch)
    root = _folder(account, {"a": 1_000, "b": ONE_PART})
    with monkeypatch.context() as broken:
        broken.setattr(Api, "put_part", _raising(Crash()))
        broken.setattr(Api, "cancel_upload", _raising(NetworkError("killed before that")))
        with pytest.raises(Crash):
            send_folder(person, root, [], [], expires_hours=24)
    cancelled: list[str] = []
    cancel_upload = Api.cancel_upload

    def watched(api: Api, file_id: str) -> None:
        cancel_upload(api, file_id)
        cancelled.append(file_id)

    monkeypatch.setattr(Api, "cancel_upload", watched)
    send_folder(person, root, [], [], expires_hours=24, resume=lambda _unfinished: True)
    assert len(cancelled) == 1
    assert len(_files(person)) == 3


def _raising(error: BaseException) -> Callable[..., Any]:
    def call(*_details: object) -> None:
        raise error

    return call
