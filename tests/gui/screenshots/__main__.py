"""`python -m tests.gui.screenshots [--to FOLDER] [--scaling 150] [--only TAB ...]`: pictures of every tab and dialog.

Exit codes: 0 all are there, 1 some could not be taken, 2 something that is needed is missing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from client.gui.window import TABS
from tests.gui.screenshots import plays, plays_of_settings, plays_of_transfers
from tests.gui.screenshots.camera import Camera
from tests.gui.screenshots.cast import Cast, cast
from tests.gui.screenshots.scenes import BEGINNINGS, ENDINGS, SCENES, SLOW, Scene, Stage
from tests.gui.window.conftest import Gone, Window, opened
from tests.support.screen import INSTALL, missing_programs, virtual_screen

_ROOT = Path(__file__).resolve().parents[3]
_FOLDER = _ROOT / "docs" / "screenshots"
_SCREEN = "1024x700"
"""The smallest that everything must fit on."""
THEMES = ("light", "dark")
MOST_BYTES = 6_000_000
_FIRST_RUN = "first-run"
_OFFLINE = "offline"
_FAILED = "failed-"
_PLAYS = (plays, plays_of_transfers, plays_of_settings)
"""Each adds its own to the scenes when it is imported."""


def main() -> int:
    options = _options()
    if missing := missing_programs():
        print(f"{' and '.join(missing)} not installed: {INSTALL}", file=sys.stderr)
        return 2
    assert all(each.__doc__ for each in _PLAYS)
    options.to.mkdir(parents=True, exist_ok=True)
    for failed in options.to.glob(f"{_FAILED}*.png"):  # of a run before
        failed.unlink()
    problems: list[str] = []
    taken: list[Path] = []
    with (
        tempfile.TemporaryDirectory(prefix="sealcase-pictures-") as name,
        virtual_screen(_SCREEN) as display,
        cast(Path(name)) as people,
    ):
        studios = [
            _Studio(display, people, Camera(options.to, f"-{theme}"), theme, options.scaling, problems)
            for theme in options.theme or THEMES
        ]
        for studio in studios:
            studio.film(Path(name), options.only)
        people.server.kill()
        for studio in studios:
            studio.film_the_end(options.only)
            taken += studio.camera.taken
            problems += studio.camera.cut_off
    size = sum(path.stat().st_size for path in options.to.glob("*.png"))
    print(f"{len(taken)} pictures in {options.to}, {size / 1e6:.1f} MB with those that were there")
    if size > MOST_BYTES:
        problems.append(f"that is more than {MOST_BYTES / 1e6:.0f} MB")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


class _Studio:
    """Films in one theme."""

    def __init__(
        self, display: str, people: Cast, camera: Camera, theme: str, scaling: int, problems: list[str]
    ) -> None:
        self._display = display
        self._people = people
        self.camera = camera
        self._settings = {"language": "en", "theme": theme, "scaling": scaling}
        self._problems = problems

    def film(self, folder: Path, only: Sequence[str]) -> None:
        """All that there is, or some tabs. Whoever is new lives in `folder`."""
        if not only or _FIRST_RUN in only:
            newcomer = folder / f"newcomer{self.camera.suffix}"
            newcomer.mkdir()
            self._play_all(newcomer, _FIRST_RUN, BEGINNINGS)
        for tab in TABS:
            if not only or tab.name in only:
                self._play_all(
                    self._people.ada.home, tab.name, [_as_it_is(tab.title(), tab.name), *SCENES.get(tab.name, [])]
                )

    def film_the_end(self, only: Sequence[str]) -> None:
        """When there is no server any more."""
        if not only or _OFFLINE in only:
            self._play_all(self._people.ada.home, _OFFLINE, ENDINGS)

    def _play_all(self, home: Path, name: str, scenes: Sequence[Scene]) -> None:
        """Each tab in a window of its own: what went wrong in one spoils no other."""
        try:
            with self._window(home, name) as window:
                stage = Stage(window, self.camera, self._people)
                for play in scenes:
                    self._play(stage, name, play)
                window.close()
        except (AssertionError, subprocess.TimeoutExpired) as problem:
            self._problems.append(f"{name}{self.camera.suffix}: {problem}")

    def _play(self, stage: Stage, name: str, play: Scene) -> None:
        try:
            play(stage)
        except Gone:
            raise
        except AssertionError as problem:
            self.camera.take(stage.window, f"{_FAILED}{name}-{play.__name__}")
            self._problems.append(f"{name}{self.camera.suffix}: {play.__name__}: {problem}")
            stage.window.key("Escape")
            stage.window.key("Escape")

    @contextmanager
    def _window(self, home: Path, name: str) -> Iterator[Window]:
        data = home / "sealcase"
        data.mkdir(exist_ok=True)
        downloads = home / "Downloads"
        record = {
            "language": "en",
            "download_folder": str(downloads),
            "bandwidth_limit": SLOW.get(name, 0),
            **self._settings,
        }
        (data / "settings.json").write_text(json.dumps(record))
        with opened(self._display, home, {}) as window:
            yield window


def _as_it_is(title: str, name: str) -> Scene:
    def tab(stage: Stage) -> None:
        stage.open_tab(title)
        stage.take(name)

    return tab


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gui.screenshots", description="Pictures of the window.")
    parser.add_argument("--to", type=Path, default=_FOLDER, metavar="FOLDER", help="default: docs/screenshots")
    parser.add_argument("--scaling", type=int, default=100, metavar="PERCENT", help="80 to 200")
    parser.add_argument("--theme", action="append", choices=THEMES, help="default: both")
    parser.add_argument(
        "--only", action="append", default=[], metavar="TAB", help=f"repeatable; {_FIRST_RUN}, {_OFFLINE} too"
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
