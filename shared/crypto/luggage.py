"""What a new device gets from an old one: the identity, what is kept beside it, and what it knows of others."""

from dataclasses import dataclass

from shared.crypto.annex import MAX_ANNEX_BYTES, Annex
from shared.crypto.errors import BadKey
from shared.crypto.identity import MAX_SECRET_BYTES, Identity, verify_card
from shared.crypto.padding import padme
from shared.sealed import strict_json
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from shared.sealed.strict_json import JsonObject

FORMAT = "sealcase-device/1"
MAX_CONTACTS_BYTES = 2 << 20
_ENCODED = 4 / 3
MAX_BYTES = int((MAX_CONTACTS_BYTES + MAX_ANNEX_BYTES + MAX_SECRET_BYTES) * _ENCODED * 1.12) + 65_536
_KEYS = frozenset(("format", "card", "signature", "identity", "annex", "contacts", "key_log"))


@dataclass(frozen=True, slots=True, repr=False)
class Luggage:
    """All of it is secret until it is sealed."""

    identity: Identity
    annex: Annex
    contacts: bytes | None
    """The file of contacts as it is; None where nobody is known, or too many are."""
    key_log: bytes | None = None
    """What is known of the server's key log, if anything is."""

    def encode(self) -> bytes:
        """As JSON, filled up with blanks: its length tells neither how many keys there were nor how many contacts."""
        identity = self.identity
        raw = strict_json.dumps(
            {
                "format": FORMAT,
                "card": b64u(identity.card.raw),
                "signature": b64u(identity.card_signature),
                "identity": b64u(identity.encode_secret()),
                "annex": b64u(self.annex.lock(identity.signing_key)),
                "contacts": _encoded(self.contacts),
                "key_log": _encoded(self.key_log),
            }
        )
        return raw.ljust(padme(len(raw)))

    @classmethod
    def decode(cls, raw: bytes, sender: bytes) -> "Luggage":
        """What `encode` made of the identity with the signing key `sender`.

        Raises `FormatError`, `BadSignature`, or `BadKey`, also for somebody else's.
        """
        record = strict_json.loads_object(raw, MAX_BYTES, "what the other device sent")
        if record.get("format") != FORMAT:
            raise FormatError(f"what the other device sent is not of format {FORMAT}")
        strict_json.only_keys(record, _KEYS, frozenset(), "what the other device sent")
        signature = unb64u(record["signature"], "signature", 64)
        card = verify_card(unb64u(record["card"], "card"), signature)
        if card.signing_key != sender:
            raise BadKey("the keys that arrived are not those of the device that was compared; nothing was kept")
        identity = Identity.decode_secret(unb64u(record["identity"], "identity"), card, signature)
        annex = Annex.unlock(unb64u(record["annex"], "annex"), identity.signing_key)
        return cls(identity, annex, _decoded(record, "contacts"), _decoded(record, "key_log"))


def _encoded(content: bytes | None) -> str | None:
    return None if content is None else b64u(content)


def _decoded(record: JsonObject, name: str) -> bytes | None:
    return None if record[name] is None else unb64u(record[name], name)
