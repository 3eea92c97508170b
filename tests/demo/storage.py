"""Where the demo's files lie: on the server's disk, in a bucket, or at an IPFS node, started for the demo.

What lies elsewhere is searched like the server's disk, so it has to be on a disk: the node's repository is; objects
are copied out of the bucket, as whoever runs it could read them.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.ipfs import ipfs_node
from tests.services.s3 import S3Service, moto

BUCKET = "sealcase-demo"


@dataclass(frozen=True, slots=True)
class Storage:
    """A running storage."""

    what: str
    settings: dict[str, str]
    """Those of a server that keeps files there."""
    folder: Path
    """What is on its disk, once `show` was called."""
    show: Callable[[], None]
    """Bring everything that is stored into `folder`."""


@contextmanager
def storage(name: str, folder: Path) -> Iterator[Storage]:
    """`name`: local, s3 or ipfs. `folder`: an empty one; for local, what the server's own disk has is all there is."""
    match name:
        case "local":
            yield Storage("the server's own disk", {"storage": "local"}, folder / "blobs", lambda: None)
        case "ipfs":
            with ipfs_node(folder / "ipfs") as node:
                what = f"an IPFS node at {node.multiaddr}"
                yield Storage(what, node.settings(), folder / "ipfs" / "repo", lambda: None)
        case "s3":
            with moto() as service:
                service.new_bucket(BUCKET)
                copies = folder / "bucket"
                what = f"the bucket {BUCKET} at {service.url}"
                yield Storage(what, service.settings(BUCKET), copies, lambda: _copy_out(service, copies))
        case _:
            raise SystemExit(f"STORAGE={name}: it is local, s3 or ipfs")


def _copy_out(service: S3Service, folder: Path) -> None:
    """Each object to a file, under a number; its key to another, for keys are searched as well."""
    client = service.client
    folder.mkdir(parents=True)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    objects = (entry for page in pages for entry in page.get("Contents", []))
    for number, entry in enumerate(objects):
        with (folder / f"{number}.object").open("wb") as copy:
            shutil.copyfileobj(client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"], copy)
        (folder / f"{number}.key").write_text(entry["Key"])
