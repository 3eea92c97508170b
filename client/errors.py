"""Errors of the client's own. Each message says what happened, whether data is safe, and what to do next.

ClientError
├── NotSignedIn        no session, or one that ended
│   └── SecondFactorRequired  the emailed code is right, the other one is missing
├── NotFound           no such file, person or identity, or no access to it
├── Expired            the file's time is over
├── ContentDamaged     the server has lost bytes of the file
├── UntrustedKey       somebody's key is not the one that was known
├── NetworkError       the server can't be reached, or what answers is no Sealcase server
│   └── Unencrypted    its address is not encrypted on the way
├── Refused            the server said no: quota, rate, size
├── FileProblem        a file on this machine can't be read or written
│   ├── TargetExists   it would be overwritten
│   ├── DiskFull       there is no room left on this machine
│   └── UnsafeName     the name that a sender chose is no plain file name
└── NeedsInput         a secret must be asked for, and there is no terminal to ask at
Beside these come `shared.crypto.errors` and `shared.sealed.errors`.
"""


class ClientError(Exception):
    """Something that the person at the keyboard must know."""

    code: str | None = None
    """The server's code for it, where it was the server that said so."""
    request_id: str | None = None
    """By which whoever runs the server finds the request in their log."""


class NotSignedIn(ClientError):
    """No session, or one that ended."""


class SecondFactorRequired(NotSignedIn):
    """The emailed code is right and still good; the authenticator app's is missing."""


class NotFound(ClientError):
    """There is no such thing, or it is not for us."""


class Expired(ClientError):
    """The file's time is over, or it was downloaded as often as its sender allowed."""


class ContentDamaged(ClientError):
    """The server has lost bytes of the file. Asking again brings none of them back."""


class UntrustedKey(ClientError):
    """Somebody's key is not the one that was known before."""


class NetworkError(ClientError):
    """The server can't be reached, broke off, or is no Sealcase server."""


class Unencrypted(NetworkError):
    """The way to the server is not encrypted, and nobody has said that this is meant."""


class Refused(ClientError):
    """The server said no, and will not change its mind by itself."""


class FileProblem(ClientError):
    """A file on this machine can't be read or written."""


class TargetExists(FileProblem):
    """Something has that name already; it was not touched."""


class DiskFull(FileProblem):
    """There is no room left on this machine's disk, or in our share of it."""


class UnsafeName(FileProblem):
    """The name that the sender gave the file is no plain file name."""


class NeedsInput(ClientError):
    """A secret must be asked for, and there is no terminal to ask at."""


def stays(error: BaseException, what: str) -> None:
    """Says with `error` what is kept of the work that it ended, so that the next try continues there."""
    error.add_note(what)


def can_continue(error: BaseException) -> bool:
    """Whether the next try continues where `error` ended this one."""
    return bool(_notes(error))


def what_stays(error: BaseException) -> str:
    """What the person should know of it; empty where nothing is kept."""
    return " ".join(_notes(error))


def words_of(error: BaseException) -> str:
    """All that the person should read: the message, and what stays."""
    message, notes = str(error), what_stays(error)
    if message and notes:
        return f"{message if message.endswith(('.', '?')) else f'{message}.'} {notes}"
    return message or notes


def _notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])
