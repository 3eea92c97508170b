"""The programs that are run: ours, and the peers' from their Debian packages."""

import os
import shutil
import sys
from pathlib import Path

_PACKAGES = {
    "Xvfb": "xvfb",
    "age": "age",
    "age-keygen": "age",
    "ceph": "ceph-common",
    "ceph-authtool": "ceph-common",
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "curl": "curl",
    "monmaptool": "ceph-mon",
    "nginx": "nginx-light",
    "openssl": "openssl",
    "radosgw": "radosgw",
    "radosgw-admin": "radosgw",
    "rclone": "rclone",
}
_SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))  # users' PATH lacks nginx


class Missing(Exception):
    """The message is one line that says what to install."""


def peer(name: str) -> Path:
    """Raises `Missing`."""
    require(name)
    return Path(shutil.which(name, path=_SEARCH) or name)


def require(*names: str) -> None:
    """Raises `Missing`, for all of them at once."""
    missing = [name for name in names if shutil.which(name, path=_SEARCH) is None]
    if missing:
        packages = sorted({_PACKAGES[name] for name in missing})
        raise Missing(f"{', '.join(missing)} not found. On Debian: apt install {' '.join(packages)}")


def ours(name: str) -> Path:
    """`sealcase` or `sealcase-server`, as installed beside this Python. Raises `Missing`."""
    script = Path(sys.executable).parent / name
    if not script.exists():
        raise Missing(f"{name} is not installed beside {Path(sys.executable).name}. In the checkout: pip install -e .")
    return script
