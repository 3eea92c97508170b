"""How the server talks to S3: what it says on the wire, and what it never does."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.adapters.blobs.s3_client import S3Clients, S3Target
from server.adapters.blobs.s3_errors import told
from server.errors import StoreUnavailable
from server.settings import Settings
from tests.support.network import Answer, Asked, web_server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store() -> Iterator[tuple[S3Target, list[Asked]]]:
    """A store that takes everything, and remembers how it was said."""
    with web_server(lambda _: Answer(200, headers={"ETag": '"e"'})) as (url, asked):
        yield S3Target("bucket", endpoint=url, path_style=True, access_key="a", secret_key="s3cret"), asked


def test_bodies_are_plain(store: tuple[S3Target, list[Asked]]) -> None:
    """No chunks with trailing checksums, which imitators of S3 store as part of the object or refuse."""
    target, asked = store
    client = S3Clients(target).own
    body = b"x" * 100_000
    client.put_object(Bucket="bucket", Key="k", Body=io.BytesIO(body))
    client.upload_part(Bucket="bucket", Key="k", UploadId="u", PartNumber=1, Body=io.BytesIO(body))
    for request in asked:
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert request.body == body
        assert headers["content-length"] == str(len(body))
        assert "transfer-encoding" not in headers
        assert "content-encoding" not in headers
        assert not [name for name in headers if name.startswith(("x-amz-checksum", "x-amz-sdk-checksum", "x-amz-tr"))]


def test_addresses_ask_for_no_checksum(store: tuple[S3Target, list[Asked]]) -> None:
    """A client that PUTs plain bytes could not give one."""
    target, _ = store
    url = S3Clients(target).signing.generate_presigned_url(
        "put_object", Params={"Bucket": "bucket", "Key": "k", "ContentLength": 5}, ExpiresIn=60
    )
    assert "checksum" not in url.lower()
    assert "content-length" in url
    assert "s3cret" not in url


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_store_that_redirects_everything_is_the_operators_turn(status: int) -> None:
    """As a proxy does that wants https: an answer at once, not botocore asking about its own questions for ever."""
    with web_server(lambda _: Answer(status, headers={"Location": "https://files.example.org/"})) as (url, asked):
        target = S3Target("bucket", endpoint=url, path_style=True, access_key="a", secret_key="s3cret")
        client = S3Clients(target).own
        for ask in (client.head_object, client.get_object):
            with pytest.raises(StoreUnavailable), told("ask"):
                ask(Bucket="bucket", Key="k")
        assert len(asked) <= 4


def test_secrets_stay_out_of_what_is_printed() -> None:
    settings = Settings(s3_bucket="b", s3_access_key="a", s3_secret_key="s3cret of the bucket")  # type: ignore[arg-type]
    target = S3Target("b", access_key="a", secret_key="s3cret of the bucket")
    assert "s3cret" not in repr(settings) + repr(target)


def test_who_does_not_use_it_does_not_wait_for_it(tmp_path: Path) -> None:
    """botocore is imported when a bucket is first talked to, and never for local files."""
    code = (
        "import sys; from server.settings import Settings; from server.wiring import services, wire; "
        f"s = Settings(data_dir={str(tmp_path / 'data')!r}, s3_bucket='b'); services(s, wire(s)); "
        "assert not {'boto3', 'botocore', 'urllib3'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)


def test_what_processes_share_is_loaded_without_a_word(tmp_path: Path) -> None:
    """Before there are workers; nobody is asked for a role meanwhile, and credentials are looked up later."""
    code = (
        "import sys; from server.settings import Settings; from server.wiring import wire; "
        f"s = Settings(data_dir={str(tmp_path / 'data')!r}, s3_bucket='b'); wire(s).stores.load(); "
        "assert 'botocore.auth' in sys.modules and 'boto3' not in sys.modules"
    )
    with web_server(lambda _: Answer(404)) as (url, asked):
        environment = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "HOME": str(tmp_path)}
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=environment, timeout=60)
    assert asked == []
