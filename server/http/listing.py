"""Pages of files as JSON. What has not changed is written once and kept: most of a page's time went there.

A page that is asked for again costs one look at its person's version. Looking at each of its files instead would let
go of Python's lock a hundred times, and with several threads at work the page would wait for it as often.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from server.domain import Caller, File
from server.http import wire

_KEPT_ITEMS = 2_048
_KEPT_GRANTS = 8
"""An item with more grants is large, rare, and not kept."""
_KEPT_CHARS = 8 << 20
_FRESH_SECONDS = 1.0
"""The longest that a change can stay unseen whose process was killed before it could tell."""


@dataclass(frozen=True, slots=True)
class PageText:
    """One page, ready to be sent."""

    body: str
    headers: Mapping[str, str]
    """Of its answer: where it goes on."""
    version: int
    """Of the person's files, read before them."""
    good_until: float
    """When the first of its files expires."""
    made_at: float
    """On the monotonic clock."""


class PageTexts:
    """Pages that were asked for lately, by person and question."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], PageText] = {}
        self._chars = 0
        self._changing = threading.Lock()

    def get(self, question: tuple[object, ...], version: int, now: float) -> PageText | None:
        """The page, if it is still what an answer would be."""
        kept = self._kept.get(question)
        if kept is None or kept.version != version or now >= kept.good_until:
            return None
        return kept if time.monotonic() - kept.made_at < _FRESH_SECONDS else None

    def keep(self, question: tuple[object, ...], page: PageText) -> None:
        if len(page.body) > _KEPT_CHARS // 8:
            return
        with self._changing:
            old = self._kept.pop(question, None)
            self._chars += len(page.body) - (0 if old is None else len(old.body))
            if self._chars > _KEPT_CHARS:
                self._kept.clear()
                self._chars = len(page.body)
            self._kept[question] = page


class ItemTexts:
    """Items of listings, as text. A record stays one object for as long as it is the same, so the object is the key."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, bool], tuple[File, str]] = {}

    def item(self, file: File, caller: Caller, downloads: int) -> str:
        """A `FileItem`."""
        key = (id(file), file.owner_id == caller.user_id)
        kept = self._kept.get(key)
        if kept is None or kept[0] is not file:
            kept = (file, _text(file, caller))
            self._keep(key, kept)
        return f"{kept[1]}{downloads}}}"

    def _keep(self, key: tuple[int, bool], kept: tuple[File, str]) -> None:
        if len(kept[0].grants) > _KEPT_GRANTS:
            return
        if len(self._kept) >= _KEPT_ITEMS:
            self._kept.clear()
        self._kept[key] = kept


def _text(file: File, caller: Caller) -> str:
    """All of the item up to the number of downloads, which comes last."""
    item = wire.file_item(file, caller, downloads=0)
    return f'{item.model_dump_json(exclude={"downloads"})[:-1]},"downloads":'
