"""Names that came from somebody else: which may become a file here, and how any may be shown."""

import re
import unicodedata

from client.errors import UnsafeName

MAX_BYTES = 255
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in "123456789¹²³"]
)
_LIKE_AN_ADDRESS = re.compile(r"[^\s@,;:()<>\[\]\"\\]+@[^\s@,;:()<>\[\]\"\\]+")
_SHOWN_INSTEAD = "\N{REPLACEMENT CHARACTER}"


def safe_name(name: str) -> str:
    """`name`, if it is a plain file name on every system. Raises `UnsafeName` and says why otherwise.

    Nothing is repaired silently: a sender who calls a file `../../x` or `CON` means no good, or made a mistake that
    the recipient should know of.
    """
    if reason := why_unsafe(name):
        raise UnsafeName(
            f"the sender called this file {shown(name)!r}, {reason}. "
            "Nothing was written. To save it all the same, choose a name yourself: -o NAME"
        )
    return name


def shown(text: str) -> str:
    """`text` for a terminal: control characters and direction marks, which could fake what is read, are replaced."""
    return "".join(_SHOWN_INSTEAD if _is_deceptive(character) else character for character in text)


def shown_email(email: str) -> str:
    """An address that a server names, for a terminal; what is none could hold words like "verified"."""
    return shown(email) if _LIKE_AN_ADDRESS.fullmatch(email) else "(no address)"


def why_unsafe(name: str) -> str | None:
    """What is wrong with `name` as a file name, as a relative clause; None if nothing is."""
    stem = name.split(".", 1)[0].rstrip(" ").casefold()
    rules = (
        (not name or name in (".", ".."), "which is no file name"),
        ("/" in name or "\\" in name, "which points into another folder"),
        (any(_is_deceptive(character) for character in name), "which holds invisible or control characters"),
        (stem in _RESERVED, "which is the name of a device on Windows"),
        (name != name.rstrip(". "), "which ends with a dot or a space"),
        (len(name.encode("utf-8", "surrogatepass")) > MAX_BYTES, f"which is longer than {MAX_BYTES} bytes"),
    )
    return next((reason for applies, reason in rules if applies), None)


def _is_deceptive(character: str) -> bool:
    """Control (Cc), format (Cf: direction marks, zero-width), surrogate (Cs), line and paragraph separators."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in _JOINERS


_JOINERS = "\u200c\u200d"  # used inside words of Persian and Hindi, and inside emoji
