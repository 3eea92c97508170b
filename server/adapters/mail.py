"""Mailers for servers without mail: the operator's terminal, or nowhere."""

import logging
import sys

from server.adapters.letter import files
from server.errors import Unavailable
from server.ports import Notice, Purpose

log = logging.getLogger(__name__)

_WHAT = {Purpose.SIGN_IN: "Sign-in code", Purpose.DELETE_ACCOUNT: "Account deletion code"}


_TOLD = {
    Notice.LINK_USED: "a link of theirs was used for the first time",
    Notice.FILE_FETCHED: "a file of theirs was fetched for the first time",
    Notice.FILES_LEFT: "{count} arrived in a drop box of theirs",
}


class ConsoleMailer:
    """Prints what would be mailed for whoever sits at the terminal. Only where nobody from outside can ask for one."""

    available = False
    invites = True

    def send_code(self, email: str, code: str, minutes: int, purpose: Purpose) -> None:
        _print(f"{_WHAT[purpose]} for {email}: {code} (valid for {minutes} minutes)")

    def send_invitation(self, email: str, sender: str) -> None:
        _print(f"Invitation for {email}: {sender} wants to send them files")

    def send_notice(self, email: str, notice: Notice, count: int = 1) -> None:
        _print(f"Notice for {email}: {_TOLD[notice].format(count=files(count))}")


class NoMailer:
    """Delivers nothing and says so in the log, without the code."""

    available = False
    invites = False

    def send_code(self, email: str, code: str, minutes: int, purpose: Purpose) -> None:  # noqa: ARG002  # the port's
        log.warning(
            "a code was asked for, but no mail is configured (SMTP_HOST): "
            "run `sealcase-server admin login-code EMAIL` on this machine"
        )

    def send_invitation(self, email: str, sender: str) -> None:  # noqa: ARG002  # the port's
        raise Unavailable("No mail is configured (SMTP_HOST).")

    def send_notice(self, email: str, notice: Notice, count: int = 1) -> None:  # noqa: ARG002  # the port's
        raise Unavailable("No mail is configured (SMTP_HOST).")


def _print(line: str) -> None:
    sys.stderr.write(f"\n*** {line} ***\n\n")
    sys.stderr.flush()
