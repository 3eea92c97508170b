"""Attack: a web page of another origin that calls the API with its visitor's rights."""

from pathlib import Path

import pytest

from server.settings import Settings
from tests.server.house import house

GOOD = "https://app.example.org"
_EVIL = [
    "https://evil.example.org",
    "http://app.example.org",
    "https://app.example.org.evil.org",
    "https://evil.org#https://app.example.org",
    "https://APP.example.org",
    "https://app.example.org:8443",
    "https://app.example.org/",
    "null",
    "*",
    "",
]


def cors_headers(folder: Path, origins: str, origin: str, method: str) -> dict[str, str]:
    headers = {"Origin": origin, "Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "x-evil"}
    answer = house(folder, cors_origins=origins).http.open("/files", method=method, headers=headers)
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control")}


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
@pytest.mark.parametrize("origin", [GOOD, *_EVIL])
def test_off_means_off(tmp_path: Path, origin: str, method: str) -> None:
    assert not cors_headers(tmp_path, "", origin, method)


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
@pytest.mark.parametrize("origin", _EVIL)
def test_no_other_origin_is_let_in_or_reflected(tmp_path: Path, origin: str, method: str) -> None:
    assert not cors_headers(tmp_path, f"{GOOD}, https://second.example.org", origin, method)


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
def test_the_named_origin_is_let_in_without_cookies(tmp_path: Path, method: str) -> None:
    """And nothing that the page asked for is reflected; caches keep answers apart."""
    headers = cors_headers(tmp_path, f"{GOOD},https://second.example.org", GOOD, method)
    assert headers["Access-Control-Allow-Origin"] == GOOD
    assert "Access-Control-Allow-Credentials" not in headers
    assert "x-evil" not in str(headers)
    assert ("Access-Control-Allow-Methods" in headers) == (method == "OPTIONS")


def test_answers_vary_by_origin_for_everybody(tmp_path: Path) -> None:
    here = house(tmp_path, cors_origins=GOOD)
    for headers in ({}, {"Origin": GOOD}, {"Origin": "https://evil.example.org"}):
        assert "Origin" in here.http.get("/health", headers=headers).headers["Vary"]


@pytest.mark.parametrize(
    "origins", ["*", "https://*.example.org", "example.org", "https://a.org/x", "null", "https://"]
)
def test_origins_that_are_not_exact_are_refused(origins: str) -> None:
    with pytest.raises(ValueError, match="exact origin"):
        Settings(cors_origins=origins)
