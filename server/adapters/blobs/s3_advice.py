"""What an operator can do about a bucket that does not do what it should."""

import json
import re
from typing import TYPE_CHECKING

from server.adapters.blobs.s3_errors import code_of

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

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
_ACTION_OF = {
    "ListObjectsV2": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListParts": "s3:ListMultipartUploadParts",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "DeleteObject": "s3:DeleteObject",
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "CopyObject": "s3:GetObject and s3:PutObject",
}
"""What a request needs; every other one needs s3:PutObject."""
_REGION = re.compile(r"[a-z0-9-]{2,40}")
_IN_XML = re.compile(rb"<(Code|Region)>([0-9A-Za-z.-]{1,64})</\1>")


class Failure(Exception):
    """A step that did not go as it should."""

    def __init__(
        self, message: str, code: str = "", operation: str = "", region: str = "", *, is_silence: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        """The store's word for it, or a status, or the name of an exception."""
        self.operation = operation
        """S3's name for the request, where the server itself has asked."""
        self.region = region if _REGION.fullmatch(region) else ""
        """Where the bucket lies, if the store has said so."""
        self.is_silence = is_silence
        """Whether nobody has answered."""


def failure_of(error: Exception) -> Failure:
    """What happened, in words without a secret or an address with a signature."""
    from botocore.exceptions import ClientError

    if isinstance(error, Failure):
        return error
    if isinstance(error, ClientError):
        code, operation = code_of(error), error.operation_name
        return Failure(f"the store answered {code} to {operation}", code, operation, _region_of(error))
    return Failure(f"no answer ({type(error).__name__})", type(error).__name__, is_silence=True)


def refusal(status: int, body: bytes, region: str = "") -> Failure:
    """The same of an answer to a signed request of a client's. `region`: as its header says."""
    said = {name: value.decode() for name, value in _IN_XML.findall(body)}
    code = said.get(b"Code", "")
    words = f"the store answered {status}{f' {code}' if code else ''}"
    return Failure(words, code or str(status), region=said.get(b"Region", region))


def advice(step: str, failure: Failure, target: "S3Target", origin: str) -> str:
    """What to set right, for a step of the probe."""
    is_clients = step.startswith("presigned") or step == "cors"
    if step == "cors" and not failure.is_silence:
        return f"Only browsers need it. Give the bucket these CORS rules: {json.dumps(cors_rules(origin))}"
    if step == "signed length":
        return (
            "This store does not check signed lengths. The server compares every length afterwards, so no file is "
            "wrong, but who is signed in can put more there than they announced, for a while. S3_DIRECT=0 rules it out."
        )
    if failure.code in _REGIONAL or failure.region:
        return f"The bucket lies in another region: set S3_REGION{f'={failure.region}' if failure.region else ''}."
    if failure.code in _REDIRECTS:
        setting = "S3_PUBLIC_ENDPOINT" if is_clients else "S3_ENDPOINT"
        return f"Something before the store sends us elsewhere, to https perhaps: set {setting} to where it leads."
    if failure.code in _NOT_DONE:
        return _not_done(target)
    if failure.code in _BY_CODE and not (is_clients and failure.code in _OF_ANOTHER_STORE):
        return _BY_CODE[failure.code]
    if is_clients:
        return _of_clients(failure, target)
    if failure.code in _DENIED:
        return _denied(failure, target)
    if failure.code in ("404", "NoSuchBucket"):
        return f"Create the bucket {target.bucket}, or set S3_BUCKET to one that is there."
    if failure.is_silence:
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
_RENEW = (
    "Renew them where they come from (AWS_SESSION_TOKEN and what belongs to it, or the machine's role) and restart "
    "the server; or set S3_ACCESS_KEY and S3_SECRET_KEY of a key that does not run out."
)
_BY_CODE = {
    "NoCredentialsError": _CREDENTIALS,
    "PartialCredentialsError": _CREDENTIALS,
    "InvalidAccessKeyId": "The store does not know S3_ACCESS_KEY: is it of this store, and still good?",
    "SignatureDoesNotMatch": "S3_SECRET_KEY is wrong, or a proxy before the store changes Host or path "
    "(nginx: proxy_set_header Host $http_host).",
    "ExpiredToken": f"The credentials have run out. {_RENEW}",
    "TokenRefreshRequired": f"The credentials have run out. {_RENEW}",
    "InvalidToken": f"The credentials have run out, or are incomplete. {_RENEW}",
    "RequestTimeTooSkewed": "The clocks of this machine and of the store differ by minutes: set them right, "
    "and keep them so (timedatectl set-ntp true).",
    "SSLError": "The store's certificate is not valid here: it must be for that host, and not have expired. "
    "If it is of an authority of your own, name that one's certificate in S3_CA_FILE; clients that go straight there "
    "need it too (REQUESTS_CA_BUNDLE).",
    "InvalidStorageClass": "The store knows no such storage class: leave S3_STORAGE_CLASS empty.",
    "InvalidEncryptionAlgorithmError": "The store does not encrypt in this way: leave S3_ENCRYPTION empty.",
}
_OF_ANOTHER_STORE = frozenset(("InvalidAccessKeyId", "SignatureDoesNotMatch"))
"""The server's own requests were right a moment ago, with the same key."""
_REGIONAL = frozenset(
    (
        *("PermanentRedirect", "AuthorizationHeaderMalformed", "AuthorizationQueryParametersError"),
        "IllegalLocationConstraintException",
    )
)
_REDIRECTS = frozenset(("301", "302", "307", "308"))
_NOT_DONE = frozenset(("NotImplemented", "MethodNotAllowed", "501", "405"))
_DENIED = frozenset(("AccessDenied", "403", "Forbidden", "AllAccessDisabled"))


def _region_of(error: "ClientError") -> str:
    said = str(error.response.get("Error", {}).get("Region", ""))
    return said or error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region", "")


def _not_done(target: "S3Target") -> str:
    wishes = [("S3_ENCRYPTION", target.encryption), ("S3_STORAGE_CLASS", target.storage_class)]
    if asked := " and ".join(name for name, value in wishes if value):
        return f"The store can't do this, perhaps only because of {asked}: leave that empty, and try again."
    return "The store can't do this, and files need it: docs/storage.md says which stores do, and what they need."


def _denied(failure: Failure, target: "S3Target") -> str:
    objects, bucket = ", ".join(ACTIONS), ", ".join(BUCKET_ACTIONS)
    text = (
        f"This key may not do it: it needs {_ACTION_OF.get(failure.operation, 's3:PutObject')}. "
        f"In all, allow {objects} on arn:aws:s3:::{target.bucket}/{target.prefix}* and {bucket} on "
        f"arn:aws:s3:::{target.bucket}, and see that no policy of the bucket denies it."
    )
    if target.encryption.startswith("aws:kms"):
        text += " With S3_ENCRYPTION, it also needs kms:GenerateDataKey and kms:Decrypt on the key that encrypts."
    if failure.operation in ("DeleteObject", "AbortMultipartUpload"):
        text += f" Then remove what this check has left under {target.prefix}check/."
    return text


def _of_clients(failure: Failure, target: "S3Target") -> str:
    """The server may do it, whoever comes through the public address may not."""
    where = target.public_endpoint or target.endpoint or "AWS"
    if failure.code == "SignatureDoesNotMatch":
        return (
            f"A signature holds for one host: a proxy before {where} must keep Host and path "
            "(nginx: proxy_set_header Host $http_host), and S3_PUBLIC_ENDPOINT be what clients write."
        )
    if failure.code == "AccessDenied":
        return (
            "The server may do this, and clients, who come from elsewhere, may not: look for a policy of the bucket "
            "that names addresses or networks (aws:SourceIp, aws:SourceVpce). Set S3_DIRECT=0 where it shall stay so."
        )
    if failure.code in ("403", "Forbidden"):
        return (
            f"Something before the store refuses it, a proxy or a firewall at {where}: let PUT and GET pass there "
            "unchanged, with their query, or set S3_DIRECT=0."
        )
    return (
        f"Clients have to reach this store and this bucket at {where}: set S3_PUBLIC_ENDPOINT to the address that they "
        "reach, or S3_DIRECT=0 where they shall not."
    )
