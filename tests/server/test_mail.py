"""Mail by a real SMTP server: what arrives, what is tried again, and how every failure is explained."""

import json
import logging
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from server.adapters.errands import ThreadErrands
from server.adapters.smtp import PAUSES, SmtpMailer, SmtpServer, Undelivered
from server.ports import Purpose
from server.settings import Settings
from server.wiring import smtp_mailer
from tests.services.smtp import PASSWORD, USER, SmtpBox, smtp_server
from tests.support.server import live_server, server_environment

ADA = "ada@example.org"
CODE = "042137"


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[SmtpBox]:
    with smtp_server(tmp_path) as box:
        yield box


def server_of(box: SmtpBox) -> SmtpServer:
    return SmtpServer(
        "127.0.0.1", box.port, "starttls", USER, PASSWORD, str(box.ca_file), "Sealcase <no-reply@files.example.org>"
    )


def mailer(server: SmtpServer, pauses: list[float] | None = None) -> SmtpMailer:
    """One that does not wait between tries, but says how long it would have."""
    return SmtpMailer(server, "https://files.example.org", (pauses if pauses is not None else []).append)


def failure(server: SmtpServer) -> Undelivered:
    with pytest.raises(Undelivered) as failed:
        mailer(server).send_test(ADA)
    assert PASSWORD not in str(failed.value)
    return failed.value


def test_a_code_arrives_encrypted_and_logged_in(smtp: SmtpBox) -> None:
    """Plain and HTML, with product, server, code, minutes, and what to do if this was not you; no code in a header."""
    mailer(server_of(smtp)).send_code(ADA, CODE, 10, Purpose.SIGN_IN)
    mail = smtp.mail_to(ADA)
    assert (mail.over_tls, mail.login, mail.code) == (True, USER, CODE)
    for text in (mail.plain, mail.html):
        for word in ("Sealcase", "https://files.example.org", CODE, "10 minutes", "If this was not you"):
            assert word in text
    assert mail.message["From"] == "Sealcase <no-reply@files.example.org>"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["Message-ID"].endswith("@files.example.org>")
    by_chance = ("Message-ID", "Content-Type")  # have long numbers in them
    assert CODE not in "".join(f"{name}{value}" for name, value in mail.message.items() if name not in by_chance)


def test_a_code_to_delete_an_account_says_so(smtp: SmtpBox) -> None:
    """Nobody should take it for a sign-in code."""
    mailer(server_of(smtp)).send_code(ADA, CODE, 10, Purpose.DELETE_ACCOUNT)
    mail = smtp.mail_to(ADA)
    assert "delete your Sealcase account" in mail.plain
    assert "delete" in mail.message["Subject"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    """SMTP_SECURITY=tls, as on port 465, where nothing but TLS is understood."""
    with smtp_server(tmp_path, implicit_tls=True) as box:
        mailer(replace(server_of(box), security="tls")).send_code(ADA, CODE, 10, Purpose.SIGN_IN)
        assert box.mail_to(ADA).code == CODE


@pytest.mark.parametrize("fault", ["451 4.3.0 try later", "421 busy", "drop"])
def test_what_may_pass_is_tried_again(smtp: SmtpBox, fault: str) -> None:
    """With growing pauses, and the same code."""
    smtp.refusals += [fault, fault]
    pauses: list[float] = []
    mailer(server_of(smtp), pauses).send_code(ADA, CODE, 10, Purpose.SIGN_IN)
    assert pauses == list(PAUSES[:2])
    assert smtp.mail_to(ADA).code == CODE


def test_what_will_not_pass_is_tried_once(smtp: SmtpBox) -> None:
    """A 5xx is final."""
    smtp.refusals += ["550 5.1.1 no such person"]
    with pytest.raises(Undelivered, match=r"550 5\.1\.1 no such person"):
        mailer(server_of(smtp)).send_code(ADA, CODE, 10, Purpose.SIGN_IN)
    assert smtp.tries == 1


def test_tries_end(smtp: SmtpBox) -> None:
    """After four the mail is given up, with the last reason."""
    smtp.refusals += ["451 later"] * 9
    with pytest.raises(Undelivered, match="451 later"):
        mailer(server_of(smtp)).send_code(ADA, CODE, 10, Purpose.SIGN_IN)
    assert smtp.tries == len(PAUSES) + 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "another"}, "refuses the login of SMTP_USER"),
        ({"ca_file": ""}, "certificate of 127.0.0.1 port .* is not valid .*SMTP_CA_FILE"),
        ({"ca_file": "/nowhere/ca.pem"}, "SMTP_CA_FILE can't be read"),
        ({"security": "tls"}, "does not speak TLS like that; check SMTP_SECURITY"),
        ({"security": "none", "user": ""}, "refuses|does not take"),
        ({"host": "no-such-host.invalid"}, "name no-such-host.invalid can't be found; check SMTP_HOST"),
    ],
)
def test_every_failure_is_explained(smtp: SmtpBox, change: dict[str, str], words: str) -> None:
    """With the setting to look at, and never with the password."""
    assert re.search(words, str(failure(replace(server_of(smtp), **change))))  # type: ignore[arg-type]  # texts only
    assert smtp.mails == []


def test_nothing_listens(smtp: SmtpBox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "nothing listens" in str(failure(replace(server_of(smtp), port=port)))


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_without_starttls_nothing_is_sent(tmp_path: Path) -> None:
    """A server, or somebody between, that hides STARTTLS gets neither password nor mail."""
    with smtp_server(tmp_path, starttls=False) as box:
        assert "does not offer STARTTLS; nothing was sent unencrypted" in str(failure(server_of(box)))
        assert box.mails == []


@pytest.mark.parametrize("address", ["ada@example.org\nBcc: eve@example.org", "ada@example.org\r\n\r\nhello"])
def test_header_injection_is_impossible(smtp: SmtpBox, address: str) -> None:
    """An address with a line break never gets this far; if one did, no mail would leave."""
    with pytest.raises(ValueError, match="may not contain linefeed"):
        mailer(server_of(smtp)).send_test(address)
    assert smtp.mails == []


def test_a_server_says_nothing_of_ours_in_the_log(smtp: SmtpBox) -> None:
    """Control characters in a reply stay out of the message."""
    smtp.refusals += ["550 \x1b[31mred\x07"]
    assert "\x1b" not in str(failure(server_of(smtp)))


def test_signing_in_by_mail_with_real_processes(smtp: SmtpBox, tmp_path: Path) -> None:
    """Two workers, STARTTLS, login; the code is in the mail and not in the log; a busy server is tried again."""
    smtp.refusals += ["451 later"]
    with live_server(tmp_path / "data", workers=2, **smtp.settings()) as server:
        asked = requests.post(f"{server.url}/auth/request_otp", json={"email": ADA}, timeout=30)
        assert (asked.status_code, asked.json()) == (200, {"status": "ok", "message": "OTP sent to email"})
        code = smtp.mail_to(ADA).code
        body = {"email": ADA, "otp": code}
        assert requests.post(f"{server.url}/auth/login", json=body, timeout=30).status_code == 200
        log = "\n".join(server.lines)
    assert code not in log
    assert PASSWORD not in log
    assert "tried again" in log


def test_a_server_that_stops_still_delivers(smtp: SmtpBox, tmp_path: Path) -> None:
    """A mail that is on its way when the server is told to stop is not lost."""
    with live_server(tmp_path / "data", workers=1, **smtp.settings()) as server:
        requests.post(f"{server.url}/auth/request_otp", json={"email": ADA}, timeout=30).raise_for_status()
    assert smtp.mail_to(ADA).code


def test_mail_that_is_lost_is_in_the_log(smtp: SmtpBox, tmp_path: Path) -> None:
    """The answer is the same, and the operator reads why."""
    smtp.refusals += ["554 no"]
    with live_server(tmp_path / "data", workers=1, **smtp.settings()) as server:
        asked = requests.post(f"{server.url}/auth/request_otp", json={"email": ADA}, timeout=30)
        assert asked.json() == {"status": "ok", "message": "OTP sent to email"}
        server.line_with(re.compile(r"could not be mailed.*554 no"))


def run_mail_test(environment: dict[str, str], to: str = ADA, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "admin", "mail-test", "--to", to, *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
def test_mail_test_delivers_and_explains(smtp: SmtpBox, tmp_path: Path) -> None:
    """`admin mail-test` sends a real mail, or ends with 1 and the reason."""
    done = run_mail_test(server_environment(tmp_path / "data", **smtp.settings()))
    assert (done.returncode, done.stderr) == (0, "")
    assert "can send mail" in smtp.mail_to(ADA).message["Subject"]
    for_machines = run_mail_test(server_environment(tmp_path / "data", **smtp.settings()), ADA, "--json")
    assert json.loads(for_machines.stdout) == {"to": ADA, "taken_by": "127.0.0.1"}
    wrong = run_mail_test(server_environment(tmp_path / "data", **smtp.settings(smtp_password="not it at all")))
    assert wrong.returncode == 1
    assert "refuses the login of SMTP_USER" in wrong.stderr
    none = run_mail_test(server_environment(tmp_path / "data"))
    assert none.returncode == 1
    assert "SMTP_HOST" in none.stderr
    assert run_mail_test(server_environment(tmp_path / "data", **smtp.settings()), "ada").returncode == 2


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_usual_port_follows_from_the_encryption(tmp_path: Path, security: str, port: int) -> None:
    mail = {"smtp_host": "mail.example.org", "mail_from": "a@b.example", "smtp_security": security}
    made = smtp_mailer(Settings.model_validate({"data_dir": tmp_path, **mail}))
    assert made is not None
    assert made._server.port == port


def test_errands_are_refused_before_they_pile_up(caplog: pytest.LogCaptureFixture) -> None:
    """And one that fails does not take the next with it."""
    done: list[int] = []

    def fail() -> None:
        raise RuntimeError("this one")

    def note(number: int) -> Callable[[], None]:
        return lambda: done.append(number)

    errands = ThreadErrands()
    with caplog.at_level(logging.ERROR):
        errands.run_later(fail)
        for number in range(20):
            errands.run_later(note(number))
        errands._pool.shutdown(wait=True)
    assert sorted(done) == list(range(20))
    assert "an errand failed" in caplog.text
