"""Receiving whatever an id stands for: a file, or a folder."""

from pathlib import Path

from client.actions.events import Tell, untold
from client.actions.folder_list import is_folder
from client.actions.folder_outcomes import ReceivedFolder
from client.actions.person import Person
from client.actions.receive import Received, find_file, receive_found, told
from client.errors import FileProblem
from client.local.names import shown
from client.local.outputs import is_pipe
from shared.crypto.keys import PrivateKeys


def receive(
    person: Person,
    file_id: str,
    target: Path | None,
    *,
    keys: PrivateKeys | None = None,
    force: bool = False,
    tell: Tell = untold,
) -> Received | ReceivedFolder:
    """Receives a file as `receive_file` does, or a folder into `target`/NAME. Raises what that raises.

    A file of a folder that fails does not stop the others. What is there already is not touched without `force`, so
    that receiving a folder again fetches what is missing.
    """
    with told(tell, file_id):
        found = find_file(person, file_id, keys, tell)
        if found.opened is None or not is_folder(found.opened.metadata):
            return receive_found(person, found, target, keys, force=force, tell=tell)
        if target is not None and is_pipe(target):
            name = shown(found.opened.metadata.name)
            raise FileProblem(f"{name} is a folder, and a pipe takes one file. Name a folder: -o DIR")
        from client.actions.receive_folder import receive_folder  # most of what is received is no folder

        return receive_folder(person, found.detail, found.opened, target, keys, force=force, tell=tell)
