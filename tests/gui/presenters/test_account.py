"""The first run as its presenter sees it, against a real server."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
import requests

from client.actions.account import session_before
from client.errors import NotSignedIn
from client.gui.presenters.account import Account, Page
from client.gui.presenters.house import House
from client.gui.presenters.keys_back import Way
from client.gui.presenters.kit import KitStep
from client.gui.presenters.sign_in import RESEND_SECONDS, Intent, Step
from client.gui.wiring import build_house
from client.local.paths import Paths
from tests.gui.clock import FakeClock
from tests.support.server import LiveServer

_PASSPHRASE = "correct horse battery"
_numbers = itertools.count()


@pytest.fixture
def email() -> str:
    return f"newcomer-{next(_numbers)}@example.org"


@pytest.fixture
def account(house: House) -> Account:
    return Account(house)


def _to_code(account: Account, clock: FakeClock, server: LiveServer, email: str) -> str:
    """Up to the page for the code; the code that was mailed."""
    account.sign_in.find_server(server.url)
    clock.until(lambda: account.sign_in.state.step is Step.EMAIL)
    since = len(server.lines)
    account.sign_in.give_email(f"  {email.upper()} ")
    clock.until(lambda: account.sign_in.state.step is Step.CODE)
    return server.line_with(re.compile(rf"Sign-in code for {re.escape(email)}: (\d{{6}})"), since=since)[1]


def _to_secret(account: Account, clock: FakeClock, server: LiveServer, email: str) -> None:
    """Up to the page for how the keys are locked."""
    account.sign_in.type_code(_to_code(account, clock, server, email))
    clock.until(lambda: account.sign_in.state.secret.wanted)


def _to_kit(account: Account, clock: FakeClock, server: LiveServer, email: str) -> None:
    _to_secret(account, clock, server, email)
    account.sign_in.use_passphrase(_PASSPHRASE, _PASSPHRASE)
    clock.until(lambda: account.state.page is Page.KIT and account.kit.state.words)


def _to_home(account: Account, clock: FakeClock, server: LiveServer, email: str) -> None:
    """All the way, without a kit and without a first file."""
    _to_kit(account, clock, server, email)
    account.kit.leave()
    account.first_file.finish()


def _ask_other_machine(second: Account, clock: FakeClock, server: LiveServer, email: str) -> None:
    """Up to the page with the code that another machine of theirs has to see."""
    second.sign_in.choose_intent(Intent.DEVICE)
    second.sign_in.type_code(_to_code(second, clock, server, email))
    clock.until(lambda: second.keys_back.state.secret.wanted)
    second.keys_back.use_passphrase(_PASSPHRASE, _PASSPHRASE)
    clock.until(lambda: second.keys_back.state.code)


def _make_kit(account: Account, clock: FakeClock) -> tuple[str, ...]:
    """With its three words; returns all of them."""
    words = account.kit.state.words
    account.kit.show_words()
    account.kit.go_on()
    clock.until(lambda: account.kit.state.step is KitStep.CHECK)
    account.kit.check(tuple(words[number - 1] for number in account.kit.state.asked))
    assert _step(account) is KitStep.READY
    account.kit.leave()
    return words


def _page(account: Account) -> Page:
    """Where they are now: a type checker would remember where they were."""
    return account.state.page


def _step(account: Account) -> KitStep:
    return account.kit.state.step


def _no_kit(house: House) -> bool:
    return house.shell.state.no_kit


def _can_resend(account: Account) -> bool:
    return account.sign_in.state.can_resend


def _end_all_sessions(server: LiveServer, email: str) -> None:
    """From another machine."""
    headers = {"Authorization": f"Bearer {server.sign_in(email)['token']}"}
    sessions = requests.get(f"{server.url}/auth/sessions", headers=headers, timeout=30).json()["sessions"]
    for each in sorted(sessions, key=lambda each: bool(each["current"])):
        requests.delete(f"{server.url}/auth/sessions/{each['session_id']}", headers=headers, timeout=30)


@pytest.fixture
def other(tmp_path: Path, clock: FakeClock) -> Iterator[Callable[[], tuple[House, Account]]]:
    """Other machines of the same person."""
    houses: list[House] = []

    def make() -> tuple[House, Account]:
        house = build_house(Paths(tmp_path / f"other-{len(houses)}"), clock)
        houses.append(house)
        return house, Account(house)

    yield make
    for house in houses:
        house.close()


def test_a_newcomer_goes_all_the_way(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str, tmp_path: Path
) -> None:
    """Server, address, code, passphrase, kit, three words, a file to oneself; then the page says who is signed in."""
    assert _page(account) is Page.SIGN_IN
    _to_kit(account, clock, server, email)
    assert account.state.newcomer
    assert house.keys.state.unlocked  # nobody is asked for the passphrase that was just chosen
    assert _no_kit(house)
    _make_kit(account, clock)
    assert not _no_kit(house)
    assert not house.shell.state.kit_unchecked
    assert _page(account) is Page.FIRST_FILE
    letter = tmp_path / "letter.txt"
    letter.write_text("to myself")
    account.first_file.send(letter)
    clock.until(lambda: account.first_file.state.sent)
    account.first_file.finish()
    clock.until(lambda: account.state.usage.startswith("1 file"))
    assert (_page(account), account.state.email) == (Page.HOME, email)
    assert re.fullmatch(r"[0-9a-f ]+", account.state.fingerprint)
    assert account.state.kit_ready


def test_a_wrong_code_leaves_the_page_as_it_is(
    account: Account, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """It says so; the same digits are not sent again by themselves, and the right ones go on."""
    code = _to_code(account, clock, server, email)
    wrong = "000000" if code != "000000" else "111111"
    account.sign_in.type_code(wrong)
    clock.until(lambda: account.sign_in.state.error)
    assert "wrong" in account.sign_in.state.error.text
    assert "code:" in account.sign_in.state.error.details
    account.sign_in.type_code(wrong)
    assert not account.sign_in.state.busy
    account.sign_in.type_code(f"{code[:3]} {code[3:]}\n")  # as it is pasted
    clock.until(lambda: account.sign_in.state.secret.wanted)


def test_another_code_can_be_asked_for_after_a_while(
    account: Account, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """The seconds are counted down."""
    _to_code(account, clock, server, email)
    assert not _can_resend(account)
    clock.advance(RESEND_SECONDS / 2)
    assert 0 < account.sign_in.state.resend_in < RESEND_SECONDS
    clock.advance(RESEND_SECONDS / 2 + 1)
    assert _can_resend(account)
    since = len(server.lines)
    account.sign_in.resend()
    clock.until(lambda: account.sign_in.state.resend_in)
    server.line_with(re.compile(rf"Sign-in code for {re.escape(email)}"), since=since)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "Type the address"),
        ("localhost:1", "can't be reached"),
        ("not an address", "not the address of a server"),
        ("http://files.example.org", "not encrypted"),
    ],
)
def test_an_address_that_leads_nowhere_is_said(account: Account, clock: FakeClock, address: str, said: str) -> None:
    """On the page itself; the next step does not come."""
    account.sign_in.find_server(address)
    clock.until(lambda: account.sign_in.state.error)
    assert said in account.sign_in.state.error.text
    assert "sealcase " not in account.sign_in.state.error.text  # no advice for terminals
    assert account.sign_in.state.step is Step.SERVER
    assert account.sign_in.state.offers_http == (address == "http://files.example.org")


def test_what_is_no_email_address_is_said(account: Account, clock: FakeClock, server: LiveServer) -> None:
    """Nothing is mailed."""
    account.sign_in.find_server(server.url)
    clock.until(lambda: account.sign_in.state.step is Step.EMAIL)
    account.sign_in.give_email("nobody")
    clock.until(lambda: account.sign_in.state.error)
    assert "not an email address" in account.sign_in.state.error.text
    assert account.sign_in.state.step is Step.EMAIL


def test_passphrases_are_compared(account: Account, clock: FakeClock, server: LiveServer, email: str) -> None:
    """One that is short, or typed differently the second time, is refused; the job waits on."""
    _to_secret(account, clock, server, email)
    account.sign_in.use_passphrase("short", "short")
    assert "at least 8" in account.sign_in.state.secret.error
    account.sign_in.use_passphrase(_PASSPHRASE, _PASSPHRASE + "?")
    assert "not the same" in account.sign_in.state.secret.error
    assert account.sign_in.state.step is Step.SECRET


def test_stopping_at_the_passphrase_leaves_no_session(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """As when the window closes: a session without keys would be of no use."""
    _to_secret(account, clock, server, email)
    assert session_before(house.paths) is not None
    account.sign_in.back()
    clock.until(lambda: house.jobs.running == 0)
    assert session_before(house.paths) is None
    assert account.sign_in.state.step is Step.EMAIL


def test_a_kit_that_was_saved_is_in_force_and_unchecked(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str, tmp_path: Path
) -> None:
    """Whoever leaves now has a page that restores their keys, and is reminded that nobody has seen the words."""
    _to_kit(account, clock, server, email)
    page = tmp_path / "kit.txt"
    assert not account.kit.state.can_continue
    account.kit.save(page, "text")
    clock.until(lambda: account.kit.state.in_force)
    assert page.stat().st_mode & 0o777 == 0o600
    account.kit.leave()
    assert house.shell.state.kit_unchecked
    assert not _no_kit(house)


def test_a_kit_whose_page_can_not_be_saved_changes_nothing(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str, tmp_path: Path
) -> None:
    """It is said, and the words are still there for another try."""
    _to_kit(account, clock, server, email)
    (tmp_path / "file").write_text("no folder")
    account.kit.save(tmp_path / "file" / "kit.pdf", "pdf")
    clock.until(lambda: account.kit.state.error)
    assert not account.kit.state.in_force
    assert len(account.kit.state.words) == 24
    account.kit.leave()
    assert _no_kit(house)


def test_wrong_words_are_named(account: Account, clock: FakeClock, server: LiveServer, email: str) -> None:
    """By their number; after another look three are asked again."""
    _to_kit(account, clock, server, email)
    words = account.kit.state.words
    account.kit.show_words()
    account.kit.go_on()
    clock.until(lambda: account.kit.state.step is KitStep.CHECK)
    first, second, third = account.kit.state.asked
    account.kit.check((words[first - 1], "nonsense", f" {words[third - 1].upper()} "))
    assert account.kit.state.wrong == (second,)
    account.kit.look_again()
    assert _step(account) is KitStep.WORDS
    assert account.kit.state.words == words


def test_a_kit_brings_the_keys_to_another_machine(
    account: Account,
    clock: FakeClock,
    server: LiveServer,
    email: str,
    other: Callable[[], tuple[House, Account]],
) -> None:
    """Said on the first page, its words are asked for right after the sign-in, and checked while they are typed."""
    _to_kit(account, clock, server, email)
    words = _make_kit(account, clock)
    house, second = other()
    second.sign_in.choose_intent(Intent.KIT)
    second.sign_in.type_code(_to_code(second, clock, server, email))
    clock.until(lambda: second.state.page is Page.KEYS_BACK)
    back = second.keys_back
    assert back.state.way is Way.KIT
    back.type_words(" ".join(words[:5]))
    assert back.state.hint == "5 of 24 words"
    back.type_words(f"{words[0]} {words[1]}x ")
    assert "Word 2" in back.state.hint
    back.type_words("\n".join(f"{number}. {word.upper()}" for number, word in enumerate(words, 1)))
    assert back.state.can_restore
    back.restore()
    clock.until(lambda: back.state.secret.wanted)
    back.use_passphrase(_PASSPHRASE, _PASSPHRASE)
    clock.until(lambda: second.state.page is Page.HOME and second.state.fingerprint)
    assert second.state.fingerprint == account.state.fingerprint
    assert house.keys.state.unlocked


def test_another_machine_gives_the_keys(
    account: Account,
    house: House,
    clock: FakeClock,
    server: LiveServer,
    email: str,
    other: Callable[[], tuple[House, Account]],
) -> None:
    """The new one shows a code, both show six digits, and a yes on both sides is all that is typed."""
    from client.actions.pairing import give_keys, waiting_devices

    _to_kit(account, clock, server, email)
    _make_kit(account, clock)
    _second_house, second = other()
    _ask_other_machine(second, clock, server, email)
    digits: list[str] = []

    def yes(shown: str) -> bool:
        digits.append(shown)
        return True

    def give(_job: object) -> None:
        person = house.keys.person()
        (waiting,) = waiting_devices(person)
        assert waiting.code == second.keys_back.state.code
        give_keys(person, waiting, yes)

    house.jobs.run(give)
    clock.until(lambda: digits and second.keys_back.state.digits)
    assert digits == [second.keys_back.state.digits]
    second.keys_back.same_digits(True)
    clock.until(lambda: second.state.page is Page.HOME and second.state.fingerprint)
    assert second.state.fingerprint == account.state.fingerprint


def test_waiting_for_another_machine_can_be_given_up(
    account: Account,
    clock: FakeClock,
    server: LiveServer,
    email: str,
    other: Callable[[], tuple[House, Account]],
) -> None:
    """The thread ends, the server no longer knows that somebody waits, and nothing is on this machine."""
    from client.actions.pairing import waiting_devices

    _to_kit(account, clock, server, email)
    house, second = other()
    _ask_other_machine(second, clock, server, email)
    second.keys_back.choose(Way.CHOOSE)
    clock.until(lambda: house.jobs.running == 0)
    assert waiting_devices(account._house.keys.person()) == []
    assert not house.keys.person().vault.has(email)


def test_signing_out_leads_to_the_first_page(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """Keys are forgotten in memory and stay on the disk; server and address are suggested again."""
    _to_home(account, clock, server, email)
    account.sign_out()
    clock.until(lambda: account.state.page is Page.SIGN_IN)
    assert session_before(house.paths) is None
    assert not house.keys.state.unlocked
    assert account.sign_in.state.address == server.url
    assert any(house.paths.identities.iterdir())


def test_signing_out_everywhere_ends_other_sessions(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """At once: their tokens are of no use any more."""
    _to_home(account, clock, server, email)
    token = server.sign_in(email)["token"]
    account.sign_out_everywhere()
    clock.until(lambda: account.state.page is Page.SIGN_IN)
    answer = requests.get(f"{server.url}/account", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert answer.status_code == 401
    assert session_before(house.paths) is None


def test_a_session_that_was_ended_elsewhere_leads_to_the_first_page(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """With address and email filled in, and without keys in memory; whatever was refused is enough to notice."""
    _to_home(account, clock, server, email)
    clock.until(lambda: house.jobs.running == 0)
    _end_all_sessions(server, email)
    account.sign_in._show(replace(account.sign_in.state, email="", address=""))  # as in a window that was opened anew
    account.shown()
    clock.until(lambda: account.state.page is Page.SIGN_IN)
    assert session_before(house.paths) is None
    assert not house.keys.state.unlocked
    assert house.shell.state.email == ""
    assert (account.sign_in.state.address, account.sign_in.state.email) == (server.url, email)
    (notice,) = (each for each in house.notices.state.notices if each.action == "Sign in")
    assert "Your session has ended" in notice.text


def test_a_refusal_that_is_not_the_sessions_ends_none(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """A wrong code, say, or what was asked in the name of somebody who was signed in before."""
    _to_home(account, clock, server, email)

    def refuse(_job: object) -> None:
        raise NotSignedIn("your session has ended")

    house.jobs.run(refuse)
    clock.until(lambda: house.jobs.running == 0)
    assert session_before(house.paths) is not None
    assert _page(account) is Page.HOME
    assert house.keys.state.unlocked


def test_a_second_factor_is_asked_for(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """After the emailed code, which stays good; a recovery code will do."""
    _to_home(account, clock, server, email)
    api = house.keys.person().api
    enrolment = api.begin_second_factor()
    codes = api.confirm_second_factor(pyotp.TOTP(enrolment.secret).now())
    account.sign_out()
    clock.until(lambda: account.state.page is Page.SIGN_IN)
    account.sign_in.type_code(_to_code(account, clock, server, email))
    clock.until(lambda: account.sign_in.state.step is Step.SECOND_FACTOR)
    account.sign_in.give_second_factor("nonsense")
    clock.until(lambda: account.sign_in.state.error)
    account.sign_in.give_second_factor(codes[0])
    clock.until(lambda: account.state.page is Page.HOME)


def test_the_reminder_leads_to_a_kit(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """Also where the keys are locked: the passphrase is asked for first, and the banner rests meanwhile."""
    _to_home(account, clock, server, email)
    assert _no_kit(house)
    house.keys.lock()
    house.shell.make_kit()
    clock.until(lambda: house.keys.state.asking)
    assert not house.shell.state.reminds
    house.keys.try_passphrase(_PASSPHRASE)
    clock.until(lambda: account.kit.state.words)
    assert _page(account) is Page.KIT
    assert replace(account.kit.state, words=()).renews is False


def test_the_next_start_waits_for_nothing(
    account: Account, house: House, clock: FakeClock, server: LiveServer, email: str
) -> None:
    """Who is signed in is there at once; what has to be read or asked comes when the window is drawn."""
    _to_kit(account, clock, server, email)
    house.close()
    again = build_house(house.paths, clock)
    again.jobs.hold()
    again.shell.look_first()
    home = Account(again)
    home.shown()
    clock.advance(1.0)
    assert (_page(home), home.state.email, again.shell.state.email) == (Page.HOME, email, email)
    assert home.state.server
    assert (home.state.fingerprint, home.state.warning, _no_kit(again)) == ("", "", False)
    again.jobs.release()
    clock.until(lambda: home.state.fingerprint and home.state.usage and again.shell.state.no_kit)
    assert home.state.kit.startswith("There is none")
    again.jobs.close()
