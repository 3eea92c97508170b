"""Simple uploads (format 0)."""

from typing import Annotated

from pydantic import ConfigDict, Field

from shared.api import limits
from shared.api.models.basics import Base64, DownloadLimit, ExpiresHours, FileId, WireModel

_EXAMPLE_KEY = "incoming/5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"


def _example(**fields: object) -> ConfigDict:
    """A whole body, for whoever reads the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [fields]})  # type: ignore[list-item]  # of JSON, all of them


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
    model_config = _example(file_id="550e8400-e29b-41d4-a716-446655440000", expires_at=1_798_848_000)

    file_id: FileId
    expires_at: int


class PresignedUpload(WireModel):
    """How long the sealed file is that is to go straight to the store; the length is signed."""

    model_config = _example(size=1_000_000)

    size: Annotated[int, Field(ge=1, le=limits.MAX_SINGLE_PUT)]


class Presigned(WireModel):
    """Where the sealed file goes by PUT, once, with its Content-Length and no Authorization."""

    model_config = _example(
        upload_url=f"https://my-bucket.s3.eu-central-1.amazonaws.com/{_EXAMPLE_KEY}?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20270101%2Feu-central-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20270101T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=content-length%3Bhost"
        f"&X-Amz-Signature={'0' * 64}",
        s3_key=_EXAMPLE_KEY,
        bucket="my-bucket",
        expires_in=3_600,
    )

    upload_url: str
    s3_key: str
    bucket: str
    expires_in: int


class S3Upload(UploadTerms):
    """A sealed file that the store has taken under a key which `POST /upload/presigned` gave out."""

    model_config = _example(
        s3_key=_EXAMPLE_KEY,
        bucket="my-bucket",
        filename="document.pdf",
        nonce="O4JXsNtQyfHhZIHV",
        wrapped_key="hhFSuABpioJS0tluZsuQrA==",
        metadata='{"compressed": true}',
        expires_hours=48,
        allowed_users=["bob@example.org"],
        download_limit=3,
    )

    s3_key: Annotated[str, Field(min_length=1, max_length=1_024, examples=[_EXAMPLE_KEY])]
    bucket: Annotated[str, Field(min_length=1, max_length=255, examples=["my-bucket"])]
    filename: Annotated[str, Field(max_length=4_096, examples=["document.pdf"])] = ""
    nonce: Annotated[str, Field(max_length=1_024, examples=["O4JXsNtQyfHhZIHV"])] = ""
    """Empty where it stands in the object itself."""
