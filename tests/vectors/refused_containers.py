"""Refused: containers that are cut short, too long, or something else."""

import struct
from dataclasses import replace
from typing import Any

from tests.vectors.containers import (
    LETTER,
    ids,
    literal,
    slices,
)
from tests.vectors.reference import (
    HEADER,
    MAGIC,
    MIB,
    Json,
    Made,
    b64u,
    compact,
    content_of,
    end,
    make,
    sha256,
)
from tests.vectors.refusing import Bytes, Refusals, fields


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
