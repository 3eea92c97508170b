"""The bucket that the settings name, and what is made of it: once a process, when it is first needed."""

from server.adapters.blobs.s3 import S3Blobs
from server.adapters.blobs.s3_client import S3Clients, S3Target
from server.adapters.blobs.s3_direct import S3Direct
from server.adapters.blobs.spool import Spool
from server.ports import Ephemeral
from server.settings import Settings


class S3Bucket:
    """Makes both sides of one bucket; they share clients and memory. One thread at a time may ask."""

    def __init__(self, settings: Settings, ephemeral: Ephemeral) -> None:
        self._settings = settings
        self._ephemeral = ephemeral
        self._target = s3_target(settings)
        self._clients = S3Clients(self._target)
        self._blobs: S3Blobs | None = None

    def load(self) -> None:
        """Read what talking to S3 takes, before there are other processes that would each read it for themselves."""
        self._clients.load()

    def blobs(self) -> S3Blobs:
        if self._blobs is None:
            spool = Spool(self._settings.data_dir / "spool", self._settings.free_disk_floor)
            self._blobs = S3Blobs(self._clients, self._target, self._ephemeral, spool)
        return self._blobs

    def direct(self) -> S3Direct:
        return S3Direct(self.blobs(), self._clients, self._target, self._settings.s3_url_seconds)


def s3_target(settings: Settings) -> S3Target:
    """The bucket, and how to get there."""
    secret = settings.s3_secret_key
    return S3Target(
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint,
        ca_file=settings.s3_ca_file,
        path_style=settings.s3_path_style,
        access_key=settings.s3_access_key,
        secret_key="" if secret is None else secret.get_secret_value(),
        encryption=settings.s3_encryption,
        storage_class=settings.s3_storage_class,
        prefix=settings.s3_prefix,
        read_seconds=settings.body_timeout,
        connections=settings.threads,
    )
