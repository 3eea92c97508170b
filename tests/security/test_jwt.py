"""Attacks on access tokens. Each test is one attack; each ends in 401 and gives nothing away."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

import jwt
import pytest

from tests.server.house import House, Person, code_of


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: object) -> str:
    return b64(json.dumps(value).encode())


def claims_of(person: Person) -> dict[str, Any]:
    return jwt.decode(person.token, options={"verify_signature": False})


def refused(person: Person, token: str) -> None:
    answer = person.http.get("/files", headers={"Authorization": f"Bearer {token}"})
    assert code_of(answer) == "not_signed_in"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "sign" in answer.get_json()["detail"].lower()
    assert token not in answer.text


def our_key(here: House) -> bytes:
    return here.wiring.secrets.jwt_secret


def signed(header: dict[str, object], claims: dict[str, Any], key: bytes) -> str:
    """HMAC-SHA-256 over any header, as no honest library would make it."""
    content = f"{part(header)}.{part(claims)}"
    return f"{content}.{b64(hmac.digest(key, content.encode(), hashlib.sha256))}"


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
def test_algorithm_none(ada: Person, name: str) -> None:
    """A token that says it needs no signature, with and without one."""
    payload = part(claims_of(ada))
    for signature in ("", "x", ada.token.rpartition(".")[2]):
        refused(ada, f"{part({'alg': name, 'typ': 'JWT'})}.{payload}.{signature}")


def test_algorithm_confusion(here: House, ada: Person) -> None:
    """RS256 and others in the header over an HMAC: with our key, and with a public key as the secret."""
    pem = b"-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL\n-----END PUBLIC KEY-----\n"
    for algorithm in ("RS256", "ES256", "PS256", "EdDSA", "HS384", "HS512"):
        for key in (our_key(here), pem):
            refused(ada, signed({"alg": algorithm, "typ": "JWT"}, claims_of(ada), key))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_hmac_with_the_right_key(here: House, ada: Person, algorithm: str) -> None:
    """One algorithm is pinned, not a family."""
    refused(ada, jwt.encode(claims_of(ada), our_key(here) * 2, algorithm=algorithm))
    refused(ada, jwt.encode(claims_of(ada), our_key(here), algorithm=algorithm))


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "/dev/null"},
        {"kid": "../../../../../../dev/null"},
        {"kid": "x' UNION SELECT '' -- "},
        {"kid": "secrets/jwt_secret"},
        {"kid": ["a"]},
        {"kid": 1},
        {"jku": "http://127.0.0.1:1/keys.json"},
        {"x5u": "http://127.0.0.1:1/cert.pem"},
        {"jwk": {"kty": "oct", "k": ""}},
        {"crit": ["b64"], "b64": False},
    ],
)
@pytest.mark.parametrize("key", [b"", b"\0" * 32, b"secret"])
def test_key_injection_by_header(ada: Person, header: dict[str, object], key: bytes) -> None:
    """kid, jku, x5u and jwk choose no key of ours: a token under an empty or known one is refused."""
    refused(ada, signed({"alg": "HS256", "typ": "JWT", **header}, claims_of(ada), key))


def test_a_kid_changes_nothing_under_the_right_key(here: House, ada: Person) -> None:
    """It is never looked at: no file, no query, no request hangs on it."""
    token = signed({"alg": "HS256", "typ": "JWT", "kid": "/etc/passwd"}, claims_of(ada), our_key(here))
    assert ada.http.get("/files", headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": 1_799_999_999},
        {"exp": "9999999999"},
        {"exp": 9e99},
        {"exp": True},
        {"exp": None},
        {"exp": [2_000_000_000]},
        {"exp": {"a": 1}},
    ],
)
def test_expired_and_endless(here: House, ada: Person, changes: dict[str, object]) -> None:
    """Also with an end that is no number, under the right key."""
    refused(ada, signed({"alg": "HS256", "typ": "JWT"}, claims_of(ada) | changes, our_key(here)))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"aud": ""},
        {"aud": None},
        {"aud": {"sealcase-api": 1}},
        {"iss": "evil"},
        {"iss": ["sealcase", "evil"]},
        {"sub": 5},
        {"nbf": 99_999_999_999},
    ],
)
def test_a_token_for_somebody_else(here: House, ada: Person, changes: dict[str, object]) -> None:
    """Wrong audience or issuer, or claims of wrong types, under the right key."""
    refused(ada, signed({"alg": "HS256", "typ": "JWT"}, claims_of(ada) | changes, our_key(here)))


@pytest.mark.parametrize("claim", ["user_id", "type", "exp", "iat", "jti", "iss", "aud", "sid"])
def test_a_claim_is_missing(here: House, ada: Person, claim: str) -> None:
    claims = {name: value for name, value in claims_of(ada).items() if name != claim}
    refused(ada, signed({"alg": "HS256", "typ": "JWT"}, claims, our_key(here)))


def test_access_as_refresh_and_refresh_as_access(here: House, ada: Person) -> None:
    """Each is good for its own purpose only, also with `type` changed under the right key."""
    for token in (ada.token, signed({"alg": "HS256"}, claims_of(ada) | {"type": "refresh"}, our_key(here))):
        assert code_of(here.http.post("/auth/refresh", json={"refresh_token": token})) == "not_signed_in"
    refused(ada, ada.refresh_token)
    refused(ada, signed({"alg": "HS256"}, claims_of(ada) | {"type": "refresh"}, our_key(here)))


def test_revoked(here: House, ada: Person) -> None:
    """A token of a session that has ended is dead although its time is not over."""
    ada.ask("POST", "/auth/logout")
    refused(ada, ada.token)


def test_a_session_borrowed_from_somebody_else(here: House, ada: Person) -> None:
    """Under the right key, another person's session or id, and sessions that are none."""
    bob = here.person("bob@example.org")
    for changes in (
        {"sid": claims_of(bob)["sid"]},
        {"user_id": bob.user_id},
        {"sid": "0" * 32},
        {"sid": "../" * 8},
        {"sid": ["a"]},
        {"sid": None},
        {"sid": "x" * 100_000},
    ):
        refused(ada, signed({"alg": "HS256"}, claims_of(ada) | changes, our_key(here)))


def test_tampered_everywhere(ada: Person) -> None:
    """Each character of the payload and the signature changed; parts exchanged, doubled, left out."""
    header, payload, signature = ada.token.split(".")
    for place in range(len(payload)):
        changed = payload[:place] + ("A" if payload[place] != "A" else "B") + payload[place + 1 :]
        refused(ada, f"{header}.{changed}.{signature}")
    for place in range(len(signature) - 1):  # the last character has bits that mean nothing
        changed = signature[:place] + ("A" if signature[place] != "A" else "B") + signature[place + 1 :]
        refused(ada, f"{header}.{payload}.{changed}")
    for token in (
        f"{payload}.{header}.{signature}",
        f"{header}.{payload}",
        f"{header}.{payload}.",
        f"{header}..{signature}",
        f"{ada.token}.{signature}",
        f".{ada.token}",
        "...",
        ".." * 10_000,
        "ä.ö.ü",
    ):
        refused(ada, token)


@pytest.mark.parametrize("key", ["", "secret", "your-jwt-signing-secret-key", "changeme", "k" * 64])
def test_a_guessed_key(ada: Person, key: str) -> None:
    """Neither the report's examples nor the usual suspects sign here."""
    refused(ada, signed({"alg": "HS256", "typ": "JWT"}, claims_of(ada), key.encode()))


def test_the_key_for_something_else(here: House, ada: Person) -> None:
    """The secret behind user ids, and a random one."""
    for key in (here.wiring.secrets.secret_key, secrets.token_bytes(32)):
        refused(ada, signed({"alg": "HS256", "typ": "JWT"}, claims_of(ada), key))


@pytest.mark.parametrize("form", ["{}, {}", "{}\t{}", "{} Bearer {}"])
def test_two_tokens_in_one_header(here: House, ada: Person, form: str) -> None:
    """Proxies that join headers make nobody somebody else."""
    bob = here.person("bob@example.org")
    refused(ada, form.format(ada.token, bob.token))
