"""What an operator can do about a bucket that does not do what it should."""

import json
from typing import TYPE_CHECKING

from server.adapters.blobs.s3_errors import code_of

if TYPE_CHECKING:
    from server.adapters.blobs.s3_client import S3Target

ACTIONS = (
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
)
"""On objects."""
BUCKET_ACTIONS = ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation")


class Failure(Exception):
    """A step that did not go as it should."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code
        """The store's word for it, or a status."""


def failure_of(error: Exception) -> Failure:
    """What happened, in words without a secret or an address with a signature."""
    from botocore.exceptions import ClientError

    if isinstance(error, Failure):
        return error
    if isinstance(error, ClientError):
        return Failure(f"the store answered {code_of(error)}", code_of(error))
    return Failure(f"no answer ({type(error).__name__})", type(error).__name__)


def advice(step: str, failure: Failure, target: "S3Target", origin: str) -> str:
    """What to set right, for a step of the probe."""
    if step == "cors":
        return f"Only browsers need it. Give the bucket these CORS rules: {json.dumps(cors_rules(origin))}"
    if step == "signed length":
        return (
            "This store does not check signed lengths. The server compares every length afterwards, so no file is "
            "wrong, but who is signed in can put more there than they announced, for a while. S3_DIRECT=0 rules it out."
        )
    if failure.code in _BY_CODE:
        return _BY_CODE[failure.code]
    if failure.code in ("AccessDenied", "403", "Forbidden"):
        return _denied(step, target)
    if step.startswith("presigned"):
        return (
            f"Clients have to reach {target.public_endpoint or target.endpoint or 'AWS'}: set S3_PUBLIC_ENDPOINT to "
            "the address that they reach, or S3_DIRECT=0 where they shall not."
        )
    if failure.code in ("404", "NoSuchBucket"):
        return f"Create the bucket {target.bucket}, or set S3_BUCKET to one that is there."
    if failure.code.endswith(("Error", "Timeout")) or not failure.code:
        return f"Is {target.endpoint or 'AWS'} the right S3_ENDPOINT, and reached from here? See what the store logs."
    return "See what the store logs; docs/storage.md says what it has to be able to do."


def cors_rules(origin: str) -> dict[str, object]:
    """What a browser on a page of `origin` needs."""
    rule = {
        "AllowedOrigins": [origin],
        "AllowedMethods": ["GET", "HEAD", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag", "Content-Range", "Content-Length"],
        "MaxAgeSeconds": 3_000,
    }
    return {"CORSRules": [rule]}


_CREDENTIALS = "Set S3_ACCESS_KEY and S3_SECRET_KEY (or S3_SECRET_KEY_FILE), or give the machine a role."
_BY_CODE = {
    "NoCredentialsError": _CREDENTIALS,
    "PartialCredentialsError": _CREDENTIALS,
    "InvalidAccessKeyId": "The store does not know S3_ACCESS_KEY: is it of this store, and still good?",
    "SignatureDoesNotMatch": "S3_SECRET_KEY is wrong, or a proxy before the store changes Host or path "
    "(nginx: proxy_set_header Host $http_host).",
    "ExpiredToken": "The credentials have run out: renew them.",
    "InvalidToken": "The credentials have run out, or are incomplete: renew them.",
    "RequestTimeTooSkewed": "The clocks of this machine and of the store differ by minutes: set them right.",
    "PermanentRedirect": "The bucket lies in another region: set S3_REGION.",
    "AuthorizationHeaderMalformed": "The bucket lies in another region: set S3_REGION.",
    "301": "The bucket lies in another region: set S3_REGION.",
    "NotImplemented": "The store can't do this; docs/storage.md says what it has to be able to do.",
}


def _denied(step: str, target: "S3Target") -> str:
    if step.startswith("presigned"):
        return (
            "The store refuses a signed request of a client: a proxy on the public side must keep Host "
            "(nginx: proxy_set_header Host $http_host), and S3_PUBLIC_ENDPOINT be what clients write."
        )
    objects, bucket = ", ".join(ACTIONS), ", ".join(BUCKET_ACTIONS)
    return (
        f"Allow {objects} on arn:aws:s3:::{target.bucket}/{target.prefix}* and {bucket} on "
        f"arn:aws:s3:::{target.bucket} to this key."
    )
