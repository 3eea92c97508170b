"""`-`, pipes, devices and terminals: what flows, what is shown, and where."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from tests.e2e.conftest import KeyFiles
from tests.support.cli import Cli, finish, tree


def _sealed(cli: Cli, keys: KeyFiles, data: bytes, name: str = "a") -> Path:
    (cli.folder / name).write_bytes(data)
    cli.ok("seal", name, "--to", keys.public)
    return cli.folder / f"{name}.sealed"


@pytest.mark.parametrize("data", [b"", b"x", b"text " * 100_000, os.urandom(300_000)], ids=["0", "1", "text", "random"])
def test_stdin_to_stdout_and_back(cli: Cli, ada_keys: KeyFiles, data: bytes) -> None:
    """`seal -` and `open - -o -` are filters: nothing but the bytes on stdout, no file anywhere."""
    sealed = cli.ok("seal", "-", "--to", ada_keys.public, stdin=data)
    opened = cli.ok("open", "-", "--key", ada_keys.private, "-o", "-", stdin=sealed.out)
    assert opened.out == data
    assert tree(cli.folder) == set()


def test_tar_through_both_filters(cli: Cli, ada_keys: KeyFiles) -> None:
    """tar c | seal - | open - -o - | tar t, as people write it."""
    (cli.folder / "folder").mkdir()
    for number in range(3):
        (cli.folder / f"folder/{number}").write_bytes(os.urandom(1_000_000))
    pipeline = (
        f'tar c folder | "$S" seal - --to {ada_keys.public} | "$S" open - --key {ada_keys.private} -o - | tar t | sort'
    )
    seal = cli.start("--version")
    command = str(seal.args[0]) if isinstance(seal.args, list) else ""
    finish(seal)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", pipeline],
        cwd=cli.folder,
        env={**cli.environment, "S": command},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == [b"folder/", b"folder/0", b"folder/1", b"folder/2"]


def test_stdin_into_a_named_file(cli: Cli, ada_keys: KeyFiles) -> None:
    """-o and --name say where a pipe goes, and what it is called inside."""
    cli.ok("seal", "-", "--to", ada_keys.public, "-o", "x.sealed", "--name", "notes.txt", stdin=b"hello")
    assert cli.ok("open", "x.sealed", "--key", ada_keys.private).lines == ["notes.txt"]
    assert (cli.folder / "notes.txt").read_text() == "hello"


def test_file_to_stdout(cli: Cli, ada_keys: KeyFiles) -> None:
    """-o - on a file; the sender's line stays on stderr."""
    _sealed(cli, ada_keys, b"hello")
    opened = cli.ok("open", "a.sealed", "--key", ada_keys.private, "-o", "-")
    assert opened.out == b"hello"
    assert "unsigned" in opened.err
    sealed = cli.ok("seal", "a", "--to", ada_keys.public, "-o", "-")
    assert cli.ok("open", "-", "--key", ada_keys.private, "-o", "-", stdin=sealed.out).out == b"hello"


def test_inspect_reads_a_pipe(cli: Cli, ada_keys: KeyFiles) -> None:
    sealed = _sealed(cli, ada_keys, b"hello").read_bytes()
    assert b"rsa-oaep-256" in cli.ok("inspect", "-", stdin=sealed).out


def test_named_pipes_on_both_sides(cli: Cli, ada_keys: KeyFiles) -> None:
    """A named pipe is written to and read from as it is: never renamed over, never asked for --force."""
    os.mkfifo(cli.folder / "in")
    os.mkfifo(cli.folder / "out")
    data = os.urandom(500_000)
    writer = threading.Thread(target=(cli.folder / "in").write_bytes, args=(data,), daemon=True)
    writer.start()
    sealing = cli.start("seal", "in", "--to", ada_keys.public, "-o", "out")
    sealed = (cli.folder / "out").read_bytes()
    assert finish(sealing).code == 0
    writer.join(10)
    assert cli.ok("open", "-", "--key", ada_keys.private, "-o", "-", stdin=sealed).out == data
    assert tree(cli.folder) == {"in", "out"}


def test_open_from_and_into_a_named_pipe(cli: Cli, ada_keys: KeyFiles) -> None:
    sealed = _sealed(cli, ada_keys, b"hello").read_bytes()
    os.mkfifo(cli.folder / "in")
    os.mkfifo(cli.folder / "out")
    opening = cli.start("open", "in", "--key", ada_keys.private, "-o", "out")
    writer = threading.Thread(target=(cli.folder / "in").write_bytes, args=(sealed,), daemon=True)
    writer.start()
    assert (cli.folder / "out").read_bytes() == b"hello"
    assert finish(opening).code == 0
    writer.join(10)


def test_dev_null_stays_a_device(cli: Cli, ada_keys: KeyFiles) -> None:
    """/dev/null takes either output, and is still /dev/null afterwards."""
    _sealed(cli, ada_keys, b"hello")
    cli.ok("seal", "a", "--to", ada_keys.public, "-o", "/dev/null")
    cli.ok("open", "a.sealed", "--key", ada_keys.private, "-o", "/dev/null")
    assert Path("/dev/null").is_char_device()


def test_sealed_bytes_are_not_for_a_terminal(cli: Cli, ada_keys: KeyFiles) -> None:
    """`seal -` at a terminal, with nothing to take its output, is a usage error and not a screen full of noise."""
    (cli.folder / "a").write_text("hello")
    with cli.terminal("seal", "a", "--to", ada_keys.public, "-o", "-") as terminal:
        assert terminal.end() == 2
    assert "-o" in terminal.shown
    assert "SEALCASE" not in terminal.shown


def test_a_reader_that_leaves_ends_open_quietly(cli: Cli, ada_keys: KeyFiles) -> None:
    """`open -o - | head -c 1`: no traceback, no message, not exit code 0."""
    _sealed(cli, ada_keys, os.urandom(3_000_000))
    process = cli.start("open", "a.sealed", "--key", ada_keys.private, "-o", "-")
    assert process.stdout is not None
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(30) == 1
    process.stderr.close()


def test_no_bar_in_a_pipe(cli: Cli, ada_keys: KeyFiles) -> None:
    """stderr that is no terminal gets no bar, no escape sequence and no carriage return."""
    _sealed(cli, ada_keys, os.urandom(20_000_000))
    result = cli.ok("open", "a.sealed", "--key", ada_keys.private, "-o", "b")
    assert "\r" not in result.err
    assert "\x1b" not in result.err
    assert result.err.count("\n") == 1


def test_a_terminal_gets_a_bar_that_ends_its_line(cli: Cli, ada_keys: KeyFiles) -> None:
    """The bar says what is done, how much of how much, how fast; it ends with a new line, and stdout has the result."""
    (cli.folder / "big.bin").write_bytes(os.urandom(20_000_000))
    with cli.terminal("seal", "big.bin", "--to", ada_keys.public, stdout=subprocess.PIPE) as terminal:
        assert terminal.process.stdout is not None
        assert terminal.end() == 0
        assert terminal.process.stdout.read() == b"big.bin.sealed\n"
    assert "Sealing big.bin" in terminal.shown
    assert "100%" in terminal.shown
    assert "20.0 MB of 20.0 MB" in terminal.shown
    assert "/s" in terminal.shown
    assert terminal.shown.endswith("\r\n")


def test_the_bar_of_open_counts_content(cli: Cli, ada_keys: KeyFiles) -> None:
    """Compressed or not, the total is the size of the content, so the bar ends at exactly that."""
    _sealed(cli, ada_keys, b"all work and no play " * 500_000)
    with cli.terminal("open", "a.sealed", "--key", ada_keys.private, "-o", "b") as terminal:
        assert terminal.end() == 0
    assert "Opening a" in terminal.shown
    assert "10.5 MB of 10.5 MB" in terminal.shown


def test_the_bar_fits_a_narrow_terminal(cli: Cli, ada_keys: KeyFiles) -> None:
    """A line that wraps could not be drawn over."""
    (cli.folder / "a").write_bytes(os.urandom(1_000_000))
    with cli.terminal("seal", "a", "--to", ada_keys.public, columns=40) as terminal:
        assert terminal.end() == 0
    bars = [piece.partition("\r")[0] for piece in terminal.shown.split("\x1b[K")[1:]]
    assert bars
    assert max(map(len, bars)) < 40


def test_the_bar_gives_way_to_an_error(cli: Cli, ada_keys: KeyFiles, bob_keys: KeyFiles) -> None:
    """The message stands on a line of its own."""
    sealed = _sealed(cli, ada_keys, os.urandom(2_000_000))
    data = bytearray(sealed.read_bytes())
    data[1_000_000] ^= 1
    sealed.write_bytes(data)
    with cli.terminal("open", "a.sealed", "--key", ada_keys.private, "-o", "b") as terminal:
        assert terminal.end() == 6
    assert "\nsealcase: " in terminal.shown


def test_a_passphrase_is_asked_for_while_stdin_is_a_pipe(cli: Cli) -> None:
    """`cat x | sealcase open - --key encrypted.pem` asks at the terminal, as other tools do."""
    secret = cli.folder / "secret"
    secret.write_text("open sesame\n")
    cli.with_settings(SEALCASE_PASSPHRASE_FILE=str(secret)).ok("keygen", "--bits", "2048", "--out", "keys")
    sealed = cli.ok("seal", "-", "--to", "keys/public_key.pem", stdin=b"hello").out
    (cli.folder / "x").write_bytes(sealed)
    with (cli.folder / "x").open("rb") as source:
        arguments = ("open", "-", "--key", "keys/private_key.pem", "-o", "back")
        with cli.terminal(*arguments, stdin=source.fileno()) as terminal:
            terminal.answer("Passphrase for keys/private_key.pem:", "open sesame")
            assert terminal.end() == 0
    assert (cli.folder / "back").read_text() == "hello"


def test_ctrl_c_at_a_question_is_exit_code_130(cli: Cli) -> None:
    with cli.terminal("keygen", "--out", "keys") as terminal:
        terminal.wait_for("New passphrase for the private key: ")
        os.killpg(terminal.process.pid, signal.SIGINT)
        assert terminal.end() == 130
    assert tree(cli.folder) == set()


def test_stdout_that_can_not_show_a_name_is_no_crash(cli: Cli, ada_keys: KeyFiles) -> None:
    """Where the locale knows no such letter, the path is printed in its own bytes."""
    (cli.folder / "größe").write_text("hello")
    plain = cli.with_settings(PYTHONIOENCODING="ascii")
    assert plain.ok("seal", "größe", "--to", ada_keys.public).out == "größe.sealed\n".encode()
