"""A whole file straight to the bucket, for scripts: where it goes, and word that it is there."""

from http import HTTPStatus

from server.domain import Caller, SimpleFields
from server.http.operation import Answer, Operation
from server.services.rate_limits import Limit
from server.services.s3_uploads import S3Uploads
from server.services.simple_uploads import Terms
from shared.api.codes import Code
from shared.api.models import Presigned, PresignedUpload, S3Upload, SimpleUploaded
from shared.api.scopes import Scope


class S3UploadRoutes:
    """/upload/presigned and /upload/s3"""

    def __init__(self, s3_uploads: S3Uploads) -> None:
        self._s3_uploads = s3_uploads

    def operations(self) -> tuple[Operation, ...]:
        refused = (Code.CONFLICT, Code.TOO_LARGE, Code.QUOTA_EXCEEDED)
        return (
            Operation(
                "POST",
                "/upload/presigned",
                self.presigned,
                {HTTPStatus.OK: Presigned},
                refused,
                body=PresignedUpload,
                scope=Scope.FILES_WRITE,
                limit=Limit.JSON_UPLOAD,
            ),
            Operation(
                "POST",
                "/upload/s3",
                self.s3,
                {HTTPStatus.OK: SimpleUploaded},
                (*refused, Code.NOT_FOUND, Code.STORAGE_FULL),
                body=S3Upload,
                scope=Scope.FILES_WRITE,
            ),
        )

    def presigned(self, caller: Caller, body: PresignedUpload) -> Answer:
        """Get an address for a whole file that goes straight to the bucket.

        PUT exactly `size` bytes to `upload_url` within `expires_in` seconds, without this API's token; then tell
        `POST /upload/s3`. Where files do not go to a bucket that clients reach, this answers 409.
        """
        given = self._s3_uploads.presign(caller, body.size)
        return Answer(
            Presigned(upload_url=given.url, s3_key=given.key, bucket=given.bucket, expires_in=given.expires_in)
        )

    def s3(self, caller: Caller, body: S3Upload) -> Answer:
        """Make a file of what lies in the bucket.

        Only of an object under a key that the caller was given, once, and of the announced size. What is put there
        afterwards changes nothing. The same request again gets the same answer.
        """
        terms = Terms(
            fields=SimpleFields(body.filename, body.nonce, body.wrapped_key, body.metadata),
            expires_hours=body.expires_hours,
            allowed_users=tuple(body.allowed_users),
            download_limit=body.download_limit,
        )
        stored = self._s3_uploads.record(caller, body.bucket, body.s3_key, terms)
        return Answer(SimpleUploaded(file_id=str(stored.file_id), expires_at=stored.expires_at))
