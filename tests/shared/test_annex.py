"""What an identity keeps beside its file: earlier keys, and what a change of keys needs."""

import json
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from shared.crypto.annex import Annex, Label
from shared.crypto.errors import BadKey, BadSignature, WrongKey
from shared.crypto.file_key import FileKey
from shared.crypto.grants import check_signature, grant_to, rewrap, unwrap
from shared.crypto.identity import Identity
from shared.crypto.pem import generate_rsa
from shared.sealed.errors import FormatError
from shared.sealed.grant import Grant
from shared.sealed.manifest import Manifest, encode_manifest

EMAIL = "ada@example.org"


@pytest.fixture(scope="module")
def rsa_keys() -> list[RSAPrivateKey]:
    return [generate_rsa(2048) for _ in range(2)]


@pytest.fixture(scope="module")
def first() -> Identity:
    return Identity.create(EMAIL, 2048)


@pytest.fixture(scope="module")
def second(first: Identity, rsa_keys: list[RSAPrivateKey]) -> Identity:
    """The same person after a change of keys, as it was just made."""
    return first.renewed(rsa_keys[0], first.card)


@pytest.fixture(scope="module")
def bob() -> Identity:
    return Identity.create("bob@example.org", 2048)


def sealed_for(reader: Identity, sender: Identity) -> tuple[Manifest, FileKey, Grant]:
    """The records of a file, as far as grants are concerned."""
    file_id, file_key = uuid.uuid4(), FileKey.draw()
    manifest = encode_manifest(
        file_id=file_id,
        created_at=1,
        sender=sender.card.signing_key,
        key_commitment=file_key.commitment(file_id),
        part_size=1 << 20,
        body_size=72,
        parts_digest=bytes(32),
        metadata=bytes(284),
    )
    return manifest, file_key, grant_to(reader.keys.public, file_key, manifest, sender.signing_key)


def test_everything_in_it_comes_back(first: Identity, second: Identity) -> None:
    annex = Annex(recovery_key=bytes(range(32)), kit_ready=True, begun=second).with_replaced(first.keys)
    raw = annex.lock(first.signing_key)
    back = Annex.unlock(raw, first.signing_key)
    assert back.recovery_key == annex.recovery_key
    assert back.recipients == annex.recipients
    assert first.card.recipient in back.recipients
    assert back.begun is not None
    assert back.begun.card == second.card
    assert back.begun.keys.recipients().keys() == second.keys.recipients().keys()
    assert [each.public.recipient for each in back.earlier] == [first.card.recipient]
    assert Label.read(raw) == Label(kit_ready=True, earlier=1, begun=True)


def test_the_next_card_follows_the_last(first: Identity, second: Identity) -> None:
    """Same person, same chain, other encryption keys."""
    assert second.card.signing_key == first.card.signing_key
    assert (second.card.sequence, second.card.previous) == (1, first.card.digest)
    assert second.card.recipient != first.card.recipient


def test_two_of_one_person_are_joined(first: Identity, second: Identity) -> None:
    """Nothing of either is lost, and nothing is there twice."""
    one = Annex(recovery_key=bytes(32)).with_replaced(first.keys)
    both = one.joined(Annex(begun=second).with_replaced(first.keys))
    assert [each.public.recipient for each in both.earlier] == [first.card.recipient, second.card.recipient]
    assert {first.card.recipient, second.card.recipient} <= both.recipients
    assert (both.recovery_key, both.begun) == (bytes(32), None)


def test_keys_that_are_replaced_twice_are_kept_once(first: Identity, second: Identity) -> None:
    """A change of keys that was interrupted and finished later replaces the same keys again."""
    annex = Annex().with_replaced(first.keys).with_replaced(second.keys).with_replaced(first.keys)
    names = [each.public.recipient for each in annex.earlier]
    assert names == [first.card.recipient, second.card.recipient]


def test_it_opens_with_its_own_identity_only(first: Identity, bob: Identity) -> None:
    raw = Annex().with_replaced(first.keys).lock(first.signing_key)
    with pytest.raises(BadKey):
        Annex.unlock(raw, bob.signing_key)
    for name in ("kit", "earlier", "begun"):
        changed = json.loads(raw)
        changed[name] = 7
        with pytest.raises((BadKey, FormatError)):
            Annex.unlock(json.dumps(changed).encode(), first.signing_key)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"format": "sealcase-annex/2"}', b"{" * 100])
def test_what_is_none_is_refused(raw: bytes, first: Identity) -> None:
    with pytest.raises(FormatError):
        Annex.unlock(raw, first.signing_key)
    with pytest.raises(FormatError):
        Label.read(raw)


def test_private_keys_do_not_show(first: Identity) -> None:
    """Neither in the file nor in a print."""
    annex = Annex(recovery_key=bytes(range(32))).with_replaced(first.keys)
    for text in (annex.lock(first.signing_key).decode(), repr(annex)):
        assert "rsa_key" not in text
        assert "AAECAwQF" not in text


def test_files_for_earlier_keys_still_open(first: Identity, second: Identity, bob: Identity) -> None:
    """With all keys, until the earlier ones are destroyed; what was wrapped again opens afterwards, too."""
    manifest, file_key, original = sealed_for(first, bob)
    annex = Annex().with_replaced(first.keys)
    now = annex.complete(second)
    found, grant = unwrap(manifest, [original], now.keys)
    assert found.raw == file_key.raw
    assert check_signature(manifest, grant, [original], now.reader) == bob.card.signing_key
    again = rewrap(now.keys.public, found, manifest, now.signing_key)
    later = annex.without_earlier_keys().complete(second)
    with pytest.raises(WrongKey):
        unwrap(manifest, [original], later.keys)
    both = [original, again]
    found, grant = unwrap(manifest, both, later.keys)
    assert found.raw == file_key.raw
    assert grant == again
    assert check_signature(manifest, grant, both, later.reader) == bob.card.signing_key


def test_a_grant_of_mine_counts_only_beside_the_senders(first: Identity, second: Identity, bob: Identity) -> None:
    """Else whoever stole my keys, or I, could turn any file into one from anybody."""
    manifest, file_key, original = sealed_for(first, bob)
    now = Annex().with_replaced(first.keys).without_earlier_keys().complete(second)
    again = rewrap(now.keys.public, file_key, manifest, now.signing_key)
    with pytest.raises(BadSignature):
        check_signature(manifest, again, [again], now.reader)
    by_bob = rewrap(now.keys.public, file_key, manifest, bob.signing_key)
    with pytest.raises(BadSignature):
        check_signature(manifest, by_bob, [original, by_bob], now.reader)


def test_keys_of_a_change_that_was_begun_open_files_already(first: Identity, second: Identity, bob: Identity) -> None:
    """Its card may be published although nobody told us."""
    manifest, file_key, grant = sealed_for(second, bob)
    begun = Annex(begun=second).with_replaced(first.keys).complete(first)
    assert unwrap(manifest, [grant], begun.keys)[0].raw == file_key.raw
