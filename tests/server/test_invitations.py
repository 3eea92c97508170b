"""Invitations: a mail that names the sender and no file; the same answer for everybody; not too many of them."""

from pathlib import Path

from server.app import app_over
from server.services.sign_up import SignUpMode
from server.settings import Settings
from server.wiring import services, wire
from tests.server.house import House, Person, code_of, house
from tests.server.samples import sample
from tests.server.test_mail import mailer, server_of
from tests.services.smtp import smtp_server


def invite(person: Person, email: str) -> tuple[int, object]:
    answer = person.ask("POST", "/invitations", json={"email": email})
    return answer.status_code, answer.get_json()


def test_an_invitation_is_mailed(here: House, ada: Person) -> None:
    """To an address in its one spelling, in the name of whoever is signed in."""
    assert invite(ada, "Bob@Example.org") == (200, {"status": "ok"})
    assert here.mail.invitations == [("bob@example.org", "ada@example.org")]


def test_nobody_learns_who_has_an_account(here: House, ada: Person, bob: Person) -> None:
    """Somebody with an account is mailed, too: the same answer, and the same is done."""
    assert invite(ada, bob.email) == invite(ada, "nobody@example.org")
    assert {email for email, _ in here.mail.invitations} == {bob.email, "nobody@example.org"}


def test_who_may_not_sign_up_is_not_invited(tmp_path: Path) -> None:
    """The answer does not tell; those who have an account already are mailed."""
    here = house(tmp_path / "data")
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    closed = house(tmp_path / "data", signup=SignUpMode.CLOSED)
    ada.http = closed.http
    assert invite(ada, "new@example.org") == invite(ada, bob.email) == (200, {"status": "ok"})
    assert closed.mail.invitations == [(bob.email, ada.email)]


def test_no_address_is_refused(here: House, ada: Person) -> None:
    for address in ("bob", "bob@example.org\nBcc: eve@example.org", "a b@example.org"):
        answer = ada.ask("POST", "/invitations", json={"email": address})
        assert (answer.status_code, code_of(answer)) == (422, "invalid")
    assert here.mail.invitations == []


def test_a_server_without_mail_says_so(tmp_path: Path) -> None:
    """Whoever the address belongs to: the sender must not wait for a mail that nobody gets."""
    chosen = Settings.model_validate({"data_dir": tmp_path, "host": "0.0.0.0", "rate_limits": False})
    with app_over(services(chosen, wire(chosen)), chosen).test_client() as http:
        here = house(tmp_path, rate_limits=False)
        ada = here.person("ada@example.org")
        ada.http = http
        for email in (ada.email, "nobody@example.org"):
            answer = ada.ask("POST", "/invitations", json={"email": email})
            assert (answer.status_code, code_of(answer)) == (503, "unavailable")


def test_nobody_is_flooded(tmp_path: Path) -> None:
    """By person, whomever they write to, and by address, whoever writes."""
    here = house(
        tmp_path,
        rate_limits=True,
        rate_limit_invitation="3 per 10 minutes",
        rate_limit_invitation_address="2 per 10 minutes",
    )
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    assert [invite(ada, f"{number}@example.org")[0] for number in range(4)] == [200, 200, 200, 429]
    assert [invite(bob, "0@example.org")[0] for _ in range(2)] == [200, 429]
    assert len(here.mail.invitations) == 4
    here.clock.time += 601
    assert invite(ada, "0@example.org")[0] == 200


def test_it_shows_in_the_senders_activity_only(here: House, ada: Person, bob: Person) -> None:
    """Without the address: that is nobody's business in a log."""
    invite(ada, bob.email)
    kinds = {person.email: _kinds(person) for person in (ada, bob)}
    assert "invitation" in kinds[ada.email]
    assert "invitation" not in kinds[bob.email]


def _kinds(person: Person) -> list[str]:
    return [item["kind"] for item in person.ask("GET", "/activity").get_json()["activity"]]


def test_what_the_mail_says(tmp_path: Path) -> None:
    """Plain and HTML: who, where, what to do; nothing of it in a header that others could see."""
    with smtp_server(tmp_path) as box:
        mailer(server_of(box)).send_invitation("bob@example.org", "ada+<b>@example.org")
        mail = box.mail_to("bob@example.org")
    assert "ada+<b>@example.org wants to send you files at https://files.example.org" in mail.plain
    assert "sealcase login --server https://files.example.org --email bob@example.org" in mail.plain
    assert "ada+&lt;b&gt;@example.org" in mail.html
    assert "<b>" not in mail.html
    assert "ada" not in mail.message["Subject"]


def test_people_are_taken_off_a_file_and_put_on_it(here: House, ada: Person, bob: Person) -> None:
    """By email, with or without an account; the others stay; twice is once."""
    file = sample()
    assert ada.send(file, allowed_users=[bob.email, "carol@example.org", "dan@example.org"]).status_code == 201
    path = f"/files/{file.file_id}"
    assert bob.ask("GET", path).status_code == 200
    before = ada.ask("GET", path).get_json()["allowed_users"]
    for _ in range(2):
        answer = ada.ask("PATCH", path, json={"removed_users": [bob.email, "Dan@example.org"]})
        assert answer.get_json()["allowed_users"] == [before[1]]
    assert bob.ask("GET", path).status_code == 404
    change = {"added_users": [bob.email, ada.email], "removed_users": ["carol@example.org"]}
    answer = ada.ask("PATCH", path, json=change)
    assert answer.get_json()["allowed_users"] == [before[0]]
    assert bob.ask("GET", path).status_code == 200
    assert ada.ask("PATCH", path, json={"removed_users": ["nonsense"]}).status_code == 422
