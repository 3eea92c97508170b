"""Names from somebody else: which may become a file, and how any is shown."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from client.errors import UnsafeName
from client.local.names import MAX_BYTES, safe_name, shown

GOOD = [
    "a",
    "report.pdf",
    ".hidden",
    "Ünïcødé – 2026.txt",
    "emoji \N{FAMILY}.png",
    "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}",
    "می\u200cخواهم",
    "console.txt",
    "com10",
    "auxiliary",
    "a" * MAX_BYTES,
    "-rf",
    "a:b",
]
BAD = [
    ("", "no file name"),
    (".", "no file name"),
    ("..", "no file name"),
    ("../x", "another folder"),
    ("/x", "another folder"),
    ("a/b", "another folder"),
    ("a\\b", "another folder"),
    ("C:\\x", "another folder"),
    ("CON", "device"),
    ("con.txt", "device"),
    ("Aux", "device"),
    ("nul.tar.gz", "device"),
    ("COM1", "device"),
    ("lpt³.x", "device"),
    ("con .txt", "device"),
    ("a\0b", "invisible"),
    ("a\nb", "invisible"),
    ("a\x1b[2Jb", "invisible"),
    ("\x7f", "invisible"),
    ("a\u202egpj.exe", "invisible"),
    ("a\u2066b", "invisible"),
    ("\ufeffa", "invisible"),
    ("a\u2028b", "invisible"),
    ("a\udce9b", "invisible"),
    ("a.", "dot or a space"),
    ("a ", "dot or a space"),
    ("a" * (MAX_BYTES + 1), "longer than"),
    ("ü" * 128, "longer than"),
]


@pytest.mark.parametrize("name", GOOD, ids=ascii)
def test_plain_names_are_left_as_they_are(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(("name", "reason"), BAD, ids=ascii)
def test_other_names_are_refused_with_a_reason(name: str, reason: str) -> None:
    """The message shows the name harmlessly, says what is wrong, and what to do."""
    with pytest.raises(UnsafeName, match=reason) as refused:
        safe_name(name)
    assert "-o NAME" in str(refused.value)
    assert shown(str(refused.value)) == str(refused.value)


@given(st.text(st.characters(codec=None), max_size=300))
@example("..")
@example("con.")
def test_a_name_is_unchanged_or_refused(name: str) -> None:
    """Nothing is ever repaired, and what passes is one component that a file system can hold."""
    try:
        assert safe_name(name) == name
    except UnsafeName:
        return
    assert not {"/", "\\", "\0"} & set(name)
    assert name not in ("", ".", "..")
    assert len(name.encode("utf-8")) <= MAX_BYTES


@given(st.text(st.characters(codec=None)))
def test_shown_text_holds_nothing_deceptive(text: str) -> None:
    """As many characters as before, none of which a terminal would act upon."""
    result = shown(text)
    assert len(result) == len(text)
    assert not any(_acts(character) for character in result)


def _acts(character: str) -> bool:
    return ord(character) < 32 or 127 <= ord(character) < 160 or character in "\u202a\u202d\u202e\u2066\u2067\u2068"
