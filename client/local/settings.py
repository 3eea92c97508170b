"""What the person has chosen for the window: a small JSON file in the platform's folder for configuration."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from client.local.paths import Paths
from client.local.private_files import read_private, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping

Theme = Literal["system", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
Compression = Literal["auto", "off"]
LEAST_SCALING, MOST_SCALING = 80, 200
MOST_AUTO_LOCK_MINUTES = 24 * 60
_MAX_BYTES = 65_536
_MAX_TEXT = 4_096
_MOST_PIXELS = 32_767


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the window was, in pixels of the screen."""

    width: int
    height: int
    x: int
    y: int
    maximised: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them have a default that suits most people."""

    theme: Theme = "system"
    """`system`: as the system is when the window opens."""
    scaling: int = 100
    """Percent, from 80 to 200."""
    language: str = ""
    """A code such as `de`; empty for that of the system."""
    download_folder: str = ""
    """Empty for the system's folder for downloads."""
    clear_clipboard_seconds: int = 60
    """After which something secret is taken off the clipboard; 0 for never."""
    auto_lock_minutes: int = 30
    """Without a key pressed or the mouse moved; 0 for never."""
    compression: Compression = "auto"
    """`auto`: what gets smaller by it is compressed before it is sealed; `off`: nothing is."""
    bandwidth_limit: int = 0
    """Bytes a second for all transfers together; 0 for none."""
    server: str = ""
    """Whose address is suggested at the next sign-in."""
    ca_file: str = ""
    """Certificates to trust, of an authority of one's own; empty for the public ones."""
    geometry: Geometry | None = None

    @classmethod
    def load(cls, paths: Paths) -> Settings:
        """What was saved; whatever is missing, damaged or out of range has its default. Raises `FileProblem`."""
        raw = read_private(paths.settings)
        if raw is None or len(raw) > _MAX_BYTES:
            return cls()
        try:
            record = json.loads(raw)
        except (ValueError, RecursionError):
            return cls()
        return cls().with_record(record) if isinstance(record, dict) else cls()

    def save(self, paths: Paths) -> None:
        """Raises `FileProblem`; then what was saved before is unchanged."""
        write_private(paths.settings, json.dumps(asdict(self), indent=2).encode("utf-8") + b"\n")

    def with_record(self, record: Mapping[str, object]) -> Settings:
        """These, with what of `record` makes sense."""
        settings = self
        for each in fields(self):
            value = record.get(each.name)
            if each.name == "geometry":
                settings = replace(settings, geometry=_geometry(value))
            elif _fits(each.name, value, getattr(self, each.name)):
                settings = replace(settings, **{each.name: value})  # type: ignore[arg-type]  # checked by `_fits`
        return settings

    def downloads(self) -> Path:
        """The folder for downloads, whether or not it exists."""
        if self.download_folder:
            return Path(self.download_folder)
        from platformdirs import user_downloads_path

        return user_downloads_path()


_LIMITS = {
    "scaling": (LEAST_SCALING, MOST_SCALING),
    "clear_clipboard_seconds": (0, 3_600),
    "auto_lock_minutes": (0, MOST_AUTO_LOCK_MINUTES),
    "bandwidth_limit": (0, 1 << 40),
}


def _fits(name: str, value: object, default: object) -> bool:
    if name == "theme":
        return value in THEMES
    if name == "compression":
        return value in get_args(Compression)
    if isinstance(default, str):
        return isinstance(value, str) and len(value) <= _MAX_TEXT and "\0" not in value
    low, high = _LIMITS[name]
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _geometry(value: object) -> Geometry | None:
    if not isinstance(value, dict):
        return None
    found = [value.get(name) for name in ("width", "height", "x", "y")]
    numbers = [each for each in found if isinstance(each, int) and -_MOST_PIXELS <= each <= _MOST_PIXELS]
    if len(numbers) != len(found):
        return None
    width, height, x, y = numbers
    return Geometry(width, height, x, y, value.get("maximised") is True) if width > 0 and height > 0 else None
