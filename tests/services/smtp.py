"""A real SMTP server that insists on encryption and login: `with smtp_server(folder) as smtp: ...`."""

import asyncio
import email
import email.policy
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.ports import free_port

USER, PASSWORD = "mailer", "s3cret of the mailer"
SECONDS = 20


@dataclass(frozen=True)
class Received:
    """A mail as it arrived."""

    sender: str
    recipients: list[str]
    over_tls: bool
    login: object
    message: EmailMessage

    @property
    def plain(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def code(self) -> str:
        """The six digits in the plain part."""
        found = re.search(r"^ +(\d{6})\s*$", self.plain, re.MULTILINE)
        assert found, self.plain
        return found[1]

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


@dataclass
class SmtpBox:
    """The server, what it took in, and the faults that it should show."""

    port: int
    ca_file: Path
    mails: list[Received] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """Answers to the next mails, one each; "drop" breaks the connection off."""
    tries: int = 0
    hold: threading.Event | None = None
    """No mail is answered before this is set."""
    news: threading.Condition = field(default_factory=threading.Condition)

    def settings(self, **changes: str) -> dict[str, str]:
        """Settings of a Sealcase server that mails through this one."""
        return {
            "smtp_host": "127.0.0.1",
            "smtp_port": str(self.port),
            "smtp_user": USER,
            "smtp_password": PASSWORD,
            "smtp_ca_file": str(self.ca_file),
            "mail_from": "Sealcase <no-reply@files.example.org>",
            **changes,
        }

    def mail_to(self, address: str, number: int = 0) -> Received:
        """The mail with this number to an address, waited for if need be."""
        with self.news:
            assert self.news.wait_for(lambda: len(self._to(address)) > number, SECONDS), f"no mail to {address}"
        return self._to(address)[number]

    def _to(self, address: str) -> list[Received]:
        return [mail for mail in self.mails if address in mail.recipients]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's
        self.tries += 1
        if self.hold is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.hold.wait, SECONDS)
        if self.refusals:
            refusal = self.refusals.pop(0)
            if refusal != "drop":
                return refusal
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "421 bye"
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        received = Received(
            str(envelope.mail_from), list(envelope.rcpt_tos), session.ssl is not None, session.auth_data, message
        )
        with self.news:
            self.mails.append(received)
            self.news.notify_all()
        return "250 queued"


@contextmanager
def smtp_server(folder: Path, *, implicit_tls: bool = False, starttls: bool = True) -> Iterator[SmtpBox]:
    """Listens on 127.0.0.1; its certificate is of an authority of its own, in `ca_file`."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    box = SmtpBox(
        free_port(),  # aiosmtpd can't take port 0: it connects to the port that it was given
        folder / "smtp-ca.pem",
    )
    authority.cert_pem.write_to_path(str(box.ca_file))
    encryption: dict[str, Any] = {"auth_require_tls": False}
    if implicit_tls:
        encryption = {"ssl_context": context, "auth_require_tls": False}
    elif starttls:
        encryption = {"tls_context": context, "require_starttls": True}
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        auth_required=True,
        authenticator=_authenticate,
        ready_timeout=60,
        **encryption,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: object) -> AuthResult:
    right = isinstance(auth_data, LoginPassword) and (auth_data.login, auth_data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=right, handled=right, auth_data=USER if right else None)
