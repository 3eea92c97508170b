"""The application in this process, over real adapters in a temporary folder, with a clock that tests turn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.app import app_over
from server.ports import BlobStore, Notice, Purpose
from server.settings import Settings
from server.wiring import Services, Wiring, services, wire
from tests.server.samples import Sample

LEASE_SECONDS = 90
"""How long a place to download is held by who does not move, with the usual BODY_TIMEOUT."""


@dataclass
class TurnedClock:
    """A `Clock` that stands still until it is moved."""

    time: float = 1_800_000_000.0

    def now(self) -> float:
        return self.time


@dataclass
class KeptMail:
    """A `Mailer` that keeps what it is given."""

    available = True
    invites = True
    codes: dict[str, list[str]] = field(default_factory=dict)
    """For signing in, by address."""
    invitations: list[tuple[str, str]] = field(default_factory=list)
    """Who was invited, and by whom."""
    notices: list[tuple[str, Notice]] = field(default_factory=list)
    deletion_codes: dict[str, list[str]] = field(default_factory=dict)

    def send_code(self, email: str, code: str, minutes: int, purpose: Purpose) -> None:
        kept = self.codes if purpose is Purpose.SIGN_IN else self.deletion_codes
        kept.setdefault(email, []).append(code)

    def send_invitation(self, email: str, sender: str) -> None:
        self.invitations.append((email, sender))

    def send_notice(self, email: str, notice: Notice, count: int = 1) -> None:
        self.notices += [(email, notice)] * count


class AtOnce:
    """`Errands` that are done before anybody goes on."""

    def run_later(self, errand: Callable[[], None]) -> None:
        errand()


@dataclass
class Person:
    """Somebody signed in."""

    http: FlaskClient
    email: str
    user_id: str
    token: str
    refresh_token: str

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        """A request with the person's token."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.http.open(path, method=method, headers=headers, **options)

    def put_part(self, sample: Sample, number: int, **headers: str) -> TestResponse:
        """Send one part of `sample`."""
        path = f"/uploads/{sample.file_id}/parts/{number}"
        return self.ask("PUT", path, data=sample.parts[number], headers=headers)

    def send(self, sample: Sample, **completion: object) -> TestResponse:
        """Send all of `sample`; the answer to its completion."""
        assert self.ask("POST", "/uploads", json=sample.start()).status_code == 201
        for number in range(len(sample.parts)):
            assert self.put_part(sample, number).status_code == 200
        return self.complete(sample, **completion)

    def complete(self, sample: Sample, **completion: object) -> TestResponse:
        """Complete the upload of `sample`."""
        return self.ask("POST", f"/uploads/{sample.file_id}/complete", json=sample.completion(**completion))


@dataclass
class House:
    """One server over one folder."""

    settings: Settings
    wiring: Wiring
    services: Services
    app: Flask
    clock: TurnedClock
    mail: KeptMail

    @property
    def blobs(self) -> BlobStore:
        """Where new files go."""
        return self.wiring.stores.of(self.wiring.stores.default)

    @property
    def http(self) -> FlaskClient:
        return self.app.test_client()

    def person(self, email: str) -> Person:
        """Sign in as `email`."""
        self.http.post("/auth/request_otp", json={"email": email})
        answer = self.http.post("/auth/login", json={"email": email, "otp": self.mail.codes[email][-1]})
        assert answer.status_code == 200, answer.text
        body = answer.get_json()
        return Person(self.http, email, body["user_id"], body["token"], body["refresh_token"])

    def kept(self, text: bytes) -> list[Path]:
        """The files of the data folder that contain `text`."""
        files = (path for path in self.settings.data_dir.rglob("*") if path.is_file())
        return [path for path in files if text in path.read_bytes()]


def house(folder: Path, **settings: Any) -> House:
    """A server over `folder`; build it again over the same folder for what a restart would see."""
    chosen = Settings(**{"data_dir": folder, "free_disk_floor": 0, "rate_limits": False, **settings})
    clock, mail = TurnedClock(), KeptMail()
    wiring = wire(chosen, clock, mail, AtOnce())
    everything = services(chosen, wiring)
    return House(chosen, wiring, everything, app_over(everything, chosen), clock, mail)


def code_of(answer: TestResponse) -> str:
    """The stable code of a problem; fails for an answer that is none."""
    assert answer.content_type == "application/problem+json", (answer.status_code, answer.content_type)
    body = answer.get_json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return str(body["code"])
