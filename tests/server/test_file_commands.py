"""Download limits, changes, searches and old-format files with the real `sealcase` and a real server."""

import base64
import gzip
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from client.actions.offline import generate_key_pair
from tests.support.cli import Cli
from tests.support.server import LiveServer, live_server


@dataclass(frozen=True)
class Someone:
    """Signed in, with a command line of their own."""

    email: str
    cli: Cli


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("server") / "data", workers=2) as running:
        yield running


def signed_in(name: str, server: LiveServer, folder: Path) -> Someone:
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "passphrase"
    secret.write_text("correct horse battery staple\n")
    secret.chmod(stat.S_IRUSR | stat.S_IWUSR)
    cli = Cli(folder / "work", folder / "home", {"SEALCASE_PASSPHRASE_FILE": str(secret)})
    email = f"{name}@example.org"
    cli.ok("login", "--server", server.url, "--email", email, "--code", server.request_code(email))
    return Someone(email, cli)


@pytest.fixture(scope="module")
def ada(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Someone:
    return signed_in("ada", server, tmp_path_factory.mktemp("ada"))


@pytest.fixture(scope="module")
def bob(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Someone:
    return signed_in("bob", server, tmp_path_factory.mktemp("bob"))


@pytest.mark.slow
def test_a_file_that_may_be_downloaded_once(ada: Someone, bob: Someone) -> None:
    """Fetched in many ranges, it is one download; then it is over, until the owner allows one more."""
    content = secrets.token_bytes(20_000_000)
    (ada.cli.folder / "once.bin").write_bytes(content)
    (file_id,) = ada.cli.ok("send", "once.bin", "--to", bob.email, "--downloads", "1").lines
    bob.cli.ok("get", file_id)
    assert (bob.cli.folder / "once.bin").read_bytes() == content
    again = bob.cli("get", file_id, "-o", "again.bin")
    assert again.code == 5
    assert "as often as its owner allowed" in again.err
    assert "1 of 1 downloads" in ada.cli.ok("ls", "--long", "--search", "once").out.decode()
    ada.cli.ok("edit", file_id, "--downloads", "2", "--expires", "3d")
    bob.cli.ok("get", file_id, "-o", "again.bin")


@pytest.mark.slow
def test_listings_are_searched_and_sorted(ada: Someone, bob: Someone) -> None:
    """By names that only this machine can read, too."""
    for name, size in (("pear.txt", 3_000_000), ("apple.txt", 2_000_000), ("peach.txt", 4_000_000)):
        (ada.cli.folder / name).write_bytes(secrets.token_bytes(size))
        ada.cli.ok("send", name, "--to", bob.email)
    found = ada.cli.ok("ls", "--search", "PEA", "--sort", "size", "--reverse", "--json").json
    assert isinstance(found, list)
    assert [entry["name"] for entry in found] == ["pear.txt", "peach.txt"]
    assert bob.cli.ok("ls", "--received", "--search", "nothing-like-it").lines == []
    assert len(bob.cli.ok("ls", "--received", "--search", ada.email).lines) >= 3


def test_a_pem_holder_is_let_in(ada: Someone, bob: Someone, tmp_path: Path) -> None:
    """--to the key, --allow the person."""
    pair = generate_key_pair(tmp_path, 2048, None, force=False)
    (ada.cli.folder / "note.txt").write_text("for whoever holds the key")
    (file_id,) = ada.cli.ok("send", "note.txt", "--to", pair.public_key, "--allow", bob.email).lines
    bob.cli.ok("get", file_id, "--key", pair.private_key)
    assert (bob.cli.folder / "note.txt").read_text() == "for whoever holds the key"


def test_a_limit_can_be_taken_away(ada: Someone) -> None:
    (ada.cli.folder / "limited").write_text("read me\n")
    (file_id,) = ada.cli.ok("send", "limited", "--to", ada.email, "--downloads", "7").lines
    assert "of 7 downloads" in ada.cli.ok("ls", "--long").out.decode()
    ada.cli.ok("edit", file_id, "--any-downloads")
    assert "of 7 downloads" not in ada.cli.ok("ls", "--long").out.decode()
    assert ada.cli("edit", file_id, "--any-downloads", "--downloads", "2").code == 2


def test_edit_says_what_it_needs(ada: Someone) -> None:
    assert ada.cli("edit", "0" * 8).code == 2
    assert ada.cli("edit", "0" * 8, "--downloads", "3").code == 4


@pytest.mark.slow
@pytest.mark.parametrize("compressed", [False, True])
def test_a_scripts_upload_is_opened(
    server: LiveServer, ada: Someone, bob: Someone, tmp_path: Path, compressed: bool
) -> None:
    """As the report's own example seals it: AES-GCM, RSA-OAEP, gzip or not; into a file and into a pipe."""
    pair = generate_key_pair(tmp_path, 2048, None, force=False)
    content = b"The report's own format. " * 10_000
    key, nonce = AESGCM.generate_key(256), secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(nonce, gzip.compress(content) if compressed else content, None)
    public = load_pem_public_key(pair.public_key.read_bytes())
    wrapped = public.encrypt(key, OAEP(MGF1(SHA256()), SHA256(), None))  # type: ignore[union-attr]  # an RSA key
    token = server.sign_in(ada.email)["token"]
    fields = {
        "filename": f"report-{compressed}.txt",
        "nonce": base64.b64encode(nonce).decode(),
        "ciphertext": base64.b64encode(sealed).decode(),
        "wrapped_key": base64.b64encode(wrapped).decode(),
        "metadata": '{"compressed": true}' if compressed else "{}",
        "allowed_users": [bob.email],
    }
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{server.url}/upload", json=fields, headers=headers, timeout=30)
    file_id = answer.json()["file_id"]
    got = bob.cli.ok("get", file_id, "--key", pair.private_key)
    assert (bob.cli.folder / f"report-{compressed}.txt").read_bytes() == content
    assert "unsigned (old format)" in got.err
    assert bob.cli.ok("get", file_id, "--key", pair.private_key, "-o", "-").out == content
    assert bob.cli("get", file_id, "-o", "other.txt").code == 6
    assert not (bob.cli.folder / "other.txt").exists()
    assert f"report-{compressed}.txt" in bob.cli.ok("ls", "--received", "--long").out.decode()
