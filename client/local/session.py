"""The session with a server: who is signed in where, and the tokens (mode 0600)."""

from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from client.errors import NotSignedIn
from client.local.paths import Paths
from client.local.private_files import read_private, write_private
from shared.sealed import strict_json
from shared.sealed.errors import FormatError

_MAX_BYTES = 65_536
_NEVER = 1 << 52


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """Signed in as `email` at `server`."""

    server: str
    """The server's address, without a slash at the end."""
    email: str
    user_id: str
    token: str
    refresh_token: str
    expires_at: int
    """Unix seconds: when the access token ends."""

    @classmethod
    def load(cls, paths: Paths) -> "Session | None":
        """The session on this machine, or None. Raises `NotSignedIn` if its file is damaged."""
        raw = read_private(paths.session)
        if raw is None:
            return None
        try:
            record = strict_json.loads_object(raw, _MAX_BYTES, "the session file")
            return cls(
                server=strict_json.text(record, "server", 2_048),
                email=strict_json.text(record, "email", 254),
                user_id=strict_json.text(record, "user_id", 64),
                token=strict_json.text(record, "token", 8_192),
                refresh_token=strict_json.text(record, "refresh_token", 8_192),
                expires_at=strict_json.integer(record, "expires_at"),
            )
        except FormatError as error:
            raise NotSignedIn(f"the session file {paths.session} is damaged ({error}); sign in again") from None

    def save(self, paths: Paths) -> None:
        write_private(paths.session, strict_json.dumps(asdict(self)))

    def continues(self, other: "Session") -> bool:
        """Whether both are the same person at the same server; tokens of anybody else are none of our business."""
        return (self.server, self.user_id) == (other.server, other.user_id)

    def with_tokens(self, token: str, refresh_token: str, expires_at: int) -> "Session":
        return replace(self, token=token, refresh_token=refresh_token, expires_at=expires_at)


def session_of_token(server: str, token: str) -> Session:
    """A personal access token in a session's place. It can't be renewed; the server says who it speaks for."""
    return Session(server, "", "", token, "", _NEVER)


def session_here(paths: Paths) -> Session | None:
    """Who is signed in; None for nobody, and for a session that is damaged."""
    with suppress(NotSignedIn):
        return Session.load(paths)
    return None


def require_session(paths: Paths) -> Session:
    """Raises `NotSignedIn` where nobody is."""
    if session := Session.load(paths):
        return session
    raise NotSignedIn("nobody is signed in here. Sign in first: sealcase login --server URL")


def forget_session(paths: Paths) -> None:
    paths.session.unlink(missing_ok=True)
