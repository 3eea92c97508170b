"""Links as the server sees them: an id, a hash, grants that name the id. No cryptography."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.sealed.encoding import b64u
from tests.server.house import Person
from tests.server.samples import Sample


@dataclass(frozen=True)
class Linked:
    """A link that somebody has."""

    link_id: str = field(default_factory=lambda: b64u(secrets.token_bytes(32)))
    access: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def grant(self) -> dict[str, str | None]:
        return {"type": "link", "recipient": self.link_id, "wrapped_key": b64u(bytes(40)), "signature": None}

    def body(self, *files: Sample, **terms: object) -> dict[str, object]:
        """The body of `POST /links`."""
        items = [{"file_id": str(file.file_id), "grant": self.grant} for file in files]
        return {**self.terms(), "items": items, **terms}

    def terms(self) -> dict[str, object]:
        return {"link_id": self.link_id, "auth_hash": b64u(hashlib.sha256(self.access).digest())}

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Link {b64u(self.access)}"}


@dataclass
class Holder:
    """Somebody who has a link, and no account."""

    http: FlaskClient
    link: Linked

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {**self.link.headers, **options.pop("headers", {})}
        return self.http.open(f"/links/{self.link.link_id}{path}", method=method, headers=headers, **options)

    def opened(self) -> TestResponse:
        return self.ask("GET", "/open")

    def claim(self) -> str:
        answer = self.ask("POST", "/claim")
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["claim"])

    def get(self, claim: str, file: Sample, first: int | None = None, last: int | None = None) -> TestResponse:
        headers = {"Sealcase-Claim": claim}
        if first is not None:
            headers["Range"] = f"bytes={first}-{last}"
        return self.ask("GET", f"/files/{file.file_id}/content", headers=headers)

    def done(self, claim: str) -> None:
        assert self.ask("POST", f"/claims/{claim}/done").status_code == 200

    def give_back(self, claim: str) -> None:
        assert self.ask("DELETE", f"/claims/{claim}").status_code == 200


def link_to(owner: Person, http: FlaskClient, *files: Sample, **terms: object) -> Holder:
    """A link of `owner`'s to files that are there, in somebody else's hands."""
    link = Linked()
    answer = owner.ask("POST", "/links", json=link.body(*files, **terms))
    assert answer.status_code == 201, answer.text
    return Holder(http, link)
