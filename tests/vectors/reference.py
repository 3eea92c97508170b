"""A second, slow writer of format 1, straight from the format's description, for making test vectors.

It shares no code with `shared.crypto`: only the primitives of `cryptography` are the same. Everything can be bent on
the way (`bend` hooks), because most vectors are files that must be refused.
"""

import base64
import hashlib
import json
import struct
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from cryptography.cobblestone import Cobblestone256Encryptor
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MIB = 1 << 20
MAGIC = b"SEALCASE"
HEADER = MAGIC + b"\x01\r\n\x1a"

Json = dict[str, object]


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(ikm)


def compact(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def content_of(length: int) -> bytes:
    """The deterministic content that the vectors call `counter`."""
    blocks = (sha256(b"sealcase test content" + struct.pack(">Q", i)) for i in range(-(-length // 32)))
    return b"".join(blocks)[:length]


def padme(length: int) -> int:
    if length < 2:
        return length
    e = length.bit_length() - 1
    s = e.bit_length()  # floor(log2 e) + 1
    mask = (1 << (e - s)) - 1
    return (length + mask) & ~mask


# -- keys


@dataclass(frozen=True)
class Recipient:
    """Public keys of a recipient."""

    rsa: RSAPublicKey
    mlkem: MLKEM768PublicKey | None = None

    @property
    def name(self) -> bytes:
        spki = self.rsa.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return sha256((b"" if self.mlkem is None else self.mlkem.public_bytes_raw()) + spki)


@dataclass(frozen=True)
class Person:
    """All keys of somebody in the vectors."""

    rsa: RSAPrivateKey
    mlkem: MLKEM768PrivateKey | None
    signer: Ed25519PrivateKey

    @property
    def public(self) -> Recipient:
        return Recipient(self.rsa.public_key(), None if self.mlkem is None else self.mlkem.public_key())

    @property
    def plain(self) -> Recipient:
        return Recipient(self.rsa.public_key())

    @property
    def sender(self) -> bytes:
        return self.signer.public_key().public_bytes_raw()


# -- wrapping


def oaep() -> OAEP:
    return OAEP(MGF1(SHA256()), SHA256(), None)


def wrap_rsa(key: bytes, to: Recipient) -> bytes:
    return to.rsa.encrypt(key, oaep())


def wrap_hybrid(key: bytes, to: Recipient, file_id: uuid.UUID, rsa_secret: bytes, label: str | None = None) -> bytes:
    assert to.mlkem is not None
    mlkem_secret, mlkem_ciphertext = to.mlkem.encapsulate()
    rsa_ciphertext = to.rsa.encrypt(rsa_secret, oaep())
    pkcs1 = to.rsa.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    label = label or f"MLKEM768-RSAOAEP{to.rsa.key_size}"
    ss = hashlib.sha3_256(mlkem_secret + rsa_secret + rsa_ciphertext + pkcs1 + label.encode()).digest()
    k = hkdf(ss, file_id.bytes, b"sealcase/1 wrap\0" + to.name)
    return mlkem_ciphertext + rsa_ciphertext + aes_key_wrap(k, key)


@dataclass(frozen=True)
class Link:
    """Everything that follows from a link key."""

    salt: bytes
    recipient: bytes
    kek: bytes
    auth: bytes

    @classmethod
    def of(cls, lk: bytes, normal_password: bytes | None) -> "Link":
        salt = hkdf(lk, b"", b"sealcase/1 link salt")
        ikm = lk
        if normal_password is not None:
            ikm += PBKDF2HMAC(SHA256(), 32, salt, 600_000).derive(normal_password)
        return cls(
            salt,
            hkdf(lk, b"", b"sealcase/1 link id"),
            hkdf(ikm, salt, b"sealcase/1 link key"),
            hkdf(ikm, salt, b"sealcase/1 link access"),
        )


# -- a file


def same(value: Json) -> Json:
    return value


def same_bytes(value: bytes) -> bytes:
    return value


@dataclass(frozen=True)
class Recipe:
    """How to make one sealed file; replace what should be wrong with it."""

    file_key: bytes
    file_id: uuid.UUID
    content: bytes
    sender: Person | None
    grants: Callable[["Made"], list[Json]]
    nonce: bytes
    part_size: int = 8 * MIB
    created_at: int = 1_767_225_600
    compression: str = "none"
    pad: bool = True
    stored: bytes | None = None
    """Instead of the content, compressed and padded."""
    metadata: Callable[[Json], Json] = same
    metadata_json: Callable[[bytes], bytes] = same_bytes
    metadata_plain: Callable[[bytes], bytes] = same_bytes
    metadata_sealed: Callable[[bytes], bytes] = same_bytes
    manifest: Callable[[Json], Json] = same
    manifest_json: Callable[[bytes], bytes] = same_bytes
    tail: Callable[[Json], Json] = same
    tail_json: Callable[[bytes], bytes] = same_bytes
    parts: Callable[[list[bytes]], list[bytes]] = list
    """Bends sealed parts before they are hashed: what one can do who knows the file key."""
    packed: Callable[[bytes], bytes] = same_bytes
    """Compresses the content."""
    part_context: Callable[[int], bytes] | None = None
    parts_key: bytes | None = None

    def but(self, **changes: object) -> "Recipe":
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Made:
    """A sealed file in its pieces."""

    recipe: Recipe
    parts: list[bytes]
    manifest: bytes
    grants: list[Json] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    @property
    def hashes(self) -> bytes:
        return b"".join(map(sha256, self.parts))

    @property
    def tail(self) -> bytes:
        record = self.recipe.tail({"manifest": b64u(self.manifest), "grants": self.grants})
        return self.recipe.tail_json(compact(record))

    @property
    def records(self) -> bytes:
        """Everything behind the body."""
        return end(self.hashes, self.tail)

    @property
    def container(self) -> bytes:
        return HEADER + self.body + self.records


def end(hashes: bytes, tail: bytes) -> bytes:
    return hashes + tail + struct.pack(">QQ", len(hashes), len(tail)) + MAGIC


def make(recipe: Recipe) -> Made:
    """Follows the recipe."""
    r = recipe
    packed = r.packed(r.content)
    stored = packed + bytes((padme(len(packed)) if r.pad else len(packed)) - len(packed))
    stored = stored if r.stored is None else r.stored
    parts = r.parts(seal_parts(r, stored))
    body_size = sum(map(len, parts))
    digest = sha256(b"".join(map(sha256, parts)))
    fields: Json = {
        "name": "letter.txt",
        "media_type": "text/plain",
        "size": len(r.content),
        "packed_size": len(packed),
        "stored_size": len(stored),
        "modified_at": 1_735_689_600,
        "compression": r.compression,
        "comment": None,
    }
    metadata = r.metadata_sealed(seal_metadata(r, r.metadata_json(compact(r.metadata(fields))), body_size, digest))
    manifest = {
        "format": "sealcase/1",
        "file_id": str(r.file_id),
        "created_at": r.created_at,
        "sender": None if r.sender is None else b64u(r.sender.sender),
        "key_commitment": b64u(hkdf(r.file_key, r.file_id.bytes, b"sealcase/1 commitment")),
        "part_size": r.part_size,
        "body_size": body_size,
        "parts_digest": b64u(digest),
        "metadata": b64u(metadata),
    }
    made = Made(r, parts, r.manifest_json(compact(r.manifest(manifest))))
    return replace(made, grants=r.grants(made))


def seal_parts(recipe: Recipe, stored: bytes) -> list[bytes]:
    key = recipe.parts_key or hkdf(recipe.file_key, recipe.file_id.bytes, b"sealcase/1 parts")
    sealed = []
    for index in range(max(1, -(-len(stored) // recipe.part_size))):
        context = b"sealcase/1 part\0" + recipe.file_id.bytes + struct.pack(">Q", index)
        if recipe.part_context:
            context = recipe.part_context(index)
        encryptor = Cobblestone256Encryptor(key, context)
        plain = stored[index * recipe.part_size : (index + 1) * recipe.part_size]
        sealed.append(encryptor.update(plain) + encryptor.finalize())
    return sealed


def metadata_aad(recipe: Recipe, body_size: int, digest: bytes) -> bytes:
    return b"sealcase/1 metadata\0" + recipe.file_id.bytes + struct.pack(">QQ", recipe.part_size, body_size) + digest


def seal_metadata(recipe: Recipe, plain: bytes, body_size: int, digest: bytes) -> bytes:
    padded = plain + b"\x80"
    padded = recipe.metadata_plain(padded + bytes(-len(padded) % 256))
    key = hkdf(recipe.file_key, recipe.file_id.bytes, b"sealcase/1 metadata")
    return recipe.nonce + AESGCM(key).encrypt(recipe.nonce, padded, metadata_aad(recipe, body_size, digest))


# -- grants


def signed_bytes(manifest: bytes, kind: str, recipient: bytes, wrapped: bytes) -> bytes:
    statement = sha256(b"sealcase/1 statement\0" + manifest)
    return b"sealcase/1 grant\0" + statement + kind.encode() + b"\0" + recipient + sha256(wrapped)


def grant(made: Made, kind: str, recipient: bytes, wrapped: bytes, signer: Ed25519PrivateKey | None) -> Json:
    signature = None if signer is None else signer.sign(signed_bytes(made.manifest, kind, recipient, wrapped))
    return {
        "type": kind,
        "recipient": b64u(recipient),
        "wrapped_key": b64u(wrapped),
        "signature": None if signature is None else b64u(signature),
    }


def grant_to(made: Made, to: Recipient, signer: Ed25519PrivateKey | None) -> Json:
    key = made.recipe.file_key
    if to.mlkem is None:
        return grant(made, "rsa-oaep-256", to.name, wrap_rsa(key, to), signer)
    wrapped = wrap_hybrid(key, to, made.recipe.file_id, sha256(b"rsa secret" + to.name))
    return grant(made, "mlkem768-rsa-oaep-256", to.name, wrapped, signer)


def grant_to_link(made: Made, link: Link, signer: Ed25519PrivateKey | None) -> Json:
    return grant(made, "link", link.recipient, aes_key_wrap(link.kek, made.recipe.file_key), signer)


def grants_to(*to: Recipient | Link) -> Callable[[Made], list[Json]]:
    """Grants as the sender makes them."""

    def all_grants(made: Made) -> list[Json]:
        signer = None if made.recipe.sender is None else made.recipe.sender.signer
        return [
            grant_to_link(made, one, signer) if isinstance(one, Link) else grant_to(made, one, signer) for one in to
        ]

    return all_grants


# -- a metadata ciphertext that opens under two keys (Grubbs, Lu, Ristenpart 2017; Dodis et al. 2018)


def two_key_metadata(keys: Sequence[bytes], nonce: bytes, aad: bytes, plain: bytes, free_at: int, blocks: int) -> bytes:
    """`plain` under the first key, with a tag that holds under the second key as well.

    The characters in `blocks` blocks from `free_at` (a multiple of 16) on may be changed within 0x60..0x7f.
    """
    one, two = ((AESGCM(key), ghash_key(key), keystream(key, nonce)) for key in keys)

    def difference(candidate: bytes) -> int:
        ciphertext = one[0].encrypt(nonce, candidate, aad)[:-16]
        return tag(one[1], one[2], aad, ciphertext) ^ tag(two[1], two[2], aad, ciphertext)

    bits = [(free_at + i, 1 << bit) for i in range(16 * blocks) for bit in range(5)]
    start = difference(plain)
    columns = [difference(flip(plain, [place])) ^ start for place in bits]
    chosen = solve(columns, start)
    solved = flip(plain, [bits[i] for i in chosen])
    assert difference(solved) == 0
    return nonce + one[0].encrypt(nonce, solved, aad)


def flip(data: bytes, places: Sequence[tuple[int, int]]) -> bytes:
    flipped = bytearray(data)
    for at, bit in places:
        flipped[at] ^= bit
    return bytes(flipped)


def ghash_key(key: bytes) -> int:
    return int.from_bytes(aes_block(key, bytes(16)), "big")


def keystream(key: bytes, nonce: bytes) -> int:
    """E(J0), which masks the tag."""
    return int.from_bytes(aes_block(key, nonce + b"\0\0\0\1"), "big")


def aes_block(key: bytes, block: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def tag(h: int, mask: int, aad: bytes, ciphertext: bytes) -> int:
    data = aad + bytes(-len(aad) % 16) + ciphertext + bytes(-len(ciphertext) % 16)
    data += struct.pack(">QQ", 8 * len(aad), 8 * len(ciphertext))
    y = 0
    for start in range(0, len(data), 16):
        y = multiply(y ^ int.from_bytes(data[start : start + 16], "big"), h)
    return y ^ mask


def multiply(x: int, y: int) -> int:
    """In GF(2^128), as GCM numbers its bits (SP 800-38D, section 6.3)."""
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return z


def solve(columns: Sequence[int], target: int) -> list[int]:
    """Which columns add up (xor) to `target`."""
    basis: dict[int, tuple[int, int]] = {}  # leading bit → (vector, set of columns as bits)
    for index, column in enumerate(columns):
        vector, used = reduce(column, 1 << index, basis)
        if vector:
            basis[vector.bit_length()] = (vector, used)
    rest, used = reduce(target, 0, basis)
    assert rest == 0, "too few free bits"
    return [index for index in range(len(columns)) if used >> index & 1]


def reduce(vector: int, used: int, basis: dict[int, tuple[int, int]]) -> tuple[int, int]:
    while vector and vector.bit_length() in basis:
        other, others = basis[vector.bit_length()]
        vector, used = vector ^ other, used ^ others
    return vector, used
