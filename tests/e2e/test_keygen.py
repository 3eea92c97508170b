"""`sealcase keygen`: plain PEM files that other tools read."""

import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli, tree


def _openssl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *arguments], capture_output=True, timeout=30, check=False)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keygen_writes_two_files_and_says_where(cli: Cli) -> None:
    """stdout has the two paths and nothing else; the private key is for its owner alone."""
    result = cli.ok("keygen", "--bits", "3072", "--out", "keys", "--no-passphrase")
    assert result.lines == ["keys/private_key.pem", "keys/public_key.pem"]
    assert _mode(cli.folder / "keys/private_key.pem") == 0o600
    assert _mode(cli.folder / "keys/public_key.pem") & 0o444 == 0o444
    assert tree(cli.folder) == {"keys/private_key.pem", "keys/public_key.pem"}


@pytest.mark.parametrize("bits", ["2048", "3072"])
def test_openssl_reads_what_keygen_writes(cli: Cli, bits: str) -> None:
    """Both files are what `openssl` calls a key of that size, and they belong together."""
    cli.ok("keygen", "--bits", bits, "--out", ".", "--no-passphrase")
    private = _openssl("pkey", "-in", cli.folder / "private_key.pem", "-pubout")
    assert private.stdout == (cli.folder / "public_key.pem").read_bytes()
    text = _openssl("pkey", "-pubin", "-in", cli.folder / "public_key.pem", "-noout", "-text").stdout
    assert f"({bits} bit)".encode() in text


def test_openssl_opens_the_key_with_the_passphrase_from_the_file(cli: Cli) -> None:
    """SEALCASE_PASSPHRASE_FILE gives the passphrase (its first line), which `openssl` needs too."""
    secret = cli.folder / "secret"
    secret.write_text("a passphrase with ünïcode\nand a second line that does not count\n")
    cli.with_settings(SEALCASE_PASSPHRASE_FILE=str(secret)).ok("keygen", "--bits", "2048", "--out", ".")
    private = cli.folder / "private_key.pem"
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in private.read_bytes()
    assert _openssl("pkey", "-in", private, "-passin", f"file:{secret}", "-noout").returncode == 0
    assert _openssl("pkey", "-in", private, "-passin", "pass:wrong", "-noout").returncode != 0


def test_passphrase_is_asked_for_twice_and_never_shown(cli: Cli) -> None:
    """At a terminal the passphrase is typed twice, unseen; a slip of the finger is asked again."""
    with cli.terminal("keygen", "--bits", "2048", "--out", ".") as terminal:
        terminal.answer("New passphrase for the private key:", "first try")
        terminal.answer("Repeat for confirmation:", "frist try")
        terminal.wait_for("do not match")
        terminal.answer("New passphrase for the private key:", "zebra-crossing")
        terminal.answer("Repeat for confirmation:", "zebra-crossing")
        assert terminal.end() == 0
    assert "zebra" not in terminal.shown
    private = cli.folder / "private_key.pem"
    assert _openssl("pkey", "-in", private, "-passin", "pass:zebra-crossing", "-noout").returncode == 0


def test_without_terminal_or_passphrase_file_nothing_is_made(cli: Cli) -> None:
    """A script that forgot the passphrase hears which variable to set; there is no key without protection."""
    result = cli("keygen", "--bits", "2048", "--out", "keys")
    assert result.code == 1
    assert "SEALCASE_PASSPHRASE_FILE" in result.err
    assert not result.out
    assert tree(cli.folder) == set()


@pytest.mark.parametrize(("content", "complaint"), [("", "is empty"), ("\n", "is empty"), (None, "can't read")])
def test_a_passphrase_file_that_holds_none_is_named(cli: Cli, content: str | None, complaint: str) -> None:
    """An empty or missing passphrase file never means an empty passphrase."""
    secret = cli.folder / "secret"
    if content is not None:
        secret.write_text(content)
    result = cli.with_settings(SEALCASE_PASSPHRASE_FILE=str(secret))("keygen", "--out", "keys")
    assert result.code == 1
    assert str(secret) in result.err
    assert complaint in result.err
    assert not (cli.folder / "keys").exists()


@pytest.mark.parametrize("name", ["private_key.pem", "public_key.pem"])
def test_keys_are_never_overwritten(cli: Cli, name: str) -> None:
    """Where either file exists, nothing is written; --force replaces both."""
    kept = cli.folder / name
    kept.write_text("precious")
    result = cli("keygen", "--bits", "2048", "--out", ".", "--no-passphrase")
    assert result.code == 1
    assert name in result.err
    assert kept.read_text() == "precious"
    assert tree(cli.folder) == {name}
    cli.ok("keygen", "--bits", "2048", "--out", ".", "--no-passphrase", "--force")
    assert kept.read_text() != "precious"


@pytest.mark.parametrize("bits", ["1024", "8192", "many"])
def test_other_sizes_are_a_usage_error(cli: Cli, bits: str) -> None:
    result = cli("keygen", "--bits", bits, "--out", ".")
    assert result.code == 2
    assert "3072" in result.err


def test_a_folder_that_is_a_file_is_said(cli: Cli) -> None:
    (cli.folder / "keys").write_text("not a folder")
    result = cli("keygen", "--bits", "2048", "--out", "keys", "--no-passphrase")
    assert result.code == 1
    assert "keys" in result.err
    assert tree(cli.folder) == {"keys"}
