"""Published vectors of the primitives, run through our own modules wherever one stands before the primitive.

Each test counts what it ran: a vector that is skipped by accident proves nothing.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from shared.crypto import parts
from shared.crypto.errors import Altered, WrongKey
from shared.crypto.file_key import FileKey
from shared.crypto.hybrid import MLKEM_CIPHERTEXT_BYTES, combine
from shared.crypto.kdf import KEY_BYTES, hkdf
from shared.crypto.keys import check_rsa_size
from shared.crypto.link import LinkKeys
from shared.crypto.parts import STEP, PartOpener
from shared.crypto.pem import load_private_pem
from shared.crypto.rsa_oaep import rsa_decrypt
from tests.shared.vectors import FOLDER

Json = dict[str, Any]


def wycheproof(name: str) -> Iterator[tuple[Json, Json]]:
    """Every (group, test) of a file."""
    document = json.loads((FOLDER / "published" / f"wycheproof_{name}_test.json").read_text())
    for group in document["testGroups"]:
        for test in group["tests"]:
            yield group, test


def of(test: Json, key: str) -> bytes:
    return bytes.fromhex(test[key])


@cache
def rsa_key(pem: str) -> RSAPrivateKey:
    return load_private_pem(pem.encode(), None).rsa


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_rsa_oaep(bits: int) -> None:
    """RSA-OAEP: everything that is not made with an empty label and SHA-256 throughout is one error, `WrongKey`."""
    ran = {"valid": 0, "invalid": 0, "other label": 0}
    for group, test in wycheproof(f"rsa_oaep_{bits}_sha256_mgf1sha256"):
        key = rsa_key(group["privateKeyPem"])
        check_rsa_size(key.key_size)
        result = "other label" if test["label"] else test["result"]
        ran[result] += 1
        if result == "valid":
            assert rsa_decrypt(key, of(test, "ct")) == of(test, "msg"), test
        else:
            with pytest.raises(WrongKey):
                rsa_decrypt(key, of(test, "ct"))
    assert ran == {"valid": 10, "invalid": 19, "other label": 8}


def test_chunked_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cobblestone-256 as parts are opened: in steps, and never more than the valid beginning of a bad one."""
    ran = {"valid": 0, "invalid": 0}
    for _, test in wycheproof("c2sp_chunked_encryption_aes_256_gcm"):
        sealed = memoryview(zlib.decompress(of(test, "ct")))
        key, context = of(test, "key"), of(test, "ctx")
        monkeypatch.setattr(parts, "part_context", lambda _id, _index, context=context: context)
        monkeypatch.setattr(FileKey, "parts_key", lambda _self, _id, key=key: key)
        for step in (STEP, 1_000):
            opener, opened, length = PartOpener(FileKey(bytes(32)), UUID(int=0)), hashlib.sha512(), 0
            pieces = (sealed[start : start + step] for start in range(0, len(sealed), step))
            try:
                for piece in opener.pieces(0, pieces):
                    opened.update(piece)
                    length += len(piece)
                result = "valid"
            except (Altered, ValueError):
                result = "invalid"
            assert result == test["result"], test["comment"]
            if result == "valid":
                assert (length, opened.hexdigest()) == (test["msgLength"], test["msgSha512"])
            else:
                assert length <= test.get("msgLength", 0)
        ran[test["result"]] += 1
    assert ran == {"valid": 10, "invalid": 25}


@pytest.mark.parametrize("name", ["RSA2048", "RSA3072", "RSA4096"])
def test_composite_ml_kem(name: str) -> None:
    """Our combiner gives the shared secret of draft-ietf-lamps-pq-composite-kem, from its keys and ciphertext."""
    tests = json.loads((FOLDER / "published" / "composite_mlkem768_rsa.json").read_text())["tests"]
    (test,) = [test for test in tests if test["tcId"] == f"id-MLKEM768-{name}-SHA3-256"]
    public, private, ciphertext, secret = (base64.b64decode(test[key]) for key in ("ek", "dk", "c", "k"))
    mlkem, rsa = MLKEM768PrivateKey.from_seed_bytes(private[:64]), load_der_private_key(private[64:], None)
    assert isinstance(rsa, RSAPrivateKey)
    pkcs1 = rsa.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert public == mlkem.public_key().public_bytes_raw() + pkcs1
    mlkem_part, rsa_part = ciphertext[:MLKEM_CIPHERTEXT_BYTES], ciphertext[MLKEM_CIPHERTEXT_BYTES:]
    combined = combine(mlkem.decapsulate(mlkem_part), rsa_decrypt(rsa, rsa_part), rsa_part, rsa.public_key())
    assert combined == secret


def test_ml_kem_decapsulation() -> None:
    """ML-KEM-768 from seeds: right secrets, implicit rejection, and no seeds of other lengths."""
    ran = {"valid": 0, "invalid": 0}
    for _, test in wycheproof("mlkem_768"):
        ran[test["result"]] += 1
        if test["result"] == "valid":
            key = MLKEM768PrivateKey.from_seed_bytes(of(test, "seed"))
            assert key.decapsulate(of(test, "c")) == of(test, "K")
        else:
            with pytest.raises(ValueError, match="seed"):
                MLKEM768PrivateKey.from_seed_bytes(of(test, "seed")).decapsulate(of(test, "c"))
    assert ran == {"valid": 21, "invalid": 10}


def test_ml_kem_public_keys() -> None:
    """Public keys whose coefficients are not reduced are refused (FIPS 203, section 7.2)."""
    ran = {"valid": 0, "invalid": 0}
    for _, test in wycheproof("mlkem_768_encaps"):
        ran[test["result"]] += 1
        if test["result"] == "valid":
            assert MLKEM768PublicKey.from_public_bytes(of(test, "ek")).public_bytes_raw() == of(test, "ek")
        else:
            with pytest.raises(ValueError, match="ML-KEM"):
                MLKEM768PublicKey.from_public_bytes(of(test, "ek"))
    assert ran == {"valid": 5, "invalid": 24}


def test_hkdf() -> None:
    """HKDF-SHA-256: through `kdf.hkdf` as far as 32 bytes go, the rest through the primitive."""
    ours = theirs = refused = 0
    for _, test in wycheproof("hkdf_sha256"):
        ikm, salt, info, size = of(test, "ikm"), of(test, "salt"), of(test, "info"), test["size"]
        if test["result"] == "invalid":
            refused += 1
            with pytest.raises(ValueError, match=r"[Cc]annot derive"):
                HKDF(SHA256(), size, salt, info).derive(ikm)
            continue
        okm = of(test, "okm")
        # HKDF's output does not depend on how much is asked for: shorter outputs are prefixes.
        assert hkdf(ikm, salt, info)[:size] == okm[:KEY_BYTES]
        ours += 1
        assert HKDF(SHA256(), size, salt, info).derive(ikm) == okm
        theirs += 1
    assert (ours, theirs, refused) == (83, 83, 3)


def test_pbkdf2() -> None:
    """PBKDF2-HMAC-SHA-256, below link passwords and PEM passphrases."""
    ran = 0
    for _, test in wycheproof("pbkdf2_hmacsha256"):
        kdf = PBKDF2HMAC(SHA256(), test["dkLen"], of(test, "salt"), test["iterationCount"])
        assert kdf.derive(of(test, "password")) == of(test, "dk")
        ran += 1
    assert ran == 60


def test_aes_key_wrap() -> None:
    """AES Key Wrap with 256-bit keys; 32-byte keys go through `LinkKeys`."""
    ran = {"valid": 0, "invalid": 0, "acceptable": 0}
    through_ours = 0
    for _, test in wycheproof("aes_wrap"):
        key, wrapped, plain = of(test, "key"), of(test, "ct"), of(test, "msg")
        ran[test["result"]] += 1
        link = LinkKeys(bytes(32), key, bytes(32))
        if test["result"] == "valid":
            assert aes_key_unwrap(key, wrapped) == plain
            assert aes_key_wrap(key, plain) == wrapped
            if len(plain) == KEY_BYTES:
                through_ours += 1
                assert link.unwrap(wrapped).raw == plain
                assert link.wrap(FileKey(plain)) == wrapped
        elif test["result"] == "invalid":
            through_ours += 1
            with pytest.raises(WrongKey):
                link.unwrap(wrapped)
            with pytest.raises((InvalidUnwrap, ValueError)):
                aes_key_unwrap(key, wrapped)
        else:
            with pytest.raises(WrongKey):  # 8 bytes: never a file key
                link.unwrap(wrapped)
    assert ran == {"valid": 13, "invalid": 54, "acceptable": 1}
    assert through_ours > ran["invalid"]


def test_aes_gcm() -> None:
    """AES-256-GCM with 96-bit nonces and 128-bit tags: metadata, identities, the old format."""
    ran = {"valid": 0, "invalid": 0}
    for _, test in wycheproof("aes_gcm"):
        ran[test["result"]] += 1
        aead, sealed = AESGCM(of(test, "key")), of(test, "ct") + of(test, "tag")
        if test["result"] == "valid":
            assert aead.decrypt(of(test, "iv"), sealed, of(test, "aad")) == of(test, "msg")
            assert aead.encrypt(of(test, "iv"), of(test, "msg"), of(test, "aad")) == sealed
        else:
            with pytest.raises(InvalidTag):
                aead.decrypt(of(test, "iv"), sealed, of(test, "aad"))
    assert ran == {"valid": 39, "invalid": 27}


def test_ed25519() -> None:
    """Ed25519 signatures, malleable and malformed ones among them."""
    ran = {"valid": 0, "invalid": 0}
    for group, test in wycheproof("ed25519"):
        ran[test["result"]] += 1
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
        if test["result"] == "valid":
            key.verify(of(test, "sig"), of(test, "msg"))
        else:
            with pytest.raises(InvalidSignature):
                key.verify(of(test, "sig"), of(test, "msg"))
    assert ran == {"valid": 88, "invalid": 63}
