"""Where the server gets its key from: its settings, the environment, or the machine's role."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.adapters.blobs.s3_client import S3Clients, S3Target
from tests.support.network import Answer, Asked, web_server

_ROLE = "/latest/meta-data/iam/security-credentials/"


@pytest.fixture
def store() -> Iterator[tuple[str, list[Asked]]]:
    with web_server(lambda _: Answer(204)) as (url, asked):
        yield url, asked


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither files of a home nor variables of whoever runs the tests."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def signed_by(store: tuple[str, list[Asked]], **target: str) -> tuple[str, str]:
    """The key that a request was signed with, and the session's token beside it."""
    url, asked = store
    clients = S3Clients(S3Target("bucket", endpoint=url, path_style=True, **target))  # type: ignore[arg-type]  # texts
    clients.own.delete_object(Bucket="bucket", Key="k")
    headers = {name.lower(): value for name, value in asked[-1].headers.items()}
    key = headers["authorization"].partition("Credential=")[2].partition("/")[0]
    return key, headers.get("x-amz-security-token", "")


def metadata(asked: Asked) -> Answer:
    """What a machine with a role is told of it, as EC2 does (IMDSv2)."""
    if asked.method == "PUT" and asked.path == "/latest/api/token":
        return Answer(200, b"token of the machine")
    if asked.path == _ROLE:
        return Answer(200, b"sealcase")
    ends_at = datetime.now(UTC) + timedelta(hours=6)
    found = {
        "Code": "Success",
        "AccessKeyId": "of-the-role",
        "SecretAccessKey": "s3cret",
        "Token": "token of the role",
        "Expiration": ends_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return Answer(200, json.dumps(found).encode())


def test_settings_come_first(store: tuple[str, list[Asked]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    assert signed_by(store, access_key="of-the-settings", secret_key="s3cret") == ("of-the-settings", "")


def test_then_the_environment(store: tuple[str, list[Asked]], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the token of a session, where there is one."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-a-session")
    assert signed_by(store) == ("of-the-environment", "of-a-session")


def test_then_the_role_of_the_machine(store: tuple[str, list[Asked]], monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server(metadata) as (url, asked):
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        monkeypatch.setenv("AWS_METADATA_SERVICE_TIMEOUT", "20")
        assert signed_by(store) == ("of-the-role", "token of the role")
        assert [each.path for each in asked].count(f"{_ROLE}sealcase") == 1
