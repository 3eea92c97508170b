"""Changing encryption keys: the same person, new keys, the next card. Killed at any moment, nothing is lost.

1. The new keys are on disk, locked, and the old ones beside them.
2. The recovery copy at the server holds both.
3. The next card is published: from now on others seal to the new keys.
4. The new keys take the place of the old ones in the vault.
5. What was begun is finished. Files are wrapped again afterwards (`client.actions.wrapping_again`).
"""

from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from client.actions.keys import my_newest_card, my_published_card, publish
from client.actions.person import Person
from client.actions.recovery_kit import refuse_outdated, renew_copy
from client.errors import NotFound, Refused, stays
from shared.crypto.annex import Annex
from shared.crypto.identity import Identity

DrawKey = Callable[[], RSAPrivateKey]


class AnotherChange(Refused):
    """Another device was faster with the next card."""


def change_keys(person: Person, draw: DrawKey) -> Identity:
    """New encryption keys around the RSA key that `draw` gives; returns who I am from now on, with all my keys.

    A change that was interrupted is finished first. Raises `UntrustedKey` where the server shows another person under
    my address, `Refused` where another device was faster, and what the vault or the network raise.
    """
    vault, email = person.vault, person.email
    with vault.changing(email):
        unlocking = vault.begin_unlocking(email)
        identity, secret = unlocking.identity(), unlocking.secret()
        annex = vault.annex(identity)
        if annex.begun is not None:
            identity, annex = _finish(person, identity, annex, secret)
        begun = identity.renewed(draw(), my_newest_card(person))
        annex = replace(annex.with_replaced(identity.keys), begun=begun)
        vault.keep_annex(identity, annex)
        identity, annex = _finish(person, identity, annex, secret)
        return annex.complete(identity)


def finish_change(person: Person) -> Identity:
    """Finishes a change of keys that was interrupted, if there is one; returns who I am, with all my keys.

    Raises `NotFound` where there is nothing to finish and there never was a change, and what `change_keys` raises.
    """
    vault, email = person.vault, person.email
    with vault.changing(email):
        unlocking = vault.begin_unlocking(email)
        identity = unlocking.identity()
        annex = vault.annex(identity)
        if annex.begun is not None:
            identity, annex = _finish(person, identity, annex, unlocking.secret())
        if not annex.recipients:
            raise NotFound("your keys have never been changed, so there is nothing to continue")
        return annex.complete(identity)


def destroy_earlier_keys(person: Person, identity: Identity) -> None:
    """Earlier keys are gone for good, here and in the recovery copy. Which they were stays known."""
    with person.vault.changing(person.email):
        refuse_outdated(person, identity)
        annex = person.vault.annex(identity).without_earlier_keys()
        person.vault.keep_annex(identity, renew_copy(person, identity, annex))


def _finish(person: Person, identity: Identity, annex: Annex, secret: str) -> tuple[Identity, Annex]:
    """Steps 2 to 5, each of which may have been done before; the caller holds the lock."""
    begun, later = annex.begun, replace(annex, begun=None)
    if begun is None:
        return identity, annex
    if begun.card != identity.card:
        try:
            later = renew_copy(person, begun, later)
            _publish(person, begun)
        except AnotherChange:
            _give_up(person, identity, later.with_replaced(begun.keys))
            raise
        except BaseException as error:
            stays(error, "The change of your keys is begun and can be continued: sealcase key rotate --resume")
            raise
        person.vault.keep(begun, secret)
    person.vault.keep_annex(identity, later)
    return begun, later


def _publish(person: Person, begun: Identity) -> None:
    """Raises `AnotherChange` where another card has taken the place of this one."""
    try:
        publish(person, begun.card, begun.card_signature)
    except Refused:
        published = my_published_card(person)
        if published is None or published.sequence < begun.card.sequence:
            raise
        if published != begun.card:
            raise AnotherChange(
                "another device of yours has changed your keys in the meantime. Yours stay as they were; bring the new "
                "ones here (sealcase device add), or change them once more (sealcase key rotate)"
            ) from None


def _give_up(person: Person, identity: Identity, annex: Annex) -> None:
    """Another device was faster. The keys that were begun are kept: their card may have been shown to somebody."""
    person.vault.keep_annex(identity, renew_copy(person, identity, annex))
