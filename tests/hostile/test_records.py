"""Attacks on what stands beside a sealed body: manifest, metadata and grants of one file."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest

from shared.crypto.grants import unwrap
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.grant import parse_grants
from shared.sealed.manifest import Manifest
from tests.hostile.cheat import Cheat, Record, edited
from tests.hostile.conftest import Actor, Cast
from tests.hostile.sealed import MARKER, NAME, Fake, keys_of, public_keys_of, recipe
from tests.vectors.reference import Made, grant, grant_to, make, wrap_rsa

pytestmark = pytest.mark.slow

WRONG = "does not open the file"
FORGED = "signature is wrong"


def _raw(text: object) -> bytes:
    return unb64u(text, "text")


def flipped(text: str, place: int) -> str:
    """Base64url with one bit of what it stands for changed."""
    raw = bytearray(_raw(text))
    raw[place % len(raw)] ^= 1
    return b64u(bytes(raw))


def in_manifest(change: Callable[[Record], object]) -> Callable[[Record], None]:
    """A change to a manifest, written again as a client of ours would write it."""

    def alter(detail: Record) -> None:
        manifest = json.loads(_raw(detail["manifest"]))
        change(manifest)
        detail["manifest"] = b64u(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode())

    return alter


def _flip_metadata(place: int) -> Callable[[Record], None]:
    return in_manifest(lambda manifest: manifest.update(metadata=flipped(manifest["metadata"], place)))


def _lie_about(cheat: Cheat, file_id: str, change: Callable[[Record], object]) -> None:
    cheat.lie("GET", rf"/files/{file_id}(\?.*)?$", edited(change))


@pytest.mark.parametrize("place", [3, 14, 40, 200, -1])
def test_metadata_bits_are_flipped(bob: Actor, cast: Cast, cheat: Cheat, place: int) -> None:
    """Icedrive, Seafile 2024 (unauthenticated CBC), all five of that study (metadata): names that change at will.

    Nonce, name, sizes, padding and tag are all under the sender's signature.
    """
    _lie_about(cheat, cast.letter, _flip_metadata(place))
    bob.refuses("get", cast.letter, code=6, words=FORGED)


OUTSIDE: dict[str, tuple[Callable[[Record], object], str]] = {
    "the date": (in_manifest(lambda manifest: manifest.update(created_at=1)), FORGED),
    "the commitment": (
        in_manifest(lambda manifest: manifest.update(key_commitment=flipped(manifest["key_commitment"], 5))),
        WRONG,
    ),
    "the size of the body": (
        in_manifest(lambda manifest: manifest.update(body_size=manifest["body_size"] + 1)),
        FORGED,
    ),
    "an unknown field": (in_manifest(lambda manifest: manifest.update(trust="verified")), "unknown keys"),
    "the format's name": (in_manifest(lambda manifest: manifest.update(format="sealcase/0")), "not of format"),
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_fields_of_the_manifest_are_changed(bob: Actor, cast: Cast, cheat: Cheat, what: str) -> None:
    """All five products of ETH 2024 (unauthenticated metadata): dates, sizes, and the format itself."""
    change, words = OUTSIDE[what]
    _lie_about(cheat, cast.letter, change)
    bob.refuses("get", cast.letter, code=6, words=words)


def test_a_manifest_with_two_meanings(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Parsers that differ (XML signature wrapping 2005): a key named twice is nobody's choice."""

    def twice(detail: Record) -> None:
        raw = _raw(detail["manifest"])
        detail["manifest"] = b64u(raw[:-1] + b',"created_at":1}')

    _lie_about(cheat, cast.letter, twice)
    bob.refuses("get", cast.letter, code=6, words="twice")


def test_names_of_two_files_are_exchanged(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Sync, pCloud, Seafile, Icedrive 2024 (names exchanged): one file's encrypted name in another's manifest."""
    other = kept_of(cheat, cast.other)
    metadata = json.loads(_raw(other["manifest"]))["metadata"]
    _lie_about(cheat, cast.letter, in_manifest(lambda manifest: manifest.update(metadata=metadata)))
    bob.refuses("get", cast.letter, code=6, words=FORGED)


def kept_of(cheat: Cheat, file_id: str) -> Record:
    """What the honest server keeps of a file, as it lies on its disk."""
    (path,) = cheat.honest.data_dir.rglob(f"{file_id}.json")
    record = json.loads(path.read_bytes())
    assert isinstance(record, dict)
    return record


def test_two_whole_files_are_exchanged(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Sync, pCloud 2024 (files moved): one honest file where another was asked for."""
    other = kept_of(cheat, cast.other)
    swapped = {name: other[name] for name in ("manifest", "grants", "part_hashes")}
    _lie_about(cheat, cast.letter, lambda detail: detail.update(swapped))
    bob.refuses("get", cast.letter, code=8, words="another file")


def test_my_grant_is_removed(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Denial by the server: told as what it may be, with what to do."""
    _lie_about(cheat, cast.letter, lambda detail: detail.update(grants=[]))
    assert "share it with you again" in bob.refuses("get", cast.letter, code=6, words=WRONG)


def _mine(detail: Record, bob: Actor) -> Record:
    name = b64u(bob.identity.card.recipient)
    found: Record = next(each for each in detail["grants"] if each["recipient"] == name)
    return found


def test_a_grant_of_another_file_is_moved_here(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """MEGA 2022 (keys without context): Ada's own grant, to Bob, but for another file."""
    theirs = _mine(kept_of(cheat, cast.other), bob)
    _lie_about(cheat, cast.letter, lambda detail: _mine(detail, bob).update(theirs))
    bob.refuses("get", cast.letter, code=6, words=WRONG)


def test_a_grant_is_signed_again_by_somebody_else(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Signatures exchanged: Eve signs what Ada had signed, under Ada's name."""
    eve = cast.eve.identity.signing_key

    def resign(detail: Record) -> None:
        mine = _mine(detail, bob)
        made = Made(recipe(None, bob.identity.card), [], _raw(detail["manifest"]))
        again = grant(made, mine["type"], _raw(mine["recipient"]), _raw(mine["wrapped_key"]), eve)
        mine.update(again)

    _lie_about(cheat, cast.letter, resign)
    bob.refuses("get", cast.letter, code=6, words=FORGED)


def test_the_sender_is_replaced(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Duplicate signature key selection (Blake-Wilson, Menezes 1999): Eve's key in the manifest, Ada's word."""
    eve = b64u(cast.eve.identity.card.signing_key)
    _lie_about(cheat, cast.letter, in_manifest(lambda manifest: manifest.update(sender=eve)))
    bob.refuses("get", cast.letter, code=6, words=FORGED)


def test_signatures_are_stripped(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """EFAIL 2018 (integrity stripped away): missing is not the same as unsigned."""
    _lie_about(cheat, cast.letter, lambda detail: _mine(detail, bob).update(signature=None))
    bob.refuses("get", cast.letter, code=6, words="signature was removed")


def test_a_signed_file_is_made_anonymous(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """EFAIL 2018 (the same, thoroughly): no sender in the manifest, no signature in the grants.

    What is left looks like an anonymous file. It opens, and nobody is told that Ada signed it.
    """

    def strip(detail: Record) -> None:
        in_manifest(lambda manifest: manifest.update(sender=None))(detail)
        for each in detail["grants"]:
            each["signature"] = None

    _lie_about(cheat, cast.letter, strip)
    got = bob.cli.ok("get", cast.letter, "--json")
    record = got.json
    assert isinstance(record, list)
    assert record[0]["sender"] == "unsigned"
    assert "nobody signed it" in got.err


def test_the_type_of_a_grant_is_lowered(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Downgrade of the suite (FREAK, Logjam 2015): what was hybrid is said to be of RSA alone."""

    def lower(detail: Record) -> None:
        mine = _mine(detail, bob)
        rsa_length = bob.identity.keys.rsa.key_size // 8
        wrapped = _raw(mine["wrapped_key"])[1_088 : 1_088 + rsa_length]
        mine.update(type="rsa-oaep-256", wrapped_key=b64u(wrapped))

    _lie_about(cheat, cast.letter, lower)
    bob.refuses("get", cast.letter, code=6, words=WRONG)


def test_a_grant_of_an_unknown_type(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Downgrade by negotiation (Logjam 2015): there are three types, and nothing is negotiated."""
    _lie_about(cheat, cast.letter, lambda detail: _mine(detail, bob).update(type="null"))
    bob.refuses("get", cast.letter, code=6, words="unknown type")


def test_my_grant_is_doubled(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Two grants to one key: which of them counts is nothing to guess."""
    _lie_about(cheat, cast.letter, lambda detail: detail["grants"].append(_mine(detail, bob)))
    bob.refuses("get", cast.letter, code=6, words="two grants of one type")


def test_a_key_of_the_servers_own_for_a_file_of_adas(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Nextcloud 2024 (keys that the server inserts): the server wraps a key of its own for Bob's public key."""
    own = make(recipe(None, bob.identity.card))
    own_grant = grant_to(own, public_keys_of(bob.identity.card), None)
    _lie_about(cheat, cast.letter, lambda detail: _mine(detail, bob).update(wrapped_key=own_grant["wrapped_key"]))
    bob.refuses("get", cast.letter, code=6, words=WRONG)


def test_a_grant_wrapped_again_by_a_stranger(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """A recipient may wrap keys again for themself (`by`). Eve does so for Bob: it hides nothing, it proves nothing."""
    raw = _raw(kept_of(cheat, cast.letter)["manifest"])
    grants = parse_grants(kept_of(cheat, cast.letter)["grants"])
    file_key, _ = unwrap(Manifest.parse(raw), grants, bob.identity.keys)  # she has it from another reader
    made = Made(recipe(None, bob.identity.card, file_key=file_key.raw, file_id=UUID(cast.letter)), [], raw)
    to_bob = grant_to(made, public_keys_of(bob.identity.card), cast.eve.identity.signing_key)
    strangers = {**to_bob, "by": b64u(cast.eve.identity.card.signing_key)}
    _lie_about(cheat, cast.letter, lambda detail: detail.update(grants=[strangers, *detail["grants"]]))
    assert bob.cli.ok("get", cast.letter, "-o", "-").out == MARKER
    _lie_about(cheat, cast.letter, lambda detail: detail.update(grants=[strangers]))
    bob.refuses("get", cast.letter, code=6, words="by somebody else")


def test_a_grant_wrapped_again_in_my_name(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """The same with Bob's own key as `by`, which only Bob can sign with."""
    made = make(recipe(cast.ada.identity, bob.identity.card))
    forged = {
        **grant_to(made, public_keys_of(bob.identity.card), cast.eve.identity.signing_key),
        "by": b64u(bob.identity.card.signing_key),
    }
    file_id = cheat.serve(Fake(made, cast.ada.email, {"grants": [forged]}))
    bob.refuses("get", file_id, code=6, words=FORGED)


def test_a_file_is_said_to_be_of_the_old_format(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Downgrade to format 0 (DROWN 2016: old rules beside new ones): Ada's body does not open under the old ones."""
    wrapped = b64u(wrap_rsa(bytes(32), public_keys_of(bob.identity.card)))
    old = {"format": 0, "filename": NAME, "nonce": "A" * 16, "wrapped_key": wrapped, "metadata": "{}"}
    _lie_about(cheat, cast.letter, lambda detail: detail.update(old))
    bob.refuses("get", cast.letter, code=6, words="was altered")


def test_a_list_of_hashes_of_its_own(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Hashes that somebody else vouches for: the list is the one that the manifest names, or none."""
    _lie_about(cheat, cast.letter, lambda detail: detail.update(part_hashes=b64u(bytes(32))))
    bob.refuses("get", cast.letter, code=6, words="does not match the manifest")


def test_a_manifest_of_two_megabytes(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Resource exhaustion before any signature (OpenPGP, CVE-2013-4402): refused by its length."""
    _lie_about(cheat, cast.letter, lambda detail: detail.update(manifest="A" * (2 << 20)))
    bob.refuses("get", cast.letter, code=6, words="more than the")


def test_a_key_that_fits_two_files(bob: Actor, cast: Cast, cheat: Cheat) -> None:
    """Invisible salamanders (Dodis et al. 2018): a manifest commits to one key; another one is refused."""
    other, to_bob = make(recipe(cast.ada.identity, bob.identity.card)), public_keys_of(bob.identity.card)
    draft = recipe(cast.ada.identity, bob.identity.card).but(
        grants=lambda made: [grant_to(replaced_key(made, other), to_bob, keys_of(cast.ada.identity).signer)]
    )
    file_id = cheat.serve(Fake.of(draft, cast.ada.email))
    bob.refuses("get", file_id, code=6, words=WRONG)


def replaced_key(made: Made, other: Made) -> Made:
    """The same file with another's key in its grants."""
    return Made(made.recipe.but(file_key=other.recipe.file_key), made.parts, made.manifest)


@pytest.mark.parametrize("who", ["ada", "bob"])
def test_a_signature_on_what_was_left_in_a_drop_box_says_nothing(
    request: pytest.FixtureRequest, cast: Cast, cheat: Cheat, who: str
) -> None:
    """Whoever has the box's address may have put there what its owner signed, or a contact: it is from nobody."""
    actor: Actor = request.getfixturevalue(who)
    box = "B" * 43
    _lie_about(cheat, cast.letter, lambda detail: detail.update(box_id=box))
    listing = edited(lambda page: [each.update(box_id=box) for each in page["files"]])
    cheat.lie("GET", r"/files(\?.*)?$", listing)
    said = "left in your drop box"
    assert said in actor.cli.ok("show", cast.letter).out.decode()
    got = actor.cli.ok("get", cast.letter).err
    assert said in got
    assert "WARNING" not in got
    listed = actor.cli.ok("ls", "--json", *(["--received"] if who == "bob" else [])).json
    shown = actor.cli.ok("show", cast.letter, "--json").json
    assert {each["sender"] for each in (*listed, shown)} == {"unsigned, via your drop box"}  # type: ignore[misc]
    assert shown["sender_fingerprint"] is None  # type: ignore[index]
    assert not [each for each in cheat.asked if each.path.startswith("/cards?")]
