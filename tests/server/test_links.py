"""Links: who makes them, what they say, how they end."""

import hashlib
import json
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from server.ports import Notice
from server.services.links import REMEMBERED_SECONDS
from shared.sealed.encoding import b64u
from shared.sealed.geometry import MIB
from tests.server.house import House, Person, code_of, house
from tests.server.linked import Holder, Linked, link_to
from tests.server.samples import Sample, sample
from tests.server.test_mail import mailer, server_of
from tests.server.test_simple_uploads import upload
from tests.services.smtp import smtp_server


@pytest.fixture
def file(ada: Person) -> Sample:
    sent = sample()
    assert ada.send(sent).status_code == 201
    return sent


def refused(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, code_of(answer)


def left_of(here: House, link: Linked) -> list[Path]:
    """What the records still have of a link, in a file's name or content."""
    folder = here.settings.data_dir / "records"
    named = [path for path in folder.rglob("*") if link.link_id in path.name]
    return named + [path for path in here.kept(link.link_id.encode()) if path.is_relative_to(folder)]


def test_a_link_opens_what_it_leads_to(here: House, ada: Person, file: Sample) -> None:
    """For whoever shows its secret: the records of its files, each with the link's own grant. Nothing is used up."""
    holder = link_to(ada, here.http, file, download_limit=1)
    for _ in range(3):
        opened = holder.opened().get_json()
    (item,) = opened.pop("items")
    assert opened == {
        "from_email": ada.email,
        "expires_at": int(here.clock.time) + 168 * 3_600,
        "downloads": 0,
        "download_limit": 1,
    }
    assert item == {
        "file_id": str(file.file_id),
        "manifest": b64u(file.manifest().raw),
        "grant": holder.link.grant,
        "part_hashes": b64u(hashlib.sha256(file.body).digest()),
    }
    claim = holder.claim()
    assert holder.get(claim, file).data == file.body
    assert refused(holder.opened()) == (410, "used_up")


def test_unknown_links_and_wrong_secrets_look_the_same(here: House, ada: Person, file: Sample) -> None:
    """Word for word, whatever the link's state is, and whatever is shown instead of the secret."""
    alive, dead = link_to(ada, here.http, file), link_to(ada, here.http, file)
    assert ada.ask("DELETE", f"/links/{dead.link.link_id}").status_code == 200
    said = set()
    for link_id in (alive.link.link_id, dead.link.link_id, Linked().link_id):
        for shown in (f"Link {b64u(bytes(32))}", "Link x", "Link ", "", f"Bearer {ada.token}", "Basic eDp5"):
            for method, path in (
                ("GET", "/open"),
                ("POST", "/claim"),
                ("GET", f"/files/{file.file_id}/content"),
                ("POST", f"/claims/{'0' * 32}/done"),
                ("DELETE", f"/claims/{'0' * 32}"),
            ):
                headers = {"Authorization": shown} if shown else {}
                answer = here.http.open(f"/links/{link_id}{path}", method=method, headers=headers)
                problem = answer.get_json()
                del problem["request_id"]
                said.add(json.dumps(problem, sort_keys=True))
    (only,) = said
    assert json.loads(only)["code"] == "not_found"


def test_the_dead_are_told_apart_only_behind_the_secret(here: House, ada: Person) -> None:
    """Expired, used up, revoked, and what it led to deleted."""
    files = [sample() for _ in range(4)]
    for each in files:
        ada.send(each, expires_hours=2)
    used, revoked, deleted, expired = (link_to(ada, here.http, each, download_limit=1) for each in files)
    assert used.get(used.claim(), files[0]).data == files[0].body
    assert ada.ask("DELETE", f"/links/{revoked.link.link_id}").get_json()["revoked_at"] == int(here.clock.time)
    assert ada.ask("DELETE", f"/files/{files[2].file_id}").status_code == 200
    assert refused(used.opened()) == refused(used.ask("POST", "/claim")) == (410, "used_up")
    assert refused(revoked.opened()) == refused(revoked.ask("POST", "/claim")) == (410, "revoked")
    assert refused(deleted.opened()) == (410, "revoked")
    here.clock.time += 2 * 3_600
    for _ in range(2):
        assert refused(expired.opened()) == (410, "expired")
        here.services.housekeeping.remove_expired()
    here.clock.time += REMEMBERED_SECONDS + 1
    here.services.housekeeping.sweep()
    assert {refused(each.opened()) for each in (used, revoked, deleted, expired)} == {(404, "not_found")}
    for dead in (used, revoked, deleted, expired):
        assert left_of(here, dead.link) == []


def test_making_the_same_link_again_is_the_same_link(here: House, ada: Person, bob: Person, file: Sample) -> None:
    """An answer that was lost costs nothing. Another's id, or other files under it, are refused."""
    link = Linked()
    first = ada.ask("POST", "/links", json=link.body(file, expires_hours=1))
    here.clock.time += 5
    again = ada.ask("POST", "/links", json=link.body(file, expires_hours=1))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    theirs, other = sample(), sample()
    bob.send(theirs)
    ada.send(other)
    assert refused(bob.ask("POST", "/links", json=link.body(theirs))) == (409, "conflict")
    assert refused(ada.ask("POST", "/links", json=link.body(other))) == (409, "conflict")
    ada.ask("DELETE", f"/links/{link.link_id}")
    assert refused(ada.ask("POST", "/links", json=link.body(file))) == (409, "conflict")


def test_only_the_owner_of_every_file_makes_a_link(here: House, ada: Person, bob: Person, file: Sample) -> None:
    """Readers may not, strangers learn nothing, one file of somebody else's spoils the link."""
    shared, own = sample(), sample()
    ada.send(shared, allowed_users=[bob.email])
    bob.send(own)
    link = Linked()
    assert refused(bob.ask("POST", "/links", json=link.body(shared))) == (403, "forbidden")
    assert refused(bob.ask("POST", "/links", json=link.body(file))) == (404, "not_found")
    assert refused(bob.ask("POST", "/links", json=link.body(own, file))) == (404, "not_found")
    assert refused(bob.ask("POST", f"/files/{file.file_id}/links", json={**link.terms(), "grant": link.grant})) == (
        404,
        "not_found",
    )
    assert refused(Holder(here.http, link).opened()) == (404, "not_found")
    simple = upload(ada).get_json()["file_id"]
    body = {**link.terms(), "items": [{"file_id": simple, "grant": link.grant}]}
    assert refused(ada.ask("POST", "/links", json=body)) == (409, "conflict")


@pytest.mark.parametrize(
    "change",
    [
        {"auth_hash": "AAAA"},
        {"auth_hash": "?"},
        {"link_id": "A" * 42},
        {"link_id": b64u(bytes(32))},
        {"items": []},
        {"download_limit": 0},
        {"expires_hours": 0},
        {"notify": "yes"},
        {"key": "A" * 43},
    ],
)
def test_what_is_no_link_is_refused(ada: Person, file: Sample, change: dict[str, object]) -> None:
    assert refused(ada.ask("POST", "/links", json=Linked().body(file, **change))) == (422, "invalid")


def test_grants_of_a_link_are_all_of_that_link(ada: Person, file: Sample) -> None:
    """Of type `link`, to its id, each file once."""
    link, other = Linked(), sample()
    ada.send(other)
    for items in (
        [{"file_id": str(file.file_id), "grant": {**link.grant, "by": b64u(bytes(32))}}],
        [{"file_id": str(file.file_id), "grant": {**link.grant, "type": "rsa-oaep-256", "wrapped_key": "A" * 342}}],
        [{"file_id": str(file.file_id), "grant": link.grant}] * 2,
        [
            {"file_id": str(file.file_id), "grant": link.grant},
            {"file_id": str(other.file_id), "grant": Linked().grant},
        ],
    ):
        answer = ada.ask("POST", "/links", json={**link.terms(), "items": items})
        assert refused(answer) == (422, "invalid")


def test_links_are_listed_newest_first_in_pages(here: House, ada: Person, bob: Person, file: Sample) -> None:
    """Mine only; those to one file, too. The key is in none of it."""
    other = sample()
    ada.send(other)
    made = []
    for number in range(5):
        here.clock.time += 1
        made.append(link_to(ada, here.http, file if number % 2 else other).link.link_id)
    found: list[str] = []
    cursor = ""
    while True:
        page = ada.ask("GET", f"/links?limit=2{cursor}").get_json()
        found += [each["link_id"] for each in page["links"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == made[::-1]
    assert bob.ask("GET", "/links").get_json() == {"links": [], "next_cursor": None}
    to_file = ada.ask("GET", f"/files/{file.file_id}/links").get_json()["links"]
    assert [each["link_id"] for each in to_file] == [made[3], made[1]]
    assert to_file[0]["url"].endswith(f"/s/{made[3]}")
    assert refused(ada.ask("GET", "/links?cursor=AAAA")) == (400, "bad_request")


def test_the_address_is_the_public_one(tmp_path: Path) -> None:
    """Under its path, where the server has one."""
    here = house(tmp_path / "data", public_url="https://example.org/files/")
    ada, file = here.person("ada@example.org"), sample()
    ada.send(file)
    link = Linked()
    answer = ada.ask("POST", f"/files/{file.file_id}/links", json={**link.terms(), "grant": link.grant})
    assert answer.get_json()["url"] == f"https://example.org/files/s/{link.link_id}"


def test_a_link_never_outlives_its_files(here: House, ada: Person, file: Sample) -> None:
    """However long it is wanted; without a wish it lasts as long as they do."""
    other = sample()
    ada.send(other, expires_hours=500)
    end = int(here.clock.time) + 500 * 3_600
    holder = link_to(ada, here.http, other, file, expires_hours=8_000)
    assert holder.opened().get_json()["expires_at"] == end
    path = f"/links/{holder.link.link_id}"
    short = ada.ask("PATCH", path, json={"expires_hours": 1}).get_json()
    assert short["expires_at"] == int(here.clock.time) + 3_600
    assert ada.ask("PATCH", path, json={"expires_hours": 8_000}).get_json()["expires_at"] == end
    assert ada.ask("DELETE", f"/files/{other.file_id}").status_code == 200
    assert [item["file_id"] for item in holder.opened().get_json()["items"]] == [str(file.file_id)]
    assert ada.ask("DELETE", f"/files/{file.file_id}").status_code == 200
    assert refused(holder.opened()) == (410, "revoked")
    assert refused(ada.ask("PATCH", path, json={"expires_hours": 1})) == (410, "revoked")


def test_what_an_owner_changes_holds_at_once(here: House, ada: Person, bob: Person, file: Sample) -> None:
    """More downloads bring a used up link back; nobody else can change or revoke it, or learns of it."""
    holder = link_to(ada, here.http, file, download_limit=1)
    path = f"/links/{holder.link.link_id}"
    assert holder.get(holder.claim(), file).data == file.body
    assert refused(holder.opened()) == (410, "used_up")
    assert ada.ask("PATCH", path, json={"download_limit": 2}).get_json()["downloads"] == 1
    assert holder.opened().status_code == 200
    assert ada.ask("PATCH", path, json={"download_limit": None, "notify": True}).get_json()["download_limit"] is None
    for method, options in (("PATCH", {"json": {"notify": False}}), ("DELETE", {})):
        assert refused(bob.ask(method, path, **options)) == (404, "not_found")
    expected = ada.ask("GET", "/links").get_json()["links"][0]
    assert expected["notify"]
    assert ada.ask("PATCH", path, json={}).get_json() == expected


def test_heads_and_options_do_nothing(here: House, ada: Person, file: Sample) -> None:
    """A preview that asks for headers takes no place, with or without the secret."""
    holder = link_to(ada, here.http, file, download_limit=1)
    content = f"/files/{file.file_id}/content"
    for method in ("HEAD", "OPTIONS"):
        for path in ("/open", content):
            assert holder.ask(method, path).status_code == 200
    assert holder.ask("HEAD", content).headers["Content-Length"] == str(len(file.body))
    assert refused(holder.ask("GET", content)) == (400, "bad_request")
    assert here.http.head(f"/links/{holder.link.link_id}/open").status_code == 404
    assert holder.get(holder.claim(), file).data == file.body


def test_a_link_gives_nothing_but_its_files(here: House, ada: Person, file: Sample) -> None:
    other = sample()
    ada.send(other)
    holder = link_to(ada, here.http, file)
    assert refused(holder.get(holder.claim(), other)) == (404, "not_found")
    assert refused(here.http.get(f"/files/{file.file_id}", headers=holder.link.headers)) == (401, "not_signed_in")


def test_the_owner_sees_downloads_and_not_where_they_came_from(here: House, ada: Person, file: Sample) -> None:
    holder = link_to(ada, here.http, file)
    assert holder.get(holder.claim(), file).data == file.body
    ada.ask("PATCH", f"/links/{holder.link.link_id}", json={"expires_hours": 1})
    ada.ask("DELETE", f"/links/{holder.link.link_id}")
    events = [each for each in ada.ask("GET", "/activity").get_json()["activity"] if each["detail"]]
    linked = [each for each in events if each["detail"] == holder.link.link_id]
    assert [each["kind"] for each in linked] == ["link_revoked", "link_changed", "download", "link_made"]
    download = linked[2]
    assert (download["actor"], download["ip_prefix"], download["client"]) == (None, "", "")
    assert {each["file_id"] for each in linked} == {str(file.file_id)}


def test_the_first_download_is_told_once_to_who_asked(here: House, ada: Person, file: Sample) -> None:
    told, untold = link_to(ada, here.http, file, notify=True), link_to(ada, here.http, file)
    for holder in (told, untold, told):
        assert holder.get(holder.claim(), file).data == file.body
    assert here.mail.notices == [(ada.email, Notice.LINK_USED)]


def test_the_first_fetch_of_a_file_is_told_once_to_who_asked(here: House, ada: Person, bob: Person) -> None:
    """Not one's own, not by a link, and not where nobody asked; whether it is asked for is its owner's business."""
    told, untold = sample(), sample()
    for each in (told, untold):
        ada.send(each, allowed_users=[bob.email], download_limit=5)
    path = f"/files/{told.file_id}"
    assert ada.ask("PATCH", path, json={"notify": True}).get_json()["notify"] is True
    assert bob.ask("GET", path).get_json()["notify"] is None
    holder = link_to(ada, here.http, told)
    assert holder.get(holder.claim(), told).data == told.body
    assert ada.ask("GET", f"{path}/content").data == told.body
    assert here.mail.notices == []
    for each in (told, untold, told):
        assert bob.ask("GET", f"/files/{each.file_id}/content").data == each.body
    assert here.mail.notices == [(ada.email, Notice.FILE_FETCHED)]


def test_notices_are_not_too_many(tmp_path: Path) -> None:
    """Downloads go on without them."""
    here = house(tmp_path / "data", rate_limits=True, rate_limit_notice="2 per hour")
    ada, file = here.person("ada@example.org"), sample()
    ada.send(file)
    for _ in range(4):
        holder = link_to(ada, here.http, file, notify=True)
        assert holder.get(holder.claim(), file).data == file.body
    assert here.mail.notices == [(ada.email, Notice.LINK_USED)] * 2


@pytest.mark.parametrize("notice", Notice)
def test_what_the_mail_says(tmp_path: Path, notice: Notice) -> None:
    """That it happened, and where; no name, no link, nothing in a header."""
    with smtp_server(tmp_path) as box:
        mailer(server_of(box)).send_notice("ada@example.org", notice)
        mail = box.mail_to("ada@example.org")
    assert "https://files.example.org" in mail.plain
    what = "1 file arrived" if notice is Notice.FILES_LEFT else "for the first time"
    assert what in mail.plain
    assert what in mail.html
    assert "/s/" not in mail.plain


def test_guessing_a_password_is_slow_for_who_guesses(tmp_path: Path) -> None:
    """One address gets so many tries at a link, and may be right after that: it is not looked at. Others may."""
    here = house(tmp_path / "data", rate_limits=True, rate_limit_link_guess_one="3 per hour")
    ada, file = here.person("ada@example.org"), sample()
    ada.send(file)
    holder, other = (link_to(ada, here.http, file, password=True) for _ in range(2))

    for _ in range(9):
        assert opened_from("192.0.2.1", holder) == 200
    assert [opened_from("192.0.2.1", guesser(holder)) for _ in range(4)] == [404, 404, 404, 429]
    assert opened_from("192.0.2.1", holder) == 429
    assert opened_from("192.0.2.1", other) == 200
    assert opened_from("192.0.2.2", holder) == 200
    here.clock.time += 3_601
    assert opened_from("192.0.2.1", holder) == 200


def test_guessing_from_many_addresses_ends_too_and_holds_up_nobody_who_was_in(tmp_path: Path) -> None:
    """A link has a limit for all together. Who has opened it before, from the same address, still opens it."""
    rates = {"rate_limit_link_guess_one": "2 per hour", "rate_limit_link_guess_link": "6 per hour"}
    here = house(tmp_path / "data", rate_limits=True, **rates)
    ada, file = here.person("ada@example.org"), sample()
    ada.send(file)
    holder = link_to(ada, here.http, file, password=True)

    assert opened_from("192.0.2.100", holder) == 200
    told = [opened_from(f"192.0.2.{number // 3}", guesser(holder)) for number in range(15)]
    assert told == [*[404, 404, 429] * 3, *[429] * 6]
    assert opened_from("192.0.2.200", holder) == 429
    assert opened_from("192.0.2.100", holder) == 200
    assert [opened_from("192.0.2.100", guesser(holder)) for _ in range(3)] == [404, 404, 429]
    assert opened_from("192.0.2.100", holder) == 429  # not even who was in guesses without end


def test_a_link_without_a_password_opens_whoever_guesses(tmp_path: Path) -> None:
    """32 random bytes are guessed by nobody: a right secret is no guess, and a wrong one is told as of any link."""
    rates = {"rate_limit_link_guess_one": "2 per hour", "rate_limit_link_guess_link": "4 per hour"}
    here = house(tmp_path / "data", rate_limits=True, **rates)
    ada, file = here.person("ada@example.org"), sample()
    ada.send(file)
    open_one, locked = link_to(ada, here.http, file), link_to(ada, here.http, file, password=True)

    for holder in (open_one, locked, Holder(here.http, Linked())):
        told = [opened_from(f"192.0.2.{number // 3}", guesser(holder)) for number in range(9)]
        assert told == [404, 404, 429, 404, 404, 429, 429, 429, 429]
    assert opened_from("192.0.2.1", open_one) == 200
    assert opened_from("192.0.2.200", open_one) == 200


def test_who_tries_many_links_is_stopped_as_well(tmp_path: Path) -> None:
    """Each of them once: an address has a limit for all links together."""
    here = house(tmp_path / "data", rate_limits=True, rate_limit_link_guess="5 per hour")
    tried = [opened_from("192.0.2.1", Holder(here.http, Linked())) for _ in range(7)]
    assert tried == [404] * 5 + [429] * 2
    assert opened_from("192.0.2.2", Holder(here.http, Linked())) == 404


def guesser(holder: Holder) -> Holder:
    """Somebody with the same address and another secret."""
    return Holder(holder.http, Linked(holder.link.link_id))


def opened_from(address: str, holder: Holder) -> int:
    return holder.ask("GET", "/open", environ_base={"REMOTE_ADDR": address}).status_code


def test_scanners_without_a_secret_lock_nobody_out(tmp_path: Path) -> None:
    """Whoever shows nothing has guessed nothing."""
    here = house(tmp_path / "data", rate_limits=True, rate_limit_link_guess_link="2 per hour")
    ada, file = here.person("ada@example.org"), sample()
    ada.send(file)
    holder = link_to(ada, here.http, file)
    for _ in range(9):
        assert here.http.get(f"/links/{holder.link.link_id}/open").status_code == 404
    assert holder.opened().status_code == 200


def test_who_leaves_takes_their_links_along(here: House, ada: Person, bob: Person, file: Sample) -> None:
    """They are in what can be taken along before; afterwards nothing of them is left."""
    theirs = sample()
    bob.send(theirs)
    gone, stays = link_to(ada, here.http, file), link_to(bob, here.http, theirs)
    exported = json.loads(ada.ask("GET", "/account/export").data)
    assert [each["link_id"] for each in exported["links"]] == [gone.link.link_id]
    assert b64u(gone.link.access) not in json.dumps(exported)
    ada.ask("POST", "/account/deletion_code")
    assert ada.ask("DELETE", "/account", json={"otp": here.mail.deletion_codes[ada.email][-1]}).status_code == 200
    assert refused(gone.opened()) == (404, "not_found")
    assert stays.opened().status_code == 200
    assert left_of(here, gone.link) == []


def test_a_damaged_link_is_told_to_the_operator_and_to_nobody_else(here: House, ada: Person, file: Sample) -> None:
    """It is left alone; the others go on."""
    damaged, whole = link_to(ada, here.http, file), link_to(ada, here.http, file)
    (path,) = (here.settings.data_dir / "records" / "links").rglob(f"{damaged.link.link_id}.json")
    path.write_bytes(b"{")
    assert refused(damaged.opened()) == (404, "not_found")
    assert [each["link_id"] for each in ada.ask("GET", "/links").get_json()["links"]] == [whole.link.link_id]
    here.services.housekeeping.sweep()
    assert [finding.where for finding in here.services.inspection.findings()] == [f"link {damaged.link.link_id}"]
    assert path.read_bytes() == b"{"


def test_a_link_to_many_files_opens_as_one(here: House, ada: Person) -> None:
    """Their records come one by one, in the order in which they were named."""
    files = [sample(number) for number in range(30)]
    for each in files:
        ada.send(each)
    holder = link_to(ada, here.http, *files)
    items = holder.opened().get_json()["items"]
    assert [item["file_id"] for item in items] == [str(each.file_id) for each in files]
    assert sum(len(each.body) for each in files) < MIB
