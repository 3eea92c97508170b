"""Lines of the log: an object each for machines, or text for people. Neither lets anybody write a line of their own."""

import json
import logging
import re
import sys
import time
from typing import Literal

Format = Literal["json", "text"]
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


class JsonLines(logging.Formatter):
    """One JSON object a line, in ASCII. `extra={"fields": {...}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields: dict[str, object] = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


class TextLines(logging.Formatter):
    """Time, level, logger, message; the lines of a traceback are indented, so that none looks like one of the log."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {printable(record.getMessage())}"
        if not record.exc_info:
            return line
        trace = self.formatException(record.exc_info).splitlines()
        return "\n".join((line, *(f"    {printable(each)}" for each in trace)))


def set_up(level: str, chosen: Literal["", "json", "text"]) -> Format:
    """Send every log where `chosen` says; empty: text if somebody sits at a terminal. Says which it is."""
    form: Format = chosen or ("text" if sys.stderr.isatty() else "json")
    handler = logging.StreamHandler(sys.stdout if form == "json" else sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("filelock").setLevel(logging.WARNING)
    return form


def printable(text: str) -> str:
    """`text` on one line of ASCII."""
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
