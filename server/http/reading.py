"""What comes in with a request, read strictly: one meaning or an error that names the field and repeats no value."""

import base64
import binascii
import re
from typing import TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError

from server.errors import (
    BadRequest,
    FieldError,
    Interrupted,
    Invalid,
    LengthRequired,
    TooLarge,
    UnsupportedMediaType,
)
from server.http.body import UNREADABLE
from server.services.completion import Completion
from shared.api import limits
from shared.api.models import UploadComplete
from shared.sealed import strict_json
from shared.sealed.encoding import unb64u
from shared.sealed.errors import FormatError

M = TypeVar("M", bound=BaseModel)

OCTETS = "application/octet-stream"
_DIGEST_BYTES = 32
_CONTENT_LENGTH = re.compile(r"[0-9]{1,19}")
_SHA_256 = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")


def json_body(request: Request, model: type[M], max_bytes: int = limits.MAX_JSON_BODY) -> M:
    """The JSON body as `model`. Raises `UnsupportedMediaType`, `TooLarge`, `BadRequest`, `Invalid`."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("The body must be JSON: Content-Type: application/json.")
    if (request.content_length or 0) > max_bytes:
        raise TooLarge(f"A JSON body has at most {max_bytes} bytes.")
    try:
        data = request.stream.read(max_bytes + 1)
    except UNREADABLE:
        raise Interrupted("The body ended early, or is not framed as HTTP says.") from None
    if len(data) > max_bytes:
        raise TooLarge(f"A JSON body has at most {max_bytes} bytes.")
    try:
        value = strict_json.loads_object(data, max_bytes, "the body")
    except FormatError as error:
        raise BadRequest(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    return validated(model, value)


def query(request: Request, model: type[M]) -> M:
    """The query string as `model`. Raises `BadRequest` for a doubled parameter, `Invalid`."""
    values = request.args.to_dict(flat=False)
    if doubled := [name for name, each in values.items() if len(each) > 1]:
        raise BadRequest(f"A query parameter is there {len(values[doubled[0]])} times.")
    return validated(model, {name: each[0] for name, each in values.items()})


def base64url(text: str, field: str) -> bytes:
    """The bytes behind a field. Raises `Invalid` naming it."""
    try:
        return unb64u(text, field)
    except FormatError as error:
        raise Invalid("A field is not valid.", (FieldError(field, str(error)),)) from None


def digest(text: str, field: str = "digest") -> bytes:
    """The SHA-256 behind a field. Raises `Invalid` naming it."""
    found = base64url(text, field)
    if len(found) != _DIGEST_BYTES:
        raise Invalid("A field is not valid.", (FieldError(field, f"has {len(found)} bytes, not {_DIGEST_BYTES}"),))
    return found


def base64_text(text: str, field: str) -> bytes:
    """The bytes behind `text`, which is the one text that stands for them: what goes out is what came in.

    Raises `Invalid` naming the field.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise Invalid("A field is not valid.", (FieldError(field, "is not base64"),)) from None
    if text[-4:] != base64.b64encode(content[-((len(content) - 1) % 3 + 1) :] if content else b"").decode():
        raise Invalid("A field is not valid.", (FieldError(field, "is not canonical base64"),))
    return content


def printable(text: str) -> str:
    """A name that somebody chose, without what can't be seen."""
    return "".join(char for char in text if char.isprintable()).strip()


def completion(body: UploadComplete) -> Completion:
    """What a sender says of a file whose bytes are there. Raises `Invalid`."""
    return Completion(
        manifest=base64url(body.manifest, "manifest"),
        grants=[grant.model_dump() for grant in body.grants],
        allowed_users=tuple(body.allowed_users),
        expires_hours=body.expires_hours,
        download_limit=body.download_limit,
    )


def body_length(request: Request) -> int:
    """The announced length of a binary body. Raises `LengthRequired`, `UnsupportedMediaType`."""
    if request.mimetype not in ("", OCTETS):
        raise UnsupportedMediaType(f"The body must be bytes: Content-Type: {OCTETS}.")
    return announced_length(request)


def announced_length(request: Request) -> int:
    """The Content-Length. Raises `LengthRequired`."""
    header = request.environ.get("CONTENT_LENGTH", "")
    if "HTTP_TRANSFER_ENCODING" in request.environ or not _CONTENT_LENGTH.fullmatch(header):
        raise LengthRequired("Send the body with its Content-Length, not chunked.")
    return int(header)


def content_digest(request: Request) -> bytes | None:
    """The SHA-256 that `Content-Digest` (RFC 9530) announces, if it does. Raises `BadRequest`."""
    header = request.headers.get("Content-Digest")
    if header is None:
        return None
    for member in header.split(","):
        if match := _SHA_256.fullmatch(member.strip()):
            try:
                return base64.b64decode(match[1], validate=True)
            except (ValueError, binascii.Error):
                break
        if member.strip().startswith("sha-256="):
            break
    else:
        return None  # algorithms that we do not know may be ignored (section 2)
    raise BadRequest("Content-Digest is not of the form sha-256=:BASE64:.")


def validated(model: type[M], value: dict[str, object]) -> M:
    """`value` as `model`. Raises `Invalid`, naming every field that breaks a rule."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        known = set(model.model_fields)
        raise Invalid(
            "The request has fields that are not valid.",
            tuple(
                FieldError(_name(item["loc"], known), item["msg"])
                for item in error.errors(include_input=False, include_url=False, include_context=False)
            ),
        ) from None


def _name(location: tuple[int | str, ...], known: set[str]) -> str:
    """Dotted path to a field. A name that the sender made up is not repeated."""
    if not location or location[0] not in known:
        return "(unknown field)"
    return ".".join(str(step)[:64] for step in location)


def link_access(request: Request) -> bytes | None:
    """What `Authorization: Link` shows; None for nothing, and for what can't be right."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "link":
        return None
    try:
        return unb64u(text.strip(), "AUTH", _DIGEST_BYTES)
    except FormatError:
        return None
