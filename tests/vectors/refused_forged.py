"""Refused: forged by somebody without the file key."""

import struct
import uuid
from dataclasses import replace

from tests.vectors.containers import (
    LETTER,
    ids,
    literal,
    person,
    recipe,
)
from tests.vectors.reference import (
    HEADER,
    MAGIC,
    MIB,
    Json,
    Made,
    b64u,
    compact,
    end,
    grant_to,
    grants_to,
    make,
    sha256,
    unb64u,
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
    with_manifest,
)


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
