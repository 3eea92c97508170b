"""`seal`, `open` and `inspect` on files: what goes in comes out, under the names that people expect."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import KeyFiles
from tests.support.cli import Cli, tree

MIB = 1 << 20


def _random(size: int) -> bytes:
    return random.Random(size).randbytes(size)


CONTENTS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "one byte": lambda: b"x",
    "a chunk": lambda: _random(16_384),
    "a part less one": lambda: _random(8 * MIB - 1),
    "a part": lambda: _random(8 * MIB),
    "a part and one": lambda: _random(8 * MIB + 1),
    "compressible": lambda: b"all work and no play makes Jack a dull boy\n" * 400_000,
    "zeros": lambda: bytes(3 * MIB),
}


def _goes_round(cli: Cli, recipients: tuple[KeyFiles, ...], content: str, *options: str) -> None:
    data = CONTENTS[content]()
    (cli.folder / "file.bin").write_bytes(data)
    to = [argument for keys in recipients for argument in ("--to", keys.public)]
    sealed = cli.ok("seal", "file.bin", *to, *options)
    assert sealed.lines == ["file.bin.sealed"]
    assert not sealed.err
    for keys in recipients:
        opened = cli.ok("open", "file.bin.sealed", "--key", keys.private, "-o", "back.bin", "--force")
        assert opened.lines == ["back.bin"]
        assert (cli.folder / "back.bin").read_bytes() == data
    assert tree(cli.folder) == {"file.bin", "file.bin.sealed", "back.bin"}


@pytest.mark.parametrize("content", CONTENTS)
def test_content_of_any_size_comes_back(cli: Cli, ada_keys: KeyFiles, content: str) -> None:
    """At every boundary of chunks and parts, and through compression."""
    _goes_round(cli, (ada_keys,), content)


@pytest.mark.parametrize("options", [("--no-compress",), ("--no-pad",), ("--no-compress", "--no-pad")], ids=" ".join)
@pytest.mark.parametrize("content", ["one byte", "compressible"])
def test_every_option_comes_back(cli: Cli, ada_keys: KeyFiles, content: str, options: tuple[str, ...]) -> None:
    """Options change how a file is stored, never what comes out."""
    _goes_round(cli, (ada_keys,), content, *options)


def test_every_recipient_opens_what_was_sealed(cli: Cli, ada_keys: KeyFiles, bob_keys: KeyFiles) -> None:
    """One container, two keys: each gives back the very same bytes."""
    _goes_round(cli, (ada_keys, bob_keys), "a part and one")


def test_open_uses_the_name_that_was_sealed_in(cli: Cli, ada_keys: KeyFiles) -> None:
    """Whatever the container is called meanwhile, the file gets its own name back, in the current folder."""
    (cli.folder / "Bericht – 2026.txt").write_text("hello")
    cli.ok("seal", "Bericht – 2026.txt", "--to", ada_keys.public, "-o", "x.sealed")
    (cli.folder / "Bericht – 2026.txt").unlink()
    assert cli.ok("open", "x.sealed", "--key", ada_keys.private).lines == ["Bericht – 2026.txt"]
    assert (cli.folder / "Bericht – 2026.txt").read_text() == "hello"


def test_open_into_a_folder(cli: Cli, ada_keys: KeyFiles) -> None:
    """-o DIR keeps the name and chooses the folder."""
    (cli.folder / "note.txt").write_text("hello")
    cli.ok("seal", "note.txt", "--to", ada_keys.public)
    (cli.folder / "inbox").mkdir()
    result = cli.ok("open", "note.txt.sealed", "--key", ada_keys.private, "-o", "inbox")
    assert result.lines == ["inbox/note.txt"]
    assert (cli.folder / "inbox/note.txt").read_text() == "hello"


def test_seal_to_another_name_and_with_another_name_inside(cli: Cli, ada_keys: KeyFiles) -> None:
    (cli.folder / "a.txt").write_text("hello")
    cli.ok("seal", "a.txt", "--to", ada_keys.public, "-o", "out.bin", "--name", "b.txt")
    assert cli.ok("open", "out.bin", "--key", ada_keys.private).lines == ["b.txt"]


@pytest.mark.parametrize("name", ["../x", "a/b", "CON", "trailing. ", "new\nline"])
def test_a_name_that_no_recipient_could_save_is_a_usage_error(cli: Cli, ada_keys: KeyFiles, name: str) -> None:
    (cli.folder / "a.txt").write_text("hello")
    result = cli("seal", "a.txt", "--to", ada_keys.public, "--name", name)
    assert result.code == 2
    assert "--name" in result.err
    assert tree(cli.folder) == {"a.txt"}


def test_nothing_is_overwritten_without_force(cli: Cli, ada_keys: KeyFiles) -> None:
    """Both directions refuse an existing target, name it and --force, and leave it as it is."""
    (cli.folder / "a.txt").write_text("new")
    (cli.folder / "a.txt.sealed").write_text("old")
    result = cli("seal", "a.txt", "--to", ada_keys.public)
    assert result.code == 1
    assert "a.txt.sealed exists already" in result.err
    assert "--force" in result.err
    assert (cli.folder / "a.txt.sealed").read_text() == "old"
    cli.ok("seal", "a.txt", "--to", ada_keys.public, "--force")
    (cli.folder / "a.txt").write_text("kept")
    result = cli("open", "a.txt.sealed", "--key", ada_keys.private)
    assert result.code == 1
    assert (cli.folder / "a.txt").read_text() == "kept"
    cli.ok("open", "a.txt.sealed", "--key", ada_keys.private, "--force")
    assert (cli.folder / "a.txt").read_text() == "new"
    assert tree(cli.folder) == {"a.txt", "a.txt.sealed"}


def test_a_dangling_link_counts_as_existing(cli: Cli, ada_keys: KeyFiles) -> None:
    """Nothing is written through a link that somebody put where the output goes."""
    (cli.folder / "a.txt").write_text("hello")
    (cli.folder / "a.txt.sealed").symlink_to("elsewhere")
    assert cli("seal", "a.txt", "--to", ada_keys.public).code == 1
    assert tree(cli.folder) == {"a.txt", "a.txt.sealed"}


def test_a_file_called_part_in_the_way_of_nobody_survives(cli: Cli, ada_keys: KeyFiles) -> None:
    """The work file is NAME.part; it goes away with a refusal only if it is ours."""
    (cli.folder / "a.txt").write_text("hello")
    (cli.folder / "a.txt.sealed").write_text("old")
    (cli.folder / "a.txt.sealed.part").write_text("left by a crash")
    assert cli("seal", "a.txt", "--to", ada_keys.public).code == 1
    assert (cli.folder / "a.txt.sealed.part").exists()
    cli.ok("seal", "a.txt", "--to", ada_keys.public, "--force")
    assert tree(cli.folder) == {"a.txt", "a.txt.sealed"}


def test_inspect_tells_what_anybody_can_see_and_no_more(cli: Cli, ada_keys: KeyFiles, bob_keys: KeyFiles) -> None:
    """No key needed; neither the name nor the exact size shows."""
    (cli.folder / "diary.txt").write_text("secret" * 200)
    cli.ok("seal", "diary.txt", "--to", ada_keys.public, "--to", bob_keys.public, "-o", "x.sealed")
    text = cli.ok("inspect", "x.sealed").out.decode()
    assert text.count("rsa-oaep-256") == 2
    assert "unsigned" in text
    assert "diary" not in text
    record = cli.ok("inspect", "x.sealed", "--json").json
    assert isinstance(record, dict)
    assert record["format"] == "sealcase/1"
    assert record["sender"] is None
    assert record["file_size"] == (cli.folder / "x.sealed").stat().st_size
    assert [grant["type"] for grant in record["grants"]] == ["rsa-oaep-256"] * 2
    assert "diary" not in str(record)


def test_a_recipient_named_twice_gets_one_grant(cli: Cli, ada_keys: KeyFiles) -> None:
    (cli.folder / "a").write_text("hello")
    cli.ok("seal", "a", "--to", ada_keys.public, "--to", ada_keys.public)
    record = cli.ok("inspect", "a.sealed", "--json").json
    assert isinstance(record, dict)
    assert len(record["grants"]) == 1


def test_key_with_a_passphrase_opens(cli: Cli) -> None:
    """From the file for scripts, and asked for at a terminal."""
    secret = cli.folder / "secret"
    secret.write_text("open sesame\n")
    scripted = cli.with_settings(SEALCASE_PASSPHRASE_FILE=str(secret))
    scripted.ok("keygen", "--bits", "2048", "--out", "keys")
    (cli.folder / "a").write_text("hello")
    cli.ok("seal", "a", "--to", "keys/public_key.pem")
    scripted.ok("open", "a.sealed", "--key", "keys/private_key.pem", "-o", "b")
    with cli.terminal("open", "a.sealed", "--key", "keys/private_key.pem", "-o", "c") as terminal:
        terminal.answer("Passphrase for keys/private_key.pem:", "open sesame")
        assert terminal.end() == 0
    assert "sesame" not in terminal.shown
    assert (cli.folder / "b").read_text() == (cli.folder / "c").read_text() == "hello"


def test_passphrase_comes_from_a_process_substitution(cli: Cli) -> None:
    """A passphrase file may be a pipe, which can be read once only."""
    (cli.folder / "secret").write_text("open sesame\n")
    cli.with_settings(SEALCASE_PASSPHRASE_FILE="secret").ok("keygen", "--bits", "2048", "--out", "keys")
    (cli.folder / "a").write_text("hello")
    cli.ok("seal", "a", "--to", "keys/public_key.pem")
    read, write = os.pipe()
    os.write(write, b"open sesame\n")
    os.close(write)
    piped = cli.with_settings(SEALCASE_PASSPHRASE_FILE="/dev/stdin")
    process = piped.start("open", "a.sealed", "--key", "keys/private_key.pem", "-o", "b", stdin=read)
    os.close(read)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_file_name_that_is_not_utf8_is_refused_with_a_way_out(cli: Cli, ada_keys: KeyFiles) -> None:
    """Names in the format are Unicode; the person is told how to give one. Its path may be such a name, though."""
    name = b"caf\xe9.txt"
    (cli.folder / os.fsdecode(name)).write_text("hello")
    result = cli("seal", name, "--to", ada_keys.public)
    assert result.code == 1
    assert "--name" in result.err
    assert tree(cli.folder) == {os.fsdecode(name)}
    sealed = cli.ok("seal", name, "--to", ada_keys.public, "--name", "café.txt")
    assert sealed.out == name + b".sealed\n"


@pytest.mark.parametrize("stamp", [-86_400, 0, 2**33])
def test_odd_modification_times_are_no_obstacle(cli: Cli, ada_keys: KeyFiles, stamp: int) -> None:
    (cli.folder / "old").write_text("hello")
    os.utime(cli.folder / "old", (stamp, stamp))
    cli.ok("seal", "old", "--to", ada_keys.public)
    cli.ok("open", "old.sealed", "--key", ada_keys.private, "-o", "back")


def test_version_is_told(cli: Cli) -> None:
    assert cli.ok("--version").lines[0].startswith("sealcase ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("seal",),
        ("seal", "a"),
        ("seal", "a", "--bogus"),
        ("open",),
        ("open", "a", "b"),
        ("send", "a"),
        ("send", "a", "--to", "b@example.org", "--expires", "soon"),
        ("send", "a", "--to", "b@example.org", "--expires", "0h"),
        ("send", "a", "--to", "b@example.org", "--expires", "366d"),
        ("send", "a", "b", "--to", "b@example.org", "--name", "c"),
        ("get",),
        ("get", "a", "b", "-o", "-"),
        ("get", "a", "--json", "-o", "-"),
        ("rm",),
    ],
    ids=" ".join,
)
def test_misuse_is_exit_code_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    """A usage error says what is wrong on stderr and does nothing."""
    result = cli(*arguments)
    assert result.code == 2
    assert "Error:" in result.err
    assert not result.out
    assert tree(cli.folder) == set()


def test_missing_files_and_folders_are_named(cli: Cli, ada_keys: KeyFiles) -> None:
    """A missing source, a folder as source, a missing key: each in plain words, exit code 1."""
    (cli.folder / "folder").mkdir()
    (cli.folder / "a").write_text("hello")
    for arguments, message in (
        (("seal", "none", "--to", ada_keys.public), "there is no file none"),
        (("seal", "folder", "--to", ada_keys.public), "folder is a folder"),
        (("seal", "a", "--to", "none.pem"), "there is no file none.pem"),
        (("open", "none", "--key", ada_keys.private), "there is no file none"),
        (("inspect", "folder"), "folder is a folder"),
        (("seal", "x" * 300, "--to", ada_keys.public), "name too long"),
    ):
        result = cli(*arguments)
        assert result.code == 1, arguments
        assert message in result.err.lower()
    assert tree(cli.folder) == {"a"}


def test_the_folder_of_the_target_must_exist(cli: Cli, ada_keys: KeyFiles) -> None:
    (cli.folder / "a").write_text("hello")
    for target in ("none/a.sealed", "a/b", "x" * 300):
        result = cli("seal", "a", "--to", ada_keys.public, "-o", target)
        assert result.code == 1
        assert "can't write" in result.err
        result = cli("inspect", target)
        assert result.code == 1
    assert tree(cli.folder) == {"a"}


def test_unreadable_output_folder_is_a_clear_refusal(cli: Cli, ada_keys: KeyFiles) -> None:
    """A target that is a folder already is not replaced, not even with --force."""
    (cli.folder / "a").write_text("hello")
    (cli.folder / "a.sealed").mkdir()
    for force in ((), ("--force",)):
        result = cli("seal", "a", "--to", ada_keys.public, *force)
        assert result.code == 1
        assert "a.sealed is a folder" in result.err
    assert (cli.folder / "a.sealed").is_dir()


def test_open_without_key_or_identity_says_what_to_do(cli: Cli, ada_keys: KeyFiles) -> None:
    """Exit code 4, and both ways out are named."""
    (cli.folder / "a").write_text("hello")
    cli.ok("seal", "a", "--to", ada_keys.public)
    result = cli("open", "a.sealed", "-o", "b")
    assert result.code == 4
    assert "--key" in result.err
    assert "login" in result.err
    assert not (cli.folder / "b").exists()


def test_relative_and_absolute_paths_work_alike(cli: Cli, ada_keys: KeyFiles, tmp_path: Path) -> None:
    (cli.folder / "sub").mkdir()
    (cli.folder / "sub/a").write_text("hello")
    assert cli.ok("seal", "sub/a", "--to", ada_keys.public).lines == ["sub/a.sealed"]
    absolute = tmp_path / "b"
    assert cli.ok("open", cli.folder / "sub/a.sealed", "--key", ada_keys.private, "-o", absolute).lines == [
        str(absolute)
    ]
    assert absolute.read_text() == "hello"
