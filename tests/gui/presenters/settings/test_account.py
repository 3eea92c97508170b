"""Devices, two-step sign-in, tokens, the account, the server, diagnostics."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import trustme
from pyotp import TOTP

from client.actions.pairing import get_keys
from client.gui.bus import SignedOut
from client.gui.presenters.settings.account import AccountRoom, Server
from client.gui.presenters.settings.devices import Devices
from client.gui.presenters.settings.diagnostics import Diagnostics
from client.gui.presenters.settings.second_factor import SecondFactor
from client.gui.presenters.settings.tokens import Tokens
from client.gui.problem import Kind, Problem
from tests.gui.presenters.settings.conftest import Seat
from tests.support.people import PASSPHRASE, change_server
from tests.support.server import LiveServer


def _another_device(ada: Seat, server: LiveServer, name: str) -> None:
    requests.post(
        f"{server.url}/auth/login",
        json={"email": ada.email, "otp": server.request_code(ada.email), "device": name},
        timeout=30,
    ).raise_for_status()


def test_devices_are_renamed_and_signed_out(ada: Seat, server: LiveServer) -> None:
    """The one that we are at can't be signed out alone; every other can."""
    _another_device(ada, server, "old laptop")
    devices = Devices(ada.house, ada.questions)
    devices.shown()
    ada.until(lambda: devices.state.devices)
    other, here = sorted(devices.state.devices, key=lambda each: each.current)
    assert (other.name, here.current) == ("old laptop", True)
    devices.end(here.session_id)
    devices.end("nothing")
    assert ada.questions.state.question is None
    devices.rename(other.session_id)
    ada.answer(name="  attic  ")
    ada.until(lambda: any(each.name == "attic" for each in devices.state.devices))
    devices.end(other.session_id)
    assert ada.asked() == "Sign out attic?"
    ada.answer()
    ada.until(lambda: len(devices.state.devices) == 1)
    devices.left()


def test_signed_out_everywhere(ada: Seat, server: LiveServer) -> None:
    """Here as well, and everybody in the window is told."""
    told: list[SignedOut] = []
    ada.house.bus.on(SignedOut, told.append)
    _another_device(ada, server, "old laptop")
    devices = Devices(ada.house, ada.questions)
    devices.shown()
    ada.until(lambda: devices.state.can_end_all)
    devices.end_all()
    ada.answer()
    ada.until(lambda: told)
    assert devices.state.devices == ()
    assert not ada.house.paths.session.exists()
    devices.left()


def _new_machine(ada: Seat, server: LiveServer, folder: Path) -> "Seat":
    """Another machine of Ada's, signed in, without keys."""
    from client.gui.presenters.settings.questions import Questions
    from client.gui.wiring import build_house
    from client.local.paths import Paths
    from tests.gui.clock import FakeClock
    from tests.gui.presenters.settings.conftest import Board
    from tests.support.cli import Cli
    from tests.support.people import Person

    cli = Cli(folder / "work", folder / "home", dict(ada.person.cli.settings))
    cli.ok("login", "--server", server.url, "--email", ada.email, "--code", server.request_code(ada.email))
    clock = FakeClock()
    return Seat(Person(ada.email, cli), build_house(Paths(cli.data), clock), Questions(), clock, Board())


@pytest.mark.parametrize("same", [True, False])
def test_a_new_machine_gets_the_keys(ada: Seat, server: LiveServer, tmp_path: Path, same: bool) -> None:
    """It waits and is found; both show the same digits. Whoever says that they differ hands nothing over."""
    machine = _new_machine(ada, server, tmp_path / "new")
    shown: list[str] = []

    def same_digits(digits: str) -> bool:
        shown.append(digits)
        return True

    ended: list[object] = []

    def work(job: object) -> object:
        del job
        me = replace(machine.house.keys.person(), ask=lambda _prompt, _twice: "words of the new machine")
        return get_keys(me, lambda code, _qr: shown.append(code), same_digits)

    machine.house.jobs.run(work, done=ended.append, failed=ended.append)
    devices = Devices(ada.house, ada.questions)
    devices.shown()
    ada.until(lambda: devices.state.waiting)
    assert devices.state.can_approve
    assert devices.state.waiting[0].code == shown[0]
    devices.add()
    ada.answer(code="0000-0000" if shown[0] != "0000-0000" else "1111-1111")
    assert "waits with this code" in ada.questions.state.error.text
    ada.questions.answer({"code": shown[0]})
    ada.unlock()
    ada.until(lambda: ada.questions.state.question and ada.questions.state.question.big)
    machine.until(lambda: len(shown) > 1)
    question = ada.questions.state.question
    assert question is not None
    assert question.big == shown[1]
    if same:
        ada.answer()
    else:
        ada.questions.refuse()
    ada.until(lambda: not devices.state.giving)
    machine.until(lambda: ended)
    devices.left()
    assert isinstance(ended[0], Problem) is not same
    assert machine.house.keys.person().vault.has(ada.email) is same
    assert ("on their way" if same else "not the same") in ada.said()
    machine.house.close()


def test_two_steps_on_and_off(ada: Seat) -> None:
    """A wrong code turns nothing on; recovery codes are shown once, and each turns it off once."""
    totp = SecondFactor(ada.house, ada.questions)
    totp.begin()
    totp.shown()
    ada.until(lambda: totp.state.can_begin)
    totp.begin()
    ada.until(lambda: totp.state.uri)
    totp.copy_secret()
    assert ada.board.text == totp.state.secret
    totp.type_code("123")
    assert not totp.state.working
    right = TOTP(totp.state.secret).now()
    totp.type_code(f"{(int(right) + 1) % 1_000_000:06d}")
    ada.until(lambda: totp.state.code_error)
    assert "clock" in totp.state.code_error.text
    totp.type_code(f"{right[:3]} {right[3:]}")
    ada.until(lambda: totp.state.codes)
    assert totp.state.on
    codes = totp.state.codes
    totp.copy_codes()
    assert ada.board.text == "\n".join(codes)
    totp.shown()
    assert totp.state.codes == codes, "what is shown once stays until somebody has it"
    totp.codes_are_safe()
    ada.until(lambda: totp.state.can_turn_off)
    assert totp.state.codes == ()
    totp.turn_off()
    ada.answer(code="000000")
    assert ada.questions.state.error
    ada.answer(code=codes[0])
    ada.until(lambda: totp.state.loaded and not totp.state.on)


def test_recovery_codes_are_saved_for_their_owner_alone(ada: Seat, tmp_path: Path) -> None:
    totp = SecondFactor(ada.house, ada.questions)
    totp.shown()
    ada.until(lambda: totp.state.can_begin)
    totp.begin()
    ada.until(lambda: totp.state.uri)
    totp.confirm(TOTP(totp.state.secret).now())
    ada.until(lambda: totp.state.codes)
    target = tmp_path / "codes.txt"
    totp.save_codes("")
    totp.save_codes(str(target))
    ada.until(lambda: "Saved" in ada.said())
    assert tuple(target.read_text().split()) == totp.state.codes
    assert target.stat().st_mode & 0o777 == 0o600


def test_setting_up_is_given_up(ada: Seat) -> None:
    totp = SecondFactor(ada.house, ada.questions)
    totp.shown()
    ada.until(lambda: totp.state.can_begin)
    totp.begin()
    ada.until(lambda: totp.state.uri)
    totp.cancel()
    ada.until(lambda: totp.state.can_begin)
    assert totp.state.secret == ""


def test_tokens(ada: Seat, server: LiveServer) -> None:
    """Made with the rights that were ticked, shown once, good until revoked."""
    tokens = Tokens(ada.house, ada.questions)
    tokens.shown()
    ada.until(lambda: tokens.state.loaded)
    assert not tokens.state.can_create
    tokens.name("x" * 200)
    assert tokens.state.error
    tokens.name("nightly")
    tokens.allow("files:read", False)
    assert not tokens.state.can_create, "a token without any right is of no use"
    tokens.allow("account", True)
    tokens.expire(7)
    tokens.create()
    ada.until(lambda: tokens.state.token and tokens.state.rows)
    row = tokens.state.rows[0]
    assert (row.name, row.rights, row.used) == ("nightly", "Account", "never used")
    token = tokens.state.token
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{server.url}/account", headers=headers, timeout=30).json()["email"] == ada.email
    tokens.copy_token()
    assert ada.board.text == token
    tokens.token_is_safe()
    assert tokens.state.token == ""
    tokens.revoke("nothing")
    tokens.revoke(row.token_id)
    ada.answer()
    ada.until(lambda: not tokens.state.rows)
    assert requests.get(f"{server.url}/account", headers=headers, timeout=30).status_code == 401


def test_the_account_is_exported_and_deleted(ada: Seat, server: LiveServer, tmp_path: Path) -> None:
    """Deleted only with the mailed code; then nobody is signed in, and the keys here are still there."""
    account = AccountRoom(ada.house, ada.questions)
    account.export("too early")
    account.shown()
    ada.until(lambda: account.state.can_act)
    assert account.state.amount.startswith("0 files")
    target = tmp_path / "export.json"
    account.export(str(target))
    ada.until(lambda: not account.state.exporting)
    assert json.loads(target.read_bytes())["account"]["email"] == ada.email
    since = len(server.lines)
    account.delete()
    assert ada.asked() == "Delete your account for good?"
    import re

    code = server.line_with(re.compile(rf"{re.escape(ada.email)}.*?(\d{{6}})"), since=since)[1]
    ada.answer(code=f"{(int(code) + 1) % 1_000_000:06d}")
    assert ada.questions.state.error
    ada.answer(code=code)
    ada.until(lambda: not ada.house.paths.session.exists())
    assert account.state.email == ""
    assert any(ada.house.paths.identities.glob("*.json"))


def test_the_server(ada: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it answers; certificates of one's own are looked into before they are believed."""
    monkeypatch.setenv("SEALCASE_HOME", str(ada.person.cli.data))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    room = Server(ada.house, ada.questions)
    room.shown()
    ada.until(lambda: room.state.answers)
    assert room.state.safe
    assert "this machine" in room.state.encryption
    assert "public" in room.state.ca_words
    (tmp_path / "none.pem").write_text("nothing")
    room.choose_ca("")
    room.choose_ca(str(tmp_path / "none.pem"))
    ada.until(lambda: room.state.ca_error)
    assert ada.house.settings.current.ca_file == ""
    trustme.CA().cert_pem.write_to_path(tmp_path / "own.pem")
    room.choose_ca(str(tmp_path / "own.pem"))
    ada.until(lambda: ada.house.settings.current.ca_file)
    assert "own.pem" in room.state.ca_words
    assert room.state.ca_error.text == ""
    room.public_ca()
    assert ada.house.settings.current.ca_file == ""
    monkeypatch.setenv("SEALCASE_CA_FILE", str(tmp_path / "own.pem"))
    room.shown()
    assert room.state.ca_fixed


def test_a_server_that_is_gone(ada: Seat) -> None:
    change_server(ada.person.cli.data / "session.json", "http://127.0.0.1:9")
    ada.house.shell.look_again()
    room = Server(ada.house, ada.questions)
    room.check()
    ada.until(lambda: room.state.answers is False)
    assert room.state.sick.text
    assert "code: Unreachable" in room.state.sick.details


def test_diagnostics_hold_no_secret(ada: Seat, tmp_path: Path) -> None:
    """Neither keys nor passphrase nor tokens; addresses, folders and names only where somebody ticked that."""
    ada.house.keys.with_keys(lambda _person: None)
    ada.unlock()
    ada.until(lambda: ada.house.keys.state.unlocked)
    session = json.loads(ada.house.paths.session.read_bytes())
    ada.house.change_settings(lambda now: replace(now, server=session["server"], download_folder=str(tmp_path)))
    ada.house.troubles.remember(
        Problem(Kind.FILE, "It can't be read.", "", "", f"Can't read {tmp_path}/love letter.txt", "FileProblem", "r-1")
    )
    diagnostics = Diagnostics(ada.house, ada.questions)
    diagnostics.save(str(tmp_path / "too early.zip"))
    diagnostics.shown()
    ada.until(lambda: diagnostics.state.can_save)
    target = tmp_path / "out.zip"
    diagnostics.save("")
    diagnostics.save(str(target))
    ada.until(lambda: target.exists() and "Saved" in ada.said())
    text = _all_of(target)
    vault = next(ada.house.paths.identities.glob("*.json")).read_text()
    secrets = [PASSPHRASE, session["token"], session["refresh_token"], session["user_id"], vault[200:260]]
    naming = [ada.email, session["server"], str(tmp_path), "love letter"]
    assert not [each for each in (*secrets, *naming) if each in text]
    for told in ('"sealcase"', '"python"', "FileProblem", "r-1", '"theme"', '"identities": 1'):
        assert told in text
    assert diagnostics.state.preview.count("==") == 2 * len(zipfile.ZipFile(target).namelist())
    diagnostics.include_names(True)
    ada.until(lambda: "love letter" in diagnostics.state.preview and diagnostics.state.can_save)
    diagnostics.save(str(target))
    ada.until(lambda: "love letter" in _all_of(target))
    text = _all_of(target)
    assert session["server"] in text
    assert not [each for each in secrets if each in text]
    assert target.stat().st_mode & 0o777 == 0o600
    diagnostics.copy()
    assert ada.board.text == diagnostics.state.preview


def _all_of(target: Path) -> str:
    with zipfile.ZipFile(io.BytesIO(target.read_bytes())) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


def _unlocked(ada: Seat) -> None:
    ada.house.keys.with_keys(lambda _person: None)
    ada.unlock()
    ada.until(lambda: ada.house.keys.state.unlocked)


@pytest.mark.parametrize("too_soon", [False, True])
def test_locking_takes_secrets_of_two_steps_off_the_screen(ada: Seat, too_soon: bool) -> None:
    """What is being set up, then the recovery codes; also what arrives only then."""
    totp = SecondFactor(ada.house, ada.questions)
    totp.shown()
    ada.until(lambda: totp.state.can_begin)
    _unlocked(ada)
    totp.begin()
    if not too_soon:
        ada.until(lambda: totp.state.uri)
    ada.house.keys.lock()
    ada.until(lambda: totp.state.can_begin and ada.house.jobs.running == 0)
    assert (totp.state.secret, totp.state.uri) == ("", "")
    _unlocked(ada)
    totp.begin()
    ada.until(lambda: totp.state.uri)
    totp.confirm(TOTP(totp.state.secret).now())
    if not too_soon:
        ada.until(lambda: totp.state.codes)
    ada.house.keys.lock()
    ada.until(lambda: totp.state.can_turn_off and ada.house.jobs.running == 0)
    assert totp.state.codes == ()
    assert "recovery codes are no longer shown" in ada.said()


@pytest.mark.parametrize("too_soon", [False, True])
def test_locking_takes_a_new_token_off_the_screen(ada: Seat, too_soon: bool) -> None:
    """Also one that arrives only then."""
    tokens = Tokens(ada.house, ada.questions)
    _unlocked(ada)
    tokens.name("nightly")
    tokens.create()
    if not too_soon:
        ada.until(lambda: tokens.state.token)
    ada.house.keys.lock()
    ada.until(lambda: tokens.state.rows and ada.house.jobs.running == 0)
    assert (tokens.state.token, tokens.state.working) == ("", False)
    assert "new token is no longer shown" in ada.said()
