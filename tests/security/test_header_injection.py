"""Attack: header lines in an answer that the sender of a request made up."""

from pathlib import Path

import pytest

from tests.server.house import House, Person, house
from tests.server.samples import sample

_EVIL = ["x\r\nSet-Cookie: evil=1", "x%0d%0aSet-Cookie:%20evil=1", "x\nX-Evil: 1", "x\u560d\u560aX-Evil: 1"]


@pytest.fixture
def here(tmp_path: Path) -> House:
    return house(tmp_path, cors_origins="https://app.example.org")


@pytest.mark.parametrize("evil", _EVIL)
def test_no_parameter_becomes_a_header(here: House, evil: str) -> None:
    """Links to next pages, places of new things, ranges, origins."""
    ada: Person = here.person("ada@example.org")
    for _ in range(2):
        assert ada.send(sample()).status_code == 201
    answers = [
        ada.ask("GET", "/files", query_string={"limit": 1, "search": evil}),
        ada.ask("GET", "/files", query_string={"limit": 1, "cursor": evil}),
        ada.ask("GET", "/activity", query_string={"limit": 1, "kind": evil}),
        ada.ask("GET", f"/files/{evil}"),
        ada.ask("POST", "/uploads", json={**sample().start(), "file_id": evil}),
        ada.ask("GET", "/activity?limit=1", headers={"Origin": "".join(evil.split()).encode().decode("latin-1")}),
    ]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert "X-Evil" not in answer.headers
        assert answer.status_code < 500
        for name, value in answer.headers.items():
            assert "evil" not in value.lower() or name == "Link"
            assert value.isprintable()


@pytest.mark.parametrize("header", ["X-Request-Id", "X-Forwarded-Host", "Host", "X-HTTP-Method-Override"])
def test_no_header_of_a_request_comes_back(here: House, header: str) -> None:
    """Not the id of the request, not the name of the host."""
    answer = here.http.get("/nope", headers={header: "evil.example"})
    assert "evil" not in str(answer.headers) + answer.text
    assert answer.status_code == 404
