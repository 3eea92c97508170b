"""Other people's keys: fetched as cards, checked, pinned at first contact."""

from dataclasses import dataclass

from client.actions.person import Person
from client.api.api import Api
from client.errors import ClientError, NetworkError, NotFound, NotSignedIn, UntrustedKey
from client.local.contacts import Trust
from shared.api.models import SignedCard
from shared.crypto.errors import CryptoError
from shared.crypto.identity import Identity, verify_card
from shared.crypto.keys import RecipientKey
from shared.crypto.safety import fingerprint
from shared.sealed.card import Card
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody with an account, whose card was checked and pinned."""

    email: str
    user_id: str
    key: RecipientKey
    fingerprint: str
    is_new: bool
    """Whether this is the first time that we see their key."""


def publish_card(api: Api, identity: Identity) -> None:
    """Makes my card known; publishing the same one again changes nothing."""
    api.publish_card(SignedCard(card=b64u(identity.card.raw), signature=b64u(identity.card_signature)))


def find_recipient(person: Person, email: str) -> Recipient:
    """The keys of `email`. Raises `NotFound`, or `UntrustedKey` if they are not the ones we knew."""
    try:
        answer = person.api.card_of(email)
    except NotFound:
        raise NotFound(
            f"{email} has no account (or no keys yet) at {person.session.server}. Ask them to sign in there once, "
            "or use a public key file of theirs: --to KEY.pem"
        ) from None
    card = _checked(answer, email)
    is_new = person.contacts.meet(card)
    return Recipient(email, answer.user_id, RecipientKey.of_card(card), fingerprint(card.signing_key), is_new)


def trust_in(person: Person, email: str, sender: bytes | None) -> Trust:
    """What we know of the key that signed a file which the server says is from `email`."""
    if sender is None:
        return Trust.UNSIGNED
    if sender == person.vault.card_of(person.email).signing_key:
        return Trust.OWN
    pin = person.contacts.find(email)
    if pin is None:
        try:
            card = _checked(person.api.card_of(email), email)
        except (NetworkError, NotSignedIn):
            raise
        except (ClientError, CryptoError, FormatError):
            return Trust.CHANGED
        person.contacts.meet(card)
        pin = person.contacts.find(email)
    return Trust.UNCHECKED if pin is not None and pin.signing_key == sender else Trust.CHANGED


def _checked(answer: SignedCard, email: str) -> Card:
    """The card, if it is whole, signed by its own key, and of the person we asked for."""
    card = verify_card(unb64u(answer.card, "card"), unb64u(answer.signature, "signature", 64))
    if card.email.casefold() != email.casefold():
        raise UntrustedKey(
            f"the server answered with the card of {card.email} when asked for {email}; nothing was sent"
        )
    return card
