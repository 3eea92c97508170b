"""Sending: content is sealed part by part while it is sent; what has arrived need never be sent again."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from client import errors
from client.actions.events import Began, Done, Failed, Rerouted, Restarted, Resumed, Tell, Verified, Waiting, untold
from client.actions.order import Order
from client.actions.order import Terms as Terms
from client.actions.people import Recipient
from client.actions.person import Person
from client.actions.telling import Moving, Unheard, heard
from client.actions.upload import CannotContinue, UploadBody
from client.actions.upload_journal import Noted, NotedPart, Subject, UploadJournal, forget_old, journal_path
from client.actions.way import Straight
from client.api.failures import Conflict, DigestMismatch, PartsMissing, QuotaExceeded, StorageFull, TooMany
from client.api.retries import Patience, Retries
from client.api.wire import FileDetail, UploadStart
from client.local.inputs import content_of, content_of_stdin
from client.local.outputs import PIPE, no_spool
from shared.crypto.content import Content, SealOptions, Stored, StoredFile, store
from shared.crypto.errors import CryptoError
from shared.crypto.file_key import FileKey
from shared.crypto.keys import RecipientKey
from shared.crypto.part_buffer import NoSpool
from shared.crypto.positional import PositionalFile
from shared.crypto.seal import Sealed, finish
from shared.sealed.encoding import b64u
from shared.sealed.errors import FormatError


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that has arrived at the server, whole and verified."""

    file_id: str
    name: str
    size: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An earlier upload of the same file that was interrupted."""

    name: str
    done: int
    """Bytes of content that have arrived."""
    size: int
    stopped_at: float
    """Unix seconds."""


Choose = Callable[[Unfinished], bool]
"""Whether to continue an upload. If not, it is given up, and a new one begins."""


Begun = Callable[[str], None]
"""Told the id that a file is about to travel under."""


def begin_anew(_unfinished: Unfinished) -> bool:
    """For those who always want a new upload."""
    return False


def nobody_notes(_file_id: str) -> None:
    """For files that nobody has to find again."""


def send_file(
    person: Person,
    source: Path,
    people: Sequence[Recipient],
    keys: Sequence[RecipientKey],
    *,
    expires_hours: int,
    name: str | None = None,
    in_folder: str | None = None,
    options: SealOptions = SealOptions(),  # noqa: B008  (frozen)
    terms: Terms = Terms(),  # noqa: B008  (frozen)
    tell: Tell = untold,
    resume: Choose = begin_anew,
    begun: Begun = nobody_notes,
) -> Sent:
    """Sends a file (or `PIPE`) to `people` with accounts, and seals it for bare `keys` too.

    `in_folder`: its path in the folder that it is sent with, beginning with the folder's name.
    Raises whatever reading, sealing or the network raise, after it told `Failed`: if that says that the upload can be
    continued, what has arrived is kept for a day; otherwise nothing is left on the server that anybody could see.
    Raising in `tell` stops it, too.
    """
    try:
        order = Order.of(person, people, keys, expires_hours, terms)
        sending = _Sending(person, source, order, options, tell, begun)
        with _of_this_machine():
            if source == PIPE:
                sent = sending.run(content_of_stdin(name or "stdin", note=terms.note), resume)
            else:
                with content_of(source, name=name, in_folder=in_folder, note=terms.note) as content:
                    sent = sending.run(content, resume)
    except Unheard as error:
        raise error.__cause__ or error from None
    except BaseException as error:
        tell(Failed(str(source), errors.words_of(error) or "stopped", resumable=errors.can_continue(error)))
        raise
    tell(Done(str(source), sent.file_id, sent.name, sent.size))
    return sent


@contextmanager
def _of_this_machine() -> Iterator[None]:
    """Around reading: what this machine can't do is a `FileProblem`, with what stays."""
    try:
        yield
    except OSError as error:
        if isinstance(error, NoSpool):
            problem = no_spool(error)
        else:
            problem = errors.FileProblem(f"can't read what is being sent: {error.strerror or error}")
        if kept := errors.what_stays(error):
            errors.stays(problem, kept)
        raise problem from None


class _Sending:
    """One file on its way."""

    def __init__(
        self, person: Person, source: Path, order: Order, options: SealOptions, tell: Tell, begun: Begun
    ) -> None:
        self._person = person
        self._source = source
        self._transfer = str(source)
        self._order = order
        self._options = options
        self._tell = heard(tell)
        self._begun = begun
        self._patience = Patience.of_transfers()
        self._journal_path = journal_path(person.paths, person.session, source)

    def run(self, content: Content, resume: Choose) -> Sent:
        """The whole way, from an earlier try if there is one. Raises what `send_file` raises."""
        earlier = self._earlier(content, resume)
        self._tell(Began(self._transfer, content.name, content.size))
        if earlier is not None:
            journal, noted = earlier
            try:
                return self._continue(content, journal, noted)
            except CannotContinue as reason:
                self._give_up(noted.file_id, journal)
                self._tell(Restarted(self._transfer, str(reason)))
        return self._begin(content)

    def _earlier(self, content: Content, resume: Choose) -> tuple[UploadJournal, Noted] | None:
        """The upload to continue, if there is one and it is wanted; given up if it is not."""
        taken = UploadJournal.take_up(self._journal_path)
        if taken is None:
            return None
        journal, noted = taken
        with self._kept_unless_done(journal):
            if noted.done and resume(Unfinished(content.name, noted.done, noted.subject.size, noted.stopped_at)):
                return taken
        self._give_up(noted.file_id, journal)
        return None

    def _begin(self, content: Content) -> Sent:
        """From nothing, under a new key."""
        stored = store(content, self._options)
        file_id, file_key = uuid.uuid4(), FileKey.draw()
        self._begun(str(file_id))
        journal = self._new_journal(content, stored, file_id, file_key)
        return self._travel(content, stored, file_id, file_key, journal, None)

    def _continue(self, content: Content, journal: UploadJournal, noted: Noted) -> Sent:
        """From where an earlier try has ended. Raises `CannotContinue`."""
        with self._kept_unless_done(journal):
            stored = store(content, self._options)
            file_key = self._earlier_key(content, stored, noted)
            self._begun(str(noted.file_id))
            detail = self._complete_again(content, noted, file_key)
        if detail is None:
            return self._travel(content, stored, noted.file_id, file_key, journal, noted.parts)
        journal.remove()
        self._tell(Verified(self._transfer))
        return Sent(str(noted.file_id), content.name, noted.subject.size, detail.expires_at)

    def _travel(
        self,
        content: Content,
        stored: Stored,
        file_id: uuid.UUID,
        file_key: FileKey,
        journal: UploadJournal | None,
        noted: Mapping[int, NotedPart] | None,
    ) -> Sent:
        """All parts that are not there yet, then the records that make them a file. `noted`: of an earlier try.

        Raises `CannotContinue` where there was one.
        """
        retries, moving = self._retries(), Moving(self._tell, self._transfer, content.size)
        body = UploadBody(self._person.api, file_id, file_key, retries, moving, journal)
        try:
            known, straight = self._start(file_id, stored, retries, noted)
            if known and isinstance(stored, StoredFile):
                body.check_file(stored, known)
            if known:
                self._tell(Resumed(self._transfer, sum(part.content for part in known.values()), content.size))
                moving.skip(known)
            part_hashes = body.send(stored, known, lambda: self._person.identity, straight)
            sealed, detail = self._complete(content, stored, file_key, part_hashes, body)
        except CannotContinue:
            raise
        except BaseException as error:
            retries.stop()
            self._leave(error, file_id, journal)
            raise
        if journal is not None:
            journal.remove()
        self._tell(Verified(self._transfer))
        return Sent(str(file_id), content.name, sealed.metadata.size, detail.expires_at)

    def _complete(
        self, content: Content, stored: Stored, file_key: FileKey, part_hashes: bytes, body: UploadBody
    ) -> tuple[Sealed, FileDetail]:
        """The last word. Parts that the store turns out not to have as they were sent go again, each once."""
        left = set(range(stored.geometry.part_count)) if isinstance(stored, StoredFile) else set()
        while True:
            signer = self._person.identity.signing_key
            sealed = finish(content, stored, part_hashes, file_key, body.file_id, self._order.to, signer)
            try:
                return sealed, body.complete(self._order.completion(sealed))
            except PartsMissing as error:
                missing = sorted(left.intersection(error.missing))
                if not missing or not isinstance(stored, StoredFile):
                    raise
            left.difference_update(missing)
            part_hashes = body.send_again(stored, missing)

    def _earlier_key(self, content: Content, stored: Stored, noted: Noted) -> FileKey:
        """The key of an earlier try, if that can be continued. Raises `CannotContinue`."""
        if reason := _subject(content, stored, self._options).why_not(noted.subject):
            raise CannotContinue(reason)
        if (file_key := noted.file_key(self._person.identity.keys)) is None:
            raise CannotContinue("your keys are others than those that it was begun with")
        return file_key

    def _complete_again(self, content: Content, noted: Noted, file_key: FileKey) -> FileDetail | None:
        """The finished file, if an earlier try came so far and nothing else is wanted now."""
        complete = noted.completion
        if complete is None or not self._order.is_met_by(complete, content.name, file_key):
            return None
        with suppress(errors.NotFound, PartsMissing, DigestMismatch):
            return self._retries().run(lambda: self._person.api.complete_upload(str(noted.file_id), complete))
        return None

    def _start(
        self, file_id: uuid.UUID, stored: Stored, retries: Retries, noted: Mapping[int, NotedPart] | None
    ) -> tuple[dict[int, NotedPart], Straight | None]:
        """The noted parts that the server has as well, and whether the others may go straight to its store.

        What else it may claim to have is of no interest.
        """
        body_size = stored.geometry.body_size if isinstance(stored, StoredFile) else None
        way = self._person.way
        direct = way.is_open and not (isinstance(stored, StoredFile) and stored.geometry.part_count == 1)
        start = UploadStart(file_id=str(file_id), part_size=stored.part_size, body_size=body_size, direct=direct)
        try:
            upload = retries.run(lambda: self._person.api.start_upload(start))
        except Conflict:
            if noted is None:
                raise
            raise CannotContinue("it has arrived already, but for other people or on other terms") from None
        arrived = {part.number: part.digest for part in upload.parts}
        known = {index: part for index, part in (noted or {}).items() if arrived.get(index) == b64u(part.digest)}
        if not (direct and upload.direct):
            return known, None
        return known, Straight(way, lambda reason: self._tell(Rerouted(self._transfer, reason)))

    def _new_journal(
        self, content: Content, stored: Stored, file_id: uuid.UUID, file_key: FileKey
    ) -> UploadJournal | None:
        """For files of more than one part. None where there can be none: the upload goes on, but only once."""
        if not isinstance(content.source, PositionalFile) or content.source.size <= stored.part_size:
            return None
        forget_old(self._person.paths)
        unreadable = self._journal_path.exists()
        subject = _subject(content, stored, self._options)
        try:
            journal = UploadJournal.begin(
                self._journal_path, self._source, subject, file_id, file_key, self._order.mine
            )
        except errors.FileProblem:
            if unreadable:
                reason = "another command is sending it at the moment; this upload can't be continued if it stops"
                self._tell(Restarted(self._transfer, reason))
            return None
        if unreadable:
            self._tell(Restarted(self._transfer, "what was noted of an earlier upload can't be read"))
        return journal

    @contextmanager
    def _kept_unless_done(self, journal: UploadJournal) -> Iterator[None]:
        """Nothing happens to an earlier upload by a mistyped passphrase."""
        try:
            yield
        except CannotContinue:
            raise
        except BaseException as error:
            self._keep(error, journal)
            raise

    def _leave(self, error: BaseException, file_id: uuid.UUID, journal: UploadJournal | None) -> None:
        """After a failure: keeps what another try can use, removes everything else."""
        if journal is not None and journal.done and _may_pass(error):
            self._keep(error, journal)
        else:
            self._give_up(file_id, journal)

    def _keep(self, error: BaseException, journal: UploadJournal) -> None:
        errors.stays(
            error,
            f"{journal.share:.0%} of it has arrived, and stays at the server for a day: "
            "the same command with --resume sends the rest.",
        )
        journal.close()

    def _give_up(self, file_id: uuid.UUID, journal: UploadJournal | None) -> None:
        """Removes what has been sent; if the server is away, it does so itself after a day."""
        with suppress(errors.ClientError):
            self._person.api.cancel_upload(str(file_id))
        if journal is not None:
            journal.remove()

    def _retries(self) -> Retries:
        return Retries(self._patience, lambda reason, seconds: self._tell(Waiting(self._transfer, reason, seconds)))


def _subject(content: Content, stored: Stored, options: SealOptions) -> Subject:
    modified_ns = content.source.modified_ns if isinstance(content.source, PositionalFile) else 0
    return Subject(
        size=content.size or 0,
        modified_ns=modified_ns,
        compress=options.compress,
        pad=options.pad,
        part_size=stored.part_size,
        compression=stored.compression,
    )


def _may_pass(error: BaseException) -> bool:
    """Whether another try may end better: an interruption does, a refusal or a file that changed does not."""
    if isinstance(error, TooMany | StorageFull | PartsMissing):
        return not isinstance(error, QuotaExceeded)
    return not isinstance(error, CryptoError | FormatError | errors.Refused | errors.UntrustedKey | errors.NeedsInput)
