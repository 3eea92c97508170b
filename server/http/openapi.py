"""The OpenAPI 3.1 document, made from the very rows that the routes are served from."""

import inspect
import json
import re
from collections.abc import Iterable
from importlib.metadata import version

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server.http.errors import MEDIA_TYPE, STATUS
from server.http.operation import LINK_CLAIM, Operation
from server.http.reading import OCTETS
from shared.api.codes import Code
from shared.api.models import Problem

Json = dict[str, object]

_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_BYTES: Json = {"type": "string", "format": "binary"}
_MEDIA_SCHEMAS: dict[str, Json] = {"application/json": {"type": "object"}, "text/plain": {"type": "string"}}
_FILE_ID = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_LINK_AUTH = "32 bytes that follow from a link's key and its password, in base64url: `Authorization: Link AUTH`"
_PATH_SCHEMAS: dict[str, Json] = {
    "claim": {"type": "string", "pattern": "^[0-9a-f]{32}$", "example": "5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"},
    "file_id": {"type": "string", "pattern": _FILE_ID, "example": "550e8400-e29b-41d4-a716-446655440000"},
    "box_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
    "link_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
    "number": {"type": "integer", "minimum": 0},
    "pairing_id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "example": "5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"},
    "recipient": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
    "session_id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "example": "5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"},
    "token_id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "example": "5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"},
    "user_id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "example": "c0ffee254729296a45a3885639ac7e10"},
}
_HEADER_SCHEMAS: dict[str, Json] = {
    "Idempotency-Key": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "Content-Digest": {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$"},
    LINK_CLAIM: {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_PROBLEM_HEADERS: dict[int, tuple[str, str]] = {
    401: ("WWW-Authenticate", "`Bearer`, where a token is missing or not good"),
    405: ("Allow", "the methods that the address takes"),
    416: ("Content-Range", "`bytes */LENGTH`: how long the content is"),
    429: ("Retry-After", "seconds to wait"),
    503: ("Retry-After", "seconds to wait, where that can be said"),
}
_UNREADABLE = {
    "400": ("Unreadable", "The request is not readable: `bad_request`"),
    "414": ("AddressTooLong", "The address with its query is too long: `too_large`"),
    "431": ("HeadersTooLong", "There are too many or too long headers: `too_large`"),
}
"""What any request can be answered, before it is known what it is about."""


def document(groups: Iterable[tuple[str, Iterable[Operation]]]) -> str:
    """The document as JSON text; the same text for the same routes. `groups`: operations by resource."""
    paths: dict[str, Json] = {}
    models: set[type[BaseModel]] = {Problem}
    for tag, operations in groups:
        for operation in operations:
            paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(tag, operation)
            models.update(_models(operation))
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Sealcase",
            "version": version("sealcase"),
            "description": "End-to-end encrypted file sharing. The server keeps ciphertext and can read none of it.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "responses": {name: _problem_row(description) for name, description in _UNREADABLE.values()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "link": {"type": "http", "scheme": "Link", "description": _LINK_AUTH},
            },
        },
    }
    return json.dumps(whole, indent=2, sort_keys=True) + "\n"


def _operation(tag: str, operation: Operation) -> Json:
    summary, _, description = (inspect.getdoc(operation.view) or "").partition("\n")
    row: Json = {
        "operationId": f"{tag}_{operation.view.__name__}",
        "tags": [tag],
        "summary": summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": [{"bearer": []}] if operation.signed_in else [{"link": []}] if operation.by_link else [],
    }
    if description.strip():
        row["description"] = description.strip()
    if operation.scope is not None:
        row["x-scope"] = operation.scope.value
    if operation.body is not None:
        row["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(operation.body)}}}
    if operation.raw_body:
        bodies = operation.described_body or {OCTETS: None}
        row["requestBody"] = {
            "required": True,
            "content": {
                media_type: {"schema": _BYTES if model is None else _ref(model)} for media_type, model in bodies.items()
            },
        }
    return row


def _parameters(operation: Operation) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": _PATH_SCHEMAS[name]}
        for name in _PARAMETER.findall(operation.path)
    ]
    if operation.query is not None:
        schema = operation.query.model_json_schema(ref_template=_REF)
        found += [
            {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": each}
            for name, each in schema["properties"].items()
        ]
    found += [
        {"name": name, "in": "header", "required": False, "description": line, "schema": _header_schema(name)}
        for name, line in operation.headers.items()
    ]
    return found


def _responses(operation: Operation) -> Json:
    responses: Json = {status: {"$ref": f"#/components/responses/{name}"} for status, (name, _) in _UNREADABLE.items()}
    for status, model in operation.answers.items():
        row: Json = {"description": status.phrase}
        if model is not None:
            other = {media: {"schema": {"type": "string"}} for media in operation.other_media}
            row["content"] = {"application/json": {"schema": _ref(model)}, **other}
        elif status in (200, 206):
            row["content"] = {operation.media: {"schema": _MEDIA_SCHEMAS.get(operation.media, _BYTES)}}
        responses[str(status.value)] = row
    by_status: dict[int, list[str]] = {}
    for code in _problems(operation):
        by_status.setdefault(STATUS[code], []).append(code.value)
    for status_value, codes in sorted(by_status.items()):
        row = _problem_row("Problem: " + ", ".join(f"`{code}`" for code in sorted(codes)))
        if status_value in _PROBLEM_HEADERS:
            name, line = _PROBLEM_HEADERS[status_value]
            row["headers"] = {name: {"description": line, "schema": {"type": "string"}}}
        responses[str(status_value)] = row
    return responses


def _problem_row(description: str) -> Json:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _ref(Problem)}}}


def _header_schema(name: str) -> Json:
    return _HEADER_SCHEMAS.get(name, {"type": "string"})


def _problems(operation: Operation) -> set[Code]:
    """Those of the row, and those that follow from what it asks for."""
    codes = {*operation.problems, Code.METHOD_NOT_ALLOWED, Code.INTERNAL}
    if operation.signed_in:
        codes.add(Code.NOT_SIGNED_IN)
    if not operation.unlimited:
        codes |= {Code.TOO_MANY, Code.UNAVAILABLE}
    if operation.scope is not None:
        codes.add(Code.FORBIDDEN)
    if operation.body is not None:
        codes |= {
            Code.BAD_REQUEST,
            Code.INVALID,
            Code.TOO_LARGE,
            Code.UNSUPPORTED_MEDIA_TYPE,
            Code.INTERRUPTED,
        }
    if operation.raw_body:
        codes |= {Code.BAD_REQUEST, Code.LENGTH_REQUIRED, Code.UNSUPPORTED_MEDIA_TYPE}
    if operation.query is not None:
        codes |= {Code.BAD_REQUEST, Code.INVALID}
    return codes


def _models(operation: Operation) -> set[type[BaseModel]]:
    answers = {model for model in operation.answers.values() if model is not None}
    described = {model for model in operation.described_body.values() if model is not None}
    return answers | described | {model for model in (operation.body, operation.query) if model is not None}


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": _REF.format(model=model.__name__)}
