"""Counters in the form that Prometheus reads, for all worker processes together. No label names a person or a file.

Each process counts in mapped files of its own, in a folder that all share and that goes away with the server; whoever
is asked adds them up. The library decides when it is imported whether it works like that, so it is imported here.
"""

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

from server.errors import Unavailable

_LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_FRESH_SECONDS = 10.0
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, slots=True)
class State:
    """What is looked up when somebody asks, instead of counted."""

    uploads_open: int
    due: int
    """Files whose time is over and that are still there."""
    lag: float
    """Seconds since the oldest of them should have gone."""
    disk_free: int


class PrometheusMeter:
    """A `Meter`, made before workers are forked."""

    def __init__(self) -> None:
        # Here and not above: see the first lines of this file.
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "sealcase_requests", "Answered requests", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "sealcase_request_seconds",
            "Time until an answer begins; what follows takes as long as its reader",
            ("route",),
            buckets=_LATENCIES,
            registry=registry,
        )
        self._problems = Counter("sealcase_problems", "Answers that are problems", ("code",), registry=registry)
        self._received = Counter("sealcase_received_bytes", "Bodies of requests that were accepted", registry=registry)
        self._sent = Counter("sealcase_sent_bytes", "Content of files that was handed over", registry=registry)
        self._parts = Counter("sealcase_parts", "Parts of uploads that were stored", registry=registry)
        self._events = Counter("sealcase_events", "What was written down as activity", ("kind",), registry=registry)
        self._blobs = Histogram(
            "sealcase_blob_seconds",
            "Time that storage takes, without waiting for a sender",
            ("store", "operation"),
            buckets=_LATENCIES,
            registry=registry,
        )
        self._look: Callable[[], State] | None = None
        self._turn = threading.Lock()
        self._state: tuple[float, State | None] | None = None

    def look_with(self, look: Callable[[], State]) -> None:
        """What `page` asks for the state of things, not more often than every few seconds."""
        self._look = look

    def answered(self, method: str, route: str, status: int, seconds: float, received: int) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        if received:
            self._received.inc(received)

    def problem(self, code: str) -> None:
        self._problems.labels(code).inc()

    def sent(self, count: int) -> None:
        self._sent.inc(count)

    def part(self) -> None:
        self._parts.inc()

    def event(self, kind: str) -> None:
        self._events.labels(kind).inc()

    def blob(self, store: str, operation: str, seconds: float) -> None:
        self._blobs.labels(store, operation).observe(seconds)

    def page(self) -> tuple[bytes, str]:
        """All of it, and its media type."""
        from prometheus_client import CollectorRegistry, exposition
        from prometheus_client.multiprocess import MultiProcessCollector

        counted = self._registry
        if _FOLDER in os.environ:
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
        state = CollectorRegistry()
        self._tell(state)
        return (
            exposition.generate_latest(counted) + exposition.generate_latest(state),
            exposition.CONTENT_TYPE_PLAIN_0_0_4,
        )

    def _tell(self, registry: object) -> None:
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

        state = self._looked_up()

        class Told:
            def collect(self) -> Iterator[object]:
                yield InfoMetricFamily("sealcase", "Which version this is", value={"version": version("sealcase")})
                if state is not None:
                    yield GaugeMetricFamily("sealcase_uploads_open", "Unfinished uploads", state.uploads_open)
                    yield GaugeMetricFamily(
                        "sealcase_housekeeping_due", "Files whose time is over and that are still there", state.due
                    )
                    yield GaugeMetricFamily(
                        "sealcase_expiry_lag_seconds", "Since when the oldest of them should be gone", state.lag
                    )
                    yield GaugeMetricFamily("sealcase_disk_free_bytes", "Room where DATA_DIR lies", state.disk_free)

        registry.register(Told())  # type: ignore[attr-defined]

    def _looked_up(self) -> State | None:
        if self._look is None:
            return None
        with self._turn:
            now = time.monotonic()
            if self._state is None or now - self._state[0] > _FRESH_SECONDS:
                self._state = (now, self._seen(self._look))
            return self._state[1]

    @staticmethod
    def _seen(look: Callable[[], State]) -> State | None:
        """None while what would be looked at is away: then most of all, everybody wants to see what was counted."""
        try:
            return look()
        except Unavailable:
            return None


@contextmanager
def metering() -> Iterator[PrometheusMeter]:
    """A meter for this process and all that it forks; what they count is gone when this one ends."""
    if sys.platform == "win32":  # one process
        yield PrometheusMeter()
        return
    folder, owner = tempfile.mkdtemp(prefix="sealcase-metrics-"), os.getpid()
    os.environ[_FOLDER] = folder
    try:
        yield PrometheusMeter()
    finally:
        if os.getpid() == owner:  # forked workers come by here too
            del os.environ[_FOLDER]
            shutil.rmtree(folder, ignore_errors=True)
