"""The server's HTTP API, as a script would use it."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.processes import Failed
from benchmarks.servers import Server, login_code

_TIMEOUT = 60

Fields = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, repr=False)
class Api:
    """One person at one server."""

    url: str
    token: str
    user_id: str = ""

    @classmethod
    def signed_in(cls, server: Server, email: str, server_folder: Path) -> Self:
        """Signs in at the server over `server_folder`, with a new account the first time."""
        code = login_code(server_folder, email)
        answer = json.loads(cls(server.url, "").call("POST", "/auth/login", {"email": email, "otp": code}))
        return cls(server.url, str(answer["token"]), str(answer["user_id"]))

    def call(self, method: str, path: str, fields: Fields | None = None) -> bytes:
        """The answer's body. Raises `Failed`."""
        request = urllib.request.Request(f"{self.url}{path}", method=method)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if fields is not None:
            request.data = json.dumps(fields).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                body: bytes = answer.read()
                return body
        except OSError as error:  # what urllib raises is one
            raise Failed(f"{method} {path}: {error}") from None
