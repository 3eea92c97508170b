"""`get` with a link: no account is needed for it."""

from pathlib import Path

from client.actions.folder_outcomes import ReceivedFolder
from client.actions.receive import Received
from client.actions.receive_link import open_link, receive_opened
from client.api.throttle import Throttle
from client.cli.faces import faces
from client.cli.terminal import ask_secret
from client.local.outputs import PIPE
from client.local.paths import Paths
from client.local.secrets import first_line
from shared.crypto.link import parse_link


def get_link(
    text: str,
    output: Path | None,
    password_file: Path | None,
    *,
    force: bool,
    limit_rate: int | None,
    allow_http: bool,
    as_events: bool,
) -> list[Received | ReceivedFolder]:
    """Opens a link and receives all that it leads to. Raises what that raises; never a word of the link in it."""
    address = parse_link(text)
    password = None if password_file is None or not address.has_password else first_line(password_file)
    throttle = Throttle.from_environment() if limit_rate is None else Throttle(limit_rate)
    opened = open_link(Paths.default(), address, password, _ask, allow_http=allow_http, throttle=throttle)
    if output is not None and output != PIPE and len(opened.tops) > 1:
        output.mkdir(parents=True, exist_ok=True)
    with faces("Receiving", as_events=as_events) as tell:
        return receive_opened(opened, output, force=force, tell=tell)


def _ask(was_wrong: bool) -> str:
    return ask_secret("That was wrong. Password of the link" if was_wrong else "Password of the link", False)
