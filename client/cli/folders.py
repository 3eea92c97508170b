"""What is said of a folder that was sent or received: a summary, and everything that did not travel."""

from client.actions.folder_outcomes import ReceivedFolder, SentFolder
from client.cli.exit_codes import ExitCode, exit_code_of
from client.cli.terminal import JsonValue, date_text, note, size_text
from client.local.left_out import LeftOut


def tell_sent(folder: SentFolder, source: str) -> None:
    """For people."""
    _tell_failed(folder.failed, source)
    amount = f"{_files(folder.files)} of {folder.name} ({size_text(folder.size)})"
    sentences = [f"Sent {amount}, kept until {date_text(folder.expires_at)}."]
    if folder.skipped:
        sentences.append(f"{len(folder.skipped):,} left out.")
    if folder.failed:
        sentences.append(f"{_failed(folder.failed)}; send the folder again with --resume to send what is missing.")
    note(" ".join(sentences))


def tell_received(folder: ReceivedFolder, sender: str) -> None:
    """For people."""
    _tell_failed(folder.failed, str(folder.target))
    sentences = [f"Received {_files(folder.files)} of {folder.name} ({size_text(folder.size)})."]
    if folder.there:
        sentences.append(f"{folder.there:,} were there already with the right size, and were not touched.")
    if folder.failed:
        sentences.append(f"{_failed(folder.failed)}; get it again to receive what is missing.")
    note(" ".join(sentences))
    note(sender)


def code_of(folder: SentFolder | ReceivedFolder) -> int:
    """The exit code of what failed last; 0 where nothing did."""
    if folder.error is not None:
        return exit_code_of(folder.error)
    return ExitCode.OTHER if folder.failed else ExitCode.OK


def sent_record(folder: SentFolder) -> dict[str, JsonValue]:
    return {
        "file_id": folder.file_id,
        "name": folder.name,
        "size": folder.size,
        "files": folder.files,
        "expires_at": folder.expires_at,
        "skipped": _records(folder.skipped),
        "failed": _records(folder.failed),
    }


def received_record(folder: ReceivedFolder) -> dict[str, JsonValue]:
    return {
        "file_id": folder.file_id,
        "path": str(folder.target),
        "name": folder.name,
        "size": folder.size,
        "files": folder.files,
        "already_there": folder.there,
        "failed": _records(folder.failed),
        "from": folder.from_email,
        "sender": folder.trust.value,
        "doubt": folder.doubt or None,
        "sender_fingerprint": folder.sender_fingerprint,
        "note": folder.note or None,
    }


def _tell_failed(failed: tuple[LeftOut, ...], where: str) -> None:
    for left in failed:
        note(f"sealcase: {where}/{left.path}: {left.reason}")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _failed(failed: tuple[LeftOut, ...]) -> str:
    return f"{len(failed):,} failed"


def _records(left: tuple[LeftOut, ...]) -> list[JsonValue]:
    return [{"path": each.path, "reason": each.reason} for each in left]
