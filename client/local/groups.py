"""Names for several people at once, known on this machine only."""

import re
from collections.abc import Iterable

from client.errors import ClientError, FileProblem, NotFound
from client.local.paths import Paths
from client.local.private_files import locked, read_private, write_private
from shared.sealed import strict_json
from shared.sealed.errors import FormatError

_FORMAT = "sealcase-groups/1"
_MAX_BYTES = 16 << 20
_NAME = re.compile(r"[\w.-]{1,64}")


class Groups:
    """Groups of email addresses by name, in one file. Names are the same in any case."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.groups

    def all(self) -> dict[str, tuple[str, ...]]:
        """Every group, in alphabetical order, and so are its members."""
        return dict(sorted(self._load().items()))

    def members(self, name: str) -> tuple[str, ...]:
        """Raises `NotFound`."""
        members = self._load().get(name.casefold())
        if members is None:
            raise NotFound(f"there is no group {name}; `sealcase contacts group` lists them")
        return members

    def change(self, name: str, add: Iterable[str], remove: Iterable[str]) -> tuple[str, ...]:
        """Adds and removes members; a group comes with its first member and goes with its last. Returns who is in it.

        Raises `ClientError` for what is no name, `NotFound` for somebody to remove who is not in it.
        """
        if not _NAME.fullmatch(name):
            raise ClientError(f"{name!r} can't be the name of a group: letters, digits, dots, _ and - can be in one")
        key, gone = name.casefold(), {email.casefold() for email in remove}
        with locked(self._path):
            groups = self._load()
            before = {*groups.get(key, ())}
            if strangers := gone - before:
                raise NotFound(f"{', '.join(sorted(strangers))} is not in the group {name}; nothing was changed")
            members = tuple(sorted((before | {email.casefold() for email in add}) - gone))
            groups[key] = members
            self._save({each: emails for each, emails in groups.items() if emails})
        return members

    def _load(self) -> dict[str, tuple[str, ...]]:
        raw = read_private(self._path)
        if raw is None:
            return {}
        try:
            record = strict_json.loads_object(raw, _MAX_BYTES, "the groups file")
            groups = strict_json.as_object(record.get("groups"), "groups")
            return {name: _emails(groups[name]) for name in groups}
        except FormatError as error:
            raise FileProblem(
                f"the groups file {self._path} is damaged ({error}): put back a copy of it, or move it away"
            ) from None

    def _save(self, groups: dict[str, tuple[str, ...]]) -> None:
        record = {"format": _FORMAT, "groups": {name: list(emails) for name, emails in groups.items()}}
        write_private(self._path, strict_json.dumps(record))


def _emails(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise FormatError("a group is not an array of addresses")
    return tuple(value)
