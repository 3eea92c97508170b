"""What an id stands for, before anything of it is fetched."""

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.gui.jobs import Job
from client.gui.presenters.receiving_questions import Wanted
from client.gui.presenters.trust import sender_words
from client.gui.text import _, ngettext, size, until

if TYPE_CHECKING:
    from client.actions.person import Person
    from shared.crypto.keys import PrivateKeys

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """What an id stands for, before its content is fetched."""

    wanted: Wanted
    name: str
    facts: str
    """From whom, how large, until when: a line."""
    signed: str
    signed_tone: str
    note: str


def ids_in(text: str) -> tuple[str, ...]:
    """All ids in a text, each once, as the server writes them."""
    return tuple(dict.fromkeys(found.lower() for found in _ID.findall(text)))


def found_file(job: Job, person: "Person", file_id: str, keys: "PrivateKeys | None") -> FoundFile:
    """Raises what `client.actions.receive.find_file` raises."""
    from client.actions.events import untold
    from client.actions.folder_list import counted_in, is_folder, note_of
    from client.actions.people import KnownKeys, judge_file
    from client.actions.receive import find_file
    from client.local.contact import Trust
    from client.local.names import shown

    job.check()
    found = find_file(person, file_id, keys, untold)
    detail, opened = found.detail, found.opened
    if opened is None:
        name, amount, folder, trust, note = detail.filename or "", detail.size, None, Trust.OLD_FORMAT, ""
    else:
        metadata = opened.metadata
        folder = (counted_in(metadata) or (0, 0)) if is_folder(metadata) else None
        name, amount, note = metadata.name, metadata.size if folder is None else folder[1], note_of(metadata)
        trust = judge_file(person, detail, opened.sender).trust
    email = shown(KnownKeys.of(person).sender_of(detail))
    words = sender_words(trust, email)
    parts = [
        _("from {who}").format(who=email),
        "" if folder is None else ngettext("{count} file", "{count} files", folder[0]),
        size(amount),
        until(detail.expires_at, time.time()),
    ]
    return FoundFile(
        Wanted(file_id, name, amount, folder is not None, email, trust),
        shown(name),
        " · ".join(part for part in parts if part),
        words.sentence,
        words.tone,
        "\n".join(shown(part) for part in note.splitlines()),
    )
