"""Mail by SMTP, over STARTTLS or TLS, with login. Every failure is explained in words."""

import logging
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage

from server.adapters.letter import code_letter, invitation_letter, notice_letter, test_letter
from server.errors import Unavailable
from server.ports import Notice, Purpose

log = logging.getLogger(__name__)

STALL_SECONDS = 15
PAUSES = (1.0, 4.0, 15.0)
"""Seconds between tries. A code lives ten minutes: who waits for it asks again before that."""
_TRANSIENT = range(400, 500)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
_MAX_REPLY_CHARS = 200


class Undelivered(Unavailable):
    """The mail was not taken. The message says why and what to do, and holds no secret."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient
        """Whether the next try may go better."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """How the operator's mail server is reached."""

    host: str
    port: int
    security: str
    """starttls, tls or none."""
    user: str
    password: str = field(repr=False)
    ca_file: str
    """Certificates to trust instead of the system's; empty: the system's."""
    sender: str
    """The From header."""


class SmtpMailer:
    """A `Mailer`. `place` is how the mail names the server that the code is for."""

    available = True
    invites = True

    def __init__(self, server: SmtpServer, place: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._server = server
        self._place = place
        self._sleep = sleep

    def send_code(self, email: str, code: str, minutes: int, purpose: Purpose) -> None:
        self._deliver(code_letter(self._server.sender, email, self._place, code, minutes, purpose))

    def send_invitation(self, email: str, sender: str) -> None:
        self._deliver(invitation_letter(self._server.sender, email, self._place, sender))

    def send_notice(self, email: str, notice: Notice, count: int = 1) -> None:
        self._deliver(notice_letter(self._server.sender, email, self._place, notice, count))

    def send_test(self, email: str) -> None:
        """One try, so that its failure is seen. Raises `Undelivered`."""
        self._try(test_letter(self._server.sender, email, self._place))

    def check(self) -> None:
        """Connect, encrypt and sign in, and send nothing. Raises `Undelivered`."""
        try:
            with self._connected() as connection:
                if self._server.user:
                    connection.login(self._server.user, self._server.password)
                connection.noop()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise self._explained(error) from None

    def _deliver(self, message: EmailMessage) -> None:
        """With more tries after what may pass. A try whose answer was lost may deliver twice: the same code, though."""
        for pause in PAUSES:
            try:
                return self._try(message)
            except Undelivered as error:
                if not error.transient:
                    raise
                log.warning("mail is tried again in %.0f seconds: %s", pause, error)
                self._sleep(pause)
        return self._try(message)

    def _try(self, message: EmailMessage) -> None:
        try:
            with self._connected() as connection:
                if self._server.user:
                    connection.login(self._server.user, self._server.password)
                connection.send_message(message)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            # Without what it came from: smtplib's own text may quote the whole conversation.
            raise self._explained(error) from None

    def _connected(self) -> smtplib.SMTP:
        server, name = self._server, socket.gethostname() or "localhost"
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, name, timeout=STALL_SECONDS, context=self._trust())
        connection = smtplib.SMTP(server.host, server.port, name, timeout=STALL_SECONDS)
        try:
            if server.security == "starttls":
                connection.starttls(context=self._trust())
        except BaseException:
            connection.close()
            raise
        return connection

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._server.ca_file or None)

    def _explained(self, error: Exception) -> Undelivered:
        server = self._server
        where = f"{server.host} port {server.port}"
        match error:
            case smtplib.SMTPAuthenticationError():
                why = f"{where} refuses the login of SMTP_USER ({_reply(error.smtp_code, error.smtp_error)})"
                transient = error.smtp_code in _TRANSIENT
            case smtplib.SMTPRecipientsRefused():
                code, text = next(iter(error.recipients.values()))
                why = f"{where} does not take mail for this address ({_reply(code, text)})"
                transient = code in _TRANSIENT
            case smtplib.SMTPSenderRefused():
                why = f"{where} does not take mail from MAIL_FROM ({_reply(error.smtp_code, error.smtp_error)})"
                transient = error.smtp_code in _TRANSIENT
            case smtplib.SMTPResponseException():
                why = f"{where} refuses the mail ({_reply(error.smtp_code, error.smtp_error)})"
                transient = error.smtp_code in _TRANSIENT
            case smtplib.SMTPNotSupportedError() if server.security == "starttls" and "STARTTLS" in str(error):
                why = f"{where} does not offer STARTTLS; nothing was sent unencrypted. Is SMTP_SECURITY=tls meant?"
                transient = False
            case smtplib.SMTPNotSupportedError():
                why, transient = f"{where} can't do what this mail needs: login, or letters beyond ASCII", False
            case ssl.SSLCertVerificationError():
                why = f"the certificate of {where} is not valid ({error.verify_message}); SMTP_CA_FILE names your own"
                transient = False
            case ssl.SSLError():
                why, transient = f"{where} does not speak TLS like that; check SMTP_SECURITY and SMTP_PORT", False
            case socket.gaierror():
                why, transient = f"the name {server.host} can't be found; check SMTP_HOST", True
            case TimeoutError():
                why = f"{where} does not answer within {STALL_SECONDS} seconds; check firewall and port"
                transient = True
            case ConnectionRefusedError():
                why, transient = f"nothing listens at {where}; check SMTP_HOST and SMTP_PORT", True
            case smtplib.SMTPServerDisconnected() | ConnectionError():
                why, transient = f"{where} broke off; check SMTP_SECURITY and SMTP_PORT", True
            case FileNotFoundError() | PermissionError():
                why, transient = "SMTP_CA_FILE can't be read", False
            case _:
                why, transient = f"talking to {where} failed ({type(error).__name__})", isinstance(error, OSError)
        return Undelivered(f"The mail was not delivered: {why}.", transient=transient)


def _reply(code: int, text: bytes | str) -> str:
    """What the mail server said, on one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {_UNPRINTABLE.sub(' ', words)[:_MAX_REPLY_CHARS]}".strip()
