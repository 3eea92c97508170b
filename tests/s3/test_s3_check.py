"""`sealcase-server admin s3-check`: as an operator runs it, over stores that are right and over what goes wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.s3.conftest import Bucket, House_
from tests.s3.faults import faults_before
from tests.server.samples import sample
from tests.support.ports import free_port
from tests.support.server import server_environment
from tests.support.sockets import certificate_of

ORIGIN = "https://files.example.org"


def check(bucket: Bucket, folder: Path, *options: str, **settings: str) -> tuple[int, str]:
    """Exit code and output of the real command."""
    chosen = {**bucket.service.settings(bucket.name), "public_url": ORIGIN, **settings}
    done = subprocess.run(
        [sys.executable, "-m", "server", "admin", "s3-check", *options],
        env=server_environment(folder, **chosen),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def steps(text: str) -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in map(json.loads, text.splitlines())}


def allow_browsers(bucket: Bucket) -> None:
    """As the rule says that the command prints."""
    from server.adapters.blobs.s3_advice import cors_rules

    bucket.service.client.put_bucket_cors(
        Bucket=bucket.name,
        CORSConfiguration=cors_rules(ORIGIN),  # type: ignore[arg-type]  # JSON as the operator copies it
    )


def test_a_good_bucket(bucket: Bucket, tmp_path: Path) -> None:
    """Everything is tried, nothing stays behind, and the exit code is 0; each step is a JSON object for machines."""
    code, text = check(bucket, tmp_path, "--json")
    found = steps(text)
    assert code == 0, text
    assert set(found) == {
        *("bucket", "put", "list", "range", "copy", "multipart", "delete"),
        *("presigned put", "signed length", "presigned get", "cors", "owner"),
    }
    assert {name for name, step in found.items() if not step["ok"]} <= {"cors", "signed length"}
    assert found["signed length"]["ok"] == bucket.service.signs
    assert (bucket.keys(), bucket.uploads()) == ([], [])


@pytest.mark.parametrize("service", ["moto_s3"], indirect=True)
def test_a_store_behind_an_authority_of_ones_own(bucket: Bucket, build: House_, tmp_path: Path) -> None:
    """Without S3_CA_FILE the command says what to set; with it everything works, files too."""
    authority, named = trustme.CA(), tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(named)
    with faults_before(bucket.service.url, certificate_of(authority, "127.0.0.1")) as front:
        code, text = check(bucket, tmp_path, s3_endpoint=front.url)
        assert (code, "S3_CA_FILE" in text) == (1, True), text
        code, text = check(bucket, tmp_path, s3_endpoint=front.url, s3_ca_file=str(named))
        assert code == 0, text
        ada = build(s3_endpoint=front.url, s3_ca_file=str(named)).person("ada@example.org")
        file = sample(5)
        assert ada.send(file).status_code == 201
        assert ada.ask("GET", f"/files/{file.file_id}/content?direct=false").data == file.body


@pytest.mark.slow
@pytest.mark.parametrize("service", ["ceph_s3"], indirect=True)
def test_browsers_need_rules_of_their_own(bucket: Bucket, tmp_path: Path) -> None:
    """The command prints them, and says ok once the bucket has them."""
    _, text = check(bucket, tmp_path, "--json")
    cors = steps(text)["cors"]
    assert not cors["ok"]
    assert not cors["needed"]
    assert ORIGIN in cors["fix"]
    allow_browsers(bucket)
    _, text = check(bucket, tmp_path, "--json")
    assert steps(text)["cors"]["ok"], text


@pytest.mark.slow
@pytest.mark.parametrize("service", ["ceph_s3"], indirect=True)
@pytest.mark.parametrize(
    ("settings", "step", "words"),
    [
        ({"s3_secret_key": "another s3cret"}, "bucket", "S3_SECRET_KEY"),
        ({"s3_access_key": "nobody"}, "bucket", "S3_ACCESS_KEY"),
        ({"s3_bucket": "not-there-at-all"}, "bucket", "Create the bucket"),
        ({"s3_public_endpoint": "http://127.0.0.1:1"}, "presigned put", "S3_PUBLIC_ENDPOINT"),
    ],
)
def test_what_is_wrong_is_said(bucket: Bucket, tmp_path: Path, settings: dict[str, str], step: str, words: str) -> None:
    """With what to do about it, in words; exit code 1."""
    code, text = check(bucket, tmp_path, **settings)
    assert code == 1
    assert f"FAILED  {step}:" in text
    assert words in text


@pytest.mark.slow
def test_a_store_that_is_away(bucket: Bucket, tmp_path: Path) -> None:
    """And a server without a bucket."""
    code, text = check(bucket, tmp_path, s3_endpoint=f"http://127.0.0.1:{free_port()}")
    assert code == 1
    assert "S3_ENDPOINT" in text
    code, text = check(bucket, tmp_path, storage="local", s3_bucket="")
    assert code == 1
    assert "S3_BUCKET" in text


@pytest.mark.slow
def test_a_private_bucket_is_tried_from_here_only(bucket: Bucket, tmp_path: Path) -> None:
    code, text = check(bucket, tmp_path, s3_direct="0")
    assert code == 0
    assert "presigned" not in text
