"""What a route is: one row that says everything which both the request's handling and the OpenAPI document need."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import BaseModel
from werkzeug.routing import BaseConverter, ValidationError

from server.domain import Caller
from server.errors import Forbidden
from server.http import reading
from server.http.identity import Gate
from server.http.reading import OCTETS
from server.services.rate_limits import Limit
from shared.api.codes import Code
from shared.api.scopes import Scope
from shared.sealed.errors import FormatError
from shared.sealed.manifest import parse_file_id

LINK_CLAIM = "Sealcase-Claim"
"""The header that names the download by a link which a request is part of."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer in JSON."""

    model: BaseModel
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        return Response(self.model.model_dump_json(), self.status, self.headers, content_type="application/json")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path.

    `view` is called with the path's parameters by name, and with `caller`, `body`, `query` where these are asked for.
    """

    method: str
    path: str
    """As in OpenAPI: `/files/{file_id}`."""
    view: Callable[..., Answer | Response]
    answers: Mapping[HTTPStatus, type[BaseModel] | None]
    """Successful answers; None for one that is not JSON."""
    problems: tuple[Code, ...] = ()
    """Errors of its own; those that follow from the rest of the row need no mention."""
    body: type[BaseModel] | None = None
    raw_body: bool = False
    """Whether the view reads the body itself, as bytes."""
    described_body: Mapping[str, type[BaseModel] | None] = field(default_factory=dict)
    """The bodies that such a view takes, by media type; None for plain bytes, which it takes if none is named."""
    query: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Request headers that mean something here, each with a line of description."""
    scope: Scope | None = None
    """What a token must allow for this; None: any token that is good will do."""
    signed_in: bool = True
    by_link: bool = False
    """Whether it is for whoever shows what a link unlocks (`Authorization: Link ...`)."""
    limit: Limit | None = None
    """What it is limited by; None: the usual of those who are signed in, or of those who are not."""
    media: str = OCTETS
    """Media type of a successful answer without a model."""
    other_media: tuple[str, ...] = ()
    """Media types in which a successful answer with a model can be had as well."""
    unlimited: bool = False
    """Whether anybody may ask as often as they like."""

    def handle(self, gate: Gate, **path: object) -> Response:
        """Check all that the row asks for, then call the view."""
        arguments = dict(path)
        if self.signed_in:
            arguments["caller"] = self._permitted(gate.caller(self.limit or Limit.SIGNED_IN))
        elif not self.unlimited:
            gate.stranger(self.limit or Limit.ANONYMOUS)
        if self.body is not None:
            arguments["body"] = reading.json_body(request, self.body)
        if self.query is not None:
            arguments["query"] = reading.query(request, self.query)
        answer = self.view(**arguments)
        return answer.response() if isinstance(answer, Answer) else answer

    def _permitted(self, caller: Caller) -> Caller:
        if self.scope is not None and self.scope not in caller.scopes:
            raise Forbidden(f"This token does not have the scope {self.scope.value}. Make one that has it.")
        return caller


class FileIdConverter(BaseConverter):
    """A UUIDv4 in its one spelling; for anything else there is no such path, whatever the method."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

    def to_python(self, value: str) -> UUID:
        try:
            return parse_file_id(value)
        except FormatError:
            raise ValidationError from None


class HexIdConverter(BaseConverter):
    """The id of a session, a token, a device that waits or a claim: 32 hex digits."""

    regex = "[0-9a-f]{32}"


class KeyIdConverter(BaseConverter):
    """What names a recipient's key in a grant, and so a link or a drop box: 32 bytes as base64url."""

    regex = "[A-Za-z0-9_-]{43}"


_CONVERTERS = {
    "{box_id}": "<key_id:box_id>",
    "{claim}": "<hex_id:claim>",
    "{file_id}": "<file_id:file_id>",
    "{link_id}": "<key_id:link_id>",
    "{number}": "<int:number>",
    "{pairing_id}": "<hex_id:pairing_id>",
    "{recipient}": "<key_id:recipient>",
    "{session_id}": "<hex_id:session_id>",
    "{token_id}": "<hex_id:token_id>",
    "{user_id}": "<hex_id:user_id>",
}


def to_blueprint(name: str, operations: Iterable[Operation], gate: Gate) -> Blueprint:
    """The operations of one resource, ready to be served."""
    blueprint = Blueprint(name, __name__)
    for operation in operations:
        blueprint.add_url_rule(
            _rule(operation.path),
            endpoint=operation.view.__name__,
            view_func=_view(operation, gate),
            methods=[operation.method],
        )
    return blueprint


def _rule(path: str) -> str:
    for parameter, converter in _CONVERTERS.items():
        path = path.replace(parameter, converter)
    return path


def _view(operation: Operation, gate: Gate) -> Callable[..., Response]:
    def view(**path: object) -> Response:
        return operation.handle(gate, **path)

    return view
