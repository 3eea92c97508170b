"""Attacks that listen: what a client's refusals, requests and words tell a server that tries many times."""

import hashlib

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from shared.sealed.encoding import b64u
from tests.hostile.cheat import Cheat
from tests.hostile.conftest import Actor, Cast
from tests.hostile.sealed import Fake, public_keys_of, recipe
from tests.vectors.reference import Json, Made, make, wrap_hybrid, wrap_rsa

pytestmark = pytest.mark.slow

FILE_ID = "<id>"


def _heard(bob: Actor, cheat: Cheat, made: Made, wrapped: bytes, kind: str) -> tuple[int, str, list[tuple[str, str]]]:
    """How a client ends and what it asks for, with one wrapped key in an otherwise genuine file."""
    grant: Json = {**made.grants[0], "type": kind, "wrapped_key": b64u(wrapped)}
    file_id = cheat.serve(Fake(made, bob.email, {"grants": [grant]}))
    since = len(cheat.asked)
    result = bob.cli("get", file_id)
    asked = [(each.method, each.path.replace(file_id, FILE_ID)) for each in cheat.asked[since:]]
    return result.code, result.err.replace(file_id, FILE_ID), asked


def test_no_answer_tells_wrong_keys_from_wrong_padding(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Bleichenbacher 1998, Manger 2001, ROBOT 2018: padding, length, key and commitment wrong, in RSA and ML-KEM.

    All end in the same words, the same exit code and the same requests: the server learns that it did not work.
    """
    to, eve = public_keys_of(bob.identity.card), public_keys_of(cast.eve.identity.card)
    made = make(recipe(cast.ada.identity, bob.identity.card))
    modulus = bob.identity.keys.rsa.key_size // 8
    secret = hashlib.sha256(b"rsa secret").digest()
    good = wrap_hybrid(made.recipe.file_key, to, made.recipe.file_id, secret)
    mlkem, rsa, wrapped = good[:1_088], good[1_088:-40], good[-40:]
    hybrid = {
        "RSA: the padding": mlkem + bytes(1) + bytes(modulus - 2) + b"\2" + wrapped,
        "RSA: a number that is too large": mlkem + b"\xff" * modulus + wrapped,
        "RSA: a secret that is too short": mlkem + wrap_rsa(secret[:-1], to) + wrapped,
        "RSA: another secret": mlkem + wrap_rsa(bytes(32), to) + wrapped,
        "ML-KEM: another ciphertext": bytes((mlkem[0] ^ 1,)) + mlkem[1:] + rsa + wrapped,
        "the wrapped key's integrity": mlkem + rsa + bytes((wrapped[0] ^ 1,)) + wrapped[1:],
        "a key under another secret": mlkem + rsa + aes_key_wrap(bytes(32), made.recipe.file_key),
        "another file's key": wrap_hybrid(bytes(32), to, made.recipe.file_id, secret),
        "nobody's grant": wrap_hybrid(made.recipe.file_key, eve, made.recipe.file_id, secret),
    }
    answers = {name: _heard(bob, cheat, made, raw, "mlkem768-rsa-oaep-256") for name, raw in hybrid.items()}
    first = next(iter(answers.values()))
    assert first[0] == 6
    assert {name: answer for name, answer in answers.items() if answer != first} == {}


def test_parts_are_no_oracle_either(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Vaudenay 2002 (padding oracles), EFAIL 2018: wherever a part is altered, the answer is one and the same."""
    made = make(recipe(cast.ada.identity, bob.identity.card))
    heard = set()
    for place in (0, 20, len(made.body) // 2, len(made.body) - 1):
        altered = made.body[:place] + bytes((made.body[place] ^ 1,)) + made.body[place + 1 :]
        file_id = cheat.serve(Fake(made, cast.ada.email, content=altered))
        since = len(cheat.asked)
        result = bob.cli("get", file_id)
        kinds = tuple(sorted({each.path.replace(file_id, FILE_ID) for each in cheat.asked[since:]}))
        heard.add((result.code, result.err.replace(file_id, FILE_ID), kinds))
    assert len(heard) == 1
    assert next(iter(heard))[0] == 6
