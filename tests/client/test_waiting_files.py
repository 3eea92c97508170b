"""Files that wait for people without keys, and groups: kept whole by several commands at once."""

import stat
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from client.errors import ClientError, NotFound
from client.local.groups import Groups
from client.local.invitations import Waiting, WaitingFiles
from client.local.paths import Paths
from client.local.session import Session
from shared.sealed.grant import Grant, GrantType

KEY = Grant(GrantType.RSA, bytes(32), bytes(256), bytes(64))
ME = Session("https://a.example", "ada@example.org", "c0ffee", "token", "refresh", 0)


def waiting(email: str, number: int = 0, server: str = ME.server, user_id: str = ME.user_id) -> Waiting:
    return Waiting(server, user_id, email, f"11111111-1111-4111-8111-{number:012d}", KEY)


def test_what_waits_is_kept_until_it_is_given(tmp_path: Path) -> None:
    """In a private file that is there only while something waits; the same twice is once."""
    files, path = WaitingFiles(Paths(tmp_path)), Paths(tmp_path).invitations
    first, second = waiting("bob@example.org"), waiting("bob@example.org", 1)
    for each in (first, second, first):
        files.add(each)
    assert WaitingFiles(Paths(tmp_path)).all() == [second, first]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    files.remove([first])
    assert files.all() == [second]
    files.remove([first, second])
    assert files.all() == []
    assert not path.exists()


def test_only_what_i_sent_here_is_mine(tmp_path: Path) -> None:
    """The same home may know other servers, and other people."""
    assert waiting("bob@example.org").belongs_to(ME)
    assert not waiting("bob@example.org", server="https://b.example").belongs_to(ME)
    assert not waiting("bob@example.org", user_id="decaf").belongs_to(ME)


def test_commands_at_once_lose_nothing(tmp_path: Path) -> None:
    """Twenty files and twenty members, added and half of them taken away from four threads."""
    paths = Paths(tmp_path)
    everything = [waiting(f"{number}@example.org", number) for number in range(20)]

    def in_threads(work: Callable[[Waiting], object], items: Iterable[Waiting]) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, items))

    in_threads(lambda each: WaitingFiles(paths).add(each), everything)
    in_threads(lambda each: WaitingFiles(paths).remove([each]), everything[::2])
    assert {each.email for each in WaitingFiles(paths).all()} == {each.email for each in everything[1::2]}
    in_threads(lambda each: Groups(paths).change("all", [each.email], []), everything)
    in_threads(lambda each: Groups(paths).change("all", [], [each.email]), everything[::2])
    assert set(Groups(paths).members("ALL")) == {each.email for each in everything[1::2]}


@pytest.mark.parametrize("name", ["", "a b", "a@b", "../a", "x" * 65, "a\n"])
def test_a_group_has_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ClientError, match="can't be the name"):
        Groups(Paths(tmp_path)).change(name, ["bob@example.org"], [])
    with pytest.raises(NotFound):
        Groups(Paths(tmp_path)).members(name)
