"""Uploads that were interrupted: what is noted of them, when they are continued, and when all begins anew."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from client.actions.events import Began, Done, Encrypting, Event, Failed, Restarted, Resumed, Sending, Verified
from client.actions.offline import load_recipient
from client.actions.person import Person
from client.actions.receive import receive_file
from client.actions.send import Sent, Unfinished, send_file
from client.actions.upload_journal import UploadJournal, journal_path
from client.api.api import Api
from client.api.connections import Sized
from client.api.failures import DigestMismatch, StorageFull
from client.api.wire import FileDetail, Part, Upload, UploadComplete, UploadStart
from client.errors import FileProblem, can_continue, words_of
from client.local.paths import Paths
from client.local.secrets import nobody_to_ask
from shared.crypto.content import SealOptions
from shared.crypto.errors import SourceChanged, WrongPassphrase
from shared.crypto.file_key import FileKey
from shared.sealed.encoding import b64u
from tests.e2e import conftest
from tests.e2e.conftest import KeyFiles

SIZE = 38_000_000
"""Five parts."""
PARTS = 5
AS_IT_IS = SealOptions(compress=False)


class Crash(Exception):
    """Something unforeseen."""


class Sender:
    """Somebody who sends one file from within this process, again and again."""

    def __init__(self, account: conftest.Person, monkeypatch: pytest.MonkeyPatch) -> None:
        self.account = account
        self.path = account.cli.folder / "backup.bin"
        self.path.write_bytes(os.urandom(SIZE))
        self.events: list[Event] = []
        self.travelled: list[int] = []
        """Numbers of parts that were sent."""
        monkeypatch.setenv("SEALCASE_PASSPHRASE_FILE", account.cli.settings["SEALCASE_PASSPHRASE_FILE"])
        put_part = Api.put_part

        def watched(api: Api, file_id: str, number: int, body: Callable[[], Sized]) -> Part:
            self.travelled.append(number)
            return put_part(api, file_id, number, body)

        monkeypatch.setattr(Api, "put_part", watched)

    @property
    def person(self) -> Person:
        return Person.signed_in(Paths(self.account.cli.data), nobody_to_ask)

    @property
    def journals(self) -> list[Path]:
        folder = Paths(self.account.cli.data).uploads
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def send(
        self,
        *,
        resume: Callable[[Unfinished], bool] = lambda _unfinished: True,
        options: SealOptions = AS_IT_IS,
        expires_hours: int = 24,
        to: tuple[Path, ...] = (),
    ) -> Sent:
        self.events.clear()
        self.travelled.clear()
        keys = [load_recipient(path) for path in to]
        return send_file(
            self.person,
            self.path,
            [],
            keys,
            expires_hours=expires_hours,
            options=options,
            tell=self.events.append,
            resume=resume,
        )

    def interrupted(self, crash_after: Callable[[int], None], options: SealOptions = AS_IT_IS) -> None:
        """Two parts are noted, then something breaks."""
        crash_after(2)
        with pytest.raises(Crash) as error:
            self.send(options=options)
        crash_after(0)
        assert can_continue(error.value)

    def arrived(self, sent: Sent) -> bool:
        target = self.path.with_name("arrived")
        receive_file(self.person, sent.file_id, target, force=True)
        return target.read_bytes() == self.path.read_bytes()

    @property
    def files(self) -> int:
        """How many there are at the server."""
        return len(list(self.person.api.files("owned")))

    def kinds(self) -> list[type[Event]]:
        """The events' kinds, those that count left out."""
        return [type(event) for event in self.events if type(event) in (Began, Resumed, Restarted, Verified, Done)]


@pytest.fixture
def sender(ada: conftest.Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    sender = Sender(ada, monkeypatch)
    yield sender
    shutil.rmtree(Paths(ada.cli.data).uploads, ignore_errors=True)


@pytest.fixture
def crash_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`crash_after(n)`: something breaks as soon as n parts are noted; 0: nothing does."""
    note_part = UploadJournal.note_part
    left = [0]
    lock = threading.Lock()

    def note(journal: UploadJournal, *details: object) -> None:
        with lock:
            if left[0] < 0:
                raise Crash
            note_part(journal, *details)  # type: ignore[arg-type]
            left[0] -= 1
            if left[0] == 0:
                left[0] = -1
                raise Crash

    monkeypatch.setattr(UploadJournal, "note_part", note)

    def set_to(parts: int) -> None:
        left[0] = parts or 1_000_000

    set_to(0)
    return set_to


def test_only_what_is_missing_travels(sender: Sender, crash_after: Callable[[int], None]) -> None:
    """Two parts of five are there: three are sent; the journal is gone afterwards, the file whole."""
    sender.interrupted(crash_after)
    failed = sender.events[-1]
    assert isinstance(failed, Failed)
    assert failed.resumable
    assert "44% of it has arrived" in failed.reason
    assert len(sender.journals) == 1
    sent = sender.send()
    assert len(sender.travelled) == PARTS - 2
    assert sender.kinds() == [Began, Resumed, Verified, Done]
    resumed = next(event for event in sender.events if isinstance(event, Resumed))
    assert resumed.done == 2 << 23
    counted = [event.done for event in sender.events if isinstance(event, Sending)]
    assert counted == sorted(counted)
    sealed = [event.done for event in sender.events if isinstance(event, Encrypting)]
    assert sealed == sorted(sealed)
    assert sealed[-1] == SIZE
    assert counted[0] >= resumed.done
    assert counted[-1] == SIZE
    assert sender.journals == []
    assert sender.arrived(sent)


def test_compressed_content(sender: Sender, crash_after: Callable[[int], None]) -> None:
    """It is compressed again from its beginning, but only what is missing travels."""
    sender.path.write_bytes(os.urandom(24_000_000).hex().encode())
    sender.interrupted(crash_after, SealOptions())
    assert isinstance(sender.events[-1], Failed)
    sent = sender.send(options=SealOptions())
    assert len(sender.travelled) == 2
    assert sender.kinds() == [Began, Resumed, Verified, Done]
    assert next(event.done for event in reversed(sender.events) if isinstance(event, Sending)) == 48_000_000
    assert sender.arrived(sent)


def test_compressed_otherwise(sender: Sender, crash_after: Callable[[int], None]) -> None:
    """Other bytes come out, as another version of the compressor would make them: all is sent anew."""
    sender.path.write_bytes(os.urandom(24_000_000).hex().encode())
    sender.interrupted(crash_after, SealOptions())
    times = sender.path.stat()
    sender.path.write_bytes(os.urandom(24_000_000).hex().encode())
    os.utime(sender.path, ns=(times.st_atime_ns, times.st_mtime_ns))
    sent = sender.send(options=SealOptions())
    assert Restarted in sender.kinds()
    assert sender.arrived(sent)


@pytest.mark.parametrize("change", ["time", "length", "hidden", "options"])
def test_what_differs_begins_afresh(sender: Sender, crash_after: Callable[[int], None], change: str) -> None:
    """Another time, length, content or way of storing: a new file under a new key, and it is told why."""
    sender.interrupted(crash_after)
    (journal,) = sender.journals
    before = journal.read_bytes()
    times = sender.path.stat()
    options, why = AS_IT_IS, "has changed since"
    if change == "time":
        os.utime(sender.path, (1, 1))
    elif change == "length":
        with sender.path.open("ab") as file:
            file.write(b"!")
    elif change == "hidden":
        with sender.path.open("r+b") as file:
            for part in range(PARTS):
                file.seek(part << 23)
                file.write(b"!")
        os.utime(sender.path, ns=(times.st_atime_ns, times.st_mtime_ns))
    else:
        options, why = SealOptions(compress=False, pad=False), "other options"
    sent = sender.send(options=options)
    assert sender.kinds() == [Began, Restarted, Verified, Done]
    assert why in next(event.reason for event in sender.events if isinstance(event, Restarted))
    assert sorted(sender.travelled) == list(range(PARTS))
    assert sent.file_id.encode() not in before
    assert sender.journals == []
    assert sender.arrived(sent)


def test_not_wanted(sender: Sender, crash_after: Callable[[int], None]) -> None:
    """Who does not want to continue is asked once, and begins anew; the server keeps nothing of the old one."""
    sender.interrupted(crash_after)
    asked: list[Unfinished] = []

    def decline(unfinished: Unfinished) -> bool:
        asked.append(unfinished)
        return False

    before = sender.files
    sent = sender.send(resume=decline)
    ((name, done, size),) = [(each.name, each.done, each.size) for each in asked]
    assert (name, done, size) == ("backup.bin", 2 << 23, SIZE)
    assert abs(asked[0].stopped_at - time.time()) < 600
    assert len(sender.travelled) == PARTS
    assert sender.files == before + 1
    assert sender.journals == []
    assert sender.arrived(sent)


def test_gone_at_the_server(sender: Sender, crash_after: Callable[[int], None]) -> None:
    """After a day without a new part the server forgets an upload: everything travels, and that is all."""
    sender.interrupted(crash_after)
    (journal,) = sender.journals
    taken = UploadJournal.take_up(journal)
    assert taken is not None
    taken[0].close()
    file_id = str(taken[1].file_id)
    sender.person.api.cancel_upload(file_id)
    sent = sender.send()
    assert sent.file_id == file_id
    assert sorted(sender.travelled) == list(range(PARTS))
    assert sender.kinds() == [Began, Verified, Done]
    assert sender.arrived(sent)


@pytest.fixture
def lost_answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Once: the server has finished the file, and its answer is lost in a crash."""
    complete_upload = Api.complete_upload
    armed: list[bool] = []

    def complete(api: Api, file_id: str, complete: UploadComplete) -> FileDetail:
        detail = complete_upload(api, file_id, complete)
        if armed:
            armed.clear()
            raise Crash
        return detail

    monkeypatch.setattr(Api, "complete_upload", complete)
    return lambda: armed.append(True)


def test_the_last_answer_was_lost(sender: Sender, lost_answer: Callable[[], None]) -> None:
    """The same last word again gets the same file; nothing travels twice, nothing is there twice."""
    before = sender.files
    lost_answer()
    with pytest.raises(Crash):
        sender.send()
    sent = sender.send()
    assert sender.travelled == []
    assert sender.kinds() == [Began, Verified, Done]
    assert sender.files == before + 1
    assert sender.journals == []
    assert sender.arrived(sent)


def test_the_last_word_has_changed(sender: Sender, lost_answer: Callable[[], None], bob_keys: KeyFiles) -> None:
    """The file is there for one, and now another shall have it: that is a file of its own."""
    before = sender.files
    lost_answer()
    with pytest.raises(Crash):
        sender.send()
    sent = sender.send(to=(bob_keys.public,))
    assert sender.kinds() == [Began, Restarted, Verified, Done]
    assert sender.files == before + 2
    assert sender.account.cli.ok("get", sent.file_id, "--key", bob_keys.private, "-o", "-").code == 0


def test_other_people_than_at_first(sender: Sender, crash_after: Callable[[int], None], bob_keys: KeyFiles) -> None:
    """Who gets a file and for how long is what the last command says: the parts do not depend on it."""
    sender.interrupted(crash_after)
    sent = sender.send(to=(bob_keys.public,), expires_hours=1)
    assert len(sender.travelled) == PARTS - 2
    assert sent.expires_at < time.time() + 3_700
    got = sender.account.cli.ok("get", sent.file_id, "--key", bob_keys.private, "-o", "-")
    assert got.out == sender.path.read_bytes()


def test_a_server_that_lies(
    sender: Sender, crash_after: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that it claims to have with other hashes are sent again; those that were never sent are not believed in."""
    sender.interrupted(crash_after)
    start_upload = Api.start_upload

    def lie(api: Api, start: UploadStart) -> Upload:
        upload = start_upload(api, start)
        wrong = [replace(part, digest=b64u(bytes(32))) for part in upload.parts]
        have = {part.number for part in upload.parts}
        more = [Part(number=n, size=1, digest=b64u(bytes(32))) for n in range(PARTS + 3) if n not in have]
        return replace(upload, parts=(*wrong, *more))

    monkeypatch.setattr(Api, "start_upload", lie)
    sent = sender.send()
    assert sorted(sender.travelled) == list(range(PARTS))
    assert Resumed not in sender.kinds()
    assert sender.arrived(sent)


def test_a_part_that_arrives_altered(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """That part alone is sent again, and only so often; then the upload stays for another day."""
    put_part = Api.put_part
    left = [1]

    def alter(api: Api, file_id: str, number: int, body: Callable[[], Sized]) -> Part:
        part = put_part(api, file_id, number, body)
        if number == 3 and left[0]:
            left[0] -= 1
            return replace(part, digest=b64u(bytes(32)))
        return part

    monkeypatch.setattr(Api, "put_part", alter)
    sent = sender.send()
    assert sorted(sender.travelled) == [0, 1, 2, 3, 3, 4]
    assert sender.arrived(sent)
    left[0] = 1_000
    with pytest.raises(DigestMismatch, match="altered"):
        sender.send()
    assert len(sender.journals) == 1
    assert sender.travelled.count(3) <= 3
    left[0] = 0
    assert sender.arrived(sender.send())


def test_a_full_disk_at_the_server(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has arrived stays; the rest is sent when there is room."""
    put_part = Api.put_part

    def full(api: Api, file_id: str, number: int, body: Callable[[], Sized]) -> Part:
        if number == 4:
            raise StorageFull("There is no room.")
        return put_part(api, file_id, number, body)

    with monkeypatch.context() as patch:
        patch.setattr(Api, "put_part", full)
        with pytest.raises(StorageFull) as error:
            sender.send()
    assert "--resume" in words_of(error.value)
    sent = sender.send()
    assert 4 in sender.travelled
    assert len(sender.travelled) < PARTS
    assert sender.arrived(sent)


def test_a_file_that_changes_is_not_kept(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Halves of two versions are of no use to anybody."""
    put_part = Api.put_part

    def touch(api: Api, file_id: str, number: int, body: Callable[[], Sized]) -> Part:
        os.utime(sender.path, (1, 1))
        return put_part(api, file_id, number, body)

    monkeypatch.setattr(Api, "put_part", touch)
    with pytest.raises(SourceChanged) as error:
        sender.send()
    assert not can_continue(error.value)
    assert sender.journals == []


def test_a_wrong_passphrase(
    sender: Sender, crash_after: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is sent or noted with it; and what an earlier try has achieved it does not touch."""
    wrong = tmp_path / "wrong"
    wrong.write_text("a guess\n")
    with monkeypatch.context() as patch:
        patch.setenv("SEALCASE_PASSPHRASE_FILE", str(wrong))
        with pytest.raises(WrongPassphrase):
            sender.send()
        assert sender.journals == []
    sender.interrupted(crash_after)
    with monkeypatch.context() as patch:
        patch.setenv("SEALCASE_PASSPHRASE_FILE", str(wrong))
        with pytest.raises(WrongPassphrase) as error:
            sender.send()
        assert can_continue(error.value)
        assert sender.travelled == []
    assert sender.arrived(sender.send())
    assert len(sender.travelled) == PARTS - 2


def test_two_at_once(sender: Sender, crash_after: Callable[[int], None]) -> None:
    """While one command works on a file, another one that sends it leaves the first one's notes alone."""
    sender.interrupted(crash_after)
    (path,) = sender.journals
    held = UploadJournal.take_up(path)
    assert held is not None
    noted = path.read_bytes()
    sent = sender.send()
    assert sender.kinds() == [Began, Restarted, Verified, Done]
    assert len(sender.travelled) == PARTS
    assert path.read_bytes() == noted
    assert sender.arrived(sent)
    held[0].close()
    assert sender.send().file_id == str(held[1].file_id)


def test_nobody_listens(sender: Sender) -> None:
    """A reader of events who has left is no broken line: the error is theirs, at once, and what has arrived stays."""

    def tell(event: Event) -> None:
        if isinstance(event, Sending) and event.done > SIZE // 2:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        send_file(sender.person, sender.path, [], [], expires_hours=24, options=AS_IT_IS, tell=tell)
    assert sender.arrived(sender.send())


def test_nothing_arrived_yet(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was interrupted before the first part is asked nothing."""

    def crash(*_details: object) -> Part:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(UploadJournal, "remove", UploadJournal.close)  # as if it had been killed
        patch.setattr(Api, "put_part", crash)
        with pytest.raises(Crash):
            sender.send()
    assert len(sender.journals) == 1

    def not_asked(_unfinished: Unfinished) -> bool:
        raise AssertionError

    assert sender.arrived(sender.send(resume=not_asked))


@pytest.mark.parametrize("damage", ["cut", "noise", "other", "part"])
def test_a_journal_that_is_damaged(sender: Sender, crash_after: Callable[[int], None], damage: str) -> None:
    """All is sent anew, and it is told why."""
    sender.interrupted(crash_after)
    (journal,) = sender.journals
    content = journal.read_bytes()
    journal.write_bytes(
        {
            "cut": content[:40],
            "noise": os.urandom(len(content)),
            "other": content.replace(b"sealcase-upload/1", b"sealcase-upload/9"),
            "part": content.replace(b'"digest":"', b'"digest":"!'),
        }[damage]
    )
    sent = sender.send()
    assert sender.kinds() == [Began, Restarted, Verified, Done]
    assert sender.journals == []
    assert sender.arrived(sent)


def test_nothing_secret_is_noted(
    sender: Sender, crash_after: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the file key nor a plain hash; and the file is its owner's alone."""
    drawn: list[FileKey] = []
    draw = FileKey.draw

    def watched() -> FileKey:
        drawn.append(draw())
        return drawn[-1]

    monkeypatch.setattr(FileKey, "draw", watched)
    sender.interrupted(crash_after)
    (journal,) = sender.journals
    content = journal.read_bytes()
    (key,) = drawn
    for secret in (key.raw, key.raw.hex().encode(), b64u(key.raw).encode()):
        assert secret not in content
    assert b64u(key.raw)[:-1].encode() not in content
    assert journal.stat().st_mode & 0o777 == 0o600


def test_small_files_and_pipes_leave_no_notes(sender: Sender, crash_after: Callable[[int], None]) -> None:
    """A file of one part either arrives or does not."""
    sender.path.write_bytes(os.urandom(5_000_000))
    crash_after(1)
    sent = sender.send()
    assert sender.travelled == [0]
    assert not Paths(sender.account.cli.data).uploads.exists()
    assert sender.arrived(sent)


def test_old_notes_are_removed(sender: Sender) -> None:
    """After a month nobody comes back; one that is in use stays all the same."""
    folder = Paths(sender.account.cli.data).uploads
    folder.mkdir(parents=True)
    month_ago = time.time() - 31 * 86_400
    for name in ("old", "new"):
        (folder / name).write_text("{}")
    os.utime(folder / "old", (month_ago, month_ago))
    sender.send()
    assert [path.name for path in sender.journals] == ["new"]


def test_a_place_of_its_own(sender: Sender) -> None:
    """Each server, person and path has one, so that nobody's uploads mix."""
    me = sender.person
    paths = {
        journal_path(me.paths, session, source)
        for session in (
            me.session,
            sender.person.session.__class__("https://other.example", "", me.session.user_id, "", "", 0),
            sender.person.session.__class__(me.session.server, "", "0" * 32, "", "", 0),
        )
        for source in (sender.path, sender.path.with_name("other"))
    }
    assert len(paths) == 6
    here = Path(os.path.relpath(sender.path))
    assert journal_path(me.paths, me.session, here).parent == me.paths.uploads


def test_no_room_for_notes_stops_no_upload(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no journal can be written, the file is sent all the same."""

    def refuse(*_details: object) -> UploadJournal:
        raise FileProblem("read-only")

    monkeypatch.setattr(UploadJournal, "begin", refuse)
    assert sender.arrived(sender.send())
