"""What the client reads and writes by hand, held against the models of the wire."""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass

import pytest
from pydantic import BaseModel, ValidationError

from client.api import wire, wire_direct
from shared.api import models
from shared.sealed.errors import FormatError

ID = "11111111-1111-4111-8111-111111111111"
GRANT = {"type": "rsa-oaep-256", "recipient": "AAAA", "wrapped_key": "AA-_", "signature": None}
COMPLETE = {
    "manifest": "AAAA",
    "grants": [GRANT, {**GRANT, "signature": "BBBB", "by": "CCCC"}],
    "allowed_users": ["ben@example.org"],
    "expires_hours": 24,
    "download_limit": 3,
}
DETAIL = {
    "file_id": ID,
    "format": 1,
    "filename": None,
    "owner": True,
    "from_email": "ada@example.org",
    "uploaded_at": 1,
    "expires_at": 2,
    "size": 3,
    "downloads": 4,
    "download_limit": None,
    "manifest": "AAAA",
    "grants": [GRANT],
    "part_hashes": "BBBB",
    "allowed_users": ["c0ffee"],
    "nonce": "n",
    "wrapped_key": "w",
    "metadata": "{}",
    "ciphertext": "QUJD",
    "storage": "ipfs",
    "cid": "bafk",
}
UPLOAD = {
    "file_id": ID,
    "part_size": 8 << 20,
    "body_size": None,
    "parts": [{"number": 0, "size": 9, "digest": "AAAA"}],
    "idle_expires_at": 5,
    "direct": True,
}
PART_URL = {"number": 3, "url": "https://s3.example/bucket/key?partNumber=4", "headers": {"x-amz-meta-a": "b"}}
PAIRS: list[tuple[type[wire.Heard], type[BaseModel], dict[str, object]]] = [
    (wire.FileDetail, models.FileDetail, DETAIL),
    (wire.FileDetail, models.FileDetail, {**DETAIL, "format": 0, "filename": "é", "allowed_users": None}),
    (wire.Part, models.Part, {"number": 7, "size": 9, "digest": "AA-_"}),
    (wire.PublishedCard, models.PublishedCard, {"card": "AAAA", "signature": "BBBB", "user_id": "c0ffee"}),
    (wire.Refreshed, models.Refreshed, {"token": "a", "refresh_token": "b", "expires_in": 900}),
    (wire.Upload, models.Upload, UPLOAD),
    (wire_direct.PartUrls, models.PartUrls, {"part_urls": [PART_URL], "expires_in": 900}),
    (wire_direct.StoredParts, models.StoredParts, {"parts": [{"number": 0, "size": 9, "digest": "AAAA"}]}),
]
OTHER: tuple[object, ...] = (
    *(None, True, 0, 1, 2, -1, 1.0, 1.5, "", "a", "AA==", "AA+/", "a b", "ä", "AAAA\n", "A" * 64, "A" * 65, "A" * 255),
    *([], [None], [1], ["a"], [[]], [{}], {}, ID, ID.upper(), [GRANT], [{**GRANT, "more": 1}], [{**GRANT, "by": 1}]),
)
by_name = pytest.mark.parametrize(("ours", "model", "good"), PAIRS, ids=lambda each: getattr(each, "__name__", ""))


def _plain(value: object) -> object:
    """Records as dicts, arrays as lists."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key != "by" or each is not None}
    return _plain(value.model_dump()) if isinstance(value, BaseModel) else value


def _spoilt(good: dict[str, object]) -> Iterator[dict[str, object]]:
    """A field missing, one more, or one with another value, of the parts of it, too."""
    yield {**good, "more": 1}
    for name, value in good.items():
        yield {key: each for key, each in good.items() if key != name}
        yield from ({**good, name: other} for other in OTHER)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from ({**good, name: [inner]} for inner in _spoilt(value[0]))


def _read(read: Callable[[bytes], object], record: object) -> object:
    """None for what is refused."""
    try:
        return _plain(read(json.dumps(record).encode()))
    except (FormatError, ValidationError):
        return None


@by_name
def test_the_same_is_read(ours: type[wire.Heard], model: type[BaseModel], good: dict[str, object]) -> None:
    """What the server may say is understood as the models understand it, field by field."""
    assert _read(ours.model_validate_json, good) == _read(model.model_validate_json, good) is not None


@by_name
def test_the_same_is_refused(ours: type[wire.Heard], model: type[BaseModel], good: dict[str, object]) -> None:
    """What the models refuse is refused, and where something else is said, both read the same."""
    for record in _spoilt(good):
        theirs = _read(model.model_validate_json, record)
        mine = _read(ours.model_validate_json, record)
        assert mine == theirs or (theirs is not None and mine is None and _is_ours_alone(record, good)), record


def _is_ours_alone(record: dict[str, object], good: dict[str, object]) -> bool:
    """Defaults that no server leaves out, and a format that is `true` or `1.0`."""
    return record.keys() != good.keys() or isinstance(record.get("format"), bool | float)


@pytest.mark.parametrize("record", [b"", b"[]", b"nonsense", b'{"number": 1, "number": 2, "size": 1, "digest": ""}'])
def test_what_is_no_record(record: bytes) -> None:
    """It is refused as an answer that no Sealcase server gives."""
    with pytest.raises(FormatError):
        wire.Part.model_validate_json(record)


def test_what_is_said_is_understood() -> None:
    """Requests written by hand are what the server's models take."""
    complete = wire.UploadComplete("AAAA", ({**GRANT},), ("ben@example.org",), 24, None)
    start = wire.UploadStart(ID, 1 << 23, 5)
    models.UploadComplete.model_validate_json(complete.model_dump_json())
    models.WholeUpload.model_validate_json(wire.WholeUpload(complete, "QUJD").model_dump_json())
    assert models.UploadStart.model_validate_json(start.model_dump_json()).body_size == 5
    assert models.UploadStart.model_validate_json(wire.UploadStart(ID, 1 << 23, direct=True).model_dump_json()).direct
    wanted = wire_direct.WantedParts((wire_direct.WantedPart(0, 9),))
    assert models.WantedParts.model_validate_json(wanted.model_dump_json()).parts[0].size == 9
    sent = wire_direct.SentParts((wire_direct.SentPart(0, 9, "A" * 43, '"e"'),))
    assert models.SentParts.model_validate_json(sent.model_dump_json()).parts[0].etag == '"e"'
    assert models.Refresh.model_validate_json(wire.refresh("r")).refresh_token == "r"


def test_a_journal_holds_what_was_said() -> None:
    """The last word of an upload is read back as it was written."""
    complete = wire.UploadComplete.model_validate_json(json.dumps(COMPLETE).encode())
    assert _plain(complete) == _plain(models.UploadComplete.model_validate(COMPLETE))
    assert wire.UploadComplete.model_validate_json(complete.model_dump_json().encode()) == complete
