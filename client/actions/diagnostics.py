"""A bundle for whoever helps: versions, settings, the last errors. It holds no secret, and names only if one wants."""

import json
import platform
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path

from client.local.paths import Paths
from client.local.private_files import write_private
from client.local.settings import Settings

_PACKAGES = ("sealcase", "cryptography", "pydantic", "customtkinter", "tkinterdnd2", "keyring", "pillow", "qrcode")
_NAMING = ("download_folder", "server", "ca_file")
"""Settings that tell who somebody is, or where."""


@dataclass(frozen=True, slots=True)
class ErrorNote:
    """One error of the last ones."""

    at: int
    """Unix seconds."""
    kind: str
    code: str
    request_id: str
    specifics: str
    """The error's own words: may name files and people."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What goes into the file, by name."""

    files: Mapping[str, str]

    def text(self) -> str:
        """All of it, to be read before it is given away."""
        return "\n\n".join(f"== {name} ==\n{content.rstrip()}" for name, content in self.files.items())

    def zip(self) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.files.items():
                archive.writestr(f"sealcase-diagnostics/{name}", content)
        return out.getvalue()


def collect(
    paths: Paths, errors: Sequence[ErrorNote], *, names: bool, window: Mapping[str, str] | None = None
) -> Bundle:
    """`names`: also addresses, folders, and the errors' own words. `window`: what it says of itself, such as its size.

    Reads counts and settings; never a key, a session's tokens, or a contact.
    """
    return Bundle(
        {
            "versions.json": _json(_versions()),
            "settings.json": _json(_settings(paths, names=names)),
            "state.json": _json({**_state(paths), **(window or {})}),
            "errors.json": _json([_error(each, names=names) for each in errors]),
        }
    )


def save(bundle: Bundle, target: Path) -> None:
    """As a zip that only its owner may read. Raises `FileProblem`."""
    write_private(target, bundle.zip())


def package_version(name: str) -> str:
    """Empty where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _versions() -> dict[str, str]:
    packages = {name: package_version(name) for name in _PACKAGES}
    return {
        **{name: number for name, number in packages.items() if number},
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
    }


def _settings(paths: Paths, *, names: bool) -> dict[str, object]:
    settings: dict[str, object] = asdict(Settings.load(paths))
    if not names:
        settings.update({name: "set" if settings[name] else "" for name in _NAMING})
    return settings


def _state(paths: Paths) -> dict[str, object]:
    """How many there are of what; no content."""
    return {
        "signed_in": paths.session.exists(),
        "identities": _count(paths.identities, "*.json"),
        "unfinished_uploads": _count(paths.uploads, "*"),
        "unfinished_downloads": _count(paths.downloads, "*"),
        "contacts_file_bytes": _size(paths.contacts),
    }


def _error(note: ErrorNote, *, names: bool) -> dict[str, object]:
    record: dict[str, object] = asdict(note)
    if not names:
        del record["specifics"]
    return record


def _count(folder: Path, pattern: str) -> int:
    return sum(1 for _each in folder.glob(pattern)) if folder.is_dir() else 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
