"""Links: links/ab/LINK.json, folders that list them by person and by file, and a byte for each download.

index/links/owned/ab/USER/POSITION and index/links/files/ab/FILE/LINK are empty files, made before the record and
removed after it. link_downloads/ab/LINK has one byte for each download, so that counting is one append.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from server.adapters import durable
from server.adapters.records import codec
from server.adapters.records.cache import StatCache
from server.domain import LINK_ID, USER_ID, Link, checked_link_id
from server.errors import Conflict, NotFound
from server.ports import Damaged

_ROOM_BYTES = 8 << 20
_ID_CHARS = 43
_LOG = logging.getLogger("sealcase.records")


class JsonLinks:
    """All `LinkRecords` in one folder, for any number of processes on one machine."""

    def __init__(self, folder: Path) -> None:
        self._links = folder / "links"
        self._owned = folder / "index" / "links" / "owned"
        self._by_file = folder / "index" / "links" / "files"
        self._downloads = folder / "link_downloads"
        self._read: StatCache[Link] = StatCache(_load, lambda _, size: size, _ROOM_BYTES)

    def add_link(self, link: Link) -> None:
        for entry in self._entries(link):
            durable.touch(entry)
        if self.link(link.link_id) is None:
            durable.remove(self._count(link.link_id))  # of an earlier life, if a crash has left it
        if not durable.create(self._record(link.link_id), codec.encode(codec.from_link(link))):
            raise Conflict("A link with this id exists.")

    def link(self, link_id: str) -> Link | None:
        return self._read.get(str(self._record(link_id)))

    def replace_link(self, old: Link, new: Link) -> None:
        if self.link(old.link_id) is None:
            raise NotFound("There is no such link.")
        durable.write(self._record(new.link_id), codec.encode(codec.from_link(new)))

    def remove_link(self, link: Link) -> None:
        durable.remove(self._record(link.link_id))
        for entry in self._entries(link):
            durable.remove(entry)
        durable.remove(self._count(link.link_id))

    def links_of(self, user_id: str, before: str | None = None) -> Iterator[Link]:
        for position in sorted(durable.names(self._person(user_id)), reverse=True):
            if before is None or position < before:
                link = self._listed(position[-_ID_CHARS:])
                # A crash may have left an entry of an attempt before.
                if link is not None and link.owner_id == user_id and link.position == position:
                    yield link

    def links_to(self, file_id: UUID) -> list[Link]:
        found = [self._listed(name) for name in durable.names(self._file(file_id))]
        leading = [link for link in found if link and any(item.file_id == file_id for item in link.items)]
        return sorted(leading, key=lambda link: link.position, reverse=True)

    def link_ids(self) -> Iterator[str]:
        for path in durable.sharded(self._links):
            if LINK_ID.fullmatch(path.stem):
                yield path.stem

    def count_link_download(self, link_id: str) -> int:
        path = self._count(link_id)
        durable.make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, durable.PRIVATE_FILE)
        try:
            os.write(descriptor, b"|")
            place = os.lseek(descriptor, 0, os.SEEK_CUR)  # behind our own byte, whoever else appends
            getattr(os, "fdatasync", os.fsync)(descriptor)
            return place
        finally:
            os.close(descriptor)

    def link_downloads(self, link_id: str) -> int:
        try:
            return self._count(link_id).stat().st_size
        except FileNotFoundError:
            return 0

    def sweep_links(self, before: float) -> None:
        for folder in (self._owned, self._by_file):
            for holder in durable.sharded(folder):
                for name in durable.names(holder):
                    self._sweep_entry(holder / name, before)
        for path in durable.sharded(self._downloads):
            with suppress(FileNotFoundError, Damaged, ValueError):
                if path.stat().st_mtime < before and self.link(path.name) is None:
                    path.unlink()
        durable.sweep_temporaries(self._links, before)

    def rebuild(self) -> None:
        """Make every index entry that is missing: after a restore. Nothing is synced."""
        for link_id in self.link_ids():
            with suppress(Damaged):
                if (link := self.link(link_id)) is not None:
                    for entry in self._entries(link):
                        entry.parent.mkdir(durable.PRIVATE_FOLDER, parents=True, exist_ok=True)
                        entry.touch(durable.PRIVATE_FILE)

    def _sweep_entry(self, entry: Path, before: float) -> None:
        with suppress(FileNotFoundError, Damaged, ValueError):
            if entry.stat().st_mtime < before:
                link = self.link(entry.name[-_ID_CHARS:])
                if link is None or entry not in set(self._entries(link)):
                    entry.unlink()

    def _listed(self, link_id: str) -> Link | None:
        """One damaged record must not hide all the others from their owner."""
        try:
            return self.link(link_id)
        except Damaged:
            _LOG.exception("the record of link %s is damaged and left out of a listing", link_id)
            return None

    def _entries(self, link: Link) -> Iterator[Path]:
        yield self._person(link.owner_id) / link.position
        for item in link.items:
            yield self._file(item.file_id) / link.link_id

    def _person(self, user_id: str) -> Path:
        if not USER_ID.fullmatch(user_id):
            raise ValueError("a user id is 32 hex digits")
        return self._owned / user_id[:2] / user_id

    def _file(self, file_id: UUID) -> Path:
        return self._by_file / file_id.hex[:2] / str(file_id)

    def _record(self, link_id: str) -> Path:
        return self._links / checked_link_id(link_id)[:2] / f"{link_id}.json"

    def _count(self, link_id: str) -> Path:
        return self._downloads / checked_link_id(link_id)[:2] / link_id


def _load(path: str) -> Link | None:
    return codec.read_as(path, codec.to_link)
