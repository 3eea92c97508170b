"""What the client and the server say in English, said in the person's language, where it is something often met.

`client.actions` speaks English to terminals and scripts as well, so what it says is known here by its pattern. What has
no pattern stays as it is: the window's own words around it (`client.gui.problem`) are translated in any case.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from client.gui.text import _ as translated
from client.gui.text import language

SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+|(?=\s\()")
_FIELD = re.compile(r"\\\{(\w+)\\\}")
_ENDS = ".:;!? "


def in_words(text: str) -> str:
    """The same, sentence by sentence."""
    if language() == "en":
        return text
    return "".join(_sentence(part) for part in _parts(text))


def patterns(_: Callable[[str], str] = str) -> tuple[str, ...]:
    """All that is known, without what ends a sentence, in the language into which `_` translates."""
    return (
        # the line
        _("the server did not answer for {seconds} s"),
        _("{server} did not answer for {seconds} s"),
        _("the server can't be reached, or broke off"),
        _("{server} can't be reached, or broke off"),
        _("the server can't be reached"),
        _("{server} can't be reached"),
        _("its name is not known here, or there is no network"),
        _("there is no network"),
        _("Is it running, and is the address right"),
        _("{server} is not available right now"),
        _("a proxy in front of {server} refuses bodies of this size"),
        _("its limit must be raised"),
        _("what answers at {server} is not a Sealcase server"),
        _("check the address"),
        _("the certificate of {server} is not valid, so nothing was sent to it"),
        _("{server} does not answer in TLS"),
        _("does its address begin with http://"),
        _("part {index} arrived altered at the server, again and again"),
        # the server
        _("your session has ended"),
        _("This code is wrong, used, expired or was tried too often"),
        _("This second-factor code is wrong, used already, or was tried too often"),
        _("Ask for a new one"),
        _("Wait for the next one"),
        _("There is no such file"),
        _("This file has expired"),
        _("This file has been downloaded as often as its owner allowed"),
        _("Others are downloading this file, and no more may"),
        _("the server's copy of this file is damaged"),
        _("bytes of it are missing"),
        _("if one breaks off, you can"),
        _("This server takes files of up to {largest} sealed bytes"),
        _("This server sends no mail"),
        _("Too many requests"),
        # people
        _("{email} has no account"),
        _("ask them to sign in there once, or use a public key file of theirs"),
        # files of this machine
        _("there is no file {path}"),
        _("can't read {path}"),
        _("can't write {path}"),
        _("the disk is full"),
        _("Make room, then try again"),
        _("your disk quota is used up"),
        _("you may not write there"),
        _("Nothing was left under that name"),
        _("What it held before is unchanged"),
        _("{path} exists already and was not touched"),
        _("another Sealcase is writing {path} right now"),
        _("is no plain file any more"),
        _("No such file or directory"),
        _("Permission denied"),
        _("No space left on device"),
        _("Is a directory"),
        _("Input/output error"),
        # keys
        _("the private key needs its passphrase"),
        _("the passphrase does not open this private key"),
        _("this is not a PEM private key"),
        _("this private key is not RSA"),
        # why it began afresh
        _("the file has changed since"),
        _("other options for compression or padding were chosen then"),
        _("its content has changed since, or is compressed otherwise"),
        _("your keys are others than those that it was begun with"),
        _("it has arrived already, but for other people or on other terms"),
        _("another command is sending it at the moment"),
        _("this upload can't be continued if it stops"),
        _("what was in {name} is not known to be of this file"),
    )


def _parts(text: str) -> list[str]:
    """Cut where sentences end; what is between them stays at the one before."""
    cuts = [0, *(match.end() for match in SENTENCE_END.finditer(text)), len(text)]
    return [text[begin:end] for begin, end in pairwise(cuts) if begin < end]


def _sentence(part: str) -> str:
    bare = part.strip(_ENDS)
    begin = part.index(bare) if bare else 0
    before, after = part[:begin], part[begin + len(bare) :]
    for pattern, english in _compiled():
        if match := pattern.fullmatch(bare):
            said = translated(english).format(**match.groupdict())
            capital = said[:1].upper() if bare[:1].isupper() else said[:1]
            return f"{before}{capital}{said[1:]}{after}"
    return part


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each with its English text; its first letter may be a capital."""
    return tuple((_pattern(text), text) for text in patterns())


def _pattern(text: str) -> re.Pattern[str]:
    source = _FIELD.sub(r"(?P<\1>.+)", re.escape(text))
    if not text.startswith("{"):
        source = f"(?i:{re.escape(text[0])}){source[len(re.escape(text[0])) :]}"
    return re.compile(source)
