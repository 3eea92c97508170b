"""Builds the bundle and tries it out on a screen that nobody sees: `python -m tests.gui.bundle [FOLDER]`.

Exit codes: 0 it works, 1 it does not, 2 something that is needed is missing.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.gui.bundle.smoke import Broken, try_out
from tests.support.icon import ASSETS
from tests.support.screen import INSTALL, missing_programs

_ROOT = Path(__file__).resolve().parents[3]
_BUNDLE = _ROOT / "client" / "gui" / "bundle"
NAME = "sealcase-desktop"


def main() -> int:
    if missing := missing_programs():
        print(f"{' and '.join(missing)} not installed: {INSTALL}", file=sys.stderr)
        return 2
    target = Path(sys.argv[1] if len(sys.argv) > 1 else _ROOT / "dist").resolve()
    bundle = build(target)
    try:
        seen = try_out(bundle / NAME, target / "bundle.png")
    except Broken as problem:
        print(f"The bundle does not work: {problem}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"{bundle}: {size / 1e6:.0f} MB; {seen}. Its picture: {target / 'bundle.png'}")
    return 0


def build(target: Path) -> Path:
    """The folder of the bundle, with the desktop's entry and icon beside the program. PyInstaller's errors end us."""
    with tempfile.TemporaryDirectory(prefix="sealcase-bundle-") as work:
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
        folders = ["--distpath", str(target), "--workpath", work]
        if subprocess.run([*command, *folders, str(_BUNDLE / f"{NAME}.spec")], check=False).returncode:
            raise SystemExit(1)
    bundle = target / NAME
    shutil.copy(_BUNDLE / "sealcase.desktop", bundle)
    shutil.copy(ASSETS / "sealcase.svg", bundle)
    return bundle


if __name__ == "__main__":
    raise SystemExit(main())
