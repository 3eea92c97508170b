"""Uploading a file in parts."""

from http import HTTPStatus
from uuid import UUID

from flask import request

from server.domain import Caller
from server.http import body as raw
from server.http import reading, wire
from server.http.operation import Answer, Operation
from server.services.direct_uploads import DirectUploads, SentPart
from server.services.files import Files
from server.services.uploads import Uploads
from shared.api.codes import Code
from shared.api.models import (
    Deleted,
    FileDetail,
    Part,
    PartUrl,
    PartUrls,
    SentParts,
    StoredParts,
    Upload,
    UploadComplete,
    UploadStart,
    WantedParts,
)
from shared.api.scopes import Scope
from shared.sealed.manifest import parse_file_id


class UploadRoutes:
    """/uploads"""

    def __init__(self, uploads: Uploads, direct: DirectUploads, files: Files) -> None:
        self._uploads = uploads
        self._direct = direct
        self._files = files

    def operations(self) -> tuple[Operation, ...]:
        ok, created = HTTPStatus.OK, HTTPStatus.CREATED
        return (
            Operation(
                "POST",
                "/uploads",
                self.start,
                {created: Upload, ok: Upload},
                (Code.CONFLICT, Code.TOO_LARGE, Code.STORAGE_FULL, Code.QUOTA_EXCEEDED),
                body=UploadStart,
                scope=Scope.FILES_WRITE,
            ),
            Operation(
                "GET", "/uploads/{file_id}", self.state, {ok: Upload}, (Code.NOT_FOUND,), scope=Scope.FILES_WRITE
            ),
            Operation(
                "DELETE",
                "/uploads/{file_id}",
                self.abandon,
                {ok: Deleted},
                (Code.NOT_FOUND, Code.CONFLICT),
                scope=Scope.FILES_WRITE,
            ),
            Operation(
                "PUT",
                "/uploads/{file_id}/parts/{number}",
                self.put_part,
                {ok: Part},
                (
                    Code.NOT_FOUND,
                    Code.CONFLICT,
                    Code.TOO_LARGE,
                    Code.DIGEST_MISMATCH,
                    Code.INTERRUPTED,
                    Code.STORAGE_FULL,
                    Code.QUOTA_EXCEEDED,
                ),
                raw_body=True,
                scope=Scope.FILES_WRITE,
                headers={"Content-Digest": "`sha-256=:BASE64:` (RFC 9530), compared before the part counts"},
            ),
            Operation(
                "GET",
                "/uploads/{file_id}/parts/{number}",
                self.part,
                {ok: Part},
                (Code.NOT_FOUND, Code.CONFLICT),
                scope=Scope.FILES_WRITE,
            ),
            Operation(
                "POST",
                "/uploads/{file_id}/part_urls",
                self.part_urls,
                {ok: PartUrls},
                (Code.NOT_FOUND, Code.CONFLICT, Code.TOO_LARGE, Code.QUOTA_EXCEEDED),
                body=WantedParts,
                scope=Scope.FILES_WRITE,
            ),
            Operation(
                "POST",
                "/uploads/{file_id}/parts",
                self.acknowledge,
                {ok: StoredParts},
                (Code.NOT_FOUND, Code.CONFLICT, Code.TOO_LARGE, Code.QUOTA_EXCEEDED),
                body=SentParts,
                scope=Scope.FILES_WRITE,
            ),
            Operation(
                "POST",
                "/uploads/{file_id}/complete",
                self.complete,
                {created: FileDetail, ok: FileDetail},
                (
                    Code.NOT_FOUND,
                    Code.CONFLICT,
                    Code.PARTS_MISSING,
                    Code.DIGEST_MISMATCH,
                    Code.STORAGE_FULL,
                    Code.QUOTA_EXCEEDED,
                ),
                body=UploadComplete,
                scope=Scope.FILES_WRITE,
            ),
        )

    def start(self, caller: Caller, body: UploadStart) -> Answer:
        """Begin an upload.

        Posting the same again answers 200 with what has arrived so far.
        """
        file_id = parse_file_id(body.file_id)
        state, new = self._uploads.start(caller, file_id, body.part_size, body.body_size)
        upload = wire.upload(state, direct=body.direct and self._direct.possible(state.upload))
        if not new:
            return Answer(upload)
        return Answer(upload, HTTPStatus.CREATED, {"Location": f"uploads/{file_id}"})

    def state(self, caller: Caller, file_id: UUID) -> Answer:
        """What has arrived of an upload, by whichever way."""
        state = self._uploads.state(caller, file_id)
        return Answer(wire.upload(state, direct=self._direct.possible(state.upload)))

    def abandon(self, caller: Caller, file_id: UUID) -> Answer:
        """Give an upload up; its bytes are removed at once."""
        self._uploads.abandon(caller, file_id)
        return Answer(Deleted(file_id=str(file_id)))

    def put_part(self, caller: Caller, file_id: UUID, number: int) -> Answer:
        """Send a sealed part, in any order, again if need be.

        Once answered, the part is on disk. `digest` is the SHA-256 of what arrived: compare it.
        """
        length = reading.body_length(request)
        expected = reading.content_digest(request)
        receipt = self._uploads.put_part(caller, file_id, number, length, raw.source(request), expected)
        return Answer(wire.part(receipt))

    def part(self, caller: Caller, file_id: UUID, number: int) -> Answer:
        """Ask for one part, after its answer was lost.

        409 with `Retry-After` while the server still brings it to its storage: sent again, it would begin anew.
        """
        return Answer(wire.part(self._uploads.part(caller, file_id, number)))

    def part_urls(self, caller: Caller, file_id: UUID, body: WantedParts) -> Answer:
        """Get addresses for parts that go straight to the store.

        PUT each sealed part to its `url` with exactly its `headers` and Content-Length, without this API's token, keep
        the ETag that the store answers, then tell `POST /uploads/{file_id}/parts`. Where parts have to come through the
        server, this answers 409; such a part can be sent there at any time.
        """
        puts, seconds = self._direct.part_urls(caller, file_id, [(part.number, part.size) for part in body.parts])
        urls = [
            PartUrl(number=part.number, url=put.url, headers=dict(put.headers))
            for part, put in zip(body.parts, puts, strict=True)
        ]
        return Answer(PartUrls(part_urls=urls, expires_in=seconds))

    def acknowledge(self, caller: Caller, file_id: UUID, body: SentParts) -> Answer:
        """Tell of parts that the store has taken.

        They have arrived from now on, as if they had come through the server. Whether the store has them, and whether
        they are what their hashes say, is looked at when the upload is completed.
        """
        sent = [SentPart(each.number, each.size, reading.digest(each.digest), each.etag) for each in body.parts]
        return Answer(
            StoredParts(parts=[wire.part(receipt) for receipt in self._direct.acknowledge(caller, file_id, sent)])
        )

    def complete(self, caller: Caller, file_id: UUID, body: UploadComplete) -> Answer:
        """Make the parts a file.

        Sending the same again answers 200 with the same file.
        """
        file, new = self._uploads.complete(caller, file_id, reading.completion(body))
        detail = wire.file_detail(file, caller, self._files.downloads(file))
        if not new:
            return Answer(detail)
        return Answer(detail, HTTPStatus.CREATED, {"Location": f"../../files/{file_id}"})
