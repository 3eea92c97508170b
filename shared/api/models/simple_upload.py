"""Simple uploads (format 0)."""

from typing import Annotated

from pydantic import Field

from shared.api import limits
from shared.api.models.basics import Base64, DownloadLimit, ExpiresHours, FileId, WireModel


class SimpleFieldsModel(WireModel):
    """What belongs to the bytes of a simple upload. The server keeps these texts as they are and gives them back."""

    filename: Annotated[str, Field(max_length=4_096, examples=["document.pdf"])]
    nonce: Annotated[str, Field(max_length=1_024, examples=["O4JXsNtQyfHhZIHV"])]
    wrapped_key: Annotated[str, Field(max_length=65_536, examples=["hhFSuABpioJS0tluZsuQrA=="])]
    metadata: Annotated[str, Field(max_length=65_536, examples=['{"compressed": true}'])] = "{}"


class UploadTerms(SimpleFieldsModel):
    """A simple upload without its bytes."""

    expires_hours: ExpiresHours = limits.DEFAULT_EXPIRY_HOURS
    allowed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read the file, beside its owner."""
    download_limit: DownloadLimit | None = None


class SimpleUpload(UploadTerms):
    """Binary fields are base64 with padding (RFC 4648, section 4)."""

    ciphertext: Annotated[Base64, Field(examples=["pWENAZfjZezaVJhz6PwIkhHofh27Gvb0dr2MXNaF5RSi4vbfuA=="])]


class UploadForm(UploadTerms):
    """A simple upload as a form: numbers as digits, users separated by commas."""

    ciphertext: bytes
    """The file. Its name in the form is `filename`, unless there is a field of that name."""


class SimpleUploaded(WireModel):
    file_id: FileId
    expires_at: int


class PresignedUpload(WireModel):
    """How long the sealed file is that is to go straight to the store; the length is signed."""

    size: Annotated[int, Field(ge=1, le=limits.MAX_SINGLE_PUT)]


class Presigned(WireModel):
    """Where the sealed file goes by PUT, once, with its Content-Length and no Authorization."""

    upload_url: str
    s3_key: str
    bucket: str
    expires_in: int


class S3Upload(UploadTerms):
    """A sealed file that the store has taken under a key which `POST /upload/presigned` gave out."""

    s3_key: Annotated[
        str, Field(min_length=1, max_length=1_024, examples=["incoming/5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"])
    ]
    bucket: Annotated[str, Field(min_length=1, max_length=255, examples=["my-bucket"])]
    filename: Annotated[str, Field(max_length=4_096, examples=["document.pdf"])] = ""
    nonce: Annotated[str, Field(max_length=1_024, examples=["O4JXsNtQyfHhZIHV"])] = ""
    """Empty where it stands in the object itself."""
