"""What lists say of a file, in a few words each."""

from client.gui.presenters.listing import FileLine
from client.gui.text import _, ngettext, until


def name_words(line: FileLine) -> str:
    """What a file is called in a list."""
    if line.name is not None:
        if line.folder_files is None:
            return line.name
        return f"{line.name}/  ({ngettext('{count} file', '{count} files', line.folder_files)})"
    if not line.opened:
        return "…"
    return _("(altered: it does not open)") if line.altered else _("(not for the keys on this machine)")


def state_words(line: FileLine, now: float) -> str:
    """How long it is kept yet, or why it is not."""
    if line.expires_at > now and line.is_over(now):
        return _("limit reached")
    return until(line.expires_at, now)


def downloads_words(line: FileLine) -> str:
    """3, or 3 of 5."""
    if line.download_limit is None:
        return str(line.downloads)
    return _("{count} of {limit}").format(count=line.downloads, limit=line.download_limit)


def safety_words(line: FileLine) -> str:
    """Whether it is safe against computers of the future, too."""
    if not line.opened:
        return ""
    return _("post-quantum") if line.post_quantum else _("classical")


def share_text(file_id: str, server: str) -> str:
    """For a mail or a message. It holds no secret: only whoever it is sealed for can open it."""
    return _(
        "I have sealed something for you with Sealcase.\n"
        "Sign in at {server} with the address to which this was sent, and paste this id into Download:\n"
        "{file_id}"
    ).format(server=server, file_id=file_id)
