"""Who gets which grant, and whose word is taken for it."""

from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.crypto.errors import BadKey, BadSignature, WrongKey
from shared.crypto.file_key import FileKey
from shared.crypto.grants import (
    Reader,
    check_signature,
    grant_to,
    grant_to_link,
    rewrap,
    unwrap,
    unwrap_link,
    unwrap_own,
    wrap,
)
from shared.crypto.keys import PrivateKeys, RecipientKey
from shared.crypto.link import LinkKeys, draw_link_key, parse_fragment
from shared.sealed.errors import FormatError
from shared.sealed.geometry import sealed_length
from shared.sealed.grant import MAX_GRANTS, Grant, GrantType, parse_grants
from shared.sealed.manifest import Manifest, encode_manifest
from tests.shared.sealing import opened_bytes, seal_bytes
from tests.shared.vectors import private_keys, signing_key

FILE_KEY = FileKey(bytes(range(32)))
SAM, MALLORY = signing_key("sam"), signing_key("mallory")
ALICE, BOB, CAROL = private_keys("alice"), private_keys("bob"), private_keys("carol")
PLAIN = PrivateKeys(ALICE.rsa)


def manifest_by(signer: Ed25519PrivateKey | None, file_key: FileKey = FILE_KEY) -> Manifest:
    file_id = uuid4()
    return encode_manifest(
        file_id=file_id,
        created_at=0,
        sender=None if signer is None else signer.public_key().public_bytes_raw(),
        key_commitment=file_key.commitment(file_id),
        part_size=1 << 20,
        body_size=sealed_length(0),
        parts_digest=bytes(32),
        metadata=bytes(284),
    )


def test_a_recipient_with_ml_kem_never_gets_plain_rsa() -> None:
    """Neither by its own type, nor where its RSA key alone stands beside it, in either order."""
    plain, hybrid = RecipientKey(ALICE.rsa.public_key()), ALICE.public
    assert hybrid.grant_type is GrantType.HYBRID
    for to in ([hybrid], [plain, hybrid], [hybrid, plain], [hybrid, plain, hybrid]):
        sealed, _ = seal_bytes(b"content", to)
        assert [grant.type for grant in sealed.grants] == [GrantType.HYBRID]


def test_each_recipient_gets_one_grant() -> None:
    """Naming somebody twice makes no second grant: readers refuse those."""
    bob, carol = BOB.public, RecipientKey(CAROL.rsa.public_key())
    sealed, container = seal_bytes(b"content", [bob, carol, bob], signer=SAM)
    assert sorted(grant.type.value for grant in sealed.grants) == ["mlkem768-rsa-oaep-256", "rsa-oaep-256"]
    for keys in (BOB, CAROL):
        assert opened_bytes(container, keys) == b"content"


def test_nobody_opens_what_was_sealed_to_nobody() -> None:
    """Without grants there is no key."""
    _, container = seal_bytes(b"content", [])
    with pytest.raises(WrongKey):
        opened_bytes(container, ALICE)


@pytest.mark.parametrize("keys", [PLAIN, ALICE, BOB, CAROL], ids=["rsa", "2048", "3072", "4096"])
def test_every_wrap_is_fresh(keys: PrivateKeys) -> None:
    """Two grants of one key differ; both open."""
    manifest = manifest_by(None)
    one, other = (grant_to(keys.public, FILE_KEY, manifest, None) for _ in range(2))
    assert one.wrapped_key != other.wrapped_key
    for grant in (one, other):
        assert unwrap(manifest, [grant], keys) == (FILE_KEY, grant)


def test_a_stranger_learns_nothing() -> None:
    """No grant for me, a wrong grant, a wrong commitment: one error with one message."""
    manifest = manifest_by(None)
    mine = grant_to(ALICE.public, FILE_KEY, manifest, None)
    theirs = grant_to(BOB.public, FILE_KEY, manifest, None)
    relabelled = replace(theirs, recipient=BOB.public.recipient, wrapped_key=theirs.wrapped_key[:-1] + b"\0")
    messages = set()
    for file, grants, keys in (
        (manifest, [theirs], ALICE),
        (manifest, [relabelled], BOB),
        (manifest_by(None), [mine], ALICE),
        (manifest_by(None, FileKey(bytes(32))), [grant_to(PLAIN.public, FILE_KEY, manifest, None)], PLAIN),
    ):
        with pytest.raises(WrongKey) as caught:
            unwrap(file, grants, keys)
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_what_i_wrap_for_myself() -> None:
    """Before there is a manifest; for my keys and this file alone."""
    file_key, file_id = FileKey.draw(), uuid4()
    own = wrap(ALICE.public, file_key, file_id)
    assert own.signature is None
    assert unwrap_own(own, file_id, ALICE) == file_key
    altered = replace(own, wrapped_key=own.wrapped_key[:-1] + bytes((own.wrapped_key[-1] ^ 1,)))
    for grant, of, keys in ((own, file_id, BOB), (own, uuid4(), ALICE), (altered, file_id, ALICE)):
        with pytest.raises(WrongKey):
            unwrap_own(grant, of, keys)


def test_signature_rules() -> None:
    """Signed by the named sender: their key. Anonymous: None. Everything else is refused."""
    for signer in (SAM, None):
        manifest = manifest_by(signer)
        grant = grant_to(ALICE.public, FILE_KEY, manifest, signer)
        expected = None if signer is None else SAM.public_key().public_bytes_raw()
        assert check_signature(manifest, grant, [grant], None) == expected
    signed, anonymous = manifest_by(SAM), manifest_by(None)
    for manifest, signer in ((signed, None), (signed, MALLORY), (anonymous, SAM), (anonymous, MALLORY)):
        grant = grant_to(ALICE.public, FILE_KEY, manifest, signer)
        with pytest.raises(BadSignature):
            check_signature(manifest, grant, [grant], None)


def test_a_signature_binds_manifest_type_recipient_and_key() -> None:
    """Changing any of them makes the signature wrong."""
    manifest = manifest_by(SAM)
    grant = grant_to(ALICE.public, FILE_KEY, manifest, SAM)
    for altered in (
        replace(grant, type=GrantType.RSA),
        replace(grant, recipient=BOB.public.recipient),
        replace(grant, wrapped_key=grant.wrapped_key[:-1]),
        replace(grant, signature=bytes(64)),
        replace(grant, signature=b""),
    ):
        with pytest.raises(BadSignature):
            check_signature(manifest, altered, [altered], None)
    with pytest.raises(BadSignature):
        check_signature(manifest_by(SAM), grant, [grant], None)


@pytest.mark.parametrize("signer", [SAM, None], ids=["signed", "anonymous"])
def test_rewrapped_by_myself(signer: Ed25519PrivateKey | None) -> None:
    """After new keys my own grant opens the file, and the sender's one still says who sent it."""
    manifest, me = manifest_by(signer), signing_key("bob")
    original = grant_to(CAROL.public, FILE_KEY, manifest, signer)
    mine = rewrap(BOB.public, FILE_KEY, manifest, me)
    reader = Reader(me.public_key().public_bytes_raw(), frozenset((CAROL.public.recipient,)))
    assert unwrap(manifest, [original, mine], BOB) == (FILE_KEY, mine)
    expected = None if signer is None else SAM.public_key().public_bytes_raw()
    assert check_signature(manifest, mine, [original, mine], reader) == expected
    for grants, who in (
        ([mine], reader),
        ([original, mine], None),
        ([original, mine], replace(reader, signing_key=b"")),
    ):
        with pytest.raises(BadSignature):
            check_signature(manifest, mine, grants, who)


@pytest.mark.parametrize("password", [None, "", "secret"])
def test_links(password: str | None) -> None:
    """A link's grant opens with link key and password, and with nothing else."""
    link_key, manifest = draw_link_key(), manifest_by(SAM)
    link = LinkKeys.derive(link_key, password)
    grant = grant_to_link(link, FILE_KEY, manifest, SAM)
    assert unwrap_link(manifest, [grant], LinkKeys.derive(link_key, password)) == (FILE_KEY, grant)
    assert check_signature(manifest, grant, [grant], None) == SAM.public_key().public_bytes_raw()
    for wrong in (LinkKeys.derive(link_key, "wrong"), LinkKeys.derive(draw_link_key(), password)):
        with pytest.raises(WrongKey):
            unwrap_link(manifest, [grant], wrong)
        assert wrong.access != link.access


@pytest.mark.parametrize(
    "fragment", ["", "A", "A" * 42, "A" * 44, "A" * 43 + ".", "A" * 43 + ".q", "A" * 43 + ".p.p", ".p"]
)
def test_fragments_that_are_none(fragment: str) -> None:
    """A link that was cut or extended is refused."""
    with pytest.raises(FormatError):
        parse_fragment(fragment)


def test_too_many_grants() -> None:
    """A reader takes a thousand, not one more."""

    def record(number: int) -> dict[str, str | None]:
        return Grant(GrantType.LINK, number.to_bytes(32, "big"), bytes(40), None).to_json()

    assert len(parse_grants([record(number) for number in range(MAX_GRANTS)])) == MAX_GRANTS
    with pytest.raises(FormatError, match="1000"):
        parse_grants([record(number) for number in range(MAX_GRANTS + 1)])


@pytest.mark.parametrize("bits", [1024, 2047, 8192])
def test_rsa_sizes_beyond_the_format(bits: int) -> None:
    """Only 2048, 3072 and 4096 bits are used."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    key = RSAPublicNumbers(65_537, (1 << bits) - 1).public_key()
    with pytest.raises(BadKey, match=str(bits)):
        RecipientKey(key)


def test_file_keys_of_other_lengths() -> None:
    """A wrapped key that is not 32 bytes long is a wrong key."""
    for length in (0, 16, 31, 33):
        with pytest.raises(WrongKey):
            FileKey(bytes(length))
