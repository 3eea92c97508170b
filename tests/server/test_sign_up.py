"""SIGNUP: who may make an account."""

import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from server.settings import Settings
from tests.server.house import House, code_of, house


def sign_in(here: House, email: str, code: str | None = None) -> int:
    """Status of a sign-in with the code that was mailed, or with one that was not."""
    here.http.post("/auth/request_otp", json={"email": email})
    otp = code or (here.mail.codes.get(email) or ["000000"])[-1]
    return here.http.post("/auth/login", json={"email": email, "otp": otp}).status_code


def test_closed_keeps_strangers_out_and_everybody_else_in(tmp_path: Path) -> None:
    """Whoever has an account signs in as before; nobody else is mailed a code."""
    house(tmp_path).person("ada@example.org")
    closed = house(tmp_path, signup="closed")
    assert sign_in(closed, "ada@example.org") == 200
    assert sign_in(closed, "new@example.org") == 401
    assert "new@example.org" not in closed.mail.codes


def test_an_allowlist_names_domains_and_addresses(tmp_path: Path) -> None:
    """In any spelling; a domain does not stand for those below or beside it."""
    here = house(tmp_path, signup="allowlist", signup_allow="Example.ORG, @other.example , guest@elsewhere.example")
    for email in ("ada@example.org", "bob@other.example", "guest@elsewhere.example"):
        assert sign_in(here, email) == 200
    for email in ("ada@sub.example.org", "ada@notexample.org", "ada@elsewhere.example", "example.org@evil.example"):
        assert sign_in(here, email) == 401
        assert email not in here.mail.codes


def test_the_operator_lets_anybody_in(tmp_path: Path) -> None:
    """`admin login-code` makes an account also where nobody may sign up."""
    closed = house(tmp_path, signup="closed")
    code = closed.services.accounts.code_for_operator("guest@example.org")
    login = closed.http.post("/auth/login", json={"email": "guest@example.org", "otp": code})
    assert login.status_code == 200
    assert sign_in(closed, "guest@example.org") == 200


def test_a_code_from_before_is_no_way_round(tmp_path: Path) -> None:
    """Asked for while sign-up was open, refused after it was closed."""
    open_house = house(tmp_path)
    open_house.http.post("/auth/request_otp", json={"email": "late@example.org"})
    body = {"email": "late@example.org", "otp": open_house.mail.codes["late@example.org"][-1]}
    answer = house(tmp_path, signup="closed").http.post("/auth/login", json=body)
    assert code_of(answer) == "sign_in_refused"


def test_who_is_blocked_is_not_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is that for everybody; the log says that nothing was sent, without the address."""
    closed = house(tmp_path, signup="closed")
    with caplog.at_level(logging.INFO):
        answer = closed.http.post("/auth/request_otp", json={"email": "new@example.org"})
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "message": "OTP sent to email"})
    assert "may not sign up" in caplog.text
    assert "new@example.org" not in caplog.text


@pytest.mark.parametrize(
    "settings",
    [
        {"signup": "allowlist"},
        {"signup": "sometimes"},
        {"smtp_host": "mail.example.org"},
        {"smtp_host": "m.example", "mail_from": "a@b.example", "smtp_password": "x", "smtp_security": "none"},
        {"mail_from": "no address"},
        {"mail_from": "a@b.example\nBcc: eve@example.org"},
        {"jwt_secret_previous": "short"},
    ],
)
def test_settings_that_lock_out_or_leak_are_refused(tmp_path: Path, settings: dict[str, str]) -> None:
    """An allowlist of nobody, mail from nobody, a password in the clear, a weak secret."""
    with pytest.raises(ValidationError):
        Settings.model_validate({"data_dir": tmp_path, **settings})
