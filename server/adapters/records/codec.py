"""Records to JSON and back: sorted keys, two spaces, bytes as base64url, so that a person can read them."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from server.domain import (
    AccessToken,
    Backend,
    CardRecord,
    DropBox,
    File,
    Link,
    LinkedFile,
    Receipt,
    RecoveryRecord,
    SecondFactor,
    SimpleFields,
    Terms,
    Upload,
    User,
)
from server.ports import Damaged
from shared.api.scopes import Scope
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.grant import Grant, parse_grants

T = TypeVar("T")

Json = dict[str, object]


def encode(record: Json) -> bytes:
    """The file's text."""
    return json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def encode_line(record: Json) -> bytes:
    """One line of a file that only grows."""
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def read_as(path: str, decode: Callable[[Json], T]) -> T | None:
    """What `decode` makes of the record in `path`, or None where there is no such file. Raises `Damaged`."""
    try:
        record = read(Path(path))
        return None if record is None else decode(record)
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{path} is damaged") from error


def read(path: Path) -> Json | None:
    """The record in `path`, or None where there is no such file."""
    try:
        record = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not isinstance(record, dict):
        raise TypeError(f"{path} does not hold a record")
    return record


def from_user(user: User) -> Json:
    return {"user_id": user.user_id, "email": user.email, "created_at": user.created_at}


def to_user(record: Json) -> User:
    return User(_text(record, "user_id"), _text(record, "email"), _number(record, "created_at"))


def from_terms(terms: Terms) -> Json:
    return asdict(terms)


def to_terms(record: Json) -> Terms:
    return Terms(
        user_id=_text(record, "user_id"),
        disabled_at=None if record["disabled_at"] is None else _number(record, "disabled_at"),
        quota_bytes=None if record["quota_bytes"] is None else _integer(record, "quota_bytes"),
        quota_files=None if record["quota_files"] is None else _integer(record, "quota_files"),
    )


def from_second_factor(factor: SecondFactor) -> Json:
    return {**asdict(factor), "recovery_macs": list(factor.recovery_macs)}


def to_second_factor(record: Json) -> SecondFactor:
    return SecondFactor(
        user_id=_text(record, "user_id"),
        secret=_text(record, "secret"),
        last_step=_integer(record, "last_step"),
        recovery_macs=_texts(record, "recovery_macs"),
        turned_on_at=_number(record, "turned_on_at"),
    )


def from_recovery(copy: RecoveryRecord) -> Json:
    return {"user_id": copy.user_id, "sealed": b64u(copy.sealed), "stored_at": copy.stored_at}


def to_recovery(record: Json) -> RecoveryRecord:
    return RecoveryRecord(_text(record, "user_id"), unb64u(record["sealed"], "sealed"), _number(record, "stored_at"))


def from_access_token(token: AccessToken) -> Json:
    return {**asdict(token), "scopes": sorted(scope.value for scope in token.scopes)}


def to_access_token(record: Json) -> AccessToken:
    return AccessToken(
        token_id=_text(record, "token_id"),
        user_id=_text(record, "user_id"),
        email=_text(record, "email"),
        name=_text(record, "name"),
        scopes=frozenset(map(Scope, _texts(record, "scopes"))),
        created_at=_number(record, "created_at"),
        expires_at=None if record["expires_at"] is None else _integer(record, "expires_at"),
        mac=_text(record, "mac"),
    )


def from_card(card: CardRecord) -> Json:
    return {
        "user_id": card.user_id,
        "sequence": card.sequence,
        "card": b64u(card.card),
        "signature": b64u(card.signature),
    }


def to_card(record: Json) -> CardRecord:
    return CardRecord(
        user_id=_text(record, "user_id"),
        sequence=_integer(record, "sequence"),
        card=unb64u(record["card"], "card"),
        signature=unb64u(record["signature"], "signature"),
    )


def from_upload(upload: Upload) -> Json:
    return {
        "file_id": str(upload.file_id),
        "owner_id": upload.owner_id,
        "part_size": upload.part_size,
        "body_size": upload.body_size,
        "created_at": upload.created_at,
        "backend": upload.backend.value,
        **({} if upload.staging is None else {"staging": upload.staging}),
        **({} if upload.box_id is None else {"box_id": upload.box_id}),
    }


def to_upload(record: Json) -> Upload:
    return Upload(
        file_id=UUID(_text(record, "file_id")),
        owner_id=_text(record, "owner_id"),
        part_size=_integer(record, "part_size"),
        body_size=None if record["body_size"] is None else _integer(record, "body_size"),
        created_at=_number(record, "created_at"),
        backend=_backend(record),
        staging=_text(record, "staging") if "staging" in record else None,
        box_id=_text(record, "box_id") if "box_id" in record else None,
    )


def from_receipt(receipt: Receipt) -> Json:
    return {
        "part": receipt.number,
        "size": receipt.size,
        "digest": b64u(receipt.digest),
        "received_at": receipt.received_at,
        **({"etag": receipt.etag, "direct": receipt.direct} if receipt.etag else {}),
    }


def to_receipt(record: Json) -> Receipt:
    etag = str(record.get("etag", ""))
    return Receipt(
        number=_integer(record, "part"),
        size=_integer(record, "size"),
        digest=unb64u(record["digest"], "digest", 32),
        received_at=_number(record, "received_at"),
        etag=etag,
        direct=bool(record.get("direct", etag)),  # only direct parts had an ETag before receipts said so
    )


def from_file(file: File) -> Json:
    return {
        **({} if file.simple is None else {"simple": asdict(file.simple)}),
        "file_id": str(file.file_id),
        "owner_id": file.owner_id,
        "owner_email": file.owner_email,
        "uploaded_at": file.uploaded_at,
        "expires_at": file.expires_at,
        "size": file.size,
        "manifest": b64u(file.manifest),
        "grants": [grant.to_json() for grant in file.grants],
        "part_hashes": b64u(file.part_hashes),
        "allowed_users": list(file.allowed_users),
        "download_limit": file.download_limit,
        "revision": file.revision,
        **({"notify": True} if file.notify else {}),
        "backend": file.backend.value,
        **({} if file.locator is None else {"locator": file.locator}),
        **({} if file.box_id is None else {"box_id": file.box_id}),
    }


def to_file(record: Json) -> File:
    allowed_users = record["allowed_users"]
    if not isinstance(allowed_users, list):
        raise TypeError("allowed_users is not a list")
    simple, limit = record.get("simple"), record.get("download_limit")
    return File(
        file_id=UUID(_text(record, "file_id")),
        owner_id=_text(record, "owner_id"),
        owner_email=_text(record, "owner_email"),
        uploaded_at=_number(record, "uploaded_at"),
        expires_at=_integer(record, "expires_at"),
        size=_integer(record, "size"),
        manifest=unb64u(record["manifest"], "manifest"),
        grants=tuple(parse_grants(record["grants"])),
        part_hashes=unb64u(record["part_hashes"], "part_hashes"),
        allowed_users=tuple(str(user_id) for user_id in allowed_users),
        simple=_simple(simple) if isinstance(simple, dict) else None,
        download_limit=limit if isinstance(limit, int) else None,
        notify=bool(record.get("notify", False)),
        revision=_integer(record, "revision") if "revision" in record else 0,  # records from before there were changes
        backend=_backend(record),
        locator=_text(record, "locator") if "locator" in record else None,
        box_id=_text(record, "box_id") if "box_id" in record else None,
    )


def from_link(link: Link) -> Json:
    return {
        "link_id": link.link_id,
        "owner_id": link.owner_id,
        "owner_email": link.owner_email,
        "access_hash": b64u(link.access_hash),
        "items": [{"file_id": str(item.file_id), "grant": item.grant.to_json()} for item in link.items],
        "created_at": link.created_at,
        "expires_at": link.expires_at,
        "download_limit": link.download_limit,
        "password": link.password,
        "notify": link.notify,
        "revoked_at": link.revoked_at,
    }


def to_link(record: Json) -> Link:
    items = record["items"]
    if not isinstance(items, list):
        raise TypeError("items is not a list")
    return Link(
        link_id=_text(record, "link_id"),
        owner_id=_text(record, "owner_id"),
        owner_email=_text(record, "owner_email"),
        access_hash=unb64u(record["access_hash"], "access_hash", 32),
        items=tuple(LinkedFile(UUID(_text(item, "file_id")), Grant.parse(item["grant"])) for item in items),
        created_at=_number(record, "created_at"),
        expires_at=_integer(record, "expires_at"),
        download_limit=None if record["download_limit"] is None else _integer(record, "download_limit"),
        password=bool(record["password"]),
        notify=bool(record["notify"]),
        revoked_at=None if record["revoked_at"] is None else _number(record, "revoked_at"),
    )


def from_box(box: DropBox) -> Json:
    return {**asdict(box), "access_hash": b64u(box.access_hash)}


def to_box(record: Json) -> DropBox:
    return DropBox(
        box_id=_text(record, "box_id"),
        owner_id=_text(record, "owner_id"),
        owner_email=_text(record, "owner_email"),
        access_hash=unb64u(record["access_hash"], "access_hash", 32),
        created_at=_number(record, "created_at"),
        expires_at=_integer(record, "expires_at"),
        keep_hours=_integer(record, "keep_hours"),
        max_files=None if record["max_files"] is None else _integer(record, "max_files"),
        max_bytes=None if record["max_bytes"] is None else _integer(record, "max_bytes"),
        note=_text(record, "note"),
        password=bool(record["password"]),
        notify=bool(record["notify"]),
        closed_at=None if record["closed_at"] is None else _number(record, "closed_at"),
    )


def _simple(record: Json) -> SimpleFields:
    return SimpleFields(*(_text(record, key) for key in ("filename", "nonce", "wrapped_key", "metadata")))


def _backend(record: Json) -> Backend:
    """Records from before there was a choice lie on the disk."""
    return Backend(_text(record, "backend")) if "backend" in record else Backend.LOCAL


def _text(record: Json, key: str) -> str:
    if not isinstance(value := record[key], str):
        raise TypeError(f"{key} is not text")
    return value


def _texts(record: Json, key: str) -> tuple[str, ...]:
    value = record[key]
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"{key} is not a list of texts")
    return tuple(value)


def _integer(record: Json, key: str) -> int:
    if not isinstance(value := record[key], int):
        raise TypeError(f"{key} is not an integer")
    return value


def _number(record: Json, key: str) -> float:
    if not isinstance(value := record[key], int | float):
        raise TypeError(f"{key} is not a number")
    return float(value)
