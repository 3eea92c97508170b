"""Everything that can be measured, in the order in which it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks import (
    backup,
    browser,
    desktop,
    full_routes,
    full_store,
    line_use,
    many_files,
    memory,
    nodes,
    object_store,
    sealing,
    sent_twice,
    small_requests,
    transfer,
    wire_speed,
)
from benchmarks.figures import Measurement
from benchmarks.scale import Scale


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of measurement, with the programs it needs besides ours."""

    name: str
    needs: tuple[str, ...]
    measure: Callable[[Scale], Sequence[Measurement]]
    """Raises `tools.Missing`, and `processes.Failed`."""


KINDS = (
    Kind("seal", sealing.PEERS, sealing.measure),
    Kind("transfer-age", ("age", "age-keygen", "curl", "nginx"), partial(transfer.measure, "age")),
    Kind("transfer-curl", ("curl", "nginx"), partial(transfer.measure, "curl")),
    Kind("transfer-wormhole", (), partial(transfer.measure, "wormhole")),
    Kind("transfer-rclone", ("rclone",), partial(transfer.measure, "rclone")),
    Kind("ingest", ("curl", "nginx"), wire_speed.measure_ingest),
    Kind("egress", ("nginx",), wire_speed.measure_egress),
    Kind("resume", (), sent_twice.measure),
    Kind("line", (), line_use.measure),
    Kind("s3", object_store.NEEDS, object_store.measure),
    Kind("memory", (), memory.measure),
    Kind("requests", (), small_requests.measure),
    Kind("nodes", ("nginx",), nodes.measure),
    Kind("backup", ("cp",), backup.measure),
    Kind("full-store", (), full_store.measure),
    Kind("full-routes", (), full_routes.measure),
    Kind("desktop-start", ("Xvfb",), desktop.measure_start),
    Kind("desktop-heartbeat", ("Xvfb",), desktop.measure_heartbeat),
    Kind("desktop-memory", ("Xvfb",), desktop.measure_memory),
    Kind("browser", ("nginx",), browser.measure),
    Kind("folder", ("rclone",), many_files.measure),
)


def kinds_named(names: Sequence[str]) -> list[Kind]:
    """Those called so, `transfer` for all of them; every kind where no name is given. Raises `LookupError`."""
    if not names:
        return list(KINDS)
    chosen = [kind for kind in KINDS if any(kind.name == name or kind.name.startswith(f"{name}-") for name in names)]
    for name in names:
        if not any(kind.name == name or kind.name.startswith(f"{name}-") for kind in chosen):
            raise LookupError(f"nothing is called {name}; there are {', '.join(kind.name for kind in KINDS)}")
    return chosen
