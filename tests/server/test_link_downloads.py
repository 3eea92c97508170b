"""Downloads by a link: what counts, what gives its place back, what is remembered."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from server.ports import Entry
from server.services.downloads import MAX_SPANS, Span, merged
from server.services.link_claims import LinkClaim, LinkClaims, link_claims_key, tail
from server.services.link_downloads import REST_SECONDS
from shared.sealed.geometry import MIB
from tests.server.house import LEASE_SECONDS, House, Person, code_of, house
from tests.server.linked import Holder, link_to
from tests.server.samples import Sample, sample
from tests.server.test_download_limits import broken_off


@pytest.fixture
def file(ada: Person) -> Sample:
    """Three parts."""
    sent = sample(2 * MIB + 5)
    assert ada.send(sent).status_code == 201
    return sent


@pytest.fixture
def once(here: House, ada: Person, file: Sample) -> Holder:
    """A link that may be used once."""
    return link_to(ada, here.http, file, download_limit=1)


def downloads(owner: Person, holder: Holder) -> int:
    links = owner.ask("GET", "/links").get_json()["links"]
    return next(int(each["downloads"]) for each in links if each["link_id"] == holder.link.link_id)


def refused_claim(holder: Holder) -> str:
    answer: TestResponse = holder.ask("POST", "/claim")
    assert answer.status_code in (410, 429), answer.text
    return code_of(answer)


def test_a_download_counts_once(ada: Person, once: Holder, file: Sample) -> None:
    """With its last byte; saying that it is done, again too, changes nothing more."""
    claim = once.claim()
    assert once.get(claim, file).data == file.body
    for _ in range(2):
        once.done(claim)
    assert downloads(ada, once) == 1
    assert refused_claim(once) == "used_up"


def test_a_place_is_held_and_given_back(ada: Person, once: Holder, file: Sample) -> None:
    """Who claims first has it, before a byte is asked for; who breaks off leaves it to others."""
    claim = once.claim()
    answer = once.ask("POST", "/claim")
    assert (answer.status_code, code_of(answer)) == (429, "places_taken")
    assert int(answer.headers["Retry-After"]) > 0
    assert code_of(once.get("0" * 32, file)) == "places_taken"
    broken_off(once.get(claim, file), 3)
    for _ in range(2):
        once.give_back(claim)
    assert downloads(ada, once) == 0
    assert once.get(once.claim(), file).data == file.body
    assert downloads(ada, once) == 1


def test_parts_of_one_claim_count_together(ada: Person, once: Holder, file: Sample) -> None:
    """In any order, again, overlapping; complete with the last missing byte."""
    claim, size = once.claim(), len(file.body)
    assert once.get(claim, file, 0, 999).data == file.body[:1_000]
    assert once.get(claim, file, 500, MIB).data == file.body[500 : MIB + 1]
    assert once.get(claim, file, MIB + 2, size - 1).data == file.body[MIB + 2 :]
    assert downloads(ada, once) == 0
    assert once.get(claim, file, MIB + 1, MIB + 1).data == file.body[MIB + 1 : MIB + 2]
    assert downloads(ada, once) == 1


def test_what_a_line_has_lost_may_be_fetched_again_for_a_moment(
    here: House, ada: Person, once: Holder, file: Sample
) -> None:
    """By the claim that was counted, and by no other; it counts no second time."""
    claim = once.claim()
    assert once.get(claim, file).data == file.body
    assert once.get(claim, file, 7, 20).data == file.body[7:21]
    assert code_of(once.get("0" * 32, file)) == "used_up"
    here.clock.time += LEASE_SECONDS
    assert code_of(once.get(claim, file)) == "used_up"
    assert downloads(ada, once) == 1


def test_an_idle_place_runs_out_and_is_taken_again(here: House, ada: Person, once: Holder, file: Sample) -> None:
    """So a download goes on after a long break where nobody has taken its place meanwhile."""
    claim = once.claim()
    assert once.get(claim, file, 0, MIB).data
    here.clock.time += LEASE_SECONDS
    assert once.get(claim, file, MIB + 1, len(file.body) - 1).data == file.body[MIB + 1 :]
    assert downloads(ada, once) == 1


def test_broken_off_downloads_do_not_add_up_to_a_free_one(here: House, ada: Person, once: Holder, file: Sample) -> None:
    """Whether they are given back or run out: what several claims got together counts as one."""
    quarter = len(file.body) // 4
    for start, ends in ((0, once.give_back), (quarter, None), (2 * quarter, once.give_back)):
        claim = once.claim()
        assert once.get(claim, file, start, start + quarter - 1).data
        if ends is None:
            here.clock.time += LEASE_SECONDS
        else:
            ends(claim)
        assert downloads(ada, once) == 0
    claim = once.claim()
    assert once.get(claim, file, 3 * quarter, len(file.body) - 1).data
    assert downloads(ada, once) == 1
    assert refused_claim(once) == "used_up"


@pytest.mark.parametrize("how", ["runs out", "is given back"])
def test_all_but_a_tail_counts_when_it_ends(here: House, ada: Person, file: Sample, how: str) -> None:
    """The last bytes may be padding: who leaves them out has the file. What is clearly incomplete is no download."""
    holder = link_to(ada, here.http, file, download_limit=2)
    size = len(file.body)

    def takes(stop: int) -> int:
        claim = holder.claim()
        assert holder.get(claim, file, 0, stop - 1).data == file.body[:stop]
        if how == "runs out":
            here.clock.time += LEASE_SECONDS
            holder.give_back(holder.claim())
        else:
            holder.give_back(claim)
        return downloads(ada, holder)

    assert takes(size - tail(size) - 1) == 0
    claim = holder.claim()
    assert holder.get(claim, file, size - 5, size - 1).data  # with what others got, it is enough
    assert downloads(ada, holder) == 0
    holder.give_back(claim)
    assert downloads(ada, holder) == 1
    holder.give_back(holder.claim())
    claim = holder.claim()
    assert holder.get(claim, file, 0, size - 2).data == file.body[:-1]
    assert downloads(ada, holder) == 1  # it may still go on
    holder.give_back(claim)
    assert downloads(ada, holder) == 2
    assert refused_claim(holder) == "used_up"
    assert holder.get(claim, file, size - 1, size - 1).data == file.body[-1:]  # an honest one may go on
    assert downloads(ada, holder) == 2


def test_crumbs_do_not_fill_the_books(here: House, ada: Person, file: Sample) -> None:
    """Whoever asks for single bytes is taken to have what lies between."""
    holder = link_to(ada, here.http, file, download_limit=1)
    claim, key = holder.claim(), link_claims_key(holder.link.link_id)
    crumbs = tuple((2 * number, 2 * number + 1) for number in range(5_000))

    def crumbled(value: bytes | None) -> tuple[Entry | None, None]:
        claims = LinkClaims.read(value)
        return claims.put(claim, replace(claims.claims[claim], delivered={0: crumbs})).entry(here.clock.time + 60), None

    here.wiring.ephemeral.update(key, crumbled)
    assert holder.get(claim, file, MIB, MIB).data
    holder.give_back(claim)
    claims = LinkClaims.read(here.wiring.ephemeral.get(key))
    assert len(claims.pool[0]) == MAX_SPANS
    assert claims.pool[0][-1] == (MIB, MIB + 1)
    assert downloads(ada, holder) == 0


def test_a_lost_place_ends_the_transfer(here: House, once: Holder, file: Sample) -> None:
    """One that stood still for longer than its lease does not go on beside whoever has the place now."""
    answer = once.get(once.claim(), file)
    blocks = iter(answer.iter_encoded())
    next(blocks)
    here.clock.time += LEASE_SECONDS + 1
    assert once.get(once.claim(), file).data == file.body
    with pytest.raises(Exception, match="often"):
        list(blocks)
    answer.close()


def test_a_place_lasts_as_long_as_the_line_may_stand_still(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where the operator is more patient, so is the place: what stands still and goes on arrives alone."""
    here = house(tmp_path_factory.mktemp("patient"), body_timeout=300.0)
    ada = here.person("ada@example.org")
    ada.send(file := sample())
    once = link_to(ada, here.http, file, download_limit=1)
    assert once.ask("POST", "/claim").get_json()["expires_in"] == 360
    here.clock.time += 360
    answer = once.get(once.claim(), file)
    blocks = iter(answer.iter_encoded())
    next(blocks)
    here.clock.time += 300
    assert refused_claim(once) == "places_taken"
    list(blocks)
    answer.close()
    assert downloads(ada, once) == 1


def test_bytes_that_move_keep_the_place(here: House, once: Holder, file: Sample) -> None:
    """However long the whole of them takes."""
    answer = once.get(once.claim(), file)
    for _ in answer.iter_encoded():
        here.clock.time += LEASE_SECONDS / 2
        assert refused_claim(once) in ("places_taken", "used_up")
    answer.close()
    assert refused_claim(once) == "used_up"


def test_without_a_limit_every_claim_gets_all_it_wants(here: House, ada: Person, file: Sample) -> None:
    """Side by side, by sendfile; each that comes to its end counts."""
    holder = link_to(ada, here.http, file)
    claims = [holder.claim() for _ in range(5)]
    for claim in claims[:3]:
        assert holder.get(claim, file).data == file.body
    broken_off(holder.get(claims[3], file), 2)
    assert downloads(ada, holder) == 3
    here.clock.time += 10 * LEASE_SECONDS
    assert holder.get(claims[4], file).data == file.body
    assert downloads(ada, holder) == 4


def test_of_several_files_a_download_counts_when_it_is_done(here: House, ada: Person) -> None:
    """With all of them, when its client says so, or when it stays away with at least one of them whole."""
    files = [sample(number) for number in (5, 50, 500)]
    for each in files:
        ada.send(each)
    holder = link_to(ada, here.http, *files, download_limit=4)
    whole, said, away, nothing = (holder.claim() for _ in range(4))
    for each in files:
        assert downloads(ada, holder) == 0
        assert holder.get(whole, each).data == each.body
    assert downloads(ada, holder) == 1
    assert holder.get(said, files[2], 0, 9).data
    holder.done(said)
    assert downloads(ada, holder) == 2
    assert holder.get(away, files[1]).data == files[1].body
    assert holder.get(nothing, files[1], 0, 9).data
    holder.give_back(nothing)
    assert downloads(ada, holder) == 2
    here.clock.time += LEASE_SECONDS
    holder.claim()
    assert downloads(ada, holder) == 3
    assert refused_claim(holder) == "places_taken"


@pytest.fixture
def three(ada: Person) -> list[Sample]:
    files = [sample(number) for number in (5, 50, 500)]
    for each in files:
        ada.send(each)
    return files


@pytest.mark.parametrize("how", ["runs out", "is given back"])
def test_who_has_one_of_several_files_gets_the_others_too(
    here: House, ada: Person, three: list[Sample], how: str
) -> None:
    """A pause, or a file that was broken off, takes nothing away: it is one download, and holds no place."""
    holder = link_to(ada, here.http, *three, download_limit=2)
    claim = holder.claim()
    for number, each in enumerate(three):
        assert holder.get(claim, each).data == each.body
        assert downloads(ada, holder) == min(1, number)
        if how == "runs out":
            here.clock.time += LEASE_SECONDS
        else:
            for _ in range(2):
                broken_off(holder.get(claim, three[2]), 1)
                holder.give_back(claim)
        if number == 0:
            holder.give_back(holder.claim())  # the other place is free
        assert downloads(ada, holder) == 1
    assert holder.get(holder.claim(), three[0]).data == three[0].body
    here.clock.time += LEASE_SECONDS
    assert refused_claim(holder) == "used_up"


def test_the_rest_of_a_download_is_kept_for_an_hour_or_while_bytes_move(here: House, ada: Person, file: Sample) -> None:
    """By the claim that was counted, and by no other; it counts no second time."""
    ada.send(small := sample(5))
    holder = link_to(ada, here.http, small, file, download_limit=1)
    claim = holder.claim()
    assert holder.get(claim, small).data == small.body
    holder.give_back(claim)
    assert downloads(ada, holder) == 1
    here.clock.time += REST_SECONDS - 1
    answer = holder.get(claim, file, 0, MIB)
    for _ in answer.iter_encoded():
        here.clock.time += LEASE_SECONDS / 2
    answer.close()
    assert holder.get(claim, file, MIB + 1, len(file.body) - 1).data == file.body[MIB + 1 :]
    assert code_of(holder.get("0" * 32, file)) == "used_up"
    here.clock.time += LEASE_SECONDS
    assert code_of(holder.get(claim, file)) == "used_up"


def test_done_without_anything_is_no_download(ada: Person, once: Holder, file: Sample) -> None:
    once.done(once.claim())
    once.done("0" * 32)
    assert downloads(ada, once) == 0
    assert once.get(once.claim(), file).data == file.body


def test_what_is_given_back_midway_keeps_its_place_to_its_end(ada: Person, once: Holder, file: Sample) -> None:
    """Else every claim of many would arrive whole, and none of them count."""
    claim = once.claim()
    answer = once.get(claim, file)
    blocks = iter(answer.iter_encoded())
    taken = next(blocks)
    for _ in range(2):
        once.give_back(claim)
    assert refused_claim(once) == "places_taken"
    assert taken + b"".join(blocks) == file.body
    answer.close()
    assert downloads(ada, once) == 1
    assert refused_claim(once) == "used_up"


def test_what_was_given_back_and_breaks_off_leaves_its_place(ada: Person, once: Holder, file: Sample) -> None:
    """With the last of its answers; whoever asks again before that goes on."""
    claim = once.claim()
    one, other = once.get(claim, file), once.get(claim, file)
    once.give_back(claim)
    broken_off(one, 1)
    assert refused_claim(once) == "places_taken"
    broken_off(other, 1)
    claim = once.claim()
    answer = once.get(claim, file, 0, MIB)
    once.give_back(claim)
    again = once.get(claim, file, 0, MIB)
    assert answer.data == again.data
    answer.close()
    again.close()
    assert refused_claim(once) == "places_taken"
    once.give_back(claim)
    assert once.get(once.claim(), file).data == file.body
    assert downloads(ada, once) == 1


def test_done_while_the_last_bytes_leave_gives_no_place_away(ada: Person, once: Holder, file: Sample) -> None:
    """A client may have all, and say so, before it is noted here: nobody else gets in between."""
    claim = once.claim()
    answer = once.get(claim, file)
    once.done(claim)
    assert refused_claim(once) == "places_taken"
    assert answer.data == file.body
    answer.close()
    assert downloads(ada, once) == 1
    assert refused_claim(once) == "used_up"


def test_revoked_midway_is_the_end(ada: Person, once: Holder, file: Sample) -> None:
    """Of every further request, also with a claim."""
    claim = once.claim()
    assert once.get(claim, file, 0, MIB).data
    ada.ask("DELETE", f"/links/{once.link.link_id}")
    for answer in (once.get(claim, file, MIB, 2 * MIB), once.ask("POST", f"/claims/{claim}/done")):
        assert (answer.status_code, code_of(answer)) == (410, "revoked")
    assert downloads(ada, once) == 0


def test_the_files_own_limit_is_another(ada: Person, here: House) -> None:
    """A link has its own count: its owner decides by both."""
    file = sample()
    ada.send(file, download_limit=1)
    holder = link_to(ada, here.http, file, download_limit=2)
    for _ in range(2):
        assert holder.get(holder.claim(), file).data == file.body
    assert ada.ask("GET", f"/files/{file.file_id}/metadata").get_json()["downloads"] == 0


SIZE = 40
STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, SIZE), st.integers(0, SIZE), st.booleans()), max_size=30
)


@given(STEPS)
def test_no_sum_of_broken_off_downloads_is_a_whole_one(steps: list[tuple[str, int, int, bool]]) -> None:
    """Whoever ends, in whatever order: what was given and not counted is never all of the file, or nearly so."""
    claims = LinkClaims()

    def lacking(*spans: Span) -> int:
        return SIZE - sum(stop - start for start, stop in merged(spans))

    for name, start, stop, ends in steps:
        if name not in claims.claims:
            claims = claims.put(name, LinkClaim(0))
        if start < stop:
            claims = claims.delivered(name, 0, (start, stop), SIZE)
        if ends:
            claims = claims.closed(name).without(name)
        entry = claims.entry(1)
        assert entry is None or claims == LinkClaims.read(entry.value)
        for claim in claims.claims.values():
            if not claim.complete:
                assert lacking(*claim.delivered.get(0, ()), *claims.pool.get(0, ())) > 0
        assert lacking(*claims.pool.get(0, ())) > tail(SIZE)
