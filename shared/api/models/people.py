"""Cards and invitations."""

from shared.api.models.basics import Base64Url, Email, UserId, WireModel


class SignedCard(WireModel):
    """A card's exact bytes and its owner's Ed25519 signature over them."""

    card: Base64Url
    signature: Base64Url


class PublishedCard(SignedCard):
    user_id: UserId


class Invitation(WireModel):
    email: Email


class CardHistory(WireModel):
    cards: list[PublishedCard]
    """The first one first; each names the SHA-256 of the one before."""
