"""Downloading into a file: whatever happens, what has arrived stays, and the next try continues there."""

from collections.abc import Callable, Set
from contextlib import ExitStack
from pathlib import Path

from client.actions.events import Restarted, Resumed, Tell
from client.actions.remote_body import RemoteBody
from client.actions.saving import save, worker_threads
from client.actions.unpacking import Unpacking
from client.api.failures import UsedUp
from client.errors import ContentDamaged, Expired, FileProblem, NotFound, stays
from client.local.arrivals import Arrivals, Wanted
from client.local.outputs import WorkFile, part_of, refuse_existing, unpacked_of, writing
from shared.crypto.errors import CryptoError
from shared.crypto.open import Opened, restore_parts
from shared.crypto.parts import STEP
from shared.crypto.workers import FixedLanes, each_part
from shared.sealed.errors import FormatError

_FOR_GOOD = (CryptoError, FormatError, ContentDamaged, Expired, NotFound)
"""Errors after which another try can't succeed."""


def download(
    opened: Opened, part_hashes: bytes, body: RemoteBody, target: Path, *, force: bool, journals: Path, tell: Tell
) -> None:
    """Writes the content to `target`: whole, or not at all under that name.

    Verified parts wait in `NAME.part`, noted in a journal in the folder `journals`; they are never fetched again. They
    stay after every error that another try may overcome, which then says so (`client.errors.stays`). Raises what
    fetching and opening raise, `FileProblem`, and `TargetExists`, also while another process writes there.
    """
    refuse_existing(target, force=force)
    with ExitStack() as stack:
        with writing(target):
            wanted = Wanted.of(body.file_id, opened.manifest.raw, target)
            known = force or wanted.journal_in(journals).exists()
            work = stack.enter_context(WorkFile.take(part_of(target), force=known))
        try:
            arrivals = stack.enter_context(_arrivals(work, wanted, journals, tell))
        except FileProblem:  # a home that can't be written to: it can't be continued then, but it can be got
            stack.close()
            save(opened, part_hashes, body, target, force=force, lanes=body.lanes, wake=body.give_up)
            return
        try:
            with writing(target):
                _Download(opened, part_hashes, body, work, arrivals, tell).into(target, force=force)
        except BaseException as error:
            if arrivals.any and (isinstance(error, UsedUp) or not isinstance(error, _FOR_GOOD)):
                stays(error, f"What has arrived is kept in {work.path}, and the same command continues there.")
                raise
            work.discard()
            arrivals.remove()
            raise
        arrivals.remove()


def _arrivals(work: WorkFile, wanted: Wanted, journals: Path, tell: Tell) -> Arrivals:
    """Those of an earlier try, if `work` is what that has left; else none."""
    if work.content.size:
        if earlier := Arrivals.take_up(journals, wanted):
            return earlier
        tell(Restarted(wanted.file_id, f"what was in {work.path.name} is not known to be of this file"))
        work.empty()
    return Arrivals.begin(journals, wanted)


class _Download:
    """One try."""

    def __init__(
        self, opened: Opened, part_hashes: bytes, body: RemoteBody, work: WorkFile, arrivals: Arrivals, tell: Tell
    ) -> None:
        self._opened = opened
        self._part_hashes = part_hashes
        self._body = body
        self._work = work
        self._arrivals = arrivals
        self._tell = tell

    def into(self, target: Path, *, force: bool) -> None:
        there = self._continued()
        if self._opened.metadata.compression == "none":
            self._fetch_missing(there, target, lambda _part: None)
            self._work.publish(target, force=force, size=self._opened.metadata.packed_size)
            return
        with WorkFile.take(unpacked_of(target)) as unpacked:
            try:
                unpacked.empty()
                unpacking = Unpacking(self._opened, self._work.content, unpacked.content, there)
                self._fetch_missing(there, target, unpacking.arrived)
                unpacking.finish()
                unpacked.publish(target, force=force)
            except BaseException:
                unpacked.discard()
                raise
            self._work.discard()

    def _continued(self) -> Set[int]:
        """The parts that earlier tries have noted, and that are still in their places."""
        if not self._arrivals.known:
            return set()
        there = self._still_there()
        for part in there:
            self._body.has_arrived(part)
        if there:
            self._tell(Resumed(self._body.file_id, self._body.received, self._opened.metadata.size))
        else:
            self._tell(Restarted(self._body.file_id, f"what was in {self._work.path.name} has changed"))
        return there

    def _still_there(self) -> Set[int]:
        there: set[int] = set()
        known = self._arrivals.known

        def make_worker() -> Callable[[int], None]:
            buffer = memoryview(bytearray(STEP))

            def look(part: int) -> None:
                if self._fingerprint(part, buffer) == known[part]:
                    there.add(part)

            return look

        parts = [part for part in range(self._opened.manifest.geometry.part_count) if part in known]
        each_part(parts, FixedLanes(worker_threads()), make_worker)
        return there

    def _fingerprint(self, part: int, buffer: memoryview) -> bytes:
        fingerprint = self._opened.fingerprint(part)
        read = self._work.content.reader(self._opened.manifest.geometry.plain_offset(part))
        left = self._opened.packed_length(part)
        while left and (got := read(buffer[: min(len(buffer), left)])):
            fingerprint.update(buffer[:got])
            left -= got
        return fingerprint.finish()

    def _fetch_missing(self, there: Set[int], target: Path, arrived: Callable[[int], None]) -> None:
        def settled(part: int, fingerprint: bytes) -> None:
            self._arrivals.note(part, fingerprint)
            arrived(part)

        restore_parts(
            self._opened,
            self._part_hashes,
            self._body,
            self._work.content,
            [part for part in range(self._opened.manifest.geometry.part_count) if part not in there],
            lanes=self._body.lanes,
            settled=settled,
            spool_folder=target.parent,
            wake=self._body.give_up,
        )
