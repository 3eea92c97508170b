"""Derivations, cards, identities at rest, recovery kits, and the old format."""

import gzip
import hashlib
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.dsa import generate_private_key as generate_dsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from mnemonic import Mnemonic

from tests.vectors.containers import LETTER, LINK_KEY, PASSWORD, ids, link, person, recipe
from tests.vectors.reference import (
    Json,
    Link,
    Person,
    b64u,
    compact,
    content_of,
    grants_to,
    hkdf,
    make,
    padme,
    sha256,
    signed_bytes,
    unb64u,
    wrap_rsa,
)

PASSPHRASE = "correct horse battery staple"
Change = Callable[[Json], Json]


def derivations(people: dict[str, Person]) -> list[Json]:
    file_key, file_id, _ = ids("derivations")
    out: list[Json] = []
    for key, what in (("parts", "parts key"), ("commitment", "commitment"), ("metadata", "metadata key")):
        result: object = b64u(hkdf(file_key, file_id.bytes, b"sealcase/1 " + key.encode()))
        given: Json = {"file_key": b64u(file_key), "file_id": str(file_id)}
        out.append({"name": what, "kind": f"file key: {key}", "given": given, "result": result})
    for name, password in (("without password", None), ("with password", PASSWORD), ("with empty password", "")):
        normal = {None: None, PASSWORD: "caf\u00e9 five 1".encode(), "": b""}[password]
        derived = Link.of(LINK_KEY, normal)
        result = {
            "salt": b64u(derived.salt),
            "recipient": b64u(derived.recipient),
            "wrapping_key": b64u(derived.kek),
            "access": b64u(derived.auth),
            "access_hash": b64u(sha256(derived.auth)),
            "fragment": b64u(LINK_KEY) + ("" if password is None else ".p"),
        }
        out.append({"name": f"link {name}", "kind": "link", "given": link(password), "result": result})
    for name, who in people.items():
        given = {"person": name}
        out.append(
            {"name": f"plain recipient {name}", "kind": "recipient rsa", "given": given, "result": b64u(who.plain.name)}
        )
        out.append({"name": f"recipient {name}", "kind": "recipient", "given": given, "result": b64u(who.public.name)})
    made = make(recipe("signature", LETTER, people["sam"], grants_to(people["alice"].plain)))
    one = made.grants[0]
    signed = signed_bytes(
        made.manifest, str(one["type"]), unb64u(str(one["recipient"])), unb64u(str(one["wrapped_key"]))
    )
    out.append(
        {
            "name": "grant signature",
            "kind": "signature",
            "given": {"person": "sam", "manifest": b64u(made.manifest), "grant": {**one, "signature": None}},
            "result": {"signed_bytes": b64u(signed), "signature": one["signature"]},
        }
    )
    lengths = [*range(70), 255, 256, 257, 999, 1_000, 4_095, 4_096, 4_097, 16_385, 65_537, 1_000_000, 1_048_577]
    lengths += [10**8 + 1, 2**32 - 1, 2**32, 2**32 + 1, 10**12 + 7, 5_242_880_000_000]
    table = [[length, padme(length)] for length in lengths]
    out.append({"name": "padme", "kind": "padme", "given": None, "result": table})
    sizes = [[n, 56 + n + 16 * (n // 16_384 + 1)] for n in (0, 1, 16_383, 16_384, 16_385, 32_768, 2**20, 2**23, 2**29)]
    out.append({"name": "sealed sizes", "kind": "sealed sizes", "given": None, "result": sizes})
    pairs = [
        ("ada@example.org", "alice", "bob@example.org", "bob"),
        ("ada@example.org", "sam", "ada@example.org", "bob"),
    ]
    for index, (email, one_name, other_email, other_name) in enumerate(pairs):
        persons = [(email, people[one_name].sender), (other_email, people[other_name].sender)]
        given = {"people": [{"email": mail, "signing_key": b64u(key)} for mail, key in persons]}
        out.append({"name": f"safety number {index}", "kind": "safety", "given": given, "result": safety(persons)})
    return out


def safety(persons: list[tuple[str, bytes]]) -> str:
    groups = []
    for email, key in sorted(persons):
        digest = b"\0\0" + key + email.encode()
        for _ in range(5_200):
            digest = hashlib.sha512(digest + key).digest()
        groups += [f"{int.from_bytes(digest[5 * i : 5 * i + 5], 'big') % 100_000:05}" for i in range(6)]
    return " ".join(groups)


# -- cards and identities


def card_of(who: Person, **changes: Any) -> Json:
    rsa = who.rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert who.mlkem is not None
    return {
        "format": "sealcase-card/1",
        "email": "ada@example.org",
        "signing_key": b64u(who.sender),
        "rsa_key": b64u(rsa),
        "mlkem_key": b64u(who.mlkem.public_key().public_bytes_raw()),
        "sequence": 0,
        "previous": None,
        "created_at": 1_767_225_600,
        **changes,
    }


def sign_card(raw: bytes, who: Person) -> Json:
    return {"card": b64u(raw), "signature": b64u(who.signer.sign(b"sealcase/1 card\0" + raw))}


def secret_of(who: Person, **changes: Any) -> bytes:
    assert who.mlkem is not None
    rsa = who.rsa.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    record = {
        "signing_key": b64u(who.signer.private_bytes_raw()),
        "rsa_key": b64u(rsa),
        "mlkem_key": b64u(who.mlkem.private_bytes_raw()),
    }
    return compact({**record, **changes})


def lock(who: Person, card: Json, secret: bytes, *, passphrase: str = PASSPHRASE, **changes: Any) -> Json:
    """An identity at rest; at the floor of what Argon2id may cost, unless `changes` say otherwise."""
    salt, nonce = sha256(b"salt")[:16], sha256(b"nonce")[:12]
    public: Json = {
        "format": "sealcase-identity/1",
        "kdf": "argon2id",
        "memory_kib": 19_456,
        "iterations": 2,
        "lanes": 1,
        "salt": b64u(salt),
        "nonce": b64u(nonce),
        "card": card,
        **changes,
    }
    memory, iterations, lanes = (int(str(public[key])) for key in ("memory_kib", "iterations", "lanes"))
    within = 8 * lanes <= memory <= 2**21 and 1 <= iterations <= 10 and 1 <= lanes <= 64
    key = bytes(32)
    if within:
        kdf = Argon2id(salt=salt, length=32, iterations=iterations, lanes=lanes, memory_cost=memory)
        key = kdf.derive(passphrase.encode())
    return {**public, "ciphertext": b64u(AESGCM(key).encrypt(nonce, secret, compact(public)))}


def vectors(people: dict[str, Person]) -> list[Json]:
    return [*cards(people), *identities(people), *recovery(people)]


def cards(people: dict[str, Person]) -> list[Json]:
    alice, bob, mallory = people["alice"], people["bob"], people["mallory"]
    out: list[Json] = []

    def add(name: str, what: str, signed: Json, error: str | None = None) -> None:
        expected: Json = {"error": error} if error else {"ok": True}
        out.append({"name": f"card: {name}", "kind": "card", "what": what, "signed": signed, "expect": expected})

    def case(label: str, what: str, error: str | None = None, **changes: Any) -> None:
        changes = {"mlkem_key": None, **changes} if error else changes  # shorter
        add(label, what, sign_card(compact(card_of(alice, **changes)), alice), error)

    first = compact(card_of(alice))
    case("first", "The first of a chain.")
    case(
        "second",
        "New encryption keys, the same signing key.",
        sequence=1,
        previous=b64u(sha256(first)),
        rsa_key=card_of(bob)["rsa_key"],
        mlkem_key=card_of(bob)["mlkem_key"],
    )
    case("without ML-KEM", "RSA only.", mlkem_key=None)
    case("beyond ASCII", "An internationalized email.", email="ädä@exämple.org")
    spaced = first.replace(b",", b", ")
    add("spaced", "Exact bytes are signed, whatever the spaces.", sign_card(spaced, alice))
    good = sign_card(first, alice)
    add("signed by another", "Mallory's signature.", sign_card(first, mallory), "BadSignature")
    add(
        "of another",
        "Alice's signature of another card.",
        {**sign_card(spaced, alice), "card": b64u(first)},
        "BadSignature",
    )
    add("email altered", "Old signature.", {**good, "card": b64u(first.replace(b"ada@", b"eve@"))}, "BadSignature")
    stolen = compact(card_of(alice, signing_key=b64u(mallory.sender)))
    add("foreign signing key", "Mallory's signing key, Alice's signature.", sign_card(stolen, alice), "BadSignature")
    plain: Json = {"card": b64u(first), "signature": b64u(alice.signer.sign(first))}
    add("without domain", "The card's bytes alone were signed.", plain, "BadSignature")
    add("signature short", "63 bytes", {**good, "signature": b64u(bytes(63))}, "BadSignature")
    case("format", "Another.", "FormatError", format="sealcase-card/2")
    case("unknown key", "Nobody defined it.", "FormatError", name="Ada")
    case("sequence without previous", "1, but no previous one.", "FormatError", sequence=1)
    case("previous of the first", "0, but a previous one.", "FormatError", previous=b64u(bytes(32)))
    case("previous short", "31 bytes", "FormatError", sequence=1, previous=b64u(bytes(31)))
    case("sequence true", "A boolean.", "FormatError", sequence=True, previous=b64u(bytes(32)))
    case("sequence float", "0.0", "FormatError", sequence=0.0)
    case("sequence negative", "-1", "FormatError", sequence=-1, previous=b64u(bytes(32)))
    case("signing_key short", "31 bytes", "FormatError", signing_key=b64u(bytes(31)))
    case("mlkem_key short", "1,183 bytes", "FormatError", mlkem_key=b64u(bytes(1_183)))
    case("rsa_key empty", "0 bytes", "FormatError", rsa_key="")
    case("rsa_key huge", "2,000 bytes", "FormatError", rsa_key=b64u(bytes(2_000)))
    case("email null", "Not text.", "FormatError", email=None)
    twice = first[:-1] + b',"email":"eve@example.org"}'
    add("duplicate key", "`email` twice.", sign_card(twice, alice), "FormatError")
    add("oversize", "White space beyond 16 KiB.", sign_card(first + b" " * 16_384, alice), "FormatError")
    for key in card_of(alice):
        raw = compact({k: v for k, v in card_of(alice).items() if k != key})
        add(f"{key} missing", "Every key is required.", sign_card(raw, alice), "FormatError")

    def unusable(label: str, what: str, **changes: Any) -> None:
        case(label, what, "BadKey", **changes)
        out[-1]["kind"] = "card as recipient"

    spki = unb64u(str(card_of(alice)["rsa_key"]))
    dsa = generate_dsa(2048).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    unusable("rsa_key damaged", "Zeros.", rsa_key=b64u(bytes(294)))
    unusable(
        "rsa_key of an unknown kind",
        "An object identifier that nobody knows.",
        rsa_key=b64u(spki.replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d010163"))),
    )
    if len(dsa) < 700:
        unusable("rsa_key is DSA", "Not RSA.", rsa_key=b64u(dsa))
    unusable("mlkem_key beyond the modulus", "FIPS 203, section 7.2.", mlkem_key=b64u(b"\xff" * 1_184))
    return out


def identities(people: dict[str, Person]) -> list[Json]:
    alice, bob, mallory = people["alice"], people["bob"], people["mallory"]
    card = sign_card(compact(card_of(alice, mlkem_key=None)), alice)
    out: list[Json] = []

    def add(name: str, what: str, file: Json | bytes, error: str | None = None, passphrase: str = PASSPHRASE) -> None:
        raw = file if isinstance(file, bytes) else compact(file)
        expected: Json = {"error": error} if error else {"person": "alice"}
        given = {"file": raw.decode(), "passphrase": passphrase}
        out.append({"name": f"identity: {name}", "kind": "identity", "what": what, **given, "expect": expected})

    secret = secret_of(alice, mlkem_key=None)
    good = lock(alice, card, secret)
    add("floor", "The least that Argon2id may cost; without ML-KEM.", good)
    with_mlkem = sign_card(compact(card_of(alice)), alice)
    usual: dict[str, Any] = {"memory_kib": 65_536, "iterations": 3, "lanes": 4}
    add("default", "64 MiB, 3 rounds, 4 lanes.", lock(alice, with_mlkem, secret_of(alice), **usual))
    umlaut = "pässwörd ☃"
    add("beyond ASCII", "UTF-8.", lock(alice, card, secret, passphrase=umlaut), passphrase=umlaut)
    pretty = json.dumps(good, indent=2).encode()
    add("spaced", "White space in the file changes nothing.", pretty)
    add("wrong passphrase", "Another.", good, "WrongPassphrase", "Correct horse battery staple")
    add("no passphrase", "Empty.", good, "WrongPassphrase", "")
    add("space behind", "Not trimmed.", good, "WrongPassphrase", PASSPHRASE + " ")
    for key, value in (
        ("memory_kib", 20_000),
        ("iterations", 3),
        ("lanes", 2),
        ("salt", b64u(bytes(16))),
        ("nonce", b64u(bytes(12))),
        ("card", sign_card(compact(card_of(mallory)), mallory)),
        ("ciphertext", b64u(unb64u(str(good["ciphertext"]))[:-1] + b"\0")),
    ):
        add(f"{key} altered", "Everything is authenticated.", {**good, key: value}, "WrongPassphrase")
    for name, changes in (
        ("memory below the floor", {"memory_kib": 19_455}),
        ("memory above the ceiling", {"memory_kib": 1_048_577}),
        ("iterations below the floor", {"iterations": 1}),
        ("iterations above the ceiling", {"iterations": 11}),
        ("no lanes", {"lanes": 0}),
        ("lanes above the ceiling", {"lanes": 17}),
        ("memory text", {"memory_kib": "19456"}),
        ("memory 2^63", {"memory_kib": 2**63}),
        ("lanes true", {"lanes": True}),
        ("kdf", {"kdf": "pbkdf2"}),
        ("format", {"format": "sealcase-identity/2"}),
        ("salt short", {"salt": b64u(bytes(15))}),
        ("nonce long", {"nonce": b64u(bytes(13))}),
        ("card null", {"card": None}),
        ("card with more", {"card": {**card, "x": 1}}),
        ("unknown key", {"hint": "horse"}),
    ):
        add(name, "Refused before anything is derived.", {**good, **changes}, "FormatError")
    for key in good:
        add(f"{key} missing", "Every key is required.", {k: v for k, v in good.items() if k != key}, "FormatError")
    add("duplicate key", "`lanes` twice.", compact(good)[:-1] + b',"lanes":1}', "FormatError")
    add("cut", "In the middle.", compact(good)[:500], "FormatError")
    add("empty", "No bytes.", b"", "FormatError")
    for name, other_card, private in (
        ("foreign signing key", card, change(secret, signing_key=b64u(mallory.signer.private_bytes_raw()))),
        ("foreign RSA key", card, change(secret, rsa_key=b64u(rsa_der(bob)))),
        ("foreign ML-KEM key", with_mlkem, change(secret, mlkem_key=b64u(sha256(b"1") + sha256(b"2")))),
        ("ML-KEM key missing", with_mlkem, secret),
        ("ML-KEM key too many", card, secret_of(alice)),
        ("RSA key damaged", card, change(secret, rsa_key=b64u(bytes(1_200)))),
    ):
        what = "Under the right passphrase; the card's public keys are others."
        add(name, what, lock(alice, other_card, private), "BadKey")
    add("more than private keys", "Nobody defined it.", lock(alice, card, change(secret, note=1)), "FormatError")
    forged = {**card, "signature": b64u(bytes(64))}
    add("card's signature", "64 zero bytes, locked by its owner.", lock(alice, forged, secret), "BadSignature")
    return out


def change(secret: bytes, **changes: Any) -> bytes:
    return compact({**json.loads(secret), **changes})


def rsa_der(who: Person) -> bytes:
    return who.rsa.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def recovery(people: dict[str, Person]) -> list[Json]:
    alice, mallory = people["alice"], people["mallory"]
    entropy = sha256(b"recovery kit")
    words = Mnemonic("english").to_mnemonic(entropy)
    raw = compact(card_of(alice))
    nonce = sha256(b"recovery nonce")[:12]
    key = hkdf(entropy, b"", b"sealcase/1 recovery")
    wrapped = nonce + AESGCM(key).encrypt(nonce, secret_of(alice), raw)
    out: list[Json] = []

    def add(name: str, what: str, text: str, data: bytes, error: str | None = None, card: Json | None = None) -> None:
        expected: Json = {"error": error} if error else {"person": "alice"}
        signed = card or sign_card(raw, alice)
        given = {"words": text, "wrapped": b64u(data), "signed": signed}
        out.append({"name": f"recovery: {name}", "kind": "recovery", "what": what, **given, "expect": expected})

    add("words", f"Entropy (hex): {entropy.hex()}", words, wrapped)
    add("written by hand", "Capitals and spaces do not matter.", "  " + words.upper().replace(" ", " \n "), wrapped)
    others = Mnemonic("english").to_mnemonic(sha256(b"other"))
    add("another kit", "Valid words of another.", others, wrapped, "WrongPassphrase")
    swapped = words.split()
    swapped[0], swapped[1] = swapped[1], swapped[0]
    assert not Mnemonic("english").check(" ".join(swapped))
    add("two words exchanged", "The checksum tells.", " ".join(swapped), wrapped, "FormatError")
    add("misspelt", "No such word.", words.replace(words.split()[3], "sealcase"), wrapped, "FormatError")
    add("23 words", "One is missing.", " ".join(words.split()[:23]), wrapped, "FormatError")
    twelve = Mnemonic("english").to_mnemonic(entropy[:16])
    add("12 words", "A valid phrase, but no kit.", twelve, wrapped, "FormatError")
    add("no words", "Nothing.", "", wrapped, "FormatError")
    add("altered", "One bit.", words, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), "WrongPassphrase")
    add("cut", "Ten bytes.", words, wrapped[:10], "WrongPassphrase")
    add("empty", "No bytes.", words, b"", "WrongPassphrase")
    foreign = sign_card(compact(card_of(mallory)), mallory)
    add("another card", "Bound to its card.", words, wrapped, "WrongPassphrase", foreign)
    return out


# -- the old format


def format0(people: dict[str, Person]) -> list[Json]:
    alice = people["alice"]
    key, nonce = sha256(b"old key"), sha256(b"old nonce")[:12]
    out: list[Json] = []

    def add(
        name: str,
        what: str,
        content: bytes,
        *,
        packed: bytes | None = None,
        metadata: str = '{"filename": "letter.txt", "compressed": false}',
        error: str | None = None,
        file_key: bytes = key,
        bend: Callable[[Json], Json] = lambda record: record,
        opener: str = "alice",
    ) -> None:
        aead = AESGCM(file_key if len(file_key) in (16, 32) else key)
        sealed = aead.encrypt(nonce, content if packed is None else packed, None)
        file: Json = {
            "nonce": b64u(nonce),
            "ciphertext": b64u(sealed),
            "wrapped_key": b64u(wrap_rsa(file_key, alice.plain)),
            "metadata": metadata,
        }
        expected: Json = (
            {"error": error} if error else {"content": {"bytes": b64u(content)}, "sha256": b64u(sha256(content))}
        )
        out.append({"name": name, "what": what, "file": bend(file), "open_with": [person(opener)], "expect": expected})

    compressed = '{"compressed": true, "filename": "letter.txt"}'
    text = b"All work and no play makes Jack a dull boy.\n" * 50
    packed = gzip.compress(text, mtime=0)
    add("plain", "As it is.", LETTER)
    add("empty", "Nothing.", b"")
    add("chunk", "16 KiB and a byte.", content_of(16_385))
    add("compressed", "gzip.", text, packed=packed, metadata=compressed)
    add("compressed empty", "gzip of nothing.", b"", packed=gzip.compress(b"", mtime=0), metadata=compressed)
    add("no word on compression", "None, then.", LETTER, metadata="{}")
    for key_name in ("nonce", "ciphertext", "wrapped_key"):

        def flip(record: Json, key_name: str = key_name) -> Json:
            data = bytearray(unb64u(str(record[key_name])))
            data[-1] ^= 1
            return {**record, key_name: b64u(bytes(data))}

        error = "WrongKey" if key_name == "wrapped_key" else "Altered"
        add(f"{key_name} altered", "One bit.", LETTER, error=error, bend=flip)
    cut = lambda record: {**record, "ciphertext": b64u(unb64u(str(record["ciphertext"]))[:-1])}  # noqa: E731
    add("cut", "A byte.", LETTER, error="Altered", bend=cut)
    add("no tag", "15 bytes.", b"", error="FormatError", bend=cut)
    add("nonce short", "8 bytes.", LETTER, error="FormatError", bend=lambda r: {**r, "nonce": b64u(bytes(8))})
    add("wrong key", "For Alice.", LETTER, error="WrongKey", opener="bob")
    add("key of 16 bytes", "AES-128.", LETTER, error="WrongKey", file_key=key[:16])
    add("key of 24 bytes", "No key of ours.", LETTER, error="WrongKey", file_key=key[:24])
    add("not compressed", "Said to be.", LETTER, metadata=compressed, error="Altered")
    add("compressed, cut", "Half of it.", text, packed=packed[:-9], metadata=compressed, error="Altered")
    add("compressed, more behind", "A byte.", text, packed=packed + b"\0", metadata=compressed, error="Altered")
    add("compressed twice", "Two members.", text, packed=packed + packed, metadata=compressed, error="Altered")
    for name, metadata in (
        ("metadata: text", '{"compressed": "true"}'),
        ("metadata: 1", '{"compressed": 1}'),
        ("metadata: null", '{"compressed": null}'),
        ("metadata: duplicate", '{"compressed": true, "compressed": false}'),
        ("metadata: array", "[]"),
        ("metadata: empty", ""),
        ("metadata: NaN", '{"size": NaN}'),
    ):
        add(name, "Unclear.", LETTER, metadata=metadata, error="FormatError")
    return out
