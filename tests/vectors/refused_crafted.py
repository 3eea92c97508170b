"""Refused: crafted by somebody who has the file key."""

import gzip
import struct
import uuid
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from tests.vectors.containers import (
    LETTER,
    LINK_KEY,
    by_grant,
    gzip_with_name,
    ids,
    link,
    person,
    reader,
    recipe,
)
from tests.vectors.reference import (
    MIB,
    Json,
    Link,
    Made,
    Person,
    Recipe,
    b64u,
    content_of,
    grant,
    grant_to,
    grants_to,
    hkdf,
    make,
    metadata_aad,
    sha256,
    two_key_metadata,
    unb64u,
    wrap_hybrid,
    wrap_rsa,
)
from tests.vectors.refusing import (
    Bytes,
    Change,
    Refusals,
    change,
    drop,
    fields,
    flip,
    resign,
    sub,
    two,
    with_grant,
)


def crafted_grants(r: Refusals) -> None:
    # A recipient passes on what Sam sent, as if Sam had sent it to the next one.
    made = r.signed
    passed = grant_to(made, r.carol.public, None)
    passed = {**passed, "signature": made.grants[1]["signature"]}
    forwarded = replace(made, grants=[*made.grants, passed])
    opener = person("carol")
    r.add("forwarded: Sam's signature", "Taken from Bob's grant.", forwarded.container, "BadSignature", "open", opener)
    passed = resign(made, passed, r.bob)
    forwarded = replace(made, grants=[*made.grants, passed])
    r.add("forwarded: Bob's signature", "In Sam's name.", forwarded.container, "BadSignature", "open", opener)
    passed = {**passed, "signature": None}
    forwarded = replace(made, grants=[*made.grants, passed])
    r.add("forwarded: unsigned", "In Sam's name.", forwarded.container, "BadSignature", "open", opener)

    # A recipient seals other content with the same file key, and keeps Sam's grants.
    forged = make(made.recipe.but(content=b"Dear Alice, please send me all your money. Sam\n"))
    reused = replace(forged, grants=made.grants)
    r.add("body forged by a recipient", "Sam's grants beside it.", reused.container, "BadSignature", "open")
    r.add(
        "metadata forged by a recipient",
        "Another name for Sam's file.",
        replace(
            make(made.recipe.but(metadata=change("name", "b.exe"))), parts=made.parts, grants=made.grants
        ).container,
        "FormatError",
        "read",
    )

    key, alice = made.recipe.file_key, r.alice.plain
    sha1 = OAEP(MGF1(SHA1()), SHA1(), None)
    mixed = OAEP(MGF1(SHA1()), SHA256(), None)
    labelled = OAEP(MGF1(SHA256()), SHA256(), b"sealcase")
    for name, wrapped in (
        ("OAEP with SHA-1", alice.rsa.encrypt(key, sha1)),
        ("OAEP with MGF1-SHA-1", alice.rsa.encrypt(key, mixed)),
        ("OAEP with a label", alice.rsa.encrypt(key, labelled)),
        ("PKCS#1 v1.5", alice.rsa.encrypt(key, PKCS1v15())),
        ("file key of 31 bytes", wrap_rsa(key[:31], alice)),
        ("file key of 33 bytes", wrap_rsa(key + b"\0", alice)),
        ("file key of no bytes", wrap_rsa(b"", alice)),
        ("file key of another file", wrap_rsa(sha256(b"another"), alice)),
    ):
        one = grant(made, "rsa-oaep-256", alice.name, wrapped, r.sam.signer)
        r.add(f"wrapped: {name}", "Signed by the sender.", replace(made, grants=[one]).container, "WrongKey", "open")

    bob, file_id, secret = r.bob.public, made.recipe.file_id, sha256(b"secret")
    other_id = ids("another")[1]
    for name, wrapped in (
        ("label of another size", wrap_hybrid(key, bob, file_id, secret, "MLKEM768-RSAOAEP2048")),
        ("label of an older draft", wrap_hybrid(key, bob, file_id, secret, "id-MLKEM768-RSA3072-SHA3-256")),
        ("another file id", wrap_hybrid(key, bob, other_id, secret)),
        ("RSA secret of 16 bytes", wrap_hybrid(key, bob, file_id, secret[:16])[:-40] + bytes(40)),
        ("file key of another file", wrap_hybrid(sha256(b"another"), bob, file_id, secret)),
    ):
        one = grant(made, "mlkem768-rsa-oaep-256", bob.name, wrapped, r.sam.signer)
        wrong = replace(made, grants=[one]).container
        r.add(f"hybrid wrapped: {name}", "Signed by the sender.", wrong, "WrongKey", "open", person("bob"))


def links(r: Refusals) -> None:
    free, locked = Link.of(LINK_KEY, None), Link.of(LINK_KEY, b"password")
    made = make(recipe("links", LETTER, r.sam, grants_to(free)))
    secret = make(recipe("links with password", LETTER, r.sam, grants_to(locked)))
    other = sha256(b"another link")
    r.add("link: another key", "No such link.", made.container, "WrongKey", "open", link(key=other))
    r.add("link: password too many", "There is none.", made.container, "WrongKey", "open", link("password"))
    r.add(
        "link: wrong password", "Not normalized to it either.", secret.container, "WrongKey", "open", link("Password")
    )
    r.add("link: password missing", "It needs one.", secret.container, "WrongKey", "open", link())
    r.add("link: empty password", "It needs another.", secret.container, "WrongKey", "open", link(""))
    for name, made_link, error in (("altered", made, "WrongKey"),):
        bend = change("wrapped_key", flip(made_link.grants[0]["wrapped_key"], 39))
        r.add(f"link: wrapped_key {name}", "One bit.", with_grant(made_link, bend), error, "open", link())
    bend = change("signature", flip(made.grants[0]["signature"], 3))
    r.add("link: signature altered", "One bit.", with_grant(made, bend), "BadSignature", "open", link())
    bend = change("signature", None)
    r.add("link: signature stripped", "null", with_grant(made, bend), "BadSignature", "open", link())
    as_alice = replace(made, grants=[{**made.grants[0], "recipient": b64u(r.alice.plain.name)}])
    r.add("link: to a person", "A link grant is for links.", as_alice.container, "WrongKey", "open")
    for name, wrapped in (
        ("of another file", aes_key_wrap(free.kek, sha256(b"another"))),
        ("under the access key", aes_key_wrap(free.auth, made.recipe.file_key)),
    ):
        one = grant(made, "link", free.recipient, wrapped, r.sam.signer)
        r.add(
            f"link: key {name}",
            "Signed by the sender.",
            replace(made, grants=[one]).container,
            "WrongKey",
            "open",
            link(),
        )
    short = grant(made, "link", free.recipient, aes_key_wrap(free.kek, bytes(24)), r.sam.signer)
    r.add("link: key of 24 bytes", "Too short.", replace(made, grants=[short]).container, "FormatError", "read", link())


def rewrapped(r: Refusals) -> None:
    """Bob had Carol's encryption keys before."""
    bob, old = r.bob, r.carol.public
    me = person("bob", reader=reader(bob, old.name))

    def case(
        name: str, what: str, grants: Callable[[Made], list[Json]], opener: Json = me, of: Person | None = r.sam
    ) -> None:
        made = make(recipe(f"by {name}", LETTER, of, grants))
        r.add(f"by: {name}", what, made.container, "BadSignature", "open", opener)

    def original(made: Made) -> Json:
        return grant_to(made, old, r.sam.signer)

    def mine(made: Made) -> Json:
        return by_grant(made, bob.public, bob)

    case("another's", "Mallory wrapped it for Bob.", lambda m: [original(m), by_grant(m, bob.public, r.mallory)])
    case(
        "the sender's",
        "`by` is the sender, who signs no such grants.",
        lambda m: [original(m), by_grant(m, bob.public, r.sam)],
    )
    case("in my name", "Mallory's signature.", lambda m: [original(m), by_grant(m, bob.public, bob, r.mallory)])
    case("unsigned", "null", lambda m: [original(m), {**mine(m), "signature": None}])
    case("original missing", "Nothing from the sender.", lambda m: [mine(m)])
    case("original to others", "Not to a key of mine.", lambda m: [grant_to(m, r.alice.public, r.sam.signer), mine(m)])
    case("original altered", "One bit.", lambda m: [change_signature(original(m)), mine(m)])
    case("original by Mallory", "In Sam's name.", lambda m: [grant_to(m, old, r.mallory.signer), mine(m)])
    case("original stripped", "null", lambda m: [{**original(m), "signature": None}, mine(m)])
    case("original is a by grant", "Two of mine prove nothing.", lambda m: [by_grant(m, old, bob), mine(m)])
    case("no identity", "A plain key has no `by`.", lambda m: [original(m), mine(m)], person("bob"))
    stranger = person("bob", reader=reader(r.mallory, old.name))
    case("another identity", "I am not Bob.", lambda m: [original(m), mine(m)], stranger)
    case("unknown past", "No earlier key.", lambda m: [original(m), mine(m)], person("bob", reader=reader(bob)))


def change_signature(one: Json) -> Json:
    return {**one, "signature": flip(one["signature"], 10)}


def commitments(r: Refusals) -> None:
    wrong = change("key_commitment", b64u(sha256(b"another")))
    r.crafted("commitment: of nothing", "Signed all the same.", "WrongKey", "open", manifest=wrong)
    other_key = sha256(b"second file key")

    def commits_to_other(record: Json) -> Json:
        file_id = uuid.UUID(str(record["file_id"]))
        return {**record, "key_commitment": b64u(hkdf(other_key, file_id.bytes, b"sealcase/1 commitment"))}

    r.crafted("commitment: of another key", "Signed all the same.", "WrongKey", "open", manifest=commits_to_other)

    # One body for Alice, one for Bob; which of them a scanner sees depends on who opens the file.
    file_key, file_id, nonce = ids("two keys")
    keys = [hkdf(key, file_id.bytes, b"sealcase/1 metadata") for key in (file_key, other_key)]
    base = Recipe(file_key, file_id, LETTER, r.sam, lambda _made: [], nonce)
    base = base.but(metadata=change("comment", "`" * 80))
    plain: list[bytes] = []

    def keep(padded: bytes) -> bytes:
        plain.append(padded)
        return padded

    probe = make(base.but(metadata_plain=keep))
    aad = metadata_aad(base, len(probe.body), sha256(probe.hashes))
    free_at = -(-plain[0].index(b"`" * 80) // 16) * 16
    ciphertext = two_key_metadata(keys, nonce, aad, plain[0], free_at, 4)

    def both(made: Made) -> list[Json]:
        first = grant(made, "rsa-oaep-256", r.alice.plain.name, wrap_rsa(file_key, r.alice.plain), r.sam.signer)
        carol = r.carol.plain
        return [first, grant(made, "rsa-oaep-256", carol.name, wrap_rsa(other_key, carol), r.sam.signer)]

    crafty = base.but(grants=both, parts=lambda _parts: probe.parts, metadata_sealed=lambda _raw: ciphertext)
    what = "The metadata's GCM tag holds under both keys, Alice's and Carol's; the manifest commits to Alice's."
    made = make(crafty)
    r.add("two keys", what, made.container, "WrongKey", "open", person("carol"))


def metadata(r: Refusals) -> None:
    def json_(
        name: str, what: str, bend: Change | None = None, raw: Bytes | None = None, error: str = "FormatError"
    ) -> None:
        extra: dict[str, Any] = {}
        if bend:
            extra["metadata"] = bend
        if raw:
            extra["metadata_json"] = raw
        r.crafted(f"metadata: {name}", f"Crafted and signed by the sender. {what}", error, "open", **extra)

    for key in ("name", "media_type", "size", "packed_size", "stored_size", "modified_at", "compression", "comment"):
        json_(f"{key} missing", "Every key but `path` is required.", drop(key))
    json_("unknown key", "A key that nobody defined.", change("mode", 0o777))
    json_("duplicate key", "`name` twice.", raw=sub(b'"name"', b'"name":"a","name"'))
    json_("NaN", "`modified_at`.", raw=sub(b"1735689600", b"NaN"))
    json_("size text", "Digits in quotes.", change("size", "57"))
    json_("size float", "57.0", change("size", float(len(LETTER))))
    json_("size true", "A boolean.", change("size", True))
    json_("size negative", "-1", change("size", -1))
    json_("size null", "null", change("size", None))
    json_("size 2^63", "Too large.", change("size", 2**63))
    json_("name null", "A file has a name.", change("name", None))
    json_("name number", "Not text.", change("name", 7))
    json_("name with a lone surrogate", "No valid Unicode.", raw=sub(b"letter.txt", b"\\ud800"))
    json_("name too long", "4,097 characters.", change("name", "n" * 4_097))
    json_("compression unknown", "zstd", change("compression", "zstd"))
    json_("compression null", "null", change("compression", None))
    json_("array", "Not an object.", raw=lambda raw: b"[" + raw + b"]")
    json_("not JSON", "Text.", raw=lambda _raw: b"letter.txt")
    json_("invalid UTF-8", "0xFF", raw=sub(b"letter.txt", b"\xff"))
    size = len(LETTER)
    json_("size larger", "Than what is stored.", change("size", size + 1), error="Altered")
    json_("size smaller", "Than what is stored.", change("size", size - 1), error="Altered")
    json_("packed_size larger", "Than the content.", change("packed_size", size + 1), error="Altered")
    bigger = two(size=size + 1, packed_size=size + 1, stored_size=size + 1)
    json_("all sizes larger", "They fit each other, not the body.", bigger, error="Altered")
    json_(
        "all sizes zero",
        "They fit each other, not the body.",
        two(size=0, packed_size=0, stored_size=0),
        error="Altered",
    )
    json_("packed_size beyond stored_size", "By far.", two(size=999, packed_size=999), error="Altered")

    def padding(name: str, what: str, bend: Bytes, error: str = "Altered") -> None:
        what = f"Crafted and signed by the sender. {what}"
        r.crafted(f"metadata padding: {name}", what, error, "open", metadata_plain=bend)

    padding("no 0x80", "Zeros only.", lambda raw: raw.rstrip(b"\0")[:-1].ljust(len(raw), b"\0"))
    padding("0x81", "Another mark.", lambda raw: (raw.rstrip(b"\0")[:-1] + b"\x81").ljust(len(raw), b"\0"))
    padding("last byte", "Not zero.", lambda raw: raw[:-1] + b"\1")
    padding("0x80 in the middle", "A second mark at the end.", lambda raw: raw[:-1] + b"\x80", "FormatError")
    padding("a block too many", "256 zeros more.", lambda raw: raw + bytes(256))
    padding("a byte too many", "No multiple of 256.", lambda raw: raw + b"\0")
    padding("missing", "No multiple of 256.", lambda raw: raw.rstrip(b"\0"))
    padding("all zeros", "No JSON, no mark.", lambda raw: bytes(len(raw)))
    padding("nothing", "An empty plaintext.", lambda _raw: b"")
    # GCM ciphertexts bound to other things than they stand beside.
    for name, bend in (
        ("another part_size", {"part_size": 16 * MIB}),
        ("another file id", {"file_id": ids("another")[1]}),
    ):
        other = make(recipe("metadata bound", LETTER, r.sam, grants_to(r.alice.plain)).but(**bend))
        taken = unb64u(str(fields(other)["metadata"]))
        what = "Crafted: the associated data of another file."
        name = f"metadata: bound to {name}"
        r.crafted(
            name,
            what,
            "Altered",
            "open",
            None,
            recipe("metadata bound", LETTER, r.sam, grants_to(r.alice.plain)),
            metadata_sealed=lambda _raw, taken=taken: taken,
        )


def bodies(r: Refusals) -> None:
    def case(name: str, what: str, error: str, at: str, **bend: Any) -> None:
        r.crafted(f"body: {name}", f"Crafted and signed by the sender. {what}", error, at, **bend)

    letter = content_of(300)
    base = recipe("bodies", letter, r.sam, grants_to(r.alice.plain))
    padded = 304
    for name, stored in (
        ("padding not zero", letter + b"\0\0\0\1"),
        ("padding not zero at its start", letter + b"\1\0\0\0"),
    ):
        case(name, "What lies behind the content must be zeros.", "Altered", "restore", of=base.but(stored=stored))
    assert len(make(base).body) == 56 + padded + 16
    for name, length in (("a byte short", 303), ("a byte too long", 305), ("next step", 320)):
        stored = letter + bytes(length - 300)
        case(f"padding {name}", f"{length} bytes instead of 304 or 300.", "Altered", "open", of=base.but(stored=stored))
    case("shorter than its content", "299 bytes of 300.", "Altered", "open", of=base.but(stored=letter[:299]))
    context = b"sealcase/1 part\0" + base.file_id.bytes
    for name, other in (
        ("part of another place", context + struct.pack(">Q", 1)),
        ("part of another file", b"sealcase/1 part\0" + ids("another")[1].bytes + bytes(8)),
        ("part without context", b""),
        ("part with a little-endian number", context + struct.pack("<Q", 1)),
    ):
        case(
            name, "Sealed under another context.", "Altered", "restore", of=base.but(part_context=lambda _i, c=other: c)
        )
    case("part under the file key", "Not derived.", "Altered", "restore", of=base.but(parts_key=base.file_key))
    made = make(base)
    for name, at_byte in (("salt", 0), ("commitment", 30), ("first byte", 56), ("tag", len(made.parts[0]) - 1)):
        flipped = bytearray(made.parts[0])
        flipped[at_byte] ^= 1
        bent = base.but(parts=lambda _parts, one=bytes(flipped): [one])
        case(f"{name} altered", "One bit; hash, digest and signature to match.", "Altered", "restore", of=bent)
    two_chunks = recipe("two chunks", content_of(16_384 + 100), r.sam, grants_to(r.alice.plain)).but(pad=False)
    chunks = make(two_chunks).parts[0]
    swapped = chunks[:56] + chunks[56 + 16_400 :] + chunks[56 : 56 + 16_400]
    case("chunks swapped", "Within a part.", "Altered", "restore", of=two_chunks.but(parts=lambda _parts: [swapped]))
    cut = two_chunks.but(
        content=content_of(16_384 - 16),
        stored=content_of(16_384 - 16),
        parts=lambda _parts: [chunks[: 56 + 16_400][:-16]],
    )
    case("chunk cut off", "Ends where a chunk ends, all sizes to match.", "Altered", "restore", of=cut)


def compressed(r: Refusals) -> None:
    content = b"All work and no play makes Jack a dull boy.\n" * 100
    packed = gzip.compress(content, 9, mtime=0)
    base = recipe("compressed", content, r.sam, grants_to(r.alice.plain)).but(compression="gzip", pad=False)

    def case(name: str, what: str, data: bytes, error: str = "Altered", at: str = "restore", **bend: Any) -> None:
        of = base.but(packed=lambda _content: data, **bend)
        r.crafted(f"gzip: {name}", f"Crafted and signed by the sender. {what}", error, at, of=of)

    case("size too small", "The content goes on.", packed, metadata=change("size", len(content) - 1))
    case("size too large", "The content ends early.", packed, metadata=change("size", len(content) + 1))
    case("size zero", "The content goes on.", packed, metadata=change("size", 0))
    bomb = gzip.compress(bytes(4 * MIB), 9, mtime=0)
    case("bomb", "4 MiB of zeros, said to be 1,000 bytes.", bomb, metadata=change("size", 1_000))
    case("trailing bytes", "One zero byte behind the member.", packed + b"\0")
    case("trailing garbage", "Text behind the member.", packed + b"garbage")
    case("two members", "Only one is allowed.", packed + gzip.compress(b"", mtime=0))
    half = gzip.compress(content[:2_200], 9, mtime=0) + gzip.compress(content[2_200:], 9, mtime=0)
    case("content in two members", "Only one is allowed.", half)
    case("checksum", "CRC-32 altered.", packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:])
    case("length", "ISIZE altered.", packed[:-1] + bytes([packed[-1] ^ 1]))
    case("cut in the trailer", "A byte is missing.", packed[:-1])
    case("without trailer", "Eight bytes are missing.", packed[:-8])
    case("cut in the data", "Half of it.", packed[: len(packed) // 2])
    case("empty", "No bytes at all.", b"")
    case("zlib", "Another wrapper.", zlib.compress(content, 9))
    case("raw deflate", "No wrapper.", zlib.compress(content, 9)[2:-4])
    case("not compressed", "Plain text.", content)
    case("damaged", "A bit in the middle.", packed[:40] + bytes([packed[40] ^ 0x10]) + packed[41:])
    case("method 7", "Only deflate exists.", packed[:2] + b"\7" + packed[3:])
    named = gzip_with_name(content)
    case("endless name", "A header without an end.", named[:3] + b"\x08" + named[4:10] + b"n" * 500)
    said = {"compression": "none", "size": len(packed)}
    opened = base.but(packed=lambda _content: packed, metadata=lambda m: {**m, **said, "packed_size": len(packed) + 1})
    r.crafted("gzip: called none", "Sizes that can not be.", "Altered", "open", of=opened)
    with_zeros = packed + bytes(3)
    of = base.but(packed=lambda _c: packed, stored=with_zeros, metadata=change("packed_size", len(with_zeros)))
    r.crafted("gzip: padding inside", "Zeros counted as packed content.", "Altered", "restore", of=of)
