"""Files as rows, and back."""

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from server.adapters.postgres.ids import person
from server.domain import Backend, File, SimpleFields
from server.ports import Damaged
from shared.sealed.grant import parse_grants

_US = 1_000_000


def uploaded_us(file: File) -> int:
    """The number in a file's position."""
    return int(file.uploaded_at * _US)


def place_of(position: str) -> tuple[int, UUID]:
    """A position as listings are ordered. One that no listing gave out lies somewhere."""
    number, _, name = position.partition("-")
    try:
        return int(number), UUID(name)
    except ValueError:
        return int(number), UUID(int=0)


def values_of(file: File) -> dict[str, Any]:
    """Every column but the downloads."""
    return {
        "file_id": file.file_id,
        "owner_id": person(file.owner_id),
        "owner_email": file.owner_email,
        "uploaded_at": file.uploaded_at,
        "expires_at": file.expires_at,
        "size": file.size,
        "manifest": file.manifest,
        "grants": json.dumps([grant.to_json() for grant in file.grants], separators=(",", ":")).encode(),
        "part_hashes": file.part_hashes,
        "allowed_users": [person(user_id) for user_id in file.allowed_users],
        "simple": None if file.simple is None else json.dumps(asdict(file.simple)).encode(),
        "download_limit": file.download_limit,
        "revision": file.revision,
        "backend": file.backend.value,
        "locator": file.locator,
        "box_id": file.box_id,
    }


def listings_of(file: File) -> list[dict[str, Any]]:
    """Who sees it. What somebody left in a box has been received, also by its owner."""
    place = {"uploaded_us": uploaded_us(file), "file_id": file.file_id}
    readers = dict.fromkeys(user_id for user_id in file.allowed_users if user_id != file.owner_id)
    return [
        {"user_id": person(file.owner_id), "owned": file.box_id is None, **place},
        *({"user_id": person(user_id), "owned": False, **place} for user_id in readers),
    ]


def file_of(row: Row[*tuple[Any, ...]]) -> File:
    """Raises `Damaged`."""
    try:
        return File(
            file_id=row.file_id,
            owner_id=row.owner_id.hex,
            owner_email=row.owner_email,
            uploaded_at=row.uploaded_at,
            expires_at=row.expires_at,
            size=row.size,
            manifest=row.manifest,
            grants=tuple(parse_grants(json.loads(row.grants))),
            part_hashes=row.part_hashes,
            allowed_users=tuple(user_id.hex for user_id in row.allowed_users),
            simple=None if row.simple is None else SimpleFields(**json.loads(row.simple)),
            download_limit=row.download_limit,
            revision=row.revision,
            backend=Backend(row.backend),
            locator=row.locator,
            box_id=row.box_id,
        )
    except (ValueError, TypeError) as error:
        raise Damaged(f"the row of file {row.file_id} is damaged") from error
