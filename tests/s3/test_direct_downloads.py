"""Downloads that the store hands out: where clients are sent, what counts, and what always comes from the server."""

import pytest
import requests

from shared.sealed.geometry import MIB
from tests.s3.conftest import House_
from tests.s3.direct import send_directly
from tests.server.house import House, Person
from tests.server.samples import Sample, sample

SECONDS = 60


@pytest.fixture
def file(ada: Person, bob: Person) -> Sample:
    """Of Ada's, for Bob."""
    made = sample(1_000, 8 * MIB)
    assert send_directly(ada, made, allowed_users=["bob@example.org"]).status_code == 201
    return made


def downloads(person: Person, file: Sample) -> int:
    count: int = person.ask("GET", f"/files/{file.file_id}").get_json()["downloads"]
    return count


def path(file: Sample) -> str:
    return f"/files/{file.file_id}/content"


def test_a_body_comes_from_the_store(bob: Person, file: Sample) -> None:
    """Whole or by range; nobody may keep the answer that says where."""
    answer = bob.ask("GET", path(file))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (307, "no-store")
    url = answer.headers["Location"]
    assert requests.get(url, timeout=SECONDS).content == file.body
    part = requests.get(url, headers={"Range": "bytes=10-19"}, timeout=SECONDS)
    assert (part.status_code, part.content) == (206, file.body[10:20])
    assert bob.token not in url


@pytest.mark.parametrize("span", ["bytes=0-9", "bytes=10-", "bytes=-5", None])
def test_the_same_range_means_the_same_here_and_there(bob: Person, file: Sample, span: str | None) -> None:
    """Sent away or not."""
    headers = {} if span is None else {"Range": span}
    there = bob.ask("GET", path(file), headers=headers)
    here = bob.ask("GET", f"{path(file)}?direct=false", headers=headers)
    answer = requests.get(there.headers["Location"], headers=headers, timeout=SECONDS)
    assert (answer.status_code, answer.content) == (here.status_code, here.data)


@pytest.mark.parametrize(
    "headers", [{"Range": "bytes=0-1,4-5"}, {"Range": "bytes=5-3"}, {"Range": "bytes=0-1", "If-Range": '"x"'}]
)
def test_what_the_store_may_read_otherwise_comes_from_here(bob: Person, file: Sample, headers: dict[str, str]) -> None:
    """Strange ranges, and conditions that name our ETag."""
    answer = bob.ask("GET", path(file), headers=headers)
    assert (answer.status_code, answer.data) == (200, file.body)


def test_nobody_else_is_sent_anywhere(here: House, file: Sample) -> None:
    """A stranger, somebody without a token, somebody who has it already, and whoever only asks for the head."""
    eve, bob = here.person("eve@example.org"), here.person("bob@example.org")
    assert eve.ask("GET", path(file)).status_code == 404
    assert here.http.get(path(file)).status_code == 401
    head = bob.ask("HEAD", path(file))
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(file.body)))
    known = bob.ask("GET", path(file), headers={"If-None-Match": head.headers["ETag"]})
    assert known.status_code == 304
    assert bob.ask("GET", path(file), headers={"Range": f"bytes={len(file.body)}-"}).status_code == 416


def test_asking_for_the_end_counts(here: House, ada: Person, bob: Person, file: Sample) -> None:
    """What happens at the store nobody sees here; the same asked again, or fetched here after all, counts once."""
    bob.ask("GET", path(file), headers={"Range": "bytes=0-9"})
    assert downloads(ada, file) == 0
    bob.ask("GET", path(file))
    bob.ask("GET", path(file), headers={"Range": "bytes=10-"})
    assert downloads(ada, file) == 1
    assert bob.ask("GET", f"{path(file)}?direct=false").data == file.body
    assert downloads(ada, file) == 1
    assert bob.ask("GET", f"{path(file)}?direct=false").data == file.body
    assert downloads(ada, file) == 2
    bob.ask("GET", path(file))
    here.clock.time += 3_601
    bob = here.person("bob@example.org")
    bob.ask("GET", path(file))
    assert downloads(here.person("ada@example.org"), file) == 4
    kinds = [event["kind"] for event in bob.ask("GET", "/activity").get_json()["activity"]]
    assert kinds.count("download") == 4


def test_the_owners_own_downloads_do_not_count(ada: Person, file: Sample) -> None:
    assert ada.ask("GET", path(file)).status_code == 307
    assert downloads(ada, file) == 0


def test_limited_files_come_from_the_server(ada: Person, bob: Person) -> None:
    """Or nobody could say how often they were fetched."""
    file = sample(1_000, 8 * MIB)
    send_directly(ada, file, allowed_users=["bob@example.org"], download_limit=1)
    for person in (ada, bob):
        answer = person.ask("GET", path(file))
        assert (answer.status_code, answer.data) == (200, file.body)
    assert bob.ask("GET", path(file)).status_code == 410


def test_files_stay_where_they_are(build: House_, ada: Person, file: Sample) -> None:
    """Where new ones go to the disk again, those in the bucket are served from there; without a bucket it is said."""
    ada.http = build(storage="local").http
    assert ada.ask("GET", path(file)).status_code == 307
    assert ada.ask("GET", f"{path(file)}?direct=false").data == file.body
    other = sample(1_000)
    assert ada.send(other).status_code == 201
    assert ada.ask("GET", path(other)).data == other.body
    ada.http = build(storage="local", s3_bucket="").http
    assert ada.ask("GET", path(file)).status_code == 503
    assert ada.ask("GET", path(other)).data == other.body
