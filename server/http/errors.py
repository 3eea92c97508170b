"""Every error as problem+json (RFC 9457): the one place where exceptions meet status codes."""

import errno
import logging
from http import HTTPStatus

from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException

from server.errors import (
    Busy,
    Invalid,
    NotSignedIn,
    PartsMissing,
    QuotaExceeded,
    RangeNotSatisfiable,
    SealcaseError,
    StorageFull,
    StoreUnavailable,
    TooMany,
)
from shared.api.codes import Code
from shared.api.models import Problem

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUS: dict[Code, HTTPStatus] = {
    Code.BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    Code.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.NOT_SIGNED_IN: HTTPStatus.UNAUTHORIZED,
    Code.SIGN_IN_REFUSED: HTTPStatus.UNAUTHORIZED,
    Code.SECOND_FACTOR_REQUIRED: HTTPStatus.UNAUTHORIZED,
    Code.CONFIRMATION_REFUSED: HTTPStatus.FORBIDDEN,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.ACCOUNT_DISABLED: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    Code.GONE: HTTPStatus.GONE,
    Code.USED_UP: HTTPStatus.GONE,
    Code.EXPIRED: HTTPStatus.GONE,
    Code.REVOKED: HTTPStatus.GONE,
    Code.BOX_FULL: HTTPStatus.CONFLICT,
    Code.PLACES_TAKEN: HTTPStatus.TOO_MANY_REQUESTS,
    Code.PRECONDITION_FAILED: HTTPStatus.PRECONDITION_FAILED,
    Code.QUOTA_EXCEEDED: HTTPStatus.INSUFFICIENT_STORAGE,
    Code.CONFLICT: HTTPStatus.CONFLICT,
    Code.STALE_CARD: HTTPStatus.CONFLICT,
    Code.DIGEST_MISMATCH: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PARTS_MISSING: HTTPStatus.CONFLICT,
    Code.LENGTH_REQUIRED: HTTPStatus.LENGTH_REQUIRED,
    Code.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Code.RANGE_NOT_SATISFIABLE: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    Code.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Code.INTERRUPTED: HTTPStatus.BAD_REQUEST,
    Code.CONTENT_DAMAGED: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.STORAGE_FULL: HTTPStatus.INSUFFICIENT_STORAGE,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT))
_FRAMEWORK_DETAILS = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method; Allow lists those that it takes.",
}
_FRAMEWORK_CODES = {
    HTTPStatus.NOT_FOUND: Code.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: Code.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Code.TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Code.UNSUPPORTED_MEDIA_TYPE,
}


def register(app: Flask) -> None:
    """Make `app` answer every exception as a problem."""
    app.register_error_handler(SealcaseError, _ours)
    app.register_error_handler(HTTPException, _frameworks)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: SealcaseError) -> Response:
    problem = _problem(STATUS[error.code], error.code, str(error))
    if isinstance(error, Invalid) and error.fields:
        problem.errors = [{"field": each.field, "message": each.message} for each in error.fields]
    if isinstance(error, PartsMissing):
        problem.missing = list(error.missing)
    if isinstance(error, QuotaExceeded):
        problem.bytes_left, problem.files_left = error.bytes_left, error.files_left
    response = _response(problem)
    if isinstance(error, Busy | StoreUnavailable | TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, NotSignedIn):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RangeNotSatisfiable):
        response.headers["Content-Range"] = f"bytes */{error.size}"
    return response


def _frameworks(error: HTTPException) -> Response:
    """What Flask itself refuses: an unknown path, another method. Its texts may quote the request; ours do not."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    fallback = Code.BAD_REQUEST if status < HTTPStatus.INTERNAL_SERVER_ERROR else Code.INTERNAL
    detail = _FRAMEWORK_DETAILS.get(status, f"{status.description or status.phrase}.")
    response = _response(_problem(status, _FRAMEWORK_CODES.get(status, fallback), detail))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return _ours(StorageFull("The server's disk is full. What was stored before is kept."))
    log.error("unexpected error in request %s", g.request_id, exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _response(_problem(status, Code.INTERNAL, "Something went wrong in the server. Its log knows more."))


def _problem(status: HTTPStatus, code: Code, detail: str) -> Problem:
    g.problem = code.value
    return Problem(title=status.phrase, status=status, detail=detail, code=code, request_id=g.request_id)


def _response(problem: Problem) -> Response:
    return Response(problem.model_dump_json(exclude_none=True), problem.status, content_type=MEDIA_TYPE)
