"""How an S3 store is reached: one client for the server's own calls, one that only signs what clients will send."""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session
    from mypy_boto3_s3 import S3Client

CONNECT_SECONDS = 5
TRIES = 3
"""Of every request: after that the sender, who knows more about patience, is told to come again."""


@dataclass(frozen=True, slots=True)
class S3Target:
    """A bucket, and how to get there."""

    bucket: str
    region: str = "us-east-1"
    endpoint: str = ""
    """Where the server reaches the store; empty: AWS."""
    public_endpoint: str = ""
    """Where clients reach it; empty: where the server does."""
    ca_file: str = ""
    """Certificates to trust there; empty: those that Python brings."""
    path_style: bool = False
    access_key: str = ""
    """Empty: credentials of the environment or of the machine's role."""
    secret_key: str = field(default="", repr=False)
    encryption: str = ""
    """`x-amz-server-side-encryption` of every object; empty: what the bucket does by itself."""
    storage_class: str = ""
    prefix: str = ""
    """Begins every key; empty, or ends with a slash."""
    read_seconds: float = 30.0
    connections: int = 64


class S3Clients:
    """Both clients, made when they are first needed: botocore takes half a second, and 20 MB, to wake up."""

    def __init__(self, target: S3Target) -> None:
        self._target = target
        self._making = threading.Lock()
        self._session: Session | None = None
        self._own: S3Client | None = None
        self._signing: S3Client | None = None

    def load(self) -> None:
        """What every client is made of, without one: who forks afterwards shares its memory.

        Asks nobody for credentials, for the role of a machine is asked over the network.
        """
        from botocore import UNSIGNED
        from botocore.config import Config

        with self._making:
            unsigned = Config(signature_version=UNSIGNED)
            self._shared().create_client("s3", region_name=self._target.region, config=unsigned)

    @property
    def own(self) -> "S3Client":
        """For calls from here."""
        with self._making:
            if self._own is None:
                self._own = _make_client(self._shared(), self._target, self._target.endpoint)
            return self._own

    @property
    def signing(self) -> "S3Client":
        """For URLs that clients will use: the host is part of what is signed."""
        if self._target.public_endpoint in ("", self._target.endpoint):
            return self.own
        with self._making:
            if self._signing is None:
                self._signing = _make_client(self._shared(), self._target, self._target.public_endpoint)
            return self._signing

    def _shared(self) -> "Session":
        """It keeps what it has read of S3's description: megabytes."""
        if self._session is None:
            from botocore.session import get_session  # imported late: nobody else should wait for it

            self._session = get_session()
        return self._session


def _make_client(session: "Session", target: S3Target, endpoint: str) -> "S3Client":
    """A client of the store at `endpoint`; it connects when it is first used, and may be shared by threads."""
    client = session.create_client(
        "s3",
        region_name=target.region,
        endpoint_url=endpoint or None,
        verify=target.ca_file or None,
        aws_access_key_id=target.access_key or None,
        aws_secret_access_key=target.secret_key or None,
        config=_config(target),
    )
    client.meta.events.register("before-call.s3.HeadBucket", _not_redirected)
    return cast("S3Client", client)


def _not_redirected(params: dict[str, Any], **_details: object) -> None:
    """botocore asks a redirected bucket for its region by HEAD, and about that one's redirection again, without end.

    We never send this request, so it is always botocore's own: it is not followed any further.
    """
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


def _config(target: S3Target) -> "Config":
    from botocore.config import Config

    return Config(
        signature_version="s3v4",
        # Checksums that nobody asked for are trailers behind a chunked body, which most imitators of S3 do not read.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if target.path_style else "virtual"},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=target.read_seconds,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=target.connections,
        tcp_keepalive=True,
    )
