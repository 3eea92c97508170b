"""Folders through a real server: everything that can be sent arrives where it was, and whatever fails stays alone."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import KeyFiles, NewPerson, Person
from tests.support.cli import Cli, finish, interrupt
from tests.support.people import sign_up
from tests.support.server import live_server

_MAY_NOT_READ_EVERYTHING = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
Contents = dict[str, bytes | None]
"""Bytes of every file by its path; None for a folder without anything in it."""


def contents(root: Path) -> Contents:
    """Everything below `root`."""
    found: Contents = {}
    for path in sorted(root.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                found[path.relative_to(root).as_posix()] = None
        else:
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def make(root: Path, files: Contents) -> Path:
    for name, content in files.items():
        path = root / name
        if content is None:
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return root


MIXED: Contents = {
    "readme.txt": b"hello " * 1_000,
    "empty file": b"",
    "random.bin": os.urandom(300_000),
    "larger.bin": os.urandom(900_000),
    "large.bin": os.urandom((8 << 20) + 12_345),
    "a/b/c/d/e/f/g/h/deep.txt": b"deep",
    "übergröße/ naïve ☃.txt": b"snow",
    "日本語/文書.txt": "文書".encode(),
    "nothing here": None,
    "a/nothing/at all": None,
    "x": b"one",
    "x.part": b"another, called as one that is not whole yet",
    "x.part.part": b"and one more",
}


def test_a_folder_arrives_as_it_was(ada: Person, bob: Person) -> None:
    """Deep and empty folders, empty and large files, any script; one id, and one line for where it is."""
    source = make(ada.cli.folder / "project", MIXED)
    sent = ada.cli.ok("send", "project", "--to", bob.email)
    assert len(sent.lines) == 1
    assert "Sent 11 files of project" in sent.err
    got = bob.cli.ok("get", sent.lines[0], "-o", "in")
    assert got.lines == ["in/project"]
    assert f"from {ada.email}" in got.err
    assert contents(bob.cli.folder / "in" / "project") == contents(source) == MIXED
    assert not [path for path in (bob.cli.data / "downloads").glob("*") if str(bob.cli.folder) in path.read_text()]


def test_names_as_long_as_they_can_be(ada: Person, bob: Person) -> None:
    """Small files and large ones, compressed or not: the work file's longer name is no obstacle."""
    names = {"a" * 255: b"small", "b" * 251: os.urandom(700_000), "章" * 85: b"text " * 200_000}
    source = make(ada.cli.folder / "box", {**names, "c" * 255: b"more text " * 100_000})
    sent = ada.cli.ok("send", "box", "--to", bob.email)
    bob.cli.ok("get", sent.lines[0])
    assert contents(bob.cli.folder / "box") == contents(source)


@pytest.mark.slow
def test_many_small_files(ada: Person, bob: Person) -> None:
    """Three hundred of them; a folder's name comes from where one stands."""
    source = make(ada.cli.folder / "many", {f"{n % 7}/{n}.txt": str(n).encode() * n for n in range(300)})
    sent = ada.cli.at(source).ok("send", ".", "--to", bob.email)
    bob.cli.ok("get", sent.lines[0])
    assert contents(bob.cli.folder / "many") == contents(source)


def test_an_empty_folder(ada: Person, bob: Person) -> None:
    """It is a folder, too; and it can be called otherwise."""
    (ada.cli.folder / "void").mkdir()
    sent = ada.cli.ok("send", "void", "--to", bob.email, "--name", "nothing")
    bob.cli.ok("get", sent.lines[0])
    assert contents(bob.cli.folder) == {"nothing": None}


def test_files_and_folders_in_one_command(ada: Person, bob: Person) -> None:
    """An id a line, in their order."""
    make(ada.cli.folder, {"one.txt": b"1", "two/2.txt": b"2", "three.txt": b"3"})
    sent = ada.cli.ok("send", "one.txt", "two", "three.txt", "--to", bob.email)
    got = bob.cli.ok("get", *sent.lines, "-o", ".")
    assert got.lines == ["one.txt", "two", "three.txt"]
    assert contents(bob.cli.folder) == {"one.txt": b"1", "two/2.txt": b"2", "three.txt": b"3"}


def test_what_this_machine_can_not_do_fails_alone(ada: Person, bob: Person) -> None:
    """A name that no file system takes, a folder that may not be entered: the others are sent and received."""
    make(ada.cli.folder, {"one.txt": b"1", "closed/in it": b"2", "three.txt": b"3"})
    long = "x" * 300
    (ada.cli.folder / "closed").chmod(0)
    try:
        sent = ada.cli(
            "send", long, "closed/in it", "one.txt", "three.txt", "--to", bob.email, prefix=_MAY_NOT_READ_EVERYTHING
        )
    finally:
        (ada.cli.folder / "closed").chmod(0o700)
    assert sent.code == 1
    assert f"{long}: can't read {long}: File name too long" in sent.err
    assert "closed/in it: can't read closed/in it: Permission denied" in sent.err
    assert len(sent.lines) == 2
    got = bob.cli("get", sent.lines[0], "-o", long)
    assert got.code == 1
    assert "the name is too long. Choose a shorter one with -o" in got.err


def test_a_single_file_of_a_folder_can_be_received(ada: Person, bob: Person) -> None:
    """By its own id, under its own name."""
    make(ada.cli.folder, {"box/sub/thing.txt": b"thing"})
    ada.cli.ok("send", "box", "--to", bob.email)
    ids = bob.cli.ok("ls", "--received").lines
    assert bob.cli.ok("get", ids[1]).lines == ["thing.txt"]


def test_what_can_not_be_sent_is_named_and_skipped(ada: Person, bob: Person) -> None:
    """Links are not followed, pipes and sockets not opened, names that no recipient could save not sent."""
    source = make(ada.cli.folder / "odd", {"good.txt": b"good", "con.txt": b"device", "dot.": b"dot", "sub/x": b"x"})
    (source / "link").symlink_to("good.txt")
    (source / "away").symlink_to("/")
    (source / "dangling").symlink_to("nowhere")
    os.mkfifo(source / "fifo")
    (source / "only links").mkdir()
    (source / "only links" / "up").symlink_to("..")
    (Path(os.fsdecode(os.fsencode(source) + b"/\xff\xfe"))).write_bytes(b"not UTF-8")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(source / "socket"))
    sent = ada.cli.ok("send", "odd", "--to", bob.email)
    for name in ("link", "away", "dangling", "fifo", "socket", "con.txt", "dot.", "only links/up", r"\xff\xfe"):
        assert f"odd/{name}: left out, it" in sent.err, name
    assert "9 left out." in sent.err
    bob.cli.ok("get", sent.lines[0])
    assert contents(bob.cli.folder / "odd") == {"good.txt": b"good", "sub/x": b"x", "only links": None}


def test_what_can_not_be_read_fails_alone(ada: Person, bob: Person) -> None:
    source = make(ada.cli.folder / "mine", {"a": b"a", "b": b"b", "closed/c": b"c"})
    (source / "b").chmod(0)
    (source / "closed").chmod(0)
    try:
        sent = ada.cli("send", "mine", "--to", bob.email, prefix=_MAY_NOT_READ_EVERYTHING)
    finally:
        (source / "b").chmod(0o600)
        (source / "closed").chmod(0o700)
    assert sent.code == 1
    assert "mine/b: can't be read" in sent.err
    assert "mine/closed: can't be read" in sent.err
    again = ada.cli.ok("send", "mine", "--to", bob.email, "--resume")
    bob.cli.ok("get", again.lines[0])
    assert contents(bob.cli.folder / "mine") == {"a": b"a", "b": b"b", "closed/c": b"c"}


@pytest.fixture
def strict_ada(tmp_path: Path) -> Iterator[Person]:
    """Somebody at a server that takes small files only."""
    with live_server(tmp_path / "data", workers=1, max_file_size="200000") as server:
        yield sign_up("ada", server, tmp_path)


def test_one_that_the_server_refuses_stays_alone(strict_ada: Person) -> None:
    """It is too large for this server: the others are there, the code tells, and the list holds what there is."""
    ada = strict_ada
    make(ada.cli.folder / "some", {"a": b"a", "m.bin": os.urandom(300_000), "z": b"z"})
    sent = ada.cli("send", "some", "--to", ada.email)
    assert sent.code == 9
    assert "some/m.bin: This server takes files of up to 200000 sealed bytes." in sent.err
    assert "Sent 2 files of some (2 B)" in sent.err
    assert "1 failed; send the folder again with --resume" in sent.err
    ada.cli.ok("get", sent.lines[0], "-o", "in")
    assert contents(ada.cli.folder / "in" / "some") == {"a": b"a", "z": b"z"}
    (ada.cli.folder / "some" / "m.bin").write_bytes(b"small now")
    again = ada.cli.ok("send", "some", "--to", ada.email, "--resume")
    assert "continued at" in again.err
    ada.cli.ok("get", again.lines[0], "-o", "in")
    assert contents(ada.cli.folder / "in" / "some") == {"a": b"a", "m.bin": b"small now", "z": b"z"}
    assert not list((ada.cli.data / "uploads").iterdir())


@pytest.mark.slow
def test_killed_in_the_middle_and_continued(new_person: NewPerson) -> None:
    """What had arrived does not travel again, what changed does; nothing is there twice, nothing is missing."""
    ada = new_person("ada")
    source = make(ada.cli.folder / "much", {f"{n:03}": os.urandom(2_000) for n in range(400)})
    _kill_after_some(ada.cli, "much", ada.email)
    before = set(ada.cli.ok("ls").lines)
    assert 60 <= len(before) < 400
    (source / "000").write_bytes(b"changed")
    (source / "001").unlink()
    (source / "400").write_bytes(b"new")
    again = ada.cli.ok("send", "much", "--to", ada.email, "--resume")
    assert "much: continued at" in again.err
    after = ada.cli.ok("ls").lines
    assert len(after) == 401
    assert len(before & set(after)) == len(before) - 2
    ada.cli.ok("get", again.lines[0], "-o", "in")
    assert contents(ada.cli.folder / "in" / "much") == contents(source)
    assert not list((ada.cli.data / "uploads").iterdir())


@pytest.mark.slow
def test_stopped_and_continued(new_person: NewPerson) -> None:
    """Ctrl-C says what is kept; the next try says where it goes on, and an id is printed only then."""
    ada = new_person("ada")
    source = make(ada.cli.folder / "much", {f"{n:03}": os.urandom(2_000) for n in range(300)})
    process = ada.cli.start("send", "much", "--to", ada.email, "--events")
    _read_until_some_arrived(process)
    interrupt(process)
    stopped = finish(process)
    assert stopped.code == 130
    assert "of 300 files have arrived and are kept" in stopped.err
    assert "--resume" in stopped.err
    assert json.loads(stopped.lines[-1])["event"] == "failed"
    again = ada.cli.ok("send", "much", "--to", ada.email, "--resume")
    assert "much: continued at" in again.err
    ada.cli.ok("get", again.lines[0], "-o", "in")
    assert contents(ada.cli.folder / "in" / "much") == contents(source)


def test_one_bar_for_all_files(ada: Person) -> None:
    """At a terminal: how many of how many, and what was left out above it."""
    make(ada.cli.folder / "box", {str(n): b"x" * 1_000 for n in range(20)})
    (ada.cli.folder / "box" / "link").symlink_to("1")
    with ada.cli.terminal("send", "box", "--to", ada.email, columns=150) as terminal:
        terminal.wait_for("box/link: left out, it is a symbolic link.")
        terminal.wait_for("Sending box  [████████████████████████] 100%  20 of 20 files  20.0 KB of 20.0 KB")
        assert terminal.end() == 0


def test_a_folder_for_a_key_file(ada: Person, bob: Person, bob_keys: KeyFiles) -> None:
    """Who fetches it opens it with that key."""
    source = make(ada.cli.folder / "box", {"a": b"a", "large": os.urandom(700_000)})
    sent = ada.cli.ok("send", "box", "--to", str(bob_keys.public), "--allow", bob.email)
    bob.cli.ok("get", sent.lines[0], "--key", str(bob_keys.private))
    assert contents(bob.cli.folder / "box") == contents(source)


@pytest.mark.slow
def test_without_resume_it_begins_anew(new_person: NewPerson) -> None:
    """What an interrupted try has left is removed, since nobody was told of it."""
    ada = new_person("ada")
    source = make(ada.cli.folder / "much", {f"{n:03}": os.urandom(2_000) for n in range(300)})
    _kill_after_some(ada.cli, "much", ada.email)
    sent = ada.cli.ok("send", "much", "--to", ada.email)
    assert "--resume would have continued it" in sent.err
    assert len(ada.cli.ok("ls").lines) == 301
    ada.cli.ok("get", sent.lines[0], "-o", "in")
    assert contents(ada.cli.folder / "in" / "much") == contents(source)


@pytest.mark.slow
def test_received_again_fetches_what_is_missing(ada: Person, bob: Person) -> None:
    """What is there stays as it is; another file of the same name is refused, and the others go on."""
    source = make(ada.cli.folder / "box", {"a": b"aaaa", "b": b"bbbb", "sub/c": b"cccc", "d": b"dddd"})
    sent = ada.cli.ok("send", "box", "--to", bob.email)
    bob.cli.ok("get", sent.lines[0])
    here = bob.cli.folder / "box"
    (here / "a").write_bytes(b"AAAA")
    (here / "sub" / "c").unlink()
    again = bob.cli.ok("get", sent.lines[0])
    assert "Received 1 file of box" in again.err
    assert "3 were there already" in again.err
    assert contents(here) == {**contents(source), "a": b"AAAA"}
    (here / "b").write_bytes(b"another size")
    (here / "d").unlink()
    refused = bob.cli("get", sent.lines[0])
    assert refused.code == 1
    assert "box/b: box/b exists already and was not touched" in refused.err
    assert contents(here) == {**contents(source), "a": b"AAAA", "b": b"another size"}
    bob.cli.ok("get", sent.lines[0], "--force")
    assert contents(here) == contents(source)


def test_links_at_the_target_lead_nowhere(ada: Person, bob: Person) -> None:
    """Neither a folder nor a file of ours is written through a link that stands in its place."""
    make(ada.cli.folder / "box", {"sub/a": b"evil", "b": b"evil", "c": b"good"})
    sent = ada.cli.ok("send", "box", "--to", bob.email)
    outside = make(bob.cli.folder / "outside", {"b": b"mine"})
    here = bob.cli.folder / "box"
    here.mkdir()
    (here / "sub").symlink_to(outside)
    (here / "b").symlink_to(outside / "b")
    for options in ((), ("--force",)):
        got = bob.cli("get", sent.lines[0], *options)
        assert got.code == 1
        assert "box/sub is in the way: it is no folder" in got.err
        assert "box/b is in the way: it is no plain file" in got.err
        assert contents(outside) == {"b": b"mine"}
        assert (here / "c").read_bytes() == b"good"
    away = bob.cli.folder / "elsewhere"
    away.mkdir()
    (away / "box").symlink_to(outside)
    assert bob.cli("get", sent.lines[0], "-o", "elsewhere").code == 1
    assert contents(outside) == {"b": b"mine"}


@pytest.mark.slow
def test_listings_show_a_folder_as_one(new_person: NewPerson) -> None:
    """Its files only with --all, or where they are searched for; on a machine that never saw it, too."""
    ada = new_person("ada")
    make(ada.cli.folder, {"box/a": b"aaa", "box/sub/b": b"bbb", "single": b"s"})
    folder_id, single_id = ada.cli.ok("send", "box", "single", "--to", ada.email).lines
    for _ in range(2):
        table = ada.cli.ok("ls", "--long").lines
        assert [line.split("  ")[0] for line in table] == [single_id, folder_id]
        assert table[1].endswith("  box/  (2 files)")
        assert "      6 B  " in table[1]
        assert len(ada.cli.ok("ls", "--long", "--all").lines) == 4
        assert ada.cli.ok("ls", "--long", "--search", "sub/b").lines[0].endswith("  box/sub/b")
        records = ada.cli.ok("ls", "--json").json
        assert isinstance(records, list)
        assert [each["folder"] for each in records] == [None, {"files": 2, "size": 6}]
        assert len(ada.cli.ok("ls").lines) == 4
        (ada.cli.data / "folders" / folder_id).unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("known_here", [True, False])
def test_a_folder_is_deleted_with_its_files(new_person: NewPerson, known_here: bool) -> None:
    """Whether or not this machine has seen it; what else there is stays."""
    ada = new_person("ada")
    make(ada.cli.folder, {"box/a": b"aaa", "box/sub/b": b"bbb", "single": b"s"})
    folder_id, single_id = ada.cli.ok("send", "box", "single", "--to", ada.email).lines
    if not known_here:
        (ada.cli.data / "folders" / folder_id).unlink()
    inside = set(ada.cli.ok("ls").lines) - {folder_id, single_id}
    removed = ada.cli.ok("rm", folder_id, *inside)
    assert "the folder is deleted, with its 2 files" in removed.err
    assert ada.cli.ok("ls").lines == [single_id]
    assert ada.cli("rm", "../../session.json").code == 4


def test_a_folder_does_not_fit_into_a_pipe(ada: Person, bob: Person) -> None:
    make(ada.cli.folder / "box", {"a": b"a"})
    sent = ada.cli.ok("send", "box", "--to", bob.email)
    got = bob.cli("get", sent.lines[0], "-o", "-")
    assert got.code == 1
    assert got.out == b""
    assert "box is a folder, and a pipe takes one file" in got.err


def test_events_of_a_folder(ada: Person, bob: Person) -> None:
    """Lines of JSON and nothing else on standard output: the count first, each file by itself, the folder last."""
    make(ada.cli.folder / "box", {"a": b"a", "sub/b": b"bb", "c": b"ccc"})
    (ada.cli.folder / "box" / "link").symlink_to("a")
    sent = _events(ada.cli.ok("send", "box", "--to", bob.email, "--events").lines)
    assert sent[0] == {"event": "counted", "transfer": "box", "name": "box", "files": 3, "size": 6}
    assert sent[1]["event"] == "skipped"
    assert [each["transfer"] for each in sent if each["event"] == "done"][-1] == "box"
    assert {each["transfer"] for each in sent if each["event"] == "done"} == {"box", "box/a", "box/sub/b", "box/c"}
    folder_id = str(sent[-1]["file_id"])
    got = _events(bob.cli.ok("get", folder_id, "--events").lines)
    assert got[0] == {"event": "counted", "transfer": folder_id, "name": "box", "files": 3, "size": 6}
    assert got[-1] == {
        "event": "done",
        "transfer": folder_id,
        "file_id": folder_id,
        "name": "box",
        "size": 6,
        "path": "box",
    }


def test_every_file_ends_once(ada: Person, bob: Person) -> None:
    """Small ones, those of one part and large ones: no amount is counted twice, in events or on the bar."""
    sizes = {"small": 1_000, "one part": 700_000, "large": (8 << 20) + 1}
    make(ada.cli.folder / "box", {name: os.urandom(size) for name, size in sizes.items()})
    sent = _events(ada.cli.ok("send", "box", "--to", bob.email, "--events").lines)
    done = [each for each in sent if each["event"] == "done"]
    assert sorted(str(each["transfer"]) for each in done) == ["box", "box/large", "box/one part", "box/small"]
    assert {str(each["name"]): each["size"] for each in done[:-1]} == sizes
    with ada.cli.terminal("send", "box", "--to", bob.email, columns=150) as terminal:
        terminal.wait_for("100%  3 of 3 files  9.1 MB of 9.1 MB")
        assert terminal.end() == 0


def test_one_failure_is_told_once(ada: Person, bob: Person) -> None:
    """Also of a file that travels in parts, which knows by itself that it failed."""
    source = make(ada.cli.folder / "box", {"large": os.urandom(700_000), "small": b"s"})
    (source / "large").chmod(0)
    try:
        sent = ada.cli("send", "box", "--to", bob.email, "--events", prefix=_MAY_NOT_READ_EVERYTHING)
    finally:
        (source / "large").chmod(0o600)
    assert sent.code == 1
    assert [each["transfer"] for each in _events(sent.lines) if each["event"] == "failed"] == ["box/large"]


def _events(lines: list[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines]


def _kill_after_some(cli: Cli, source: str, to: str) -> None:
    """Sends a folder, and kills that once sixty files have arrived."""
    process = cli.start("send", source, "--to", to, "--events")
    _read_until_some_arrived(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def _read_until_some_arrived(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    seen = 0
    while seen < 60:
        line = process.stdout.readline()
        assert line, finish(process).err
        seen += b'"event":"done"' in line
