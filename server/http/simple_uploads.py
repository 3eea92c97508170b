"""A whole file in one request, for scripts: as JSON, as plain bytes or as a form."""

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import unquote

from flask import request

from server.domain import Caller, SimpleFields
from server.errors import BadRequest, FieldError, Invalid, UnsupportedMediaType
from server.http import body as raw
from server.http import reading
from server.http.multipart import FORM, Form
from server.http.operation import Answer, Operation
from server.services.rate_limits import Limit
from server.services.simple_uploads import SimpleUploads, Stored, Terms, memory_source
from shared.api.codes import Code
from shared.api.models import SimpleUpload, SimpleUploaded, UploadForm, UploadTerms
from shared.api.scopes import Scope

FIELD_HEADER = "Sealcase-"
"""Begins the headers that carry fields: `Sealcase-Wrapped-Key`, percent-encoded where it is not ASCII."""
_FILE_NAMES = ("ciphertext", "file")
_FIELDS = tuple(UploadTerms.model_fields)
_NUMBERS = ("expires_hours", "download_limit")
_MAX_DIGITS = 9


class SimpleUploadRoutes:
    """/upload"""

    def __init__(self, simple_uploads: SimpleUploads, max_json: int) -> None:
        """`max_json`: bytes of a JSON body."""
        self._simple_uploads = simple_uploads
        self._max_json = max_json

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/upload",
                self.upload,
                {HTTPStatus.OK: SimpleUploaded},
                (
                    Code.BAD_REQUEST,
                    Code.INVALID,
                    Code.CONFLICT,
                    Code.TOO_LARGE,
                    Code.INTERRUPTED,
                    Code.STORAGE_FULL,
                    Code.QUOTA_EXCEEDED,
                    Code.TOO_MANY,
                ),
                raw_body=True,
                described_body={
                    "application/json": SimpleUpload,
                    reading.OCTETS: None,
                    FORM: UploadForm,
                },
                headers={
                    "Idempotency-Key": "for 24 hours the same upload under the same key gets the same answer, and "
                    "nothing is stored twice; another one under that key is refused",
                    **{_header(name): f"`{name}`, for {reading.OCTETS}" for name in _FIELDS},
                },
                scope=Scope.FILES_WRITE,
                limit=Limit.JSON_UPLOAD,
            ),
        )

    def upload(self, caller: Caller) -> Answer:
        """Upload a whole file.

        As JSON while it is small. Larger ones go as `application/octet-stream` with the other fields in the query or
        in `Sealcase-` headers, or as `multipart/form-data` with the bytes in the part `ciphertext`. Nothing is stored
        before all of it has arrived.
        """
        match request.mimetype:
            case "application/json":
                stored = self._json(caller)
            case reading.OCTETS:
                stored = self._octets(caller)
            case "multipart/form-data":
                stored = self._form(caller)
            case _:
                raise UnsupportedMediaType(f"The body must be JSON, {reading.OCTETS} or {FORM}.")
        return Answer(SimpleUploaded(file_id=str(stored.file_id), expires_at=stored.expires_at))

    def _json(self, caller: Caller) -> Stored:
        upload = reading.json_body(request, SimpleUpload, self._max_json)
        content = reading.base64_text(upload.ciphertext, "ciphertext")
        return self._simple_uploads.store(
            caller, memory_source(content), len(content), lambda: _terms(upload), key=_key()
        )

    def _octets(self, caller: Caller) -> Stored:
        length = reading.body_length(request)
        terms = _terms(_checked(_given()))
        return self._simple_uploads.store(caller, raw.source(request), length, lambda: terms, key=_key())

    def _form(self, caller: Caller) -> Stored:
        length = reading.announced_length(request)
        form = Form(request, raw.source(request), _FILE_NAMES)

        def terms() -> Terms:
            if form.filename is None:
                raise Invalid("A field is not valid.", (FieldError(_FILE_NAMES[0], "is missing"),))
            named = [("filename", form.filename)] if "filename" not in dict(form.fields) else []
            return _terms(_checked([*form.fields, *named]))

        return self._simple_uploads.store(caller, form, length, terms, exact=False, key=_key())


def _given() -> list[tuple[str, str]]:
    """Fields from the query and from headers."""
    headers = ((name, request.headers.get(_header(name))) for name in _FIELDS)
    return [
        *request.args.items(multi=True),
        *((name, _unquoted(header)) for name, header in headers if header is not None),
    ]


def _unquoted(header: str) -> str:
    try:
        return unquote(header, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest("A Sealcase- header is not percent-encoded UTF-8.") from None


def _checked(fields: Iterable[tuple[str, str]]) -> UploadTerms:
    """Texts as terms: numbers are numbers, and users are separated by commas or given one by one."""
    values: dict[str, object] = {}
    users: list[str] = []
    for name, text in fields:
        if name == "allowed_users":
            users += [user for each in text.split(",") if (user := each.strip())]
        elif name in values:
            raise BadRequest("A field is there twice.")
        else:
            digits = name in _NUMBERS and text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
            values[name] = int(text) if digits else text
    return reading.validated(UploadTerms, {**values, "allowed_users": users})


def _terms(upload: UploadTerms) -> Terms:
    return Terms(
        fields=SimpleFields(upload.filename, upload.nonce, upload.wrapped_key, upload.metadata),
        expires_hours=upload.expires_hours,
        allowed_users=tuple(upload.allowed_users),
        download_limit=upload.download_limit,
    )


def _header(field: str) -> str:
    return FIELD_HEADER + field.replace("_", "-").title()


def _key() -> str | None:
    return request.headers.get("Idempotency-Key")
