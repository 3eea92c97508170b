"""Containers that must be refused, each with the error and the step at which it is due.

`read`: the container's records are parsed (opening, step 1, and the hash list of step 5). `open`: steps 1 to 4.
`restore`: steps 5 and 6. "Forged" vectors are made by somebody without the file key; "crafted" ones by somebody who
has it: a malicious sender where the file is signed, anybody who can open it where it is anonymous.
"""

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
    literal,
    person,
    reader,
    recipe,
    slices,
)
from tests.vectors.reference import (
    HEADER,
    MAGIC,
    MIB,
    Json,
    Link,
    Made,
    Person,
    Recipe,
    b64u,
    compact,
    content_of,
    end,
    grant,
    grant_to,
    grants_to,
    hkdf,
    make,
    metadata_aad,
    sha256,
    signed_bytes,
    two_key_metadata,
    unb64u,
    wrap_hybrid,
    wrap_rsa,
)

Change = Callable[[Json], Json]
Bytes = Callable[[bytes], bytes]


class Refusals:
    """Collects vectors."""

    def __init__(self, people: dict[str, Person]) -> None:
        self.people = people
        self.alice, self.bob, self.carol = people["alice"], people["bob"], people["carol"]
        self.sam, self.mallory = people["sam"], people["mallory"]
        self.out: list[Json] = []
        self.signed = make(recipe("signed", LETTER, self.sam, grants_to(self.alice.plain, self.bob.public)))
        self.anonymous = make(recipe("anonymous", LETTER, None, grants_to(self.alice.plain, self.bob.public)))

    def add(self, name: str, what: str, container: bytes, error: str, at: str, opener: Json | None = None) -> None:
        self.build(name, what, None, error, at, opener, container)

    @property
    def bases(self) -> dict[str, bytes]:
        return {"signed": self.signed.container, "anonymous": self.anonymous.container}

    def shortened(self, container: bytes) -> Json:
        """The container itself, or as a change to a base where that is much shorter."""
        for name, base in self.bases.items():
            head = common(base, container)
            tail = min(common(base[::-1], container[::-1]), len(container) - head, len(base) - head)
            if head + tail > len(container) - 400 and head > 100 and len(container) > 400:
                start = {"base": name, "offset": 0, "length": head}
                end_ = {"base": name, "offset": len(base) - tail, "length": tail}
                middle = container[head : len(container) - tail]
                return {"build": [start, literal(middle), *([end_] if tail else [])]}
        return {"container": b64u(container)}

    def build(
        self,
        name: str,
        what: str,
        pieces: list[Json] | None,
        error: str,
        at: str,
        opener: Json | None = None,
        container: bytes = b"",
    ) -> None:
        sealed: Json = self.shortened(container) if pieces is None else {"build": pieces}
        expected: Json = {"error": error, "at": at}
        opener = opener or person("alice")
        self.out.append({"name": name, "what": what, **sealed, "open_with": [opener], "expect": expected})

    def crafted(
        self,
        name: str,
        what: str,
        error: str,
        at: str,
        opener: Json | None = None,
        of: Recipe | None = None,
        **bend: Any,
    ) -> None:
        base = of or recipe(name, LETTER, self.sam, grants_to(self.alice.plain))
        self.add(name, what, make(base.but(**bend)).container, error, at, opener)


def common(one: bytes, other: bytes) -> int:
    """How many bytes at the beginning are the same."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def vectors(people: dict[str, Person], big: Made) -> tuple[list[Json], dict[str, str]]:
    """The vectors, and the containers that some of them change."""
    r = Refusals(people)
    forged_manifests(r)
    strict_manifests(r)
    forged_grants(r)
    crafted_grants(r)
    links(r)
    rewrapped(r)
    commitments(r)
    metadata(r)
    bodies(r)
    compressed(r)
    tails(r)
    truncated(r)
    foreign(r)
    many_parts(r, big)
    return r.out, {name: b64u(base) for name, base in r.bases.items()}


# -- tools


def change(key: str, value: object) -> Change:
    return lambda record: {**record, key: value}


def drop(key: str) -> Change:
    return lambda record: {k: v for k, v in record.items() if k != key}


def flip(text: object, index: int) -> str:
    """base64url `text` with one bit of byte `index` changed."""
    assert isinstance(text, str)
    data = bytearray(unb64u(text))
    data[index] ^= 1
    return b64u(bytes(data))


def sub(old: bytes, new: bytes) -> Bytes:
    def substitute(raw: bytes) -> bytes:
        assert raw.count(old) == 1, (old, raw)
        return raw.replace(old, new)

    return substitute


def fields(made: Made) -> Json:
    import json

    record: Json = json.loads(made.manifest)
    return record


def with_manifest(made: Made, bend: Change) -> bytes:
    """The container with another manifest, and grants as they were."""
    return replace(made, manifest=compact(bend(fields(made)))).container


def with_grant(made: Made, bend: Change, index: int = 0) -> bytes:
    grants = list(made.grants)
    grants[index] = bend(grants[index])
    return replace(made, grants=grants).container


# -- by somebody without the file key


def forged_manifests(r: Refusals) -> None:
    metadata_end = len(unb64u(str(fields(r.signed)["metadata"]))) - 1
    other_id = str(uuid.UUID(bytes=sha256(b"other")[:16], version=4))
    for made, how, caught in ((r.signed, "signed", "BadSignature"), (r.anonymous, "anonymous", "Altered")):
        record = fields(made)

        def forge(name: str, bend: Change, error: str, at: str = "open", made: Made = made, how: str = how) -> None:
            r.add(f"{how}: {name}", "Forged manifest, grants untouched.", with_manifest(made, bend), error, at)

        forge("format", change("format", "sealcase/2"), "FormatError", "read")
        forge("file_id", change("file_id", other_id), "WrongKey")
        forge("sender replaced", change("sender", b64u(r.mallory.sender)), "BadSignature")
        forge("key_commitment", change("key_commitment", flip(record["key_commitment"], 0)), "WrongKey")
        forge("part_size", change("part_size", 16 * MIB), caught)
        forge("parts_digest", change("parts_digest", flip(record["parts_digest"], 31)), "FormatError", "read")
        forge("metadata nonce", change("metadata", flip(record["metadata"], 0)), caught)
        forge("metadata ciphertext", change("metadata", flip(record["metadata"], 12)), caught)
        forge("metadata tag", change("metadata", flip(record["metadata"], metadata_end)), caught)
        forge("metadata empty", change("metadata", ""), "Altered")
        cut = b64u(unb64u(str(record["metadata"]))[:-256])
        forge("metadata cut", change("metadata", cut), "Altered")
        longer = change("body_size", int(str(record["body_size"])) + 1)
        forge("body_size", longer, "Truncated", "read")
        grown = replace(made, parts=[made.parts[0] + b"\0"], manifest=compact(longer(record)))
        digest = sha256(grown.hashes)
        grown = replace(grown, manifest=compact(change("parts_digest", b64u(digest))(longer(record))))
        r.add(
            f"{how}: body extended",
            "A byte more, with size, hash and digest to match.",
            grown.container,
            caught,
            "open",
        )
        altered = replace(made, parts=[made.parts[0][:-1] + bytes([made.parts[0][-1] ^ 1])])
        r.add(f"{how}: body altered", "One bit.", replace(made, parts=altered.parts).container, "FormatError", "read")
        quiet = HEADER + altered.body + made.records
        r.add(f"{how}: body altered, hashes kept", "One bit, old hash list.", quiet, "Altered", "restore")
        loud = change("parts_digest", b64u(sha256(altered.hashes)))
        altered = replace(altered, manifest=compact(loud(record)))
        r.add(
            f"{how}: body, hashes, digest", "One bit, with hash and digest to match.", altered.container, caught, "open"
        )
        hashes = bytes([made.hashes[0] ^ 1]) + made.hashes[1:]
        lying = HEADER + made.body + end(hashes, made.tail)
        r.add(f"{how}: hash list altered", "The list only.", lying, "FormatError", "read")

    record = fields(r.signed)
    r.add(
        "signed: created_at",
        "A second later.",
        with_manifest(r.signed, change("created_at", 1_767_225_601)),
        "BadSignature",
        "open",
    )
    r.add(
        "signed: sender removed",
        "Signatures stay.",
        with_manifest(r.signed, change("sender", None)),
        "BadSignature",
        "open",
    )
    stripped = replace(r.signed, grants=[change("signature", None)(one) for one in r.signed.grants])
    r.add("signed: signatures stripped", "The sender is still named.", stripped.container, "BadSignature", "open")
    named = replace(r.anonymous, manifest=compact(change("sender", b64u(r.mallory.sender))(fields(r.anonymous))))
    forged = [resign(named, one, r.mallory) for one in named.grants]
    r.add(
        "anonymous: claimed",
        "Mallory puts her name to an anonymous file, with signatures that hold: the file opens, as hers. Only who knows"
        " the file key can do that without being noticed, but anybody can do it; so a name says who vouches, no more."
        " This vector has the signature of another key than the one named.",
        replace(named, grants=[resign(named, one, r.sam) for one in forged]).container,
        "BadSignature",
        "open",
    )
    spaced = replace(r.signed, manifest=r.signed.manifest.replace(b",", b", "))
    r.add("signed: manifest re-encoded", "The same values, other bytes.", spaced.container, "BadSignature", "open")
    turned = replace(r.signed, manifest=reorder(r.signed.manifest))
    r.add("signed: manifest reordered", "The same values in another order.", turned.container, "BadSignature", "open")


def reorder(raw: bytes) -> bytes:
    import json

    record = json.loads(raw)
    return json.dumps(dict(reversed(record.items())), separators=(",", ":")).encode()


def resign(made: Made, one: Json, signer: Person) -> Json:
    kind, recipient, wrapped = str(one["type"]), unb64u(str(one["recipient"])), unb64u(str(one["wrapped_key"]))
    return {**one, "signature": b64u(signer.signer.sign(signed_bytes(made.manifest, kind, recipient, wrapped)))}


def strict_manifests(r: Refusals) -> None:
    """Properly signed, so that only the strict reading refuses them."""
    _, file_id, _ = ids("strict")
    upper, v1 = str(file_id).upper(), "c232ab00-9414-11ec-b3c8-9f6bdeced846"
    cases: list[tuple[str, str, Change | None, Bytes | None]] = [
        ("unknown key", "A key that nobody defined.", change("extra", 1), None),
        ("key in other case", "`Format` beside `format`.", change("Format", "sealcase/1"), None),
        (
            "duplicate key",
            "`part_size` twice, same value.",
            None,
            sub(b'"part_size"', b'"part_size":8388608,"part_size"'),
        ),
        (
            "duplicate key escaped",
            "Twice, once with an escape.",
            None,
            sub(b'"sender"', b'"s\\u0065nder":null,"sender"'),
        ),
        ("NaN", "`created_at` is NaN.", None, sub(b"1767225600", b"NaN")),
        ("Infinity", "`created_at` is Infinity.", None, sub(b"1767225600", b"Infinity")),
        ("created_at true", "A boolean is no number.", change("created_at", True), None),
        ("created_at text", "Digits in quotes.", change("created_at", "1767225600"), None),
        ("created_at float", "1767225600.0", change("created_at", 1767225600.0), None),
        ("created_at exponent", "1E9", None, sub(b"1767225600", b"1E9")),
        ("created_at negative", "-1", change("created_at", -1), None),
        ("created_at huge", "2^63", change("created_at", 2**63), None),
        ("created_at enormous", "10^5000: no time may be spent on it.", None, sub(b"1767225600", b"1" + b"0" * 5000)),
        ("created_at leading zero", "01", None, sub(b"1767225600", b"01")),
        ("created_at plus", "+1", None, sub(b"1767225600", b"+1")),
        ("created_at null", "null", change("created_at", None), None),
        ("file_id upper case", "One text for one id.", change("file_id", upper), None),
        ("file_id braces", "{...}", change("file_id", "{" + str(file_id) + "}"), None),
        ("file_id urn", "urn:uuid:", change("file_id", f"urn:uuid:{file_id}"), None),
        ("file_id without hyphens", "32 digits", change("file_id", file_id.hex), None),
        ("file_id version 1", "Only version 4.", change("file_id", v1), None),
        (
            "file_id variant",
            "Version 4 of another variant.",
            change("file_id", "550e8400-e29b-41d4-0716-446655440000"),
            None,
        ),
        ("file_id number", "Not text.", change("file_id", 4), None),
        ("sender short", "31 bytes", change("sender", b64u(r.sam.sender[:31])), None),
        ("sender long", "33 bytes", change("sender", b64u(r.sam.sender + b"\0")), None),
        ("sender empty", "Text without a byte.", change("sender", ""), None),
        ("sender false", "null is the only nothing.", change("sender", False), None),
        (
            "commitment short",
            "31 bytes",
            lambda m: {**m, "key_commitment": b64u(unb64u(str(m["key_commitment"]))[:31])},
            None,
        ),
        ("digest padded", "base64url with `=`.", lambda m: {**m, "parts_digest": str(m["parts_digest"]) + "="}, None),
        ("digest not canonical", "Trailing bits that no byte has.", uncanonical("parts_digest"), None),
        ("commitment standard base64", "`+` and `/`.", change("key_commitment", "+/" * 21 + "8"), None),
        (
            "metadata with line break",
            "base64url has none.",
            lambda m: {**m, "metadata": str(m["metadata"]) + "\n"},
            None,
        ),
        ("metadata null", "Not text.", change("metadata", None), None),
        ("part_size 512 KiB", "Below the floor.", change("part_size", MIB // 2), None),
        ("part_size 1 GiB", "Above the ceiling.", change("part_size", 1024 * MIB), None),
        ("part_size no power of two", "3 MiB", change("part_size", 3 * MIB), None),
        ("part_size zero", "0", change("part_size", 0), None),
        ("part_size negative", "-1 MiB", change("part_size", -MIB), None),
        ("body_size zero", "Even an empty file has 72 bytes.", change("body_size", 0), None),
        ("body_size impossible", "No content has that.", change("body_size", 8 * MIB + 56 + 16 * 513 + 1), None),
        (
            "body_size beyond 10,000 parts",
            "1 MiB x 10,001",
            two(part_size=MIB, body_size=10_001 * (MIB + 56 + 16 * 65)),
            None,
        ),
        ("array", "Not an object.", None, lambda raw: b"[" + raw + b"]"),
        ("byte order mark", "U+FEFF in front.", None, lambda raw: b"\xef\xbb\xbf" + raw),
        ("invalid UTF-8", "0xFF in a text.", None, sub(b"sealcase/1", b"sealcase/1\xff")),
        ("UTF-16", "Another encoding.", None, lambda raw: raw.decode().encode("utf-16")),
        ("trailing comma", "Not JSON.", None, lambda raw: raw[:-1] + b",}"),
        ("comment", "Not JSON.", None, lambda raw: raw[:-1] + b"/**/}"),
        ("two documents", "One behind the other.", None, lambda raw: raw + b"{}"),
        ("NUL behind", "White space has no NUL.", None, lambda raw: raw + b"\0"),
        ("deep", "100,000 brackets.", None, lambda raw: raw[:-1] + b',"deep":' + b"[" * 100_000),
        ("single quotes", "Not JSON.", None, lambda raw: raw.replace(b'"', b"'")),
        ("empty", "No bytes.", None, lambda _raw: b""),
    ]
    deep: list[tuple[str, bytes]] = []
    cases += [(f"{key} missing", "Every key is required.", drop(key), None) for key in sorted(fields(r.signed))]
    for name, what, bend, bend_bytes in cases:
        base = recipe("strict", LETTER, r.sam, grants_to(r.alice.plain))
        base = base if bend is None else base.but(manifest=bend)
        base = base if bend_bytes is None else base.but(manifest_json=bend_bytes)
        made = make(base)
        if len(made.manifest) > 50_000:
            deep.append((name, made.manifest))
            continue
        r.add(f"manifest: {name}", what, made.container, "FormatError", "read")
    for name, _raw in deep:
        nested(r, f"manifest: {name}")
    oversize(r)


def two(**values: object) -> Change:
    return lambda record: {**record, **values}


def uncanonical(key: str) -> Change:
    def bend(record: Json) -> Json:
        text = str(record[key])
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        return {**record, key: text[:-1] + alphabet[alphabet.index(text[-1]) + 1]}

    return bend


def nested(r: Refusals, name: str) -> None:
    """100,002 brackets, compactly: `[[[` is `W1tb` in base64url."""
    head, tail = b'{"manifest":"', b'","grants":[]}'
    count = 33_334
    length = len(head) + 4 * count + len(tail)
    made = r.signed
    last = struct.pack(">QQ", len(made.hashes), length) + MAGIC
    pieces = [
        literal(HEADER + made.body + made.hashes + head),
        {"repeat": count, **literal(b"W1tb")},
        literal(tail + last),
    ]
    r.build(name, "100,002 opening brackets: no stack may overflow.", pieces, "FormatError", "read")


def oversize(r: Refusals) -> None:
    """A valid, signed manifest with white space behind it, up to the limit and one step further."""
    for name, error in (("manifest: just too large", "FormatError"),):
        made = make(recipe("oversize", LETTER, r.sam, grants_to(r.alice.plain)))
        raw = made.manifest + b" " * (-len(made.manifest) % 3)
        count = (MIB - len(raw)) // 3 + 1
        padded = raw + b"   " * count
        made = replace(made, manifest=padded)
        made = replace(made, grants=made.recipe.grants(made))
        tail = made.tail
        spaces = b"ICAg" * count
        start = tail.index(spaces)
        before, after = tail[:start], tail[start + len(spaces) :]
        last = struct.pack(">QQ", len(made.hashes), len(tail)) + MAGIC
        pieces = [
            literal(HEADER + made.body + made.hashes + before),
            {"repeat": count, **literal(b"ICAg")},
            literal(after + last),
        ]
        r.build(
            name,
            f"A signed manifest of {len(padded):,} bytes, all but {len(raw):,} of them spaces.",
            pieces,
            error,
            "read",
        )


def forged_grants(r: Refusals) -> None:
    made = r.signed
    first, second = made.grants
    for name, what, bend, error, at in (
        ("type unknown", "No such type.", change("type", "rsa-oaep-512"), "FormatError", "read"),
        ("type link", "The wrapped key is too long for it.", change("type", "link"), "FormatError", "read"),
        ("type in upper case", "One text for one type.", change("type", "RSA-OAEP-256"), "FormatError", "read"),
        ("type null", "Not text.", change("type", None), "FormatError", "read"),
        ("recipient altered", "Nobody's.", change("recipient", flip(first["recipient"], 5)), "WrongKey", "open"),
        (
            "recipient of another",
            "Bob's name on Alice's.",
            change("recipient", second["recipient"]),
            "WrongKey",
            "open",
        ),
        ("recipient short", "31 bytes", change("recipient", b64u(bytes(31))), "FormatError", "read"),
        ("wrapped_key altered", "One bit.", change("wrapped_key", flip(first["wrapped_key"], 200)), "WrongKey", "open"),
        ("wrapped_key short", "255 bytes", change("wrapped_key", b64u(bytes(255))), "FormatError", "read"),
        ("wrapped_key empty", "0 bytes", change("wrapped_key", ""), "FormatError", "read"),
        ("wrapped_key zero", "256 zero bytes", change("wrapped_key", b64u(bytes(256))), "WrongKey", "open"),
        (
            "wrapped_key beyond the modulus",
            "256 × 0xFF",
            change("wrapped_key", b64u(b"\xff" * 256)),
            "WrongKey",
            "open",
        ),
        ("wrapped_key of 3072 bits", "For a key of 2048.", change("wrapped_key", b64u(bytes(384))), "WrongKey", "open"),
        ("signature altered", "One bit.", change("signature", flip(first["signature"], 0)), "BadSignature", "open"),
        (
            "signature scalar altered",
            "One bit.",
            change("signature", flip(first["signature"], 40)),
            "BadSignature",
            "open",
        ),
        ("signature of another grant", "Bob's.", change("signature", second["signature"]), "BadSignature", "open"),
        ("signature stripped", "null", change("signature", None), "BadSignature", "open"),
        ("signature short", "63 bytes", change("signature", b64u(bytes(63))), "FormatError", "read"),
        ("signature zero", "64 zero bytes", change("signature", b64u(bytes(64))), "BadSignature", "open"),
        ("signature empty", "Text without a byte.", change("signature", ""), "FormatError", "read"),
        ("signature missing", "Every key is required.", drop("signature"), "FormatError", "read"),
        ("unknown key", "A key that nobody defined.", change("note", "hi"), "FormatError", "read"),
        (
            "by added",
            "A claim that Mallory wrapped it again.",
            change("by", b64u(r.mallory.sender)),
            "BadSignature",
            "open",
        ),
        ("by short", "31 bytes", change("by", b64u(bytes(31))), "FormatError", "read"),
        ("signed by another", "Mallory's signature.", lambda one: resign(made, one, r.mallory), "BadSignature", "open"),
        ("signature malleable", "s + L: the same point, another text.", malleable, "BadSignature", "open"),
    ):
        r.add(f"grant: {name}", f"Forged grant to Alice. {what}", with_grant(made, bend), error, at)

    ciphertext = unb64u(str(second["wrapped_key"]))
    assert len(ciphertext) == 1088 + 384 + 40
    for name, at_byte in (("ML-KEM", 500), ("RSA", 1088 + 100), ("key wrap", 1088 + 384 + 20)):
        bend = change("wrapped_key", flip(second["wrapped_key"], at_byte))
        r.add(f"hybrid: {name} altered", "One bit.", with_grant(made, bend, 1), "WrongKey", "open", person("bob"))
    again = unb64u(str(grant_to(made, r.bob.public, r.sam.signer)["wrapped_key"]))
    for name, mixed in (
        ("ML-KEM", again[:1088] + ciphertext[1088:]),
        ("RSA", ciphertext[:1088] + again[1088 : 1088 + 384] + ciphertext[1088 + 384 :]),
        ("key wrap", ciphertext[: 1088 + 384] + again[1088 + 384 :]),
    ):
        bend = change("wrapped_key", b64u(mixed))
        what = "From another grant to the same recipient."
        r.add(f"hybrid: {name} exchanged", what, with_grant(made, bend, 1), "WrongKey", "open", person("bob"))
    shorter = change("wrapped_key", b64u(ciphertext[:1088] + ciphertext[1088 + 128 :]))
    what = "As for RSA of 2048 bits."
    r.add("hybrid: RSA shortened", what, with_grant(made, shorter, 1), "WrongKey", "open", person("bob"))
    kind = change("type", "rsa-oaep-256")
    r.add("hybrid: called RSA", "Downgrade by name.", with_grant(made, kind, 1), "FormatError", "read", person("bob"))
    no_kem = person("bob", rsa_only=True)
    r.add("hybrid: without ML-KEM", "The RSA key alone opens nothing.", made.container, "WrongKey", "open", no_kem)
    r.add("grant: none for me", "Carol got none.", made.container, "WrongKey", "open", person("carol"))
    r.add("grant: no grants", "An empty list.", replace(made, grants=[]).container, "WrongKey", "open")
    doubled = replace(made, grants=[first, first])
    r.add("grant: doubled", "The same twice.", doubled.container, "FormatError", "read")
    rivals = replace(made, grants=[grant_to(made, r.alice.plain, r.sam.signer), first])
    r.add("grant: rivals", "Two of one type to one recipient.", rivals.container, "FormatError", "read")

    added = change("signature", b64u(bytes(64)))
    r.add("anonymous: signature added", "64 zero bytes", with_grant(r.anonymous, added), "BadSignature", "open")
    mine = with_grant(r.anonymous, lambda one: resign(r.anonymous, one, r.mallory))
    r.add("anonymous: signed by a stranger", "Nobody is named.", mine, "BadSignature", "open")
    other = make(recipe("other file", LETTER, r.sam, grants_to(r.alice.plain)))
    moved = replace(made, grants=other.grants)
    r.add("grant: of another file", "Alice's grant of another file.", moved.container, "WrongKey", "open")
    theirs = make(recipe("other file hybrid", LETTER, r.sam, grants_to(r.bob.public)))
    moved = replace(made, grants=theirs.grants)
    r.add("hybrid: of another file", "Bound to its file id.", moved.container, "WrongKey", "open", person("bob"))
    anonymous = make(recipe("other anonymous", LETTER, None, grants_to(r.alice.plain)))
    moved = replace(r.anonymous, grants=anonymous.grants)
    r.add("anonymous: grant of another file", "The commitment tells.", moved.container, "WrongKey", "open")


def malleable(one: Json) -> Json:
    raw = unb64u(str(one["signature"]))
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(raw[32:], "little") + order
    return {**one, "signature": b64u(raw[:32] + s.to_bytes(32, "little"))}


# -- by somebody with the file key


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


# -- the container


def tails(r: Refusals) -> None:
    made = r.signed

    def case(name: str, what: str, bend: Bytes) -> None:
        tail = bend(made.tail)
        r.add(f"tail: {name}", what, HEADER + made.body + end(made.hashes, tail), "FormatError", "read")

    case("unknown key", "A third.", lambda raw: raw[:-1] + b',"note":1}')
    case("duplicate manifest", "Twice.", lambda raw: raw[:-1] + b',"manifest":"e30"}')
    case("duplicate grants", "Twice.", lambda raw: raw[:-1] + b',"grants":[]}')
    case("manifest missing", "Only grants.", lambda _raw: b'{"grants":[]}')
    case("grants missing", "Only a manifest.", lambda raw: b"{" + raw[raw.index(b'"manifest"') :])
    case("grants null", "Not an array.", lambda raw: b'{"grants":null,' + raw[raw.index(b'"manifest"') :])
    case("grants an object", "Not an array.", lambda raw: b'{"grants":{},' + raw[raw.index(b'"manifest"') :])
    case("grant a text", "Not an object.", lambda raw: b'{"grants":["x"],' + raw[raw.index(b'"manifest"') :])
    case("manifest as object", "Not encoded.", lambda _raw: b'{"grants":[],"manifest":' + made.manifest + b"}")
    case("manifest padded", "base64url with `=`.", lambda raw: raw[:-2] + b'="}')
    case("NaN", "Not JSON.", lambda raw: raw[:-1] + b',"x":NaN}')
    case("array", "Not an object.", lambda raw: b"[" + raw + b"]")
    case("empty", "No bytes.", lambda _raw: b"")
    case("invalid UTF-8", "0xFF", lambda raw: raw + b"\xff")
    case("two documents", "One behind the other.", lambda raw: raw + b"{}")


def truncated(r: Refusals) -> None:
    made = r.signed
    whole = made.container
    body_end, hashes_end = len(HEADER) + len(made.body), len(HEADER) + len(made.body) + 32
    tail_end = hashes_end + len(made.tail)
    assert tail_end + 24 == len(whole)
    for length, where in (
        (0, "nothing"),
        (5, "in the magic"),
        (8, "in the header"),
        (11, "a byte of the header is missing"),
    ):
        r.add(f"cut: {where}", f"The first {length} bytes.", whole[:length], "FormatError", "read")
    for length, where in (
        (12, "only the header"),
        (35, "too short for a footer"),
        (36, "long enough for a footer"),
        (12 + 56, "in the body"),
        (body_end - 1, "a byte of the body is missing"),
        (body_end, "behind the body"),
        (body_end + 16, "in the hashes"),
        (hashes_end, "behind the hashes"),
        (hashes_end + 100, "in the tail"),
        (tail_end, "behind the tail"),
        (tail_end + 8, "in the lengths"),
        (tail_end + 16, "before the last magic"),
        (len(whole) - 1, "a byte is missing"),
    ):
        r.add(f"cut: {where}", f"The first {length} bytes.", whole[:length], "Truncated", "read")
    r.add("front cut", "The first byte is missing.", whole[1:], "FormatError", "read")
    r.add("appended: a byte", "Behind the footer.", whole + b"\0", "Truncated", "read")
    r.add("appended: a line break", "As an editor does.", whole + b"\n", "Truncated", "read")
    r.add("prepended: a byte", "Before the magic.", b"\0" + whole, "FormatError", "read")
    hole = whole[:40] + whole[60:]
    r.add("body cut in the middle", "20 bytes are missing.", hole, "Truncated", "read")
    inserted = whole[:40] + bytes(20) + whole[40:]
    r.add("body with an insertion", "20 bytes too many.", inserted, "Truncated", "read")
    both = whole + whole
    r.add("twice", "One container behind the other.", both, "Truncated", "read")
    r.add("header: version 2", "Another container.", whole[:8] + b"\2" + whole[9:], "FormatError", "read")
    text = whole[:12].replace(b"\r\n", b"\n") + whole[12:]
    r.add("header: line end changed", "By a transfer in text mode.", text, "FormatError", "read")
    lower = b"sealcase" + whole[8:]
    r.add("header: lower case", "Another magic.", lower, "FormatError", "read")
    lower = whole[:-8] + b"sealcase"
    r.add("footer: lower case", "Another magic.", lower, "Truncated", "read")

    hashes, tail = len(made.hashes), len(made.tail)
    for name, lie, error in (
        ("tail a byte longer", (hashes, tail + 1), "FormatError"),
        ("tail a byte shorter", (hashes, tail - 1), "FormatError"),
        ("tail takes the hashes", (0, tail + 32), "FormatError"),
        ("tail empty", (hashes, 0), "FormatError"),
        ("no hashes", (0, tail), "Truncated"),
        ("two hashes", (64, tail), "Truncated"),
        ("a byte more of hashes", (33, tail), "Truncated"),
        ("tail of 2^63", (hashes, 2**63), "FormatError"),
        ("hashes of 2^64 - 1", (2**64 - 1, tail), "FormatError"),
        ("tail larger than the file", (hashes, len(whole)), "FormatError"),
        ("hashes larger than the file", (32 * 10_000, tail), "FormatError"),
        ("tail overlaps the header", (hashes, len(whole) - 24 - 32 - 11), "FormatError"),
    ):
        lying = whole[:-24] + struct.pack(">QQ", *lie) + MAGIC
        r.add(f"footer: {name}", "The lengths lie.", lying, error, "read")
    extra = HEADER + made.body + end(made.hashes + bytes(32), made.tail)
    r.add("hashes: one too many", "32 zero bytes.", extra, "FormatError", "read")
    none = HEADER + made.body + end(b"", made.tail)
    r.add("hashes: none", "An empty list.", none, "FormatError", "read")
    odd = HEADER + made.body + end(made.hashes + b"\0", made.tail)
    r.add("hashes: 33 bytes", "Not a multiple of 32.", odd, "FormatError", "read")


def foreign(r: Refusals) -> None:
    for name, data in (
        ("age", b"age-encryption.org/v1\n-> X25519 " + b"A" * 43 + b"\n" + content_of(200)),
        ("OpenPGP", b"-----BEGIN PGP MESSAGE-----\n\n" + b"A" * 100 + b"\n-----END PGP MESSAGE-----\n"),
        ("text", LETTER),
        ("zip", b"PK\x03\x04" + bytes(100) + b"PK\x05\x06" + bytes(18)),
        ("zeros", bytes(200)),
        ("old format", b'{"nonce": "AAAAAAAAAAAAAAAA", "ciphertext": "", "wrapped_key": "", "metadata": "{}"}'),
        ("only the magic, twice", MAGIC * 20),
    ):
        r.add(f"foreign: {name}", "Not a container.", data, "FormatError", "read")
    hollow = HEADER + bytes(72) + bytes(16) + MAGIC
    r.add("foreign: hollow", "Header and footer around zeros.", hollow, "FormatError", "read")


def many_parts(r: Refusals, big: Made) -> None:
    """Over `three_parts.sealed`; see `containers.slices`."""
    head, zero, one, two_, rest = slices(big)
    full = len(big.parts[0])

    def case(name: str, what: str, pieces: list[Json], error: str, at: str) -> None:
        r.build(f"parts: {name}", what, pieces, error, at)

    case("swapped", "Without a word.", [head, one, zero, two_, rest], "Altered", "restore")
    case("last dropped", "Without a word.", [head, zero, one, rest], "Truncated", "read")
    case("first dropped", "Without a word.", [head, one, two_, rest], "Truncated", "read")
    case("doubled", "Without a word.", [head, zero, zero, one, two_, rest], "Truncated", "read")
    case("first instead of second", "Without a word.", [head, zero, zero, two_, rest], "Altered", "restore")
    case(
        "extended",
        "A byte in front of the records.",
        [head, zero, one, two_, literal(b"\0"), rest],
        "Truncated",
        "read",
    )
    other = make(big.recipe.but(file_id=ids("other parts")[1]))
    case(
        "last of another file",
        "Of the same length.",
        [head, zero, one, literal(other.parts[2]), rest],
        "Altered",
        "restore",
    )
    again = make(big.recipe)
    what = "Sealed anew: only the hash tells."
    case("last sealed again", what, [head, zero, one, literal(again.parts[2]), rest], "Altered", "restore")
    late: Json = {"file": "three_parts.sealed", "offset": len(HEADER), "length": full - 1}
    case(
        "first altered at its end",
        "One bit.",
        [head, late, literal(bytes([big.parts[0][-1] ^ 1])), one, two_, rest],
        "Altered",
        "restore",
    )

    def hashes(*parts: bytes) -> bytes:
        return b"".join(map(sha256, parts))

    a, b, c = big.parts
    listed = literal(end(hashes(b, a, c), big.tail))
    case("swapped, with hashes", "The list too.", [head, one, zero, two_, listed], "FormatError", "read")

    def crafted(name: str, parts: list[bytes], pieces: list[Json], error: str, at: str, **bend: Any) -> None:
        """By the sender: manifest and signatures to match."""
        made = make(big.recipe.but(parts=lambda _parts: parts, **bend))
        what = "Crafted and signed by the sender."
        case(f"{name}, signed", what, [head, *pieces, literal(made.records)], error, at)

    def forged(name: str, parts: list[bytes], pieces: list[Json], error: str) -> None:
        """By somebody without the file key: new digest and size in the manifest, old metadata and signatures."""
        size, digest = sum(map(len, parts)), b64u(sha256(hashes(*parts)))
        manifest = compact({**fields(big), "body_size": size, "parts_digest": digest})
        made = replace(big, parts=parts, manifest=manifest)
        what = "Digest and size of the manifest to match."
        case(f"{name}, forged", what, [head, *pieces, literal(made.records)], error, "open")

    crafted("swapped", [b, a, c], [one, zero, two_], "Altered", "restore")
    crafted("doubled", [a, a, c], [zero, zero, two_], "Altered", "restore")
    crafted("dropped", [a, c], [zero, two_], "Altered", "open")
    short = big.recipe.content[:MIB] + big.recipe.content[2 * MIB :]
    crafted("second dropped, sizes to match", [a, c], [zero, two_], "Altered", "restore", content=short)
    forged("swapped", [b, a, c], [one, zero, two_], "BadSignature")
    forged("dropped", [a, b], [zero, one], "BadSignature")
    forged("doubled", [a, a, b, c], [zero, zero, one, two_], "BadSignature")
    empty = make(big.recipe.but(content=b"")).parts[0]
    crafted(
        "an empty one at the end",
        [a, b, empty],
        [zero, one, literal(empty)],
        "FormatError",
        "read",
        content=big.recipe.content[: 2 * MIB],
    )
