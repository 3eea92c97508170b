"""How far to trust a key, in words: the one place for them."""

from client.cli.terminal import date_text
from client.local.contact import Contact, Trust
from client.local.names import shown, shown_email
from shared.crypto.safety import fingerprint

POST_QUANTUM = "safe against future quantum computers"


def sender_text(trust: Trust, email: str, signer: str | None) -> str:
    """Who sent a file, as half a sentence; `email`: whom the server names, or a drop box; `signer`: a fingerprint."""
    who = shown_email(email)
    words = {
        Trust.OWN: "sent by you",
        Trust.VERIFIED: f"from {who}, verified",
        Trust.UNCHECKED: f"from {who}, {Trust.UNCHECKED.value}",
        Trust.CHANGED: f"WARNING: the server says from {who}; {Trust.CHANGED.value}: this is not the one you know",
        Trust.VIA_BOX: f"left in your drop box “{shown(email)}”, signed by nobody",
        Trust.OLD_FORMAT: f"the server says from {who}; {Trust.OLD_FORMAT.value}",
        Trust.UNSIGNED: f"WARNING: the server says from {who}, but nobody signed it",
    }[trust]
    return words if signer is None or trust is Trust.OWN else f"{words} ({signer})"


def contact_text(contact: Contact) -> str:
    """How far the key of a contact is trusted, and what else the server has shown."""
    words = checked_text(contact.verified_at)
    if contact.refused is None:
        return words
    return f"{words}; REFUSED since {date_text(contact.refused.seen_at)}: {refused_text(contact)}"


def checked_text(verified_at: int | None) -> str:
    """Whether a key was compared with its owner, and when."""
    return "not checked" if verified_at is None else f"verified {date_text(verified_at)}"


def refused_text(contact: Contact) -> str:
    """What the server showed that did not follow."""
    refused = contact.refused
    if refused is None:
        return ""
    if refused.signing_key == contact.signing_key:
        return "an older card, or another one, of the same key"
    return f"another key, {fingerprint(refused.signing_key)}"


def new_contact_text(email: str, key: str) -> str:
    """What to say of somebody whose key was not known until now."""
    return f"{email}: new, not checked. Key fingerprint {key}. To be sure: sealcase contacts verify {email}"
