"""Sealed files that are cut, altered, foreign or hostile, and keys that do not fit: exit code 6, and no file."""

import dataclasses
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from client.actions.offline import load_recipient
from shared.crypto import container
from shared.crypto.content import Content, describe
from shared.crypto.metadata import Metadata
from shared.sealed import strict_json
from shared.sealed.encoding import b64u, unb64u
from tests.e2e.conftest import KeyFiles
from tests.support.cli import Cli, Result, tree

pytestmark = pytest.mark.slow

MIB = 1 << 20


@pytest.fixture
def sealed(cli: Cli, ada_keys: KeyFiles) -> Path:
    """A container of two parts, alone in its folder."""
    (cli.folder / "a").write_bytes(random.Random(1).randbytes(9 * MIB))
    cli.ok("seal", "a", "--to", ada_keys.public, "--no-compress")
    (cli.folder / "a").unlink()
    return cli.folder / "a.sealed"


def _refused(cli: Cli, keys: KeyFiles, *more: str) -> Result:
    """Opens into a file and to stdout; what was refused leaves nothing anywhere."""
    before = tree(cli.folder)
    result = cli("open", "a.sealed", "--key", keys.private, *more)
    assert result.code == 6, result.err
    assert not result.out
    assert result.err.startswith("sealcase: ")
    assert len(result.err.splitlines()) == 1
    assert tree(cli.folder) == before
    return result


def test_cut_at_any_length(cli: Cli, sealed: Path, ada_keys: KeyFiles) -> None:
    """Wherever the end is missing: said in words, nothing written."""
    data = sealed.read_bytes()
    for length in (len(data) - 1, len(data) - 24, len(data) // 2, 8 * MIB, 40, 13, 12):
        sealed.write_bytes(data[:length])
        assert "cut short" in _refused(cli, ada_keys).err
    for length in (11, 1, 0):
        sealed.write_bytes(data[:length])
        assert "not a sealed file" in _refused(cli, ada_keys).err


def test_bytes_behind_the_end(cli: Cli, sealed: Path, ada_keys: KeyFiles) -> None:
    sealed.write_bytes(sealed.read_bytes() + b"\n")
    assert "something was added" in _refused(cli, ada_keys).err


def test_a_flipped_bit_anywhere(cli: Cli, sealed: Path, ada_keys: KeyFiles) -> None:
    """In the header, every region of the body, the hashes, the manifest, the grant, the lengths and the end."""
    data = sealed.read_bytes()
    records = len(data) - 2_000
    places = [0, 9, 11, 12, 40, 100, 5_000_000, 8 * MIB + 9_000, *range(records, len(data), 331), len(data) - 1]
    for place in places:
        altered = bytearray(data)
        altered[place] ^= 0x04
        sealed.write_bytes(altered)
        _refused(cli, ada_keys)


def test_a_part_of_another_file(cli: Cli, ada_keys: KeyFiles) -> None:
    """The body of one container under the records of another."""
    for name in ("a", "b"):
        (cli.folder / name).write_bytes(os.urandom(MIB))
        cli.ok("seal", name, "--to", ada_keys.public, "--no-compress")
    one, two = (cli.folder / f"{name}.sealed" for name in "ab")
    (cli.folder / "a").unlink()
    one.write_bytes(two.read_bytes()[:MIB] + one.read_bytes()[MIB:])
    assert "not the one that the sender sealed" in _refused(cli, ada_keys).err


@pytest.mark.parametrize(
    "content", [b"", b"hello\n", b"%PDF-1.7\n" * 50, bytes(5_000), b"SEALCASE" * 500, b'{"nonce": ""}'], ids=repr
)
def test_foreign_files(cli: Cli, ada_keys: KeyFiles, content: bytes) -> None:
    """Files that are something else are called so, by `open` and by `inspect`, in a file and in a pipe."""
    (cli.folder / "a.sealed").write_bytes(content)
    assert "not a sealed file" in _refused(cli, ada_keys).err
    assert "not a sealed file" in cli("inspect", "a.sealed").err
    assert cli("open", "-", "--key", ada_keys.private, stdin=content).code == 6


def test_somebody_elses_key(cli: Cli, sealed: Path, bob_keys: KeyFiles) -> None:
    assert "this key does not open the file" in _refused(cli, bob_keys).err


def test_wrong_passphrase(cli: Cli, sealed: Path) -> None:
    """Of the key, not of the file: the message tells the two apart."""
    (cli.folder / "secret").write_text("right\n")
    (cli.folder / "wrong").write_text("wrong\n")
    cli.with_settings(SEALCASE_PASSPHRASE_FILE="secret").ok("keygen", "--bits", "2048", "--out", "keys")
    keys = KeyFiles(Path("keys/private_key.pem"), Path("keys/public_key.pem"))
    result = _refused(cli.with_settings(SEALCASE_PASSPHRASE_FILE="wrong"), keys)
    assert "passphrase does not open this private key" in result.err


def test_key_files_that_are_no_such_key(cli: Cli, sealed: Path, ada_keys: KeyFiles) -> None:
    """A public key to open with, a private key to seal to, a certificate, noise: each is called what it is."""
    (cli.folder / "noise.pem").write_bytes(os.urandom(500))
    (cli.folder / "large.pem").write_bytes(bytes(100_000))
    (cli.folder / "a").write_text("hello")
    for arguments, message, code in (
        (("open", "a.sealed", "--key", ada_keys.public), "public key", 6),
        (("open", "a.sealed", "--key", "noise.pem"), "not a PEM private key", 6),
        (("open", "a.sealed", "--key", "large.pem"), "too large", 1),
        (("seal", "a", "--to", ada_keys.private, "-o", "b"), "never give it away", 6),
        (("seal", "a", "--to", "noise.pem", "-o", "b"), "not a PEM public key", 6),
    ):
        before = tree(cli.folder)
        result = cli(*arguments)
        assert result.code == code, arguments
        assert message in result.err
        assert tree(cli.folder) == before


def test_verified_parts_only_reach_a_pipe(cli: Cli, sealed: Path, ada_keys: KeyFiles) -> None:
    """Streaming out, whole verified parts come first; of an altered part not one byte is given away."""
    good = cli.ok("open", "a.sealed", "--key", ada_keys.private, "-o", "-").out
    data = bytearray(sealed.read_bytes())
    data[8 * MIB + 100_000] ^= 1
    sealed.write_bytes(data)
    result = cli("open", "a.sealed", "--key", ada_keys.private, "-o", "-")
    assert result.code == 6
    assert result.out in (b"", good[: 8 * MIB])


HOSTILE_NAMES = [
    "../../x",
    "/etc/passwd",
    "..",
    ".",
    "a/b",
    "a\\b",
    "..\\x",
    "CON",
    "aux.txt",
    "com1",
    "NUL .txt",
    "lpt¹",
    "invoice\u202efdp.exe",
    "a\u200bb",
    "bell\a",
    "esc\x1b[2J",
    "new\nline",
    "trailing.",
    "trailing ",
    "x" * 256,
    "ü" * 128,
    "",
]


def _seal_named(target: Path, keys: KeyFiles, change: Callable[[Metadata], Metadata], data: bytes = b"hello") -> None:
    """A container as an attacker would make it: well-formed, but with metadata that our own `seal` refuses."""
    done = iter([data])

    def fill(view: memoryview) -> int:
        piece = next(done, b"")
        view[: len(piece)] = piece
        return len(piece)

    with pytest.MonkeyPatch.context() as patch, target.open("wb") as file:
        patch.setattr("shared.crypto.seal.describe", lambda content, stored: change(describe(content, stored)))
        container.seal_to_stream(
            Content("plain", fill, None), [load_recipient(keys.public)], lambda piece: _write(file.write(piece))
        )


def _write(_count: int) -> None:
    pass


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_hostile_names(cli: Cli, ada_keys: KeyFiles, tmp_path: Path, name: str) -> None:
    """No file is written under such a name, here or elsewhere; the message shows it harmlessly and offers -o."""
    _seal_named(cli.folder / "a.sealed", ada_keys, lambda metadata: dataclasses.replace(metadata, name=name))
    everything = tree(tmp_path)
    result = _refused(cli, ada_keys)
    assert "-o NAME" in result.err
    assert "\x1b" not in result.err
    assert "\u202e" not in result.err
    assert "\a" not in result.err
    assert tree(tmp_path) == everything


def test_a_hostile_name_and_a_choice_of_ones_own(cli: Cli, ada_keys: KeyFiles, tmp_path: Path) -> None:
    """A folder needs the sender's name, so it is refused too; a name of one's own saves the content."""
    _seal_named(cli.folder / "a.sealed", ada_keys, lambda metadata: dataclasses.replace(metadata, name="../x"))
    everything = tree(tmp_path)
    _refused(cli, ada_keys, "-o", ".")
    assert tree(tmp_path) == everything
    cli.ok("open", "a.sealed", "--key", ada_keys.private, "-o", "safe")
    assert (cli.folder / "safe").read_text() == "hello"


@pytest.mark.parametrize("size", [0, 4, 6, 2**40])
def test_a_lie_about_the_size(cli: Cli, ada_keys: KeyFiles, size: int) -> None:
    """Content that is longer or shorter than its metadata says is refused before it has a name."""
    _seal_named(cli.folder / "a.sealed", ada_keys, lambda metadata: dataclasses.replace(metadata, size=size))
    _refused(cli, ada_keys)


def test_a_bomb_stops_at_the_size_that_was_promised(cli: Cli, ada_keys: KeyFiles) -> None:
    """Compressed content that goes on behind its promised size ends the work there."""
    _seal_named(
        cli.folder / "a.sealed", ada_keys, lambda metadata: dataclasses.replace(metadata, size=1_000), bytes(900_000)
    )
    assert "larger" in _refused(cli, ada_keys).err


def test_a_date_beyond_all_calendars(cli: Cli, sealed: Path, ada_keys: KeyFiles) -> None:
    """`inspect` shows what a sender claims, whatever it is; nothing was decrypted yet, so nothing is trusted."""
    data = sealed.read_bytes()
    tail_length = int.from_bytes(data[-16:-8], "big")
    start = len(data) - 24 - tail_length
    record = strict_json.loads_object(data[start:-24], 1 << 20)
    manifest = strict_json.loads_object(unb64u(record["manifest"], "manifest"), 1 << 20)
    manifest["created_at"] = 2**53 - 1
    record["manifest"] = b64u(strict_json.dumps(manifest))
    new_tail = strict_json.dumps(record)
    sealed.write_bytes(data[:start] + new_tail + data[-24:-16] + len(new_tail).to_bytes(8, "big") + data[-8:])
    assert f"@{2**53 - 1}" in cli.ok("inspect", "a.sealed").out.decode()
    cli.ok("inspect", "a.sealed", "--json")
