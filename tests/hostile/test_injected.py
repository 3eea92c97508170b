"""Files that nobody sent: injected by the server, forwarded or altered by somebody who could read them."""

import gzip
import json
import os
from dataclasses import replace
from typing import Any

import pytest

from shared.crypto.grants import unwrap
from shared.crypto.identity import Identity, sign_card
from shared.crypto.safety import safety_number
from shared.sealed import strict_json
from shared.sealed.card import Card
from shared.sealed.encoding import b64u
from shared.sealed.grant import parse_grants
from shared.sealed.manifest import Manifest
from tests.hostile.cheat import Cheat, Lie, Record, always, as_json, edited
from tests.hostile.conftest import Actor, Cast
from tests.hostile.sealed import MARKER, NAME, Fake, named, public_keys_of, recipe
from tests.hostile.test_keys import publish
from tests.support.cli import tree
from tests.vectors.reference import Json, grant_to, make, wrap_rsa

pytestmark = pytest.mark.slow

FORGED = "signature is wrong"


def trust_said(reader: Actor, file_id: str) -> tuple[str, str]:
    """What `get` says of the sender of a file that opens: in JSON, and to people."""
    got = reader.cli.ok("get", file_id, "--json", "--force")
    record = got.json
    assert isinstance(record, list)
    return record[0]["sender"], got.err


def test_an_anonymous_file_in_the_name_of_a_contact(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """pCloud 2024 (injected files), MEGA 2022 (framing): anybody can seal for Bob; it says that nobody signed it."""
    fake = Fake.of(recipe(None, bob.identity.card), cast.ada.email)
    trust, words = trust_said(bob, cheat.serve(fake))
    assert trust == "unsigned"
    assert f"WARNING: the server says from {cast.ada.email}, but nobody signed it" in words


def test_a_file_of_somebody_else_in_the_name_of_a_contact(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Matrix 2022 (impersonation by a homeserver): Eve signs, the server says that it is from Ada."""
    fake = Fake.of(recipe(cast.eve.identity, bob.identity.card), cast.ada.email)
    trust, words = trust_said(bob, cheat.serve(fake))
    assert trust == "signed, but that key changed"
    assert "WARNING: the server says from" in words


def test_a_file_in_my_own_name(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """MEGA 2022 (framing attack): as if Bob had sent it to himself. It is never "sent by you", and never passed on."""
    for signer, expected in ((None, "unsigned"), (cast.eve.identity, "signed, but that key changed")):
        fake = Fake.of(recipe(signer, bob.identity.card), bob.email, owner=True, allowed_users=[])
        file_id = cheat.serve(fake)
        trust, words = trust_said(bob, file_id)
        assert trust == expected
        assert "sent by you" not in words
        bob.refuses("share", file_id, "--to", cast.ada.email, code=6, words="not signed with your key")
        assert not cheat.changes(to=f"/files/{file_id}")


def test_my_own_file_is_reflected(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """Reflection: what Ada sent comes back as if Bob had sent it. It is hers, and said so."""
    cheat.lie("GET", rf"/files/{cast.letter}(\?.*)?$", _as_received_from(cast.bob.email))
    trust, words = trust_said(ada, cast.letter)
    assert trust == "you"
    assert cast.bob.email not in words


def _as_received_from(email: str) -> Lie:
    return edited(lambda detail: detail.update(owner=False, from_email=email, allowed_users=None))


def test_a_contacts_file_in_the_name_of_a_stranger(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Identity misbinding (unknown key share, Diffie et al. 1992): Ada's file, said to be from somebody without a card.

    Bob knows whose key that is.
    """
    cheat.lie(
        "GET", rf"/files/{cast.letter}(\?.*)?$", edited(lambda detail: detail.update(from_email="mallory@example.org"))
    )
    trust, words = trust_said(bob, cast.letter)
    assert trust == "signed, but that key changed"
    assert "WARNING: the server says from mallory@example.org" in words


def test_a_file_is_forwarded_as_if_it_were_for_me(bob: Actor, ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """Surreptitious forwarding (Davis 2001): Eve, for whom Ada sealed it, wraps the key for Bob under Ada's signature.

    The signature covers for whom a grant is, so it holds for Eve alone.
    """
    made = make(recipe(cast.ada.identity, cast.eve.identity.card))
    for_eve = made.grants[0]
    for_bob = grant_to(made, public_keys_of(bob.identity.card), None)
    forwarded = {**for_bob, "signature": for_eve["signature"]}
    file_id = cheat.serve(Fake(made, cast.ada.email, {"grants": [for_eve, forwarded]}))
    bob.refuses("get", file_id, code=6, words=FORGED)


def test_a_recipient_seals_other_content_under_the_same_key(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """A colluding recipient (group keys that prove no sender): Eve has the file key, and gives Bob another content.

    Parts, hashes and metadata fit each other. The manifest is not the one that Ada signed.
    """
    genuine = make(recipe(cast.ada.identity, bob.identity.card))
    forged = make(genuine.recipe.but(content=b"Send the money to Eve.\n"))
    fake = Fake(forged, cast.ada.email, {"grants": genuine.grants})
    bob.refuses("get", cheat.serve(fake), code=6, words=FORGED)


def test_a_recipient_seals_other_parts_behind_the_same_manifest(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """The same, with Ada's own manifest: the parts open under the right key, and are not the ones that it names."""
    genuine = make(recipe(cast.ada.identity, bob.identity.card))
    forged = make(genuine.recipe.but(content=MARKER[::-1]))
    fake = Fake(genuine, cast.ada.email, content=forged.body)
    bob.refuses("get", cheat.serve(fake), code=6, words="not the one that the sender sealed")


def test_a_recipient_gives_a_file_another_name(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """The same with the metadata alone, which the file key opens and seals."""
    genuine = make(recipe(cast.ada.identity, bob.identity.card))
    renamed = make(genuine.recipe.but(metadata=named("invoice.pdf"), parts=lambda _again: genuine.parts))
    assert renamed.body == genuine.body
    fake = Fake(renamed, cast.ada.email, {"grants": genuine.grants})
    bob.refuses("get", cheat.serve(fake), code=6, words=FORGED)


HOSTILE_NAMES = [
    "../../.bashrc",
    "/etc/cron.d/x",
    "..\\..\\x",
    "..",
    "CON.txt",
    "invoice\u202efdp.exe",
    "x\x1b]0;owned\x07",
    "a\nb",
    "x" * 300,
    "trailing.",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_leads_elsewhere(bob: Actor, cheat: Cheat, cast: Cast, name: str) -> None:
    """Path traversal (zip slip 2018), device names, direction marks: refused, and shown so that they do no harm."""
    file_id = cheat.serve(Fake.of(recipe(cast.ada.identity, bob.identity.card, metadata=named(name)), cast.ada.email))
    err = bob.refuses("get", file_id, code=6, words="Nothing was written")
    assert "\u202e" not in err
    assert "\x07" not in err


def test_a_path_where_a_name_is_due(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Zip slip 2018: a single file has a path that leads out of a folder; only its name is used."""
    draft = recipe(cast.ada.identity, bob.identity.card, metadata=named(NAME, path="../../outside/x"))
    assert bob.cli.ok("get", cheat.serve(Fake.of(draft, cast.ada.email))).lines == [NAME]
    assert tree(bob.cli.folder) == {NAME}


def test_a_name_of_the_old_format_that_leads_elsewhere(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """The same in the old format, where the server alone chooses names."""
    old: Json = {
        **Fake.of(recipe(None, bob.identity.card), cast.ada.email).detail(),
        "format": 0,
        "filename": "../../.ssh/authorized_keys",
        "nonce": "A" * 16,
        "wrapped_key": b64u(wrap_rsa(bytes(32), public_keys_of(bob.identity.card))),
        "metadata": "{}",
    }
    fake = Fake(make(recipe(None, bob.identity.card)), cast.ada.email, old)
    file_id = cheat.serve(Fake(fake.made, cast.ada.email, {**old, "file_id": fake.file_id}))
    bob.refuses("get", file_id, code=6, words="Nothing was written")


def _packed(content: bytes, said: int) -> dict[str, Any]:
    return {"packed": gzip.compress, "compression": "gzip", "metadata": named(NAME, size=said), "content": content}


@pytest.mark.parametrize("where", ["file", "pipe"])
def test_a_compression_bomb(bob: Actor, cheat: Cheat, cast: Cast, where: str) -> None:
    """42.zip, Fifield 2019: 64 MiB behind 64 KiB, and the metadata says 20,000 bytes. It ends where they end."""
    draft = recipe(cast.ada.identity, bob.identity.card, **_packed(bytes(64 << 20), 20_000))
    file_id = cheat.serve(Fake.of(draft, cast.ada.email))
    if where == "file":
        bob.refuses("get", file_id, code=6, words="larger than its sender said")
        return
    result = bob.cli("get", file_id, "-o", "-")
    assert result.code == 6
    assert len(result.out) <= 20_000


def test_a_size_that_no_compression_reaches(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """A bomb that is honest about itself (Fifield 2019): eight petabytes from a few bytes are refused."""
    draft = recipe(cast.ada.identity, bob.identity.card, **_packed(MARKER * 100, 8 * 10**15))
    file_id = cheat.serve(Fake.of(draft, cast.ada.email))
    bob.refuses("get", file_id, code=6, words="can't come of")
    assert not [each for each in cheat.asked if each.path.endswith("/content")]


def test_a_recipient_that_the_server_added(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """Group members added by the server (Rösler et al. 2018, Matrix 2022): `show` warns; nobody gets a key by it."""

    def add(detail: Record) -> None:
        detail["allowed_users"] = [*detail["allowed_users"], "0" * 32]

    cheat.lie("GET", rf"/files/{cast.letter}(\?.*)?$", edited(add))
    shown = ada.cli.ok("show", cast.letter)
    assert "WARNING" in shown.err
    assert "CAN NOT open it" in shown.out.decode()
    assert not cheat.changes(to="/files")


def test_a_recipient_in_the_name_of_a_contact(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """The same under Bob's address, with a card of the server's own: he is verified, this card is not."""
    impostor = Identity.create(cast.bob.email, 2048)
    number = safety_number(*((each.email, each.identity.card.signing_key) for each in (cast.ada, cast.bob)))
    ada.cli.ok("contacts", "verify", cast.bob.email, "--number", number)
    assert f"{cast.bob.email}, verified" in ada.cli.ok("show", cast.letter).out.decode()
    card = {"card": b64u(impostor.card.raw), "signature": b64u(impostor.card_signature), "user_id": "0" * 32}
    cheat.lie("GET", r"/cards/[0-9a-f]+/history", always(as_json({"cards": [card]})))
    shown = ada.cli.ok("show", cast.letter).out.decode()
    assert "another key than the one you know" in shown
    assert "verified" not in shown
    record = ada.cli.ok("show", cast.letter, "--json").json
    assert isinstance(record, dict)
    assert [each["known_key"] for each in record["recipients"]] == [False]


def test_a_grant_that_the_server_added(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """The same with a grant for Eve: what is in it is not the key, and Eve can open nothing with it."""
    made = make(recipe(None, cast.eve.identity.card))
    cheat.lie("GET", rf"/files/{cast.letter}(\?.*)?$", edited(lambda detail: detail["grants"].append(made.grants[0])))
    shown = ada.cli.ok("show", cast.letter)
    assert "1 more of key files, or of people who may not fetch it" in shown.out.decode()
    assert "WARNING" in shown.err


def test_another_card_for_whom_i_share_with(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """Sync, Tresorit 2024 (sharing with a substituted key): a later recipient is checked like the first ones."""
    impostor = Identity.create(cast.bob.email, 2048)
    signed = {"card": b64u(impostor.card.raw), "signature": b64u(impostor.card_signature)}
    cheat.lie("GET", r"/cards\?", edited(lambda answer: answer.update(signed)))
    ada.refuses("share", cast.letter, "--to", cast.bob.email, code=7, words=cast.bob.email)
    assert not cheat.changes(to="/files")


def test_a_card_that_names_somebody_elses_keys(ada: Actor, bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Unknown key share (Diffie et al. 1992): Ivy signs a card with Bob's encryption keys, and is taken off a file.

    What is taken away is her access. Bob's grant is not hers, whatever her card says.
    """
    ivy = Identity.create("ivy@example.org", 2048)
    keys = {name: json.loads(bob.identity.card.raw)[name] for name in ("rsa_key", "mlkem_key")}
    card = Card.parse(strict_json.dumps({**json.loads(ivy.card.raw), **keys}))
    publish(cheat, replace(ivy, card=card, card_signature=sign_card(card, ivy.signing_key)))
    (ada.cli.folder / NAME).write_bytes(MARKER)
    (file_id,) = ada.cli.ok("send", NAME, "--to", bob.email, "--to", card.email).lines
    ada.cli.ok("share", file_id, "--remove", card.email)
    assert card.email not in ada.cli.ok("show", file_id).out.decode()
    assert bob.cli.ok("get", file_id, "-o", "-").out == MARKER


def test_opened_by_the_right_key_only(cast: Cast) -> None:
    """What these tests forge is forged with keys that open: they fail for the reason that they name, no other."""
    made = make(recipe(cast.ada.identity, cast.bob.identity.card, os.urandom(100)))
    key, _ = unwrap(Manifest.parse(made.manifest), parse_grants(made.grants), cast.bob.identity.keys)
    assert key.raw == made.recipe.file_key
