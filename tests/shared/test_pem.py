"""PEM keys: ours work with OpenSSL, OpenSSL's work with us, and everything else is refused by name."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shared.crypto.errors import BadKey, WrongPassphrase
from shared.crypto.pem import (
    encode_private_pem,
    encode_public_pem,
    generate_rsa,
    is_encrypted_pem,
    load_private_pem,
    load_public_pem,
)
from tests.shared.vectors import private_keys

KEY = private_keys("alice").rsa
openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


def run(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, check=True, capture_output=True).stdout


def numbers(pem: bytes, passphrase: bytes | None = None) -> int:
    return load_private_pem(pem, passphrase).rsa.private_numbers().d


@pytest.mark.parametrize("passphrase", [None, b"secret", "pässwörd ☃".encode(), b" " * 100])
def test_private_pem_round_trip(passphrase: bytes | None) -> None:
    """What was written is read, with its passphrase only."""
    pem = encode_private_pem(KEY, passphrase)
    assert is_encrypted_pem(pem) == (passphrase is not None)
    assert numbers(pem, passphrase) == KEY.private_numbers().d
    for wrong in {None, b"wrong", b""} - {passphrase}:
        with pytest.raises(WrongPassphrase):
            load_private_pem(pem, wrong)


def test_passphrase_costs_600_000_rounds() -> None:
    """Two files of one key differ; PBKDF2 runs 600,000 rounds with HMAC-SHA-256 and AES-256-CBC."""
    one, other = (encode_private_pem(KEY, b"secret") for _ in range(2))
    assert one != other
    if shutil.which("openssl"):
        shown = run("asn1parse", "-inform", "PEM", stdin=one).decode()
        for expected in ("PBES2", "PBKDF2", "0927C0", "hmacWithSHA256", "aes-256-cbc"):
            assert expected in shown
        assert 0x0927C0 == 600_000


@openssl
@pytest.mark.parametrize("passphrase", [None, "secret"])
def test_openssl_opens_our_keys(passphrase: str | None, tmp_path: Path) -> None:
    """`openssl pkey` reads the private key, and derives our public key from it."""
    path = tmp_path / "private_key.pem"
    path.write_bytes(encode_private_pem(KEY, passphrase.encode() if passphrase else None))
    public = run("pkey", "-in", str(path), "-passin", f"pass:{passphrase or ''}", "-pubout")
    assert public == encode_public_pem(KEY.public_key())


@openssl
def test_openssl_wraps_a_key_that_we_unwrap() -> None:
    """`openssl pkeyutl` with OAEP and SHA-256 makes what `rsa_decrypt` opens."""
    import tempfile

    from shared.crypto.rsa_oaep import rsa_decrypt

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "public_key.pem"
        path.write_bytes(encode_public_pem(KEY.public_key()))
        options = ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256")
        arguments = [word for option in options for word in ("-pkeyopt", option)]
        wrapped = run("pkeyutl", "-encrypt", "-pubin", "-inkey", str(path), *arguments, stdin=bytes(32))
    assert rsa_decrypt(KEY, wrapped) == bytes(32)


@openssl
@pytest.mark.parametrize("bits", [2048, 3072])
def test_keys_made_by_openssl(bits: int, tmp_path: Path) -> None:
    """PKCS#8 and traditional PKCS#1, with and without a passphrase; public keys."""
    path = tmp_path / "key.pem"
    run("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}", "-out", str(path))
    plain = path.read_bytes()
    d = numbers(plain)
    assert numbers(run("rsa", "-in", str(path), "-traditional")) == d
    encrypt = ("-in", str(path), "-passout", "pass:secret")
    for encrypted in (
        run("pkcs8", "-topk8", "-v2", "aes-256-cbc", *encrypt),
        run("pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", *encrypt),
        run("pkcs8", "-topk8", "-scrypt", *encrypt),
        run("rsa", "-aes256", "-traditional", *encrypt),
    ):
        assert is_encrypted_pem(encrypted)
        assert numbers(encrypted, b"secret") == d
        for wrong in (b"wrong", None):
            with pytest.raises(WrongPassphrase):
                load_private_pem(encrypted, wrong)
    for public in (run("pkey", "-in", str(path), "-pubout"), run("rsa", "-in", str(path), "-RSAPublicKey_out")):
        assert load_public_pem(public).recipient == load_private_pem(plain, None).public.recipient


@pytest.mark.parametrize("bits", [1024, 2047, 3000, 8192, 0, -1])
def test_sizes_that_are_not_made(bits: int) -> None:
    """2048, 3072 and 4096 bits only."""
    with pytest.raises(BadKey):
        generate_rsa(bits)


def test_small_keys_are_not_loaded() -> None:
    """A key of 1024 bits opens, and seals, nothing."""
    key = generate_private_key(65_537, 1024)
    with pytest.raises(BadKey):
        load_private_pem(encode_private_pem(key, None), None)
    with pytest.raises(BadKey):
        load_public_pem(encode_public_pem(key.public_key()))


def other_private_keys() -> list[bytes]:
    keys = (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1()))
    return [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in keys]


@pytest.mark.parametrize("pem", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_no_keys(pem: bytes) -> None:
    """Neither private nor public."""
    with pytest.raises(BadKey):
        load_private_pem(pem, None)
    with pytest.raises(BadKey):
        load_public_pem(pem)


def test_other_kinds_of_keys() -> None:
    """Ed25519, EC, and a public key where a private one is needed."""
    for pem in [*other_private_keys(), encode_public_pem(KEY.public_key())]:
        with pytest.raises(BadKey):
            load_private_pem(pem, None)
    for curve in (ec.SECP256R1(), ec.SECP521R1()):
        public = ec.generate_private_key(curve).public_key()
        with pytest.raises(BadKey):
            load_public_pem(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def test_private_key_as_recipient() -> None:
    """Who offers a private key is told never to give it away; the message holds none of it."""
    pem = encode_private_pem(KEY, None)
    with pytest.raises(BadKey, match="never") as caught:
        load_public_pem(pem)
    assert pem[100:120].decode() not in str(caught.value)


@pytest.mark.parametrize("passphrase", [b"", b"secret"])
def test_passphrase_for_an_open_key(passphrase: bytes) -> None:
    """A passphrase where none is needed is refused, also if some text around the key says otherwise."""
    pem = encode_private_pem(KEY, None)
    for text in (pem, b"This is not ENCRYPTED\n" + pem):
        with pytest.raises(WrongPassphrase):
            load_private_pem(text, passphrase)


def test_empty_passphrase() -> None:
    """An encrypted key and an empty passphrase: refused, not crashed on."""
    with pytest.raises(WrongPassphrase):
        load_private_pem(encode_private_pem(KEY, b"secret"), b"")
