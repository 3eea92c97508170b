"""A client that sends parts straight to the store, as far as a test needs one."""

import hashlib
from typing import Any

import requests
from werkzeug.test import TestResponse

from shared.sealed.encoding import b64u
from tests.server.house import Person
from tests.server.samples import Sample

SECONDS = 60


def part_urls(person: Person, file: Sample, *numbers: int) -> TestResponse:
    parts = [{"number": number, "size": len(file.parts[number])} for number in numbers]
    return person.ask("POST", f"/uploads/{file.file_id}/part_urls", json={"parts": parts})


def urls(person: Person, file: Sample, *numbers: int) -> list[dict[str, Any]]:
    answer = part_urls(person, file, *numbers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["part_urls"]
    return found


def put(signed: dict[str, Any], data: bytes) -> requests.Response:
    return requests.put(signed["url"], data=data, headers=signed["headers"], timeout=SECONDS)


def put_directly(person: Person, file: Sample, *numbers: int) -> list[dict[str, object]]:
    """Put parts into the store; what is to be acknowledged."""
    sent = []
    for number, signed in zip(numbers, urls(person, file, *numbers), strict=True):
        answer = put(signed, file.parts[number])
        assert answer.status_code == 200, answer.text
        sent.append(described(file, number, answer.headers["ETag"]))
    return sent


def described(file: Sample, number: int, etag: str) -> dict[str, object]:
    data = file.parts[number]
    return {"number": number, "size": len(data), "digest": b64u(hashlib.sha256(data).digest()), "etag": etag}


def acknowledge(person: Person, file: Sample, sent: list[dict[str, object]]) -> TestResponse:
    return person.ask("POST", f"/uploads/{file.file_id}/parts", json={"parts": sent})


def send_directly(person: Person, file: Sample, **completion: object) -> TestResponse:
    """All of `file`; the answer to its completion."""
    start = person.ask("POST", "/uploads", json={**file.start(), "direct": True})
    assert start.get_json()["direct"] is True
    assert acknowledge(person, file, put_directly(person, file, *range(len(file.parts)))).status_code == 200
    return person.complete(file, **completion)
