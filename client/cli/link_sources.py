"""What a link is made to: files that are at the server, and files that have to be sent first."""

import re
from collections.abc import Sequence
from pathlib import Path

from client.actions.folder_outcomes import SentFolder
from client.actions.person import Person
from client.actions.send import send_file
from client.actions.send_folder import send_folder
from client.cli import folders
from client.cli.exit_codes import KNOWN_ERRORS, exit_code_of
from client.cli.faces import faces
from client.cli.terminal import date_text, note, size_text
from client.errors import words_of
from client.local.names import shown
from client.local.outputs import PIPE, is_folder
from shared.api import limits

_FILE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def ids_of(person: Person, sources: Sequence[str], expires_hours: int | None) -> tuple[list[str], int]:
    """The ids of all, and an exit code. What could not be sent is told; then there are no ids: half a link is none."""
    file_ids: list[str] = []
    exit_code = 0
    for source in sources:
        if _FILE_ID.fullmatch(source) and not Path(source).exists():
            file_ids.append(source.lower())
            continue
        path = Path(source)
        send = send_folder if path != PIPE and is_folder(path) else send_file
        try:
            with faces("Sending") as tell:
                sent = send(person, path, [], [], expires_hours=expires_hours or limits.DEFAULT_EXPIRY_HOURS, tell=tell)
        except KNOWN_ERRORS as error:
            note(f"sealcase: {shown(source)}: {words_of(error)}")
            exit_code = exit_code_of(error)
            continue
        file_ids.append(sent.file_id)
        if isinstance(sent, SentFolder):
            folders.tell_sent(sent, source)
            exit_code = folders.code_of(sent) or exit_code
        else:
            note(f"Sent {shown(sent.name)} ({size_text(sent.size)}), kept until {date_text(sent.expires_at)}.")
    if exit_code and len(file_ids) < len(sources):
        if file_ids:
            note(f"No link was made. What was sent is kept: sealcase link {' '.join(file_ids)}")
        return [], exit_code
    return file_ids, exit_code
