"""How far a key is trusted, in the window's words: a short one for lists, a sentence for what is about one file."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.gui.text import _, moment

if TYPE_CHECKING:
    from client.local.contact import Contact, Trust


@dataclass(frozen=True, slots=True)
class TrustWords:
    """`sign` and `short` say what `tone` colours."""

    sign: str
    short: str
    sentence: str
    tone: str = ""
    """Of `client.gui.widgets.table.TONES`; empty for plain text."""

    @property
    def line(self) -> str:
        return f"{self.sign} {self.short}" if self.sign else self.short


def sender_words(trust: "Trust | None", email: str) -> TrustWords:
    """Who signed a file; `email` is what the server says. None where the file does not open."""
    from client.local.contact import Trust

    who = email
    if trust is None:
        text = _("The server says it is from {who}. It is not for the keys on this machine, so nobody can tell.")
        return TrustWords("", _("not for your keys"), text.format(who=who), "muted")
    words = {
        Trust.OWN: ("", _("you"), _("You signed it yourself."), ""),
        Trust.VERIFIED: ("✓", _("verified"), _("Signed by {who}, whose key you have verified."), "good"),
        Trust.UNCHECKED: (
            "",
            _("not checked"),
            _("Signed by {who}, whose key you have not checked yet. Compare safety numbers to be sure."),
            "",
        ),
        Trust.CHANGED: (
            "⚠",
            _("another key"),
            _("The server says it is from {who}, but it was signed with a key that is not the one you know."),
            "danger",
        ),
        Trust.UNSIGNED: ("⚠", _("unsigned"), _("The server says it is from {who}, but nobody signed it."), "danger"),
        Trust.VIA_BOX: (
            "",
            _("unsigned"),
            _("It was left in your drop box ({who}). Nobody signed it: whoever has its address may have sent it."),
            "warning",
        ),
        Trust.OLD_FORMAT: (
            "⚠",
            _("unsigned (old format)"),
            _("The server says it is from {who}. The old format can't be signed, so nobody can tell."),
            "warning",
        ),
    }[trust]
    sign, short, sentence, tone = words
    return TrustWords(sign, short, sentence.format(who=who), tone)


def is_alarming(trust: "Trust | None") -> bool:
    """Whether the person should be asked before such a file is received."""
    from client.local.contact import Trust

    return trust in (Trust.CHANGED, Trust.UNSIGNED, Trust.OLD_FORMAT)


def contact_words(contact: "Contact | None") -> TrustWords:
    """How far the key of a person is trusted to whom something is, or will be, sealed."""
    if contact is None:
        return TrustWords("", _("new"), _("You have not met this key yet."), "muted")
    if contact.refused is not None:
        text = _("The server shows another key than the one you know, since {when}. Nothing is sealed for it.")
        return TrustWords("⚠", _("another key"), text.format(when=moment(contact.refused.seen_at)), "danger")
    if contact.verified_at is not None:
        text = _("Verified {when}.").format(when=moment(contact.verified_at))
        return TrustWords("✓", _("verified"), text, "good")
    return TrustWords("", _("not checked"), _("Compare safety numbers to be sure whose key it is."), "")
