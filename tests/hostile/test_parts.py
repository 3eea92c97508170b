"""Attacks on the sealed body: parts swapped, dropped, doubled, cut, mixed between files, or of an old version."""

from collections.abc import Callable

import pytest

from shared.sealed.encoding import b64u
from tests.hostile.cheat import Cheat
from tests.hostile.conftest import Actor, Cast
from tests.hostile.sealed import MARKER, MIB, Fake, recipe
from tests.support.network import Answer

pytestmark = pytest.mark.slow

NOT_IT = "not the one that the sender sealed"
CONTENT = (MARKER * (3 * MIB // len(MARKER) + 1))[: 2 * MIB + 5_000]


@pytest.fixture
def film(cast: Cast) -> Fake:
    """Three parts, from Ada to Bob; all sizes are those of `sequel`."""
    return Fake.of(recipe(cast.ada.identity, cast.bob.identity.card, CONTENT, pad=False), cast.ada.email)


@pytest.fixture
def sequel(cast: Cast) -> Fake:
    """Another one, by the same sender for the same reader."""
    return Fake.of(recipe(cast.ada.identity, cast.bob.identity.card, CONTENT[::-1], pad=False), cast.ada.email)


def test_parts_arrive_in_another_order(bob: Actor, cheat: Cheat, film: Fake) -> None:
    """Seafile, pCloud 2024 (unauthenticated chunking): a part's place is in what it is hashed and sealed with."""
    one, two, last = film.made.parts
    file_id = cheat.serve(film.with_parts(two, one, last))
    bob.refuses("get", file_id, code=6, words=NOT_IT)


def test_parts_and_their_hashes_in_another_order(bob: Actor, cheat: Cheat, film: Fake) -> None:
    """The same by somebody who sorts the list of hashes, too."""
    one, two, last = film.made.parts
    hashes = film.made.hashes
    moved = film.with_parts(two, one, last).saying(part_hashes=b64u(hashes[32:64] + hashes[:32] + hashes[64:]))
    bob.refuses("get", cheat.serve(moved), code=6, words="does not match the manifest")


def test_the_last_part_is_dropped(bob: Actor, cheat: Cheat, film: Fake) -> None:
    """Seafile, pCloud 2024 (chunks removed): the body ends early; exit code 8, for it may be the network."""
    file_id = cheat.serve(film.with_parts(*film.made.parts[:2]))
    result = bob.cli("get", file_id)
    assert result.code == 8, result.err
    assert not result.out
    assert {path.suffix for path in bob.cli.folder.iterdir()} == {".part"}


def test_a_part_is_doubled(bob: Actor, cheat: Cheat, film: Fake) -> None:
    """Seafile, pCloud 2024 (chunks repeated): the first part again in the second one's place."""
    one, _, last = film.made.parts
    bob.refuses("get", cheat.serve(film.with_parts(one, one, last)), code=6, words=NOT_IT)


def test_a_part_is_cut_and_filled_up(bob: Actor, cheat: Cheat, film: Fake) -> None:
    """Truncation inside of a part, its length kept."""
    one, two, last = film.made.parts
    bob.refuses("get", cheat.serve(film.with_parts(one, two[:-100] + bytes(100), last)), code=6, words=NOT_IT)


def test_one_bit_of_a_part_is_flipped(bob: Actor, cheat: Cheat, film: Fake) -> None:
    """Seafile, Icedrive 2024 (unauthenticated CBC), MEGA 2022 (malleable ECB): not one bit."""
    one, two, last = film.made.parts
    altered = bytes((two[0] ^ 1,)) + two[1:]
    bob.refuses("get", cheat.serve(film.with_parts(one, altered, last)), code=6, words=NOT_IT)


def test_parts_of_two_files_are_spliced(bob: Actor, cheat: Cheat, film: Fake, sequel: Fake) -> None:
    """Seafile 2024 (chunks of many files under one key): same sender, reader, place and size, another file."""
    one, _, last = film.made.parts
    bob.refuses("get", cheat.serve(film.with_parts(one, sequel.made.parts[1], last)), code=6, words=NOT_IT)


def test_a_part_of_an_old_version(bob: Actor, cheat: Cheat, cast: Cast, film: Fake) -> None:
    """Rollback of chunks: the same id, the same sizes, a part that was genuine once."""
    draft = film.made.recipe.but(file_key=bytes(range(32)), content=CONTENT[::-1])
    old = Fake.of(draft, cast.ada.email)
    assert old.file_id == film.file_id
    one, two, _ = film.made.parts
    bob.refuses("get", cheat.serve(film.with_parts(one, two, old.made.parts[2])), code=6, words=NOT_IT)


def test_a_whole_other_body(bob: Actor, cheat: Cheat, film: Fake, sequel: Fake) -> None:
    """Sync, pCloud 2024 (contents exchanged behind their names): all parts of another file."""
    bob.refuses("get", cheat.serve(film.with_parts(*sequel.made.parts)), code=6, words=NOT_IT)


def test_no_unverified_byte_goes_into_a_pipe(bob: Actor, cheat: Cheat, film: Fake) -> None:
    """EFAIL 2018 (plaintext before it is verified): what is in front of the altered part, and not a byte more."""
    one, two, last = film.made.parts
    file_id = cheat.serve(film.with_parts(one, two[:-1] + bytes((two[-1] ^ 1,)), last))
    result = bob.cli("get", file_id, "-o", "-")
    assert result.code == 6
    assert CONTENT.startswith(result.out)
    assert len(result.out) <= MIB


ANSWERS: dict[str, Callable[[Fake], Answer]] = {
    "another range": lambda fake: Answer(206, fake.body[:100], {"Content-Range": f"bytes 100-199/{len(fake.body)}"}),
    "all of it": lambda fake: Answer(200, fake.body),
    "a page": lambda _fake: Answer(200, b"<html>", {"Content-Type": "text/html"}),
    "many ranges": lambda _fake: Answer(206, b"--x\r\n\r\n", {"Content-Type": "multipart/byteranges; boundary=x"}),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_content_that_was_not_asked_for(bob: Actor, cheat: Cheat, film: Fake, kind: str) -> None:
    """Range confusion: an answer that is not the range asked for is none."""
    file_id = cheat.serve(film)
    cheat.lie("GET", f"/files/{file_id}/content", lambda _asked, _truth: ANSWERS[kind](film))
    bob.refuses("get", file_id, code=8, words="not a Sealcase server")


def test_the_server_changes_its_mind_between_two_tries(bob: Actor, cheat: Cheat, cast: Cast, film: Fake) -> None:
    """Splicing at resume: parts that arrived of one version are never completed with parts of another.

    The second try finds other records under the same id, as genuine as the first. What is there is not of that file.
    """
    one, two, _ = film.made.parts
    file_id = cheat.serve(film.with_parts(one, two))  # the last part never comes
    stopped = bob.cli("get", file_id)
    assert stopped.code == 8, stopped.err
    assert {path.suffix for path in bob.cli.folder.iterdir()} == {".part"}
    other = Fake.of(film.made.recipe.but(file_key=bytes(range(32)), content=CONTENT[::-1]), cast.ada.email)
    cheat.serve(other.with_parts(other.made.parts[0], two, other.made.parts[2]))
    refused = bob.cli("get", file_id)
    assert refused.code == 6, refused.err
    assert NOT_IT in refused.err
    assert list(bob.cli.folder.iterdir()) == []
    cheat.serve(other)
    (name,) = bob.cli.ok("get", file_id).lines
    assert (bob.cli.folder / name).read_bytes() == CONTENT[::-1]
