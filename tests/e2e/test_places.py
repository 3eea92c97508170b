"""Places that can't be written to, and several commands that want the same one."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import KeyFiles
from tests.support.cli import Cli, finish, tree, wait_until_written

MIB = 1 << 20


def _private_mounts() -> tuple[str, ...]:
    """A prefix that runs a shell with mounts of its own; skips where the kernel forbids that."""
    for flags in (("-m",), ("-Urm",)):
        prefix = ("unshare", *flags, "sh", "-ec")
        probe = 'mount -t tmpfs none "$0"'
        if shutil.which("unshare") and (
            subprocess.run([*prefix, probe, "/mnt"], capture_output=True, check=False).returncode == 0
        ):
            return prefix
    pytest.skip("this kernel allows no private mounts")


def _tmpfs(place: Path, options: str, prepare: str = ":") -> tuple[str, ...]:
    """Runs what follows with a tmpfs of its own at `place`, remounted with `options`; lists it afterwards on stdout."""
    place.mkdir()
    script = (
        f'mount -t tmpfs -o size=4m none "{place}"; {prepare}; mount -o remount,{options} "{place}"; '
        f'code=0; "$0" "$@" || code=$?; ls -A "{place}"; exit $code'
    )
    return (*_private_mounts(), script)


def test_full_disk_while_sealing(cli: Cli, ada_keys: KeyFiles, tmp_path: Path) -> None:
    """Says that the disk is full, and takes back what it wrote."""
    (cli.folder / "a").write_bytes(os.urandom(10 * MIB))
    disk = tmp_path / "disk"
    result = cli("seal", "a", "--to", ada_keys.public, "-o", disk / "a.sealed", prefix=_tmpfs(disk, "size=4m"))
    assert result.code == 1
    assert "the disk is full" in result.err
    assert not result.out  # nothing was left there


def test_full_disk_while_opening(cli: Cli, ada_keys: KeyFiles, tmp_path: Path) -> None:
    """The same for content, compressed or not."""
    disk = tmp_path / "disk"
    prefix = _tmpfs(disk, "size=4m")
    disk.rmdir()
    for data in (os.urandom(10 * MIB), bytes(10 * MIB)):
        (cli.folder / "a").write_bytes(data)
        cli.ok("seal", "a", "--to", ada_keys.public, "--force")
        disk.mkdir()
        result = cli("open", "a.sealed", "--key", ada_keys.private, "-o", disk / "a", prefix=prefix)
        disk.rmdir()
        assert result.code == 1
        assert "the disk is full" in result.err
        assert not result.out


def test_full_device(cli: Cli, ada_keys: KeyFiles) -> None:
    """/dev/full is a device without room, and no name to be taken."""
    (cli.folder / "a").write_bytes(b"hello")
    cli.ok("seal", "a", "--to", ada_keys.public)
    for arguments in (
        ("open", "a.sealed", "--key", ada_keys.private, "-o", "/dev/full"),
        ("seal", "a", "--to", ada_keys.public, "-o", "/dev/full"),
    ):
        result = cli(*arguments)
        assert result.code == 1
        assert "the disk is full" in result.err


def test_read_only_file_system(cli: Cli, ada_keys: KeyFiles, tmp_path: Path) -> None:
    (cli.folder / "a").write_text("hello")
    disk = tmp_path / "disk"
    result = cli("seal", "a", "--to", ada_keys.public, "-o", disk / "a.sealed", prefix=_tmpfs(disk, "ro"))
    assert result.code == 1
    assert "read-only file system" in result.err
    assert "-o" in result.err
    assert not result.out


@pytest.fixture
def visible() -> Iterator[Path]:
    """A folder that others may enter. pytest's own are closed to others whenever another run of tests begins."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _for_all(cli: Cli, keys: KeyFiles, visible: Path) -> tuple[Cli, Path]:
    """The same command in a folder that others may enter, with the public key there."""
    return Cli(visible / "work", visible / "home", cli.settings), Path(shutil.copy(keys.public, visible))


def _as_nobody(*folders: Path) -> tuple[str, ...]:
    """A prefix that gives up all rights, if we have more than others; `folders` become visible to everybody."""
    for folder in folders:
        for each in (folder, *folder.parents):
            if each.stat().st_uid == os.getuid() and each != Path("/"):
                each.chmod(stat.S_IMODE(each.stat().st_mode) | 0o055)
    if os.getuid() != 0:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root without setpriv can't give up its rights")
    return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def test_a_folder_of_somebody_else(cli: Cli, ada_keys: KeyFiles, tmp_path: Path, visible: Path) -> None:
    """Without the right to write there: said so, and nothing left. Nor may one look into a closed folder."""
    cli, key = _for_all(cli, ada_keys, visible)
    prefix = _as_nobody(cli.folder, visible)
    (cli.folder / "a").write_text("hello")
    (cli.folder / "a").chmod(0o644)
    cli.folder.chmod(0o555)
    closed = tmp_path / "closed"
    closed.mkdir(0o000)
    for target in (cli.folder / "a.sealed", closed / "a.sealed"):
        result = cli("seal", "a", "--to", key, "-o", target, prefix=prefix)
        assert result.code == 1
        assert "you may not write there" in result.err
    for arguments in (
        ("seal", closed / "a", "--to", key),
        ("seal", "a", "--to", closed / "key.pem"),
        ("inspect", closed / "a"),
    ):
        result = cli(*arguments, prefix=prefix)
        assert result.code == 1
        assert "can't read" in result.err
    closed.chmod(0o700)
    cli.folder.chmod(0o755)
    assert tree(cli.folder) == {"a"}


def test_a_home_that_can_not_be_written(cli: Cli, ada_keys: KeyFiles, visible: Path) -> None:
    """Offline commands need no home at all."""
    cli, key = _for_all(cli, ada_keys, visible)
    prefix = _as_nobody(cli.folder, visible)
    (cli.folder / "a").write_text("hello")
    cli.folder.chmod(0o777)
    homeless = cli.with_settings(HOME="/nonexistent", SEALCASE_HOME="/nonexistent/sealcase")
    result = homeless("seal", "a", "--to", key, prefix=prefix)
    assert result.code == 0, result.err


def test_two_commands_want_the_same_name(cli: Cli, ada_keys: KeyFiles) -> None:
    """One wins; the other says that somebody is at it, or was there first. The winner's file is right."""
    data = os.urandom(60 * MIB)
    (cli.folder / "a").write_bytes(data)
    cli.ok("seal", "a", "--to", ada_keys.public, "--no-compress")
    processes = [cli.start("open", "a.sealed", "--key", ada_keys.private, "-o", "b") for _ in range(4)]
    results = [finish(process) for process in processes]
    assert sorted(result.code for result in results) == [0, 1, 1, 1]
    for result in results:
        assert result.code == 0 or "another Sealcase is writing" in result.err or "exists already" in result.err
    assert (cli.folder / "b").read_bytes() == data
    assert tree(cli.folder) == {"a", "a.sealed", "b"}


def test_a_file_that_grows_while_it_is_sealed(cli: Cli, ada_keys: KeyFiles) -> None:
    """Noticed at the end; nothing is left, and the message says what to do."""
    with (cli.folder / "log").open("wb") as log:
        log.seek(log.truncate(800 * MIB))
        process = cli.start("seal", "log", "--to", ada_keys.public, "--no-compress")
        wait_until_written(cli.folder / "log.sealed.part", 1, process)
        log.write(b"one more line\n")
        log.flush()
        result = finish(process)
    assert result.code == 1
    assert "changed while it was read" in result.err
    assert tree(cli.folder) == {"log"}


def test_a_file_that_shrinks_while_it_is_sealed(cli: Cli, ada_keys: KeyFiles) -> None:
    (cli.folder / "log").touch()
    os.truncate(cli.folder / "log", 4_000 * MIB)
    process = cli.start("seal", "log", "--to", ada_keys.public, "--no-compress")
    wait_until_written(cli.folder / "log.sealed.part", 1, process)
    os.truncate(cli.folder / "log", 1_000)
    result = finish(process)
    assert result.code == 1
    assert "while it was read" in result.err
    assert tree(cli.folder) == {"log"}


def test_a_spool_without_room(cli: Cli, ada_keys: KeyFiles, tmp_path: Path) -> None:
    """A container from a pipe waits in TMPDIR; when that is full, the message names it."""
    (cli.folder / "a").write_bytes(os.urandom(10 * MIB))
    sealed = cli.ok("seal", "a", "--to", ada_keys.public, "-o", "-").out
    disk = tmp_path / "disk"
    small = cli.with_settings(TMPDIR=str(disk))
    prefix = _tmpfs(disk, "size=4m")
    result = small("open", "-", "--key", ada_keys.private, "-o", "b", stdin=sealed, prefix=prefix)
    assert result.code == 1
    assert str(disk) in result.err
    assert "the disk is full" in result.err
    assert tree(cli.folder) == {"a"}
