"""`python -m server.health`: whether the server on this machine is ready, by exit code. Imports next to nothing."""

import http.client
import os
import sys

_SECONDS = 4


def main() -> int:
    """Ask /ready on this machine, whatever PORT says."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 5000), timeout=_SECONDS)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        text = answer.read(4096).decode("utf-8", "replace")
    except OSError as error:
        print(f"no answer: {error.strerror or error}", file=sys.stderr)  # noqa: T201  # it is a command
        return 1
    if answer.status != http.client.OK:
        print(text, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
