"""Sending a small sealed file in one request."""

from http import HTTPStatus

from server.domain import Caller
from server.http import reading
from server.http.operation import Answer, Operation
from server.services.whole_uploads import WholeUploads
from shared.api.codes import Code
from shared.api.models import WholeUpload, WholeUploaded
from shared.api.scopes import Scope


class WholeUploadRoutes:
    """POST /files"""

    def __init__(self, whole_uploads: WholeUploads) -> None:
        self._whole_uploads = whole_uploads

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/files",
                self.send,
                {HTTPStatus.CREATED: WholeUploaded, HTTPStatus.OK: WholeUploaded},
                (
                    Code.CONFLICT,
                    Code.TOO_LARGE,
                    Code.DIGEST_MISMATCH,
                    Code.STORAGE_FULL,
                    Code.QUOTA_EXCEEDED,
                ),
                body=WholeUpload,
                scope=Scope.FILES_WRITE,
            ),
        )

    def send(self, caller: Caller, body: WholeUpload) -> Answer:
        """Send a sealed file of one part, of at most 1 MiB, in one request.

        Once answered, it is on disk and can be fetched. Sending the same again answers 200 with the same file.
        """
        content = reading.base64_text(body.ciphertext, "ciphertext")
        file, new = self._whole_uploads.store(caller, reading.completion(body), content)
        answer = WholeUploaded(file_id=str(file.file_id), expires_at=file.expires_at)
        if not new:
            return Answer(answer)
        return Answer(answer, HTTPStatus.CREATED, {"Location": f"files/{file.file_id}"})
