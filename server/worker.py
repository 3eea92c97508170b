"""gunicorn's worker, with our word for requests that are no HTTP: they never reach the application."""

import logging
import secrets
import socket
from http import HTTPStatus

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from server.http.errors import MEDIA_TYPE
from server.patience import PatientSocket
from shared.api.codes import Code
from shared.api.models import Problem

log = logging.getLogger(__name__)

MAX_REQUEST_LINE = 8_190
"""Bytes of method, path and query; gunicorn takes no more."""

_TOO_LONG = {
    errors.LimitRequestLine: (HTTPStatus.REQUEST_URI_TOO_LONG, "The address with its query is too long."),
    errors.LimitRequestHeaders: (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "There are too many or too long headers."),
}
_OUR_FAULT = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)


class Worker(ThreadWorker):  # type: ignore[misc]  # untyped base class
    """Answers with a problem, and writes nothing of the request into answer or log: a header may hold a token."""

    def enqueue_req(self, conn: TConn) -> None:
        """gunicorn's hook for a connection on which a request may come."""
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket.taking(conn.sock)
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        """One request, in a thread of the pool.

        A connection that ends is closed here: that waits up to two seconds for its sender, and gunicorn would do it in
        the thread that every other connection of this worker waits for.
        """
        outcome: object = super().handle(conn)
        if not outcome:
            conn.close(graceful=True)
        return outcome

    def handle_error(
        self,
        req: object,  # noqa: ARG002  # the base class's signature
        client: socket.socket,
        addr: object,  # noqa: ARG002
        exc: Exception,
    ) -> None:
        """gunicorn's hook for what it can't parse, and for what fails outside of the application."""
        request_id = secrets.token_hex(8)
        if isinstance(exc, errors.ParseException) and not isinstance(exc, _OUR_FAULT):
            log.warning("request %s is no HTTP: %s", request_id, type(exc).__name__)
            problem = _refusal(exc, request_id)
        else:
            log.error("unexpected error in request %s", request_id, exc_info=exc)
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            problem = _problem(
                status, Code.INTERNAL, "Something went wrong in the server. Its log knows more.", request_id
            )
        try:
            util.write_nonblock(client, _answer(problem))
        except OSError:
            log.debug("request %s: its sender has left", request_id)


def _refusal(error: Exception, request_id: str) -> Problem:
    for kind, (status, detail) in _TOO_LONG.items():
        if isinstance(error, kind):
            return _problem(status, Code.TOO_LARGE, detail, request_id)
    return _problem(HTTPStatus.BAD_REQUEST, Code.BAD_REQUEST, "This is not a request that HTTP/1.1 knows.", request_id)


def _problem(status: HTTPStatus, code: Code, detail: str, request_id: str) -> Problem:
    return Problem(title=status.phrase, status=status, detail=detail, code=code, request_id=request_id)


def _answer(problem: Problem) -> bytes:
    body = problem.model_dump_json(exclude_none=True).encode()
    head = (
        f"HTTP/1.1 {problem.status} {problem.title}",
        "Connection: close",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-Id: {problem.request_id}",
    )
    return "\r\n".join((*head, "", "")).encode("ascii") + body
