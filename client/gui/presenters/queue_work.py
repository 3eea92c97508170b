"""What a transfer does in its thread, and what it tells of that."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from client.errors import ClientError, NeedsInput, words_of
from client.gui.jobs import Job
from client.gui.reasons import in_words
from client.gui.text import _
from client.local.queue import GetOrder, Queued, QueueFile, SendOrder

if TYPE_CHECKING:
    from client.actions.events import Event
    from client.actions.folder_outcomes import ReceivedFolder, SentFolder
    from client.actions.people import Recipient
    from client.actions.person import Person
    from client.actions.receive import Received
    from client.actions.send import Sent
    from client.local.contact import Trust
    from shared.crypto.keys import PrivateKeys, RecipientKey


class Intent(Enum):
    """What shall become of a transfer that is stopped."""

    GO = "go"
    PAUSE = "pause"
    CANCEL = "cancel"


@dataclass(slots=True)
class Try:
    """One try at a transfer, shared by its thread and the main thread."""

    invite: tuple[str, ...] = ()
    """Who is to be invited by mail, for nobody did so yet."""
    keys: "PrivateKeys | None" = field(default=None, repr=False)
    intent: Intent = Intent.GO
    contact: str = ""
    """Whose key is looked at: if that is what is wrong, it is theirs."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is. Bytes are of content."""

    name: str = ""
    done: int = 0
    total: int | None = None
    skipped: int = 0
    """Of `done`, what had travelled before."""
    files: int | None = None
    files_over: int = 0
    reason: str = ""
    """Why nothing moves."""
    verified: bool = False
    again: str = ""
    """Why an earlier try could not be continued."""
    via_server: bool = False
    """Whether the straight way to the server's store turned out to be blocked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended well."""

    file_id: str
    name: str
    size: int
    expires_at: int = 0
    path: str = ""
    files: int | None = None
    missing: tuple[str, ...] = ()
    """Files of a folder that did not travel, each with its reason."""
    left_out: int = 0
    trust: "Trust | None" = None
    from_email: str = ""
    note: str = ""
    troubles: tuple[str, ...] = ()
    """What did not work beside it, such as an invitation."""


class Works(Protocol):
    """What transfers are made of."""

    def send(self, queued: Queued, order: SendOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]: ...

    def get(self, queued: Queued, order: GetOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]: ...

    def give_up(self, queued: Queued, person: "Person") -> Callable[[Job], None]: ...

    def close(self) -> None:
        """Nothing more is begun."""


class Meter:
    """Takes a transfer's events in its threads; tells the newest standing. Raises `Stopped` once it was stopped."""

    def __init__(self, job: Job) -> None:
        self._job = job
        from client.actions.standing import Standing

        self._lock = threading.Lock()
        self._standing = Standing(time.monotonic())
        self._again = ""
        self._via_server = False

    def tell(self, event: "Event") -> None:
        from client.actions.events import Rerouted, Restarted, Verified

        self._job.check()
        with self._lock:
            self._standing.take(event, time.monotonic())
            if isinstance(event, Restarted):
                self._again = event.reason
            self._via_server |= isinstance(event, Rerouted)
            if isinstance(event, Verified):
                self._standing.waiting = None
            progress = self._progress()
        self._job.report(progress, latest="progress")

    def _progress(self) -> Progress:
        now = self._standing
        return Progress(
            now.name,
            now.done,
            now.total,
            now.pace.skipped,
            now.files,
            now.files_over,
            now.waiting.reason if now.waiting else "",
            now.verified,
            self._again,
            self._via_server,
        )


class RealWorks:
    """By `client.actions`, as the command line does it."""

    def __init__(self, store: QueueFile) -> None:
        self._store = store

    def send(self, queued: Queued, order: SendOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        def work(job: Job) -> Outcome:
            from client.actions.send import Terms, send_file
            from client.actions.send_folder import send_folder
            from shared.crypto.content import SealOptions

            meter = Meter(job)
            people, keys = _recipients(person, order, attempt, meter)
            source = Path(order.source)
            sending: Callable[..., Sent | SentFolder] = send_folder if source.is_dir() else send_file
            sent = sending(
                person,
                source,
                people,
                keys,
                expires_hours=order.expires_hours,
                options=SealOptions(compress=order.compress),
                terms=Terms(order.invited, order.downloads, order.note),
                tell=meter.tell,
                resume=lambda _unfinished: True,
            )
            outcome = _sent(sent, (*_invited(person, order, attempt, sent.file_id), *_to_be_told(person, order, sent)))
            if not outcome.missing:
                self._over(queued)
            return outcome

        return work

    def get(self, queued: Queued, order: GetOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        def work(job: Job) -> Outcome:
            from client.actions.receive_any import receive
            from client.local.outputs import writing

            folder = Path(order.folder)
            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
            target = folder / order.save_as if order.save_as else folder
            keys = attempt.keys
            if order.key_file and keys is None:
                raise NeedsInput(_("Its key file must be opened again: start it once more in the Download tab."))
            meter = Meter(job)
            got = receive(person, order.file_id, target, keys=keys, force=order.replace, tell=meter.tell)
            outcome = _received(got)
            if not outcome.missing:
                self._over(queued)
            return outcome

        return work

    def give_up(self, queued: Queued, person: "Person") -> Callable[[Job], None]:
        order = queued.order

        def work(job: Job) -> None:
            from client.actions.giving_up import give_up_file, give_up_folder, give_up_get
            from client.actions.order import Order
            from client.actions.send import Terms

            if isinstance(order, GetOrder):
                give_up_get(person, order.file_id)
                return
            source = Path(order.source)
            if not source.is_dir():
                give_up_file(person, source)
                return
            people, keys = _recipients(person, order, Try(), Meter(job))
            terms = Terms(order.invited, order.downloads, order.note)
            give_up_folder(person, source, source.name, Order.of(person, people, keys, order.expires_hours, terms))

        return work

    def close(self) -> None:
        return None

    def _over(self, queued: Queued) -> None:
        """At once, so that no crash lets it be done twice."""
        with suppress(ClientError):
            self._store.change(drop=[queued.key])


def _recipients(
    person: "Person", order: SendOrder, attempt: Try, meter: Meter
) -> "tuple[list[Recipient], list[RecipientKey]]":
    """Everybody's keys, as they are now. Raises `UntrustedKey` where they are not the ones that we knew."""
    from client.actions.events import Waiting
    from client.actions.offline import load_recipient
    from client.actions.people import find_recipient
    from client.api.retries import Patience, with_retries

    def waiting(reason: str, seconds: float) -> None:
        meter.tell(Waiting(order.source, reason, seconds))

    keys = [load_recipient(Path(each)) for each in order.key_files]
    people: list[Recipient] = []
    for email in order.to:
        attempt.contact = email
        people.append(with_retries(lambda email=email: find_recipient(person, email), waiting, Patience.of_transfers()))  # type: ignore[misc]  # mypy can't type the default of a lambda
    attempt.contact = ""
    return people, keys


def _invited(person: "Person", order: SendOrder, attempt: Try, file_id: str) -> Iterable[str]:
    """Notes for whom it waits and invites them; what did not work."""
    from client.actions.invitations import keep_for
    from shared.crypto.errors import CryptoError
    from shared.sealed.errors import FormatError

    for email in order.invited:
        try:
            keep_for(person, file_id, email)
        except (ClientError, CryptoError, FormatError) as error:
            yield _("It could not be noted that it is for {email}, too: {reason}").format(
                email=email, reason=in_words(words_of(error))
            )
        if email not in attempt.invite:
            continue
        try:
            person.api.invite(email)
        except ClientError as error:
            yield _("{email} could not be invited: {reason} Tell them yourself to sign in.").format(
                email=email, reason=in_words(words_of(error))
            )


def _to_be_told(person: "Person", order: SendOrder, sent: "Sent | SentFolder") -> Iterable[str]:
    """Lets the server mail me when somebody first fetches it; why it will not."""
    from client.actions.library import change_file
    from shared.api.models import FileChange
    from shared.crypto.errors import CryptoError
    from shared.sealed.errors import FormatError

    if not order.notify:
        return
    try:
        change_file(person, sent.file_id, FileChange(notify=True))
    except (ClientError, CryptoError, FormatError) as error:
        yield _("You will get no mail when it is fetched: {reason}").format(reason=in_words(words_of(error)))


def _sent(sent: "Sent | SentFolder", troubles: tuple[str, ...]) -> Outcome:
    from client.actions.folder_outcomes import SentFolder

    if not isinstance(sent, SentFolder):
        return Outcome(sent.file_id, sent.name, sent.size, sent.expires_at, troubles=troubles)
    missing = tuple(f"{each.path}: {each.reason}" for each in sent.failed)
    return Outcome(
        sent.file_id,
        sent.name,
        sent.size,
        sent.expires_at,
        files=sent.files,
        missing=missing,
        left_out=len(sent.skipped),
        troubles=troubles,
    )


def _received(got: "Received | ReceivedFolder") -> Outcome:
    from client.actions.folder_list import note_of
    from client.actions.folder_outcomes import ReceivedFolder

    if isinstance(got, ReceivedFolder):
        return Outcome(
            got.file_id,
            got.name,
            got.size,
            path=str(got.target),
            files=got.files + got.there,
            missing=tuple(f"{each.path}: {each.reason}" for each in got.failed),
            trust=got.trust,
            from_email=got.from_email,
            note=got.note,
        )
    return Outcome(
        got.file_id,
        got.metadata.name,
        got.metadata.size,
        path=str(got.target),
        trust=got.trust,
        from_email=got.from_email,
        note=note_of(got.metadata),
    )
