"""Attacks on keys: other people's cards swapped, rolled back and forked; my own ones exchanged and weakened."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import requests

from shared.crypto.annex import Annex
from shared.crypto.identity import Identity, sign_card
from shared.crypto.recovery import Copy, draw_words, key_of
from shared.crypto.safety import fingerprint, safety_number
from shared.sealed import strict_json
from shared.sealed.card import Card, encode_card
from shared.sealed.encoding import b64u, unb64u
from tests.e2e.test_hostile_server import _cards, _swap
from tests.hostile.cheat import Cheat, Record, always, as_json, edited, problem
from tests.hostile.conftest import Actor, Cast
from tests.hostile.sealed import MARKER, NAME

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Forger:
    """Says whose cards are which."""

    cheat: Cheat

    def shows(self, email: str, *cards: tuple[Card, bytes]) -> None:
        """The last one as their card, all of them as its history. What the key log says of them is the truth."""

        def signed(card: Card, signature: bytes, user_id: str) -> Record:
            return {"card": b64u(card.raw), "signature": b64u(signature), "user_id": user_id}

        def card_of(record: Record) -> None:
            record.update(signed(*cards[-1], record.get("user_id", "0" * 32)))

        self.cheat.lie("GET", rf"/cards\?email={email.replace('@', '%40')}", edited(card_of))
        history = as_json({"cards": [signed(card, signature, "0" * 32) for card, signature in cards]})
        self.cheat.lie("GET", r"/cards/[0-9a-f]+/history", always(history))


@pytest.fixture
def forger(cheat: Cheat) -> Forger:
    return Forger(cheat)


def next_card(identity: Identity, after: Card, sequence: int | None = None, created_at: int = 2_000_000_000) -> Card:
    """What the owner of `identity` would publish after another card."""
    return encode_card(
        email=identity.card.email,
        signing_key=identity.card.signing_key,
        rsa_key=identity.card.rsa_key,
        mlkem_key=identity.card.mlkem_key,
        sequence=after.sequence + 1 if sequence is None else sequence,
        previous=after.digest,
        created_at=created_at,
    )


def signed(identity: Identity, card: Card) -> tuple[Card, bytes]:
    return card, sign_card(card, identity.signing_key)


def own(identity: Identity) -> tuple[Card, bytes]:
    """The card that they have."""
    return identity.card, identity.card_signature


def sends_nothing(ada: Actor, cheat: Cheat, email: str, code: int, words: str = "") -> str:
    """Sending is refused before a byte is sealed."""
    (ada.cli.folder / NAME).write_bytes(MARKER)
    err = ada.refuses("send", NAME, "--to", email, code=code, words=words)
    assert not cheat.changes(to="/uploads") + cheat.changes(to="/files")
    return err


def publish(cheat: Cheat, identity: Identity) -> None:
    """Whoever runs the server reads everybody's sign-in codes: own keys under any address, in the log, too."""
    token = cheat.honest.sign_in(identity.card.email)["token"]
    card = {"card": b64u(identity.card.raw), "signature": b64u(identity.card_signature)}
    headers = {"Authorization": f"Bearer {token}"}
    requests.put(f"{cheat.honest.url}/cards/me", json=card, headers=headers, timeout=30).raise_for_status()


def test_a_key_is_swapped_at_first_contact(ada: Actor, cheat: Cheat) -> None:
    """Sync, Tresorit 2024 (unauthenticated public keys): it is "not checked", and the numbers tell.

    The server has made keys of its own for Carol, and shows them to everybody. Comparing numbers refutes them.
    """
    email = "carol@example.org"
    carol = Identity.create(email, 2048)
    publish(cheat, Identity.create(email, 2048))
    (ada.cli.folder / NAME).write_bytes(MARKER)
    assert f"{email}: new, not checked" in ada.cli.ok("send", NAME, "--to", email).err
    seen_by_carol = safety_number((ada.email, ada.identity.card.signing_key), (email, carol.card.signing_key))
    ada.refuses("contacts", "verify", email, "--number", seen_by_carol, code=7, words="the safety numbers differ")
    contacts = ada.cli.ok("contacts", "ls").out.decode()
    assert "not checked" in next(line for line in contacts.splitlines() if email in line)


def test_a_new_key_follows_in_the_chain(ada: Actor, cheat: Cheat) -> None:
    """WhatsApp 2017 (a key that changes while nobody looks): as if Dora had lost hers and begun anew.

    The card is the next one, and in the key log. Another key signs it, so sending stops until Ada decides.
    """
    dora = Identity.create("dora@example.org", 2048)
    publish(cheat, dora)
    (ada.cli.folder / NAME).write_bytes(MARKER)
    ada.cli.ok("send", NAME, "--to", dora.card.email)
    publish(cheat, Identity.create(dora.card.email, 2048, dora.card))
    cheat.asked.clear()
    err = sends_nothing(ada, cheat, dora.card.email, 7, "is not the one you knew")
    assert f"sealcase contacts verify {dora.card.email}" in err
    assert "REFUSED since" in ada.cli.ok("contacts", "ls").out.decode()


def test_a_key_is_swapped_later(ada: Actor, cheat: Cheat, forger: Forger, cast: Cast) -> None:
    """Sync, Tresorit 2024 (unauthenticated public keys), at a later contact: sending stops, and the pin stays."""
    before = cast.ada.cli.ok("contacts", "show", cast.bob.email, "--json").json
    impostor = Identity.create(cast.bob.email, 2048)
    forger.shows(cast.bob.email, own(impostor))
    sends_nothing(ada, cheat, cast.bob.email, 7)
    after = ada.cli.ok("contacts", "show", cast.bob.email, "--json").json
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert after["fingerprint"] == before["fingerprint"]


def test_a_key_is_overwritten_under_the_same_number(ada: Actor, cheat: Cheat, forger: Forger, cast: Cast) -> None:
    """Equivocation (CONIKS 2015): two cards of one number; Bob's own signature, his number 0, other encryption keys."""
    bob = cast.bob.identity
    other = Identity.create(bob.card.email, 2048)
    fields = {**json.loads(bob.card.raw), "rsa_key": b64u(other.card.rsa_key), "mlkem_key": None}
    forger.shows(bob.card.email, signed(bob, Card.parse(strict_json.dumps(fields))))
    sends_nothing(ada, cheat, bob.card.email, 7)


def test_a_card_is_rolled_back(ada: Actor, cheat: Cheat, forger: Forger, cast: Cast, eve: Actor) -> None:
    """Rollback of keys (CONIKS 2015): the first card again, after the second was seen."""
    contacts = ada.cli.data / "contacts.json"
    record = json.loads(contacts.read_bytes())
    second = next_card(cast.bob.identity, cast.bob.identity.card)
    record["contacts"][cast.bob.email].update(sequence=1, card=b64u(second.digest))
    contacts.write_text(json.dumps(record))
    sends_nothing(ada, cheat, cast.bob.email, 7, "does not follow the one you knew")


def test_numbers_do_not_verify_an_old_card(ada: Actor, cheat: Cheat) -> None:
    """Rollback behind safety numbers (CONIKS 2015): they are right for every card of a key, the oldest, too.

    Hal gave up his first encryption keys, and the server has them. The key is verified; the card stays refused, until
    Ada takes it for what it is said to be.
    """
    hal = Identity.create("hal@example.org", 2048)
    publish(cheat, hal)
    knows(ada, hal, next_card(hal, hal.card))
    number = safety_number((ada.email, ada.identity.card.signing_key), (hal.card.email, hal.card.signing_key))
    err = ada.refuses("contacts", "verify", hal.card.email, "--number", number, code=7, words="the numbers match")
    assert "It is number 1, made" in err
    assert "Sending stays refused" in err
    assert f"{hal.card.email} is verified." not in err
    sends_nothing(ada, cheat, hal.card.email, 7, "does not follow the one you knew")
    record = ada.cli.ok("contacts", "show", hal.card.email, "--json").json
    assert isinstance(record, dict)
    assert record["verified_at"] is not None
    ada.cli.ok("contacts", "accept", hal.card.email, "--fingerprint", record["fingerprint"])
    assert ada.cli.ok("send", NAME, "--to", hal.card.email).out


@pytest.mark.parametrize("how", ["verify", "accept"])
def test_a_changed_key_that_nobody_else_can_see(ada: Actor, cheat: Cheat, forger: Forger, cast: Cast, how: str) -> None:
    """A key meant for one pair of eyes (CONIKS 2015): another key, too, is taken only if it stands in the key log."""
    impostor = Identity.create(cast.bob.email, 2048)
    forger.shows(cast.bob.email, own(impostor))
    number = safety_number((ada.email, ada.identity.card.signing_key), (impostor.card.email, impostor.card.signing_key))
    said = {"verify": ("--number", number), "accept": ("--fingerprint", fingerprint(impostor.card.signing_key))}
    ada.refuses("contacts", how, cast.bob.email, *said[how], code=7, words="not in its key log")
    sends_nothing(ada, cheat, cast.bob.email, 7, "is not the one you knew")


def knows(ada: Actor, identity: Identity, card: Card) -> None:
    """Ada has met them, and this is the newest of their cards that she has seen."""
    path = ada.cli.data / "contacts.json"
    record = json.loads(path.read_bytes())
    (pattern, *_) = record["contacts"].values()
    key = b64u(identity.card.signing_key)
    record["contacts"][card.email] = {
        **pattern,
        "signing_key": key,
        "sequence": card.sequence,
        "card": b64u(card.digest),
    }
    path.write_text(json.dumps(record))


def write(cheat: Cheat, identity: Identity, *cards: Card) -> None:
    """Onto the server's own disk, where its key log takes them from, too."""
    folder = _cards(cheat.honest, identity.card.email)
    for card in cards:
        _swap(folder, card, sign_card(card, identity.signing_key), card.sequence)


def test_a_chain_is_forked(ada: Actor, cheat: Cheat) -> None:
    """Forked histories (SUNDR 2004): number 2 follows another number 1 than the one we saw; both are in the key log."""
    fay = Identity.create("fay@example.org", 2048)
    publish(cheat, fay)
    knows(ada, fay, next_card(fay, fay.card))
    other = next_card(fay, fay.card, created_at=2_000_000_001)
    write(cheat, fay, other, next_card(fay, other))
    sends_nothing(ada, cheat, fay.card.email, 7, "does not follow the one you knew")


def test_a_chain_has_a_gap(ada: Actor, cheat: Cheat) -> None:
    """Gaps (CONIKS 2015): number 2 without number 1 proves nothing about who wrote it."""
    gil = Identity.create("gil@example.org", 2048)
    publish(cheat, gil)
    knows(ada, gil, gil.card)
    write(cheat, gil, next_card(gil, next_card(gil, gil.card)))
    sends_nothing(ada, cheat, gil.card.email, 7, "does not follow the one you knew")


def test_a_chain_of_a_stranger_that_does_not_begin(ada: Actor, cheat: Cheat, forger: Forger, eve: Actor) -> None:
    """At first contact, too, all cards are shown from the first one on."""
    third = next_card(eve.identity, next_card(eve.identity, eve.identity.card))
    forger.shows(eve.email, signed(eve.identity, third))
    sends_nothing(ada, cheat, eve.email, 7)


def test_the_card_of_somebody_else(ada: Actor, cheat: Cheat, forger: Forger, cast: Cast) -> None:
    """Sync, Tresorit 2024 (keys not bound to people): Eve's genuine card where Bob's was asked for."""
    forger.shows(cast.bob.email, own(cast.eve.identity))
    sends_nothing(ada, cheat, cast.bob.email, 7, cast.eve.email)


def test_an_address_that_looks_like_another(ada: Actor, cheat: Cheat, forger: Forger, cast: Cast) -> None:
    """Homographs (Gabrilovich, Gontmakher 2002): a Cyrillic letter makes another person."""
    lookalike = Identity.create(cast.bob.email.replace("o", "\N{CYRILLIC SMALL LETTER O}"), 2048)
    forger.shows(cast.bob.email, own(lookalike))
    sends_nothing(ada, cheat, cast.bob.email, 7, "when asked for")


def test_a_file_that_is_called_like_a_contact(ada: Actor, eve: Actor, cheat: Cheat, cast: Cast) -> None:
    """Confused deputy (Hardy 1988): Eve sends her public key in a file that is called bob@example.org.

    Where it lies, `--to` with Bob's address still means Bob.
    """
    eve.cli.ok("key", "export", "--out", "keys", "--no-passphrase")
    (eve.cli.folder / "keys" / "public_key.pem").rename(eve.cli.folder / cast.bob.email)
    (file_id,) = eve.cli.ok("send", f"./{cast.bob.email}", "--to", ada.email).lines
    ada.cli.ok("get", file_id)
    assert (ada.cli.folder / cast.bob.email).exists()
    (ada.cli.folder / NAME).write_bytes(MARKER)
    sent = ada.cli.ok("send", NAME, "--to", cast.bob.email, "--json")
    assert f"--to ./{cast.bob.email}" in sent.err
    record = ada.cli.ok("show", sent.json[0]["file_id"], "--json").json  # type: ignore[index]
    assert isinstance(record, dict)
    assert (record["other_keys"], record["recipients"][0]["email"]) == (0, cast.bob.email)
    ada.cli.ok("share", file_id := sent.json[0]["file_id"], "--to", f"./{cast.bob.email}")  # type: ignore[index]
    assert ada.cli.ok("show", file_id, "--json").json["other_keys"] == 1  # type: ignore[index]


ALTERED_CARDS: dict[str, dict[str, object]] = {
    "without ML-KEM": {"mlkem_key": None},
    "with another RSA key": {"rsa_key": b64u(bytes(300))},
    "with a later date": {"created_at": 4_000_000_000},
}


@pytest.mark.parametrize("how", ALTERED_CARDS)
def test_a_card_is_altered(ada: Actor, cheat: Cheat, forger: Forger, cast: Cast, how: str) -> None:
    """Downgrade of the suite (FREAK, Logjam 2015): a card without its owner's word for it is nobody's."""
    card = Card.parse(strict_json.dumps({**json.loads(cast.bob.identity.card.raw), **ALTERED_CARDS[how]}))
    forger.shows(cast.bob.email, (card, cast.bob.identity.card_signature))
    sends_nothing(ada, cheat, cast.bob.email, 6, "not signed by its own key")


def test_a_contact_vanishes_and_comes_back(ada: Actor, cheat: Cheat, forger: Forger, cast: Cast) -> None:
    """Registering again (WhatsApp 2017): an account that is gone for a while does not get a new first contact."""
    nobody = problem(404, "not_found", "nobody here has this address")
    cheat.lie("GET", r"/cards\?", always(nobody))
    sends_nothing(ada, cheat, cast.bob.email, 4, "has no account")
    impostor = Identity.create(cast.bob.email, 2048)
    cheat.lie("GET", r"/cards\?", always(as_json(_published(impostor))))
    sends_nothing(ada, cheat, cast.bob.email, 7)


def _published(identity: Identity) -> Record:
    card, signature = own(identity)
    return {"card": b64u(card.raw), "signature": b64u(signature), "user_id": "0" * 32}


def test_rsa_keys_of_a_kind_that_nobody_has(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """MEGA 2022 (RSA keys that the server forms): a card's key is looked at before anything is sealed to it."""
    mallory = cast.eve.identity
    fields = {**json.loads(mallory.card.raw), "email": "mallory@example.org", "rsa_key": b64u(b"\x30\x82" + bytes(250))}
    card = Card.parse(strict_json.dumps(fields))
    publish(cheat, replace(mallory, card=card, card_signature=sign_card(card, mallory.signing_key)))
    sends_nothing(ada, cheat, card.email, 6, "damaged key")


def test_my_own_card_is_exchanged(ada: Actor, cheat: Cheat, forger: Forger, cast: Cast) -> None:
    """Sync, pCloud 2024 (unauthenticated key material): my own card is another one; `rotate` stops."""
    impostor = Identity.create(cast.ada.email, 2048)
    forger.shows(cast.ada.email, own(impostor))
    identity = _identity_file(ada)
    ada.refuses("key", "rotate", "--bits", "2048", code=7, words="a key under your address")
    assert not cheat.changes(to="/cards")
    assert _identity_file(ada) == identity


def _identity_file(person: Actor) -> bytes:
    (path,) = (person.cli.data / "identities").glob("*.json")
    return path.read_bytes()


# -- my private keys, as they come back


def empty(actor: Actor) -> Actor:
    """The same machine without keys."""
    for path in (actor.cli.data / "identities").iterdir():
        path.unlink()
    return actor


def restore(actor: Actor, words: str) -> tuple[str, ...]:
    """What brings keys back from words."""
    path = actor.cli.folder / "words"
    path.write_text(words)
    path.chmod(0o600)
    return ("key", "restore", "--words-file", "words")


def gives(cheat: Cheat, sealed: bytes) -> None:
    cheat.lie("GET", "/account/recovery", always(as_json({"sealed": b64u(sealed), "stored_at": 1})))


def test_the_sealed_private_key_is_replaced(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Sync, pCloud 2024 (replaced encrypted private key): keys under other words are not mine.

    Eve's keys, under words of hers; and keys of an impostor in Bob's name under words that the server guessed right.
    """
    words = draw_words()
    gives(cheat, Copy(cast.eve.identity, None).lock(key_of(draw_words())))
    empty(bob).refuses(*restore(bob, words), code=6, words="do not open this identity")
    gives(cheat, Copy(cast.eve.identity, None).lock(key_of(words)))
    bob.refuses(*restore(bob, words), code=7, words=cast.eve.email)
    gives(cheat, Copy(Identity.create(bob.email, 2048), None).lock(key_of(words)))
    bob.refuses(*restore(bob, words), code=7, words="not in this copy")


@pytest.mark.parametrize("place", [0.3, 0.6, 0.99])
def test_bits_of_the_sealed_private_key_are_flipped(bob: Actor, cheat: Cheat, cast: Cast, place: float) -> None:
    """MEGA 2022 (malleable RSA keys, recovered with each sign-in): one bit more or less, and nothing opens."""
    words = draw_words()
    sealed = json.loads(Copy(cast.bob.identity, None).lock(key_of(words)))
    wrapped = bytearray(unb64u(sealed["wrapped"], "wrapped"))
    wrapped[int(len(wrapped) * place)] ^= 1
    gives(cheat, strict_json.dumps({**sealed, "wrapped": b64u(bytes(wrapped))}))
    empty(bob).refuses(*restore(bob, words), code=6, words="do not open this identity")


def test_the_public_half_of_my_keys_is_overwritten(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """OpenPGP key overwriting (Bruseghini et al. 2022): my private keys, and another public half beside them.

    In the copy at the server, with and without the seal over all of it; and in the file on this machine.
    """
    words, other = draw_words(), Identity.create(bob.email, 2048)
    (path,) = (bob.cli.data / "identities").glob("*.json")
    here = json.loads(path.read_bytes())
    here["card"] = {"card": b64u(other.card.raw), "signature": b64u(other.card_signature)}
    path.write_bytes(strict_json.dumps(here))
    bob.refuses("get", cast.letter, code=6, words="or its file was altered")
    copies = [json.loads(Copy(each, None).lock(key_of(words))) for each in (cast.bob.identity, other)]
    for wrapped, mac in ((0, 0), (0, 1)):
        mixed = {**copies[1], "wrapped": copies[wrapped]["wrapped"], "mac": copies[mac]["mac"]}
        gives(cheat, strict_json.dumps(mixed))
        empty(bob).refuses(*restore(bob, words), code=6, words="do not open this identity")


def test_an_old_copy_of_my_keys(bob: Actor, cheat: Cheat, forger: Forger, cast: Cast) -> None:
    """Rollback of the key store: told, and nothing is written without `--older`."""
    words = draw_words()
    gives(cheat, Copy(cast.bob.identity, None).lock(key_of(words)))
    forger.shows(
        bob.email,
        own(cast.bob.identity),
        signed(cast.bob.identity, next_card(cast.bob.identity, cast.bob.identity.card)),
    )
    empty(bob).refuses(*restore(bob, words), code=9, words="older than the keys that others see")


def test_my_earlier_keys_are_left_out(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Half a rollback: today's keys beside the annex of another day.

    Without his earlier keys Bob could not open what was sealed for them, and the next copy would be without them.
    """
    words, earlier = draw_words(), Identity.create(bob.email, 2048).keys
    then, now = (
        json.loads(Copy(cast.bob.identity, annex.lock(cast.bob.identity.signing_key)).lock(key_of(words)))
        for annex in (Annex(), Annex().with_replaced(earlier))
    )
    for annex in (then["annex"], None):
        gives(cheat, strict_json.dumps({**now, "annex": annex}))
        empty(bob).refuses(*restore(bob, words), code=6, words="what is kept beside them was altered")


COSTS: dict[str, Callable[[Record], object]] = {
    "one pass over nothing": lambda record: record.update(memory_kib=8, iterations=1, lanes=1),
    "the least that is allowed": lambda record: record.update(memory_kib=19_457),
    "all memory that there is": lambda record: record.update(memory_kib=1 << 30),
    "another function": lambda record: record.update(kdf="md5"),
}


@pytest.mark.parametrize("cost", COSTS)
def test_the_cost_of_guessing_is_lowered(ada: Actor, cheat: Cheat, cast: Cast, cost: str) -> None:
    """Seafile 2024 (KDF downgrade), LastPass 2022 (too few rounds): costs have bounds, and are sealed with the keys."""
    (path,) = (ada.cli.data / "identities").glob("*.json")
    record = json.loads(path.read_bytes())
    COSTS[cost](record)
    path.write_bytes(strict_json.dumps(record))
    ada.refuses("get", cast.answer, code=6, words="")


def test_more_memory_than_there_is(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """Resource exhaustion: a cost within bounds that this machine can't pay is said, with exit code 1."""
    (path,) = (ada.cli.data / "identities").glob("*.json")
    path.write_bytes(strict_json.dumps({**json.loads(path.read_bytes()), "memory_kib": 1 << 20}))
    result = ada.cli("get", cast.answer, prefix=("prlimit", "--as=900000000"))
    assert (result.code, result.out) == (1, b"")
    assert "takes 1024 MiB of memory, and this machine has too little free" in result.err


@pytest.mark.parametrize("how", ["e = 1", "p = 1"])
def test_an_rsa_key_that_hides_nothing(ada: Actor, cheat: Cheat, how: str) -> None:
    """MEGA 2022 (RSA keys formed by somebody else): with e = 1 whatever is sealed for it lies open; p = 1 is no prime.

    OpenSSL takes both, where nobody asks it to try primes.
    """
    numbers = ada.identity.keys.rsa.private_numbers()
    p, q, n = numbers.p, numbers.q, numbers.public_numbers.n
    fields = [n, 1, 1, p, q, 1, 1, pow(q, -1, p)] if how == "e = 1" else [n, 65_537, numbers.d, 1, n, 0, 1, 0]
    (ada.cli.folder / "key.pem").write_bytes(_pkcs1(0, *fields))
    ada.refuses("key", "import", "key.pem", code=6, words="the private key is damaged")
    assert not cheat.changes(to="/cards")


def _pkcs1(*fields: int) -> bytes:
    """RSAPrivateKey (RFC 8017, appendix A.1.2) as PEM."""

    def der(tag: int, content: bytes) -> bytes:
        size = len(content)
        length = size.to_bytes((size.bit_length() + 7) // 8)
        return bytes([tag, *([size] if size < 128 else [0x80 | len(length), *length])]) + content

    numbers = (der(2, field.to_bytes(field.bit_length() // 8 + 1)) for field in fields)
    text = base64.encodebytes(der(0x30, b"".join(numbers))).decode()
    return f"-----BEGIN RSA PRIVATE KEY-----\n{text}-----END RSA PRIVATE KEY-----\n".encode()


def test_the_account_is_said_to_have_no_keys(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """A client that is made to set up anew: keys that are here stay, and no others are made."""
    cheat.lie("GET", r"/cards\?", always(problem(404, "not_found", "nobody here has this address")))
    identity = _identity_file(ada)
    code = cast.server.request_code(ada.email)
    (ada.cli.data / "session.json").unlink()  # signing in would end the session that the other tests share
    ada.cli("login", "--server", cheat.url, "--email", ada.email, "--code", code)
    assert _identity_file(ada) == identity
    for asked in cheat.changes(to="/cards"):
        assert json.loads(asked.body)["card"] == b64u(cast.ada.identity.card.raw)
