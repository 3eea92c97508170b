"""Containers that must open."""

import gzip
import io
import uuid
import zlib
from collections.abc import Callable
from unicodedata import normalize

from tests.vectors.reference import (
    HEADER,
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
    make,
    sha256,
    wrap_hybrid,
    wrap_rsa,
)

PASSWORD = "caf\u00e9 \ufb01ve \u2460"
"""Changes under NFKC: the ligature and the circled digit become plain letters."""
LINK_KEY = sha256(b"link key")
LETTER = b"Dear Alice, the keys are under the third flower pot. Sam\n"


def ids(name: str) -> tuple[bytes, uuid.UUID, bytes]:
    """File key, file id and metadata nonce of the vector `name`."""
    raw = sha256(b"file id " + name.encode())[:16]
    return sha256(b"file key " + name.encode()), uuid.UUID(bytes=raw, version=4), sha256(b"nonce " + name.encode())[:12]


def recipe(name: str, content: bytes, sender: Person | None, grants: Callable[[Made], list[Json]]) -> Recipe:
    file_key, file_id, nonce = ids(name)
    return Recipe(file_key, file_id, content, sender, grants, nonce)


def person(name: str, **more: object) -> Json:
    return {"person": name, **more}


def link(password: str | None = None, key: bytes = LINK_KEY) -> Json:
    return {"link_key": b64u(key), "password": password}


def expect(made: Made, **more: object) -> Json:
    sender = made.recipe.sender
    content = made.recipe.content
    counter = content == content_of(len(content))
    return {
        "content": {"counter": len(content)} if counter else {"bytes": b64u(content)},
        "sha256": b64u(sha256(content)),
        "sender": None if sender is None else b64u(sender.sender),
        **more,
    }


def opens(name: str, what: str, made: Made, *openers: Json, **more: object) -> Json:
    return {
        "name": name,
        "what": what,
        "container": b64u(made.container),
        "open_with": list(openers),
        "expect": expect(made, **more),
    }


def gzip_with_name(data: bytes) -> bytes:
    """What `gzip letter.txt` makes: with a file name and a time in its header."""
    buffer = io.BytesIO()
    with gzip.GzipFile("letter.txt", "wb", 9, buffer, 1_700_000_000) as file:
        file.write(data)
    return buffer.getvalue()


def gzip_stored(data: bytes) -> bytes:
    """gzip without compression: stored blocks."""
    deflate = zlib.compressobj(0, zlib.DEFLATED, 31)
    return deflate.compress(data) + deflate.flush()


def three_parts(people: dict[str, Person]) -> Made:
    """1 MiB, 1 MiB and 4,000 bytes, signed by Sam, for Alice."""
    content = content_of(2 * MIB + 4_000)
    made = recipe("three parts", content, people["sam"], grants_to(people["alice"].public))
    return make(made.but(part_size=MIB, pad=False))


def slices(made: Made) -> list[Json]:
    """Where the pieces of the big container lie: header, the parts, and everything behind them."""
    offset, pieces = 0, []
    for length in (len(HEADER), *map(len, made.parts), len(made.records)):
        pieces.append({"file": "three_parts.sealed", "offset": offset, "length": length})
        offset += length
    return [dict(piece) for piece in pieces]


def literal(data: bytes) -> Json:
    return {"bytes": b64u(data)}


def vectors(people: dict[str, Person], big: Made) -> list[Json]:
    alice, bob, carol, sam, mallory = (people[name] for name in ("alice", "bob", "carol", "sam", "mallory"))
    out = []

    for name, who, bits in (("alice", alice, 2048), ("bob", bob, 3072), ("carol", carol, 4096)):
        for sender, how in ((sam, "signed"), (None, "anonymous")):
            for to, kind in ((who.plain, "rsa-oaep-256"), (who.public, "hybrid")):
                label = f"{kind} {bits} {how}"
                made = make(recipe(label, LETTER, sender, grants_to(to)))
                openers = [person(name)] + ([person(name, rsa_only=True)] if kind == "rsa-oaep-256" else [])
                out.append(opens(label, f"One grant to {name}.", made, *openers))

    for sender, how in ((sam, "signed"), (None, "anonymous")):
        made = make(recipe(f"link {how}", LETTER, sender, grants_to(Link.of(LINK_KEY, None))))
        out.append(opens(f"link {how}", "A link without a password.", made, link()))
        normal = normalize("NFKC", PASSWORD).encode()
        made = make(recipe(f"link password {how}", LETTER, sender, grants_to(Link.of(LINK_KEY, normal))))
        out.append(opens(f"link password {how}", "The password is normalized (NFKC).", made, link(PASSWORD)))

    empty_password = make(recipe("link empty password", LETTER, sam, grants_to(Link.of(LINK_KEY, b""))))
    out.append(opens("link empty password", "An empty password is a password.", empty_password, link("")))

    everybody = grants_to(alice.plain, bob.public, carol.public, Link.of(LINK_KEY, None))
    made = make(recipe("many grants", LETTER, sam, everybody))
    out.append(opens("many grants", "Four grants.", made, person("alice"), person("bob"), person("carol"), link()))

    only_alice = grants_to(alice.plain)
    for size in (0, 1, 2, 4_095, 4_096, 4_097):
        for pad in (True, False):
            label = f"{size} bytes {'padded' if pad else 'unpadded'}"
            made = make(recipe(label, content_of(size), sam, only_alice).but(pad=pad))
            out.append(opens(label, "A boundary.", made, person("alice")))
    for size in (16_383, 16_384, 16_385):
        made = make(recipe(f"{size} bytes", content_of(size), None, only_alice).but(pad=False))
        out.append(opens(f"{size} bytes", "Around one Cobblestone chunk, unpadded.", made, person("alice")))
    made = make(recipe("15000 bytes padded", content_of(15_000), None, only_alice))
    out.append(opens("15000 bytes padded", "Padded to 15,360.", made, person("alice")))

    text = b"All work and no play makes Jack a dull boy.\n" * 600
    for label, packed in (
        ("gzip", lambda data: gzip.compress(data, 9, mtime=0)),
        ("gzip with file name", gzip_with_name),
        ("gzip stored", gzip_stored),
    ):
        for pad in (True, False):
            name = f"{label} {'padded' if pad else 'unpadded'}"
            content = text if label != "gzip stored" else text[:5_000]
            made = make(recipe(name, content, sam, only_alice).but(packed=packed, compression="gzip", pad=pad))
            out.append(opens(name, "Compressed by zlib.", made, person("alice")))
    made = make(recipe("gzip empty", b"", sam, only_alice).but(packed=gzip.compress, compression="gzip"))
    out.append(opens("gzip empty", "Nothing, compressed.", made, person("alice")))

    full = {
        "name": "Größe – ☃ 🐈.txt",
        "media_type": None,
        "modified_at": -1,
        "comment": 'Ünïcode\n\u0000\u2028 "quoted" \\',
        "path": "Ordner/ein/Größe – ☃ 🐈.txt",
    }
    made = make(recipe("metadata full", LETTER, sam, only_alice).but(metadata=lambda m: {**m, **full}))
    out.append(opens("metadata full", "Every metadata field, beyond ASCII.", made, person("alice"), metadata=full))
    sizes = {"size": len(LETTER), "packed_size": len(LETTER), "compression": "none", "name": "letter.txt"}
    made = make(recipe("metadata", LETTER, sam, only_alice))
    out.append(opens("metadata", "Plain metadata.", made, person("alice"), metadata=sizes))
    long_name = "n" * 2_000
    made = make(recipe("metadata long", LETTER, sam, only_alice).but(metadata=lambda m: {**m, "name": long_name}))
    out.append(opens("metadata long", "More than one block.", made, person("alice"), metadata={"name": long_name}))
    for missing in (254, 255, 256):
        base = len(compact_metadata(LETTER))
        name = "x" * (missing - base % 256 if missing > base % 256 else 256 + missing - base % 256)
        made = make(recipe(f"metadata {missing}", LETTER, sam, only_alice).but(metadata=name_it(name)))
        what = f"JSON of {missing} bytes modulo 256, so that the padding is {(255 - missing) % 256} zeros."
        out.append(opens(f"metadata {missing}", what, made, person("alice"), metadata={"name": name}))

    spaced = make(
        recipe("manifest spaced", LETTER, sam, only_alice).but(
            manifest_json=lambda raw: b" " + raw.replace(b",", b" ,\n\t") + b"\r\n",
            tail_json=lambda raw: raw.replace(b":", b" : ") + b"\n",
        )
    )
    out.append(opens("manifest spaced", "White space is free; what was written is signed.", spaced, person("alice")))
    escaped = make(
        recipe("manifest escaped", LETTER, sam, only_alice).but(
            manifest_json=lambda raw: raw.replace(b"sealcase/1", b"\\u0073ealcase\\/1")
        )
    )
    out.append(opens("manifest escaped", "JSON escapes mean what they say.", escaped, person("alice")))

    clock = make(recipe("created_at", LETTER, None, only_alice))
    moved = Made(clock.recipe, clock.parts, clock.manifest.replace(b"1767225600", b"1767225601"), clock.grants)
    out.append(
        opens("created_at altered", "The one change to an anonymous file that nobody notices.", moved, person("alice"))
    )

    out += rewrapped(people)
    out += multi_part(people, big)
    dull = recipe("foreign by grant", LETTER, sam, only_alice)
    first = make(dull.but(grants=lambda m: [by_grant(m, alice.plain, mallory), *only_alice(m)]))
    out.append(
        opens("foreign by grant", "Somebody else's `by` grant to me does not hide mine.", first, person("alice"))
    )
    return out


def compact_metadata(content: bytes) -> bytes:
    seen: list[bytes] = []

    def look(raw: bytes) -> bytes:
        seen.append(raw)
        return raw

    make(recipe("probe", content, None, lambda _made: []).but(metadata=name_it(""), metadata_json=look))
    return seen[0]


def name_it(name: str) -> Callable[[Json], Json]:
    return lambda metadata: {**metadata, "name": name}


def by_grant(made: Made, to: object, by: Person, signer: Person | None = None) -> Json:
    """A grant that somebody makes to a key of their own."""
    from tests.vectors.reference import Recipient

    assert isinstance(to, Recipient)
    key = made.recipe.file_key
    kind = "rsa-oaep-256" if to.mlkem is None else "mlkem768-rsa-oaep-256"
    secret = sha256(b"rewrap")
    wrapped = wrap_rsa(key, to) if to.mlkem is None else wrap_hybrid(key, to, made.recipe.file_id, secret)
    return {**grant(made, kind, to.name, wrapped, (signer or by).signer), "by": b64u(by.sender)}


def reader(who: Person, *earlier: bytes) -> Json:
    return {"signing_key": b64u(who.sender), "earlier_recipients": [b64u(name) for name in earlier]}


def rewrapped(people: dict[str, Person]) -> list[Json]:
    """Bob had Carol's encryption keys before; now he has his own."""
    bob, old, sam = people["bob"], people["carol"].public, people["sam"]
    out = []
    for sender, how in ((sam, "signed"), (None, "anonymous")):

        def grants(made: Made, sender: Person | None = sender) -> list[Json]:
            signer = None if sender is None else sender.signer
            return [grant_to(made, old, signer), by_grant(made, bob.public, bob)]

        made = make(recipe(f"by {how}", LETTER, sender, grants))
        opener = person("bob", reader=reader(bob, old.name))
        out.append(opens(f"by {how}", "Wrapped again by its recipient, after new keys.", made, opener))
    return out


def multi_part(people: dict[str, Person], big: Made) -> list[Json]:
    """Made of the parts in `three_parts.sealed`: the file key is the same, the manifests are others."""
    head, part0, part1, part2, rest = slices(big)
    small = big.recipe.but(content=big.recipe.content[:MIB], stored=None)
    out: list[Json] = [
        {"name": "three parts", "what": "1 MiB, 1 MiB, 4,000 bytes.", "build": [head, part0, part1, part2, rest]}
    ]
    exact = make(small.but(parts=lambda _parts: [big.parts[0]]))
    out.append({"name": "part size", "what": "One full part.", "build": [head, part0, literal(exact.records)]})
    two = make(small.but(content=big.recipe.content[: 2 * MIB], parts=lambda _parts: big.parts[:2]))
    out.append(
        {"name": "two part sizes", "what": "Two full parts.", "build": [head, part0, part1, literal(two.records)]}
    )
    plus = make(small.but(content=big.recipe.content[: MIB + 1], parts=lambda parts: [big.parts[0], parts[1]]))
    tail = literal(plus.parts[1] + plus.records)
    out.append({"name": "part size + 1", "what": "A part of one byte at the end.", "build": [head, part0, tail]})
    for vector, made in zip(out, (big, exact, two, plus), strict=True):
        vector.update(open_with=[person("alice")], expect=expect(made))
    return out
