"""Mailers for servers without mail: the operator's terminal, or nowhere."""

import logging
import sys

log = logging.getLogger(__name__)


class ConsoleMailer:
    """Prints codes for whoever sits at the terminal. Only where nobody from outside can ask for one."""

    def send_code(self, email: str, code: str, minutes: int) -> None:
        sys.stderr.write(f"\n*** Sign-in code for {email}: {code} (valid for {minutes} minutes) ***\n\n")
        sys.stderr.flush()


class NoMailer:
    """Delivers nothing and says so in the log, without the code."""

    def send_code(self, email: str, code: str, minutes: int) -> None:  # noqa: ARG002  # the port's signature
        log.warning(
            "a sign-in code was asked for, but no mail is configured: "
            "run `sealcase-server admin login-code EMAIL` on this machine"
        )
