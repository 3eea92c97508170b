"""What the client says in English is said in German where it is often met; what is not known stays as it is."""

import socket
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from client import errors
from client.api import http
from client.api.failures import error_of_status
from client.gui.problem import problem_of
from client.gui.reasons import in_words, patterns
from client.gui.text import use_language
from client.local.outputs import refuse_existing, writing

_SOURCES = Path(__file__).resolve().parents[3]
_SERVER = "https://files.example.org"
_OF_THE_SYSTEM = {
    "No such file or directory",
    "Permission denied",
    "No space left on device",
    "Is a directory",
    "Input/output error",
}


@pytest.fixture
def german() -> Iterator[None]:
    use_language("de")
    yield
    use_language("en")


def _raised(call: object) -> BaseException:
    assert callable(call)
    with pytest.raises(errors.ClientError) as caught:
        call()
    return caught.value


def _cannot_write() -> None:
    with writing(Path("/nowhere/at/all")):
        raise PermissionError(13, "Permission denied")


REAL = [
    (lambda: http._network_error(_SERVER, TimeoutError()), "hat 30 s lang nicht geantwortet"),
    (lambda: http._network_error(_SERVER, ConnectionResetError()), "ist nicht erreichbar oder hat die Verbindung"),
    (lambda: http._network_error(_SERVER, socket.gaierror()), "sein Name ist hier nicht bekannt"),
    (lambda: error_of_status(_SERVER, 503, None), "ist gerade nicht verfügbar"),
    (lambda: error_of_status(_SERVER, 413, None), "lehnt Sendungen dieser Größe ab"),
    (lambda: error_of_status(_SERVER, 200, None), "ist kein Sealcase-Server"),
    (lambda: _raised(lambda: refuse_existing(Path(__file__), force=False)), "gibt es schon"),
    (lambda: _raised(_cannot_write), "Sie dürfen dort nicht schreiben"),
    (lambda: FileNotFoundError(2, "No such file or directory", "/tmp/x"), "Datei oder Ordner nicht gefunden"),
]


@pytest.mark.parametrize(("make", "said"), REAL)
def test_real_errors_are_said_in_german(german: None, make: object, said: str) -> None:
    """Names and addresses in them stay what they are; advice for terminals is left out, as in English."""
    assert callable(make)
    error = make()
    problem = problem_of(error)
    assert said in problem.specifics
    assert "-o" not in problem.specifics.split()
    if _SERVER in str(error):
        assert _SERVER in problem.specifics


def test_what_is_not_known_stays(german: None) -> None:
    """And what stands around it is German all the same."""
    problem = problem_of(errors.Refused("the moon is in the wrong house. There is no such file."))
    assert problem.specifics == "The moon is in the wrong house. Diese Datei gibt es nicht."
    assert problem.what == "Der Server hat abgelehnt."


def test_reasons_of_a_standstill_are_said_whole(german: None) -> None:
    """As the queue shows them, in the midst of a sentence."""
    assert in_words("the server can't be reached: there is no network") == (
        "der Server ist nicht erreichbar: es gibt kein Netz"
    )
    assert in_words("the server did not answer for 30 s") == "der Server hat 30 s lang nicht geantwortet"


def test_english_stays_english() -> None:
    """To the letter."""
    for text in ("can't read /a: b. (c)  d", "There is no such file.", ""):
        assert in_words(text) == text


@pytest.mark.parametrize("pattern", [each for each in patterns() if each not in _OF_THE_SYSTEM])
def test_each_pattern_is_something_that_is_still_said(pattern: str) -> None:
    """Who changes a message finds out here that its translation has lost it."""
    longest = max((text for text, *_ in string.Formatter().parse(pattern)), key=len).strip()
    longest = longest.removeprefix("the server ").lower()
    assert any(longest in _joined(path) for folder in ("client", "server", "shared") for path in _code(folder)), longest


def _code(folder: str) -> Iterator[Path]:
    return (path for path in (_SOURCES / folder).rglob("*.py") if path.name != "reasons.py")


def _joined(path: Path, cache: dict[Path, str] = {}) -> str:  # noqa: B006  (one for all tests)
    """Without the quotes between the halves of long texts."""
    if path not in cache:
        cache[path] = path.read_text().replace('"\n', "").replace("  ", "").replace('f"', "").replace('"', "").lower()
    return cache[path]
