"""Attack: pretending to come from elsewhere, with headers that proxies set."""

from pathlib import Path

import pytest

from tests.server.house import House, house

_LIMIT = 3
_SPOOFED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")


def limited(folder: Path, proxies: int) -> House:
    """A server that lets an address ask three times an hour."""
    return house(folder, rate_limits=True, rate_limit_anonymous=f"{_LIMIT} per hour", trusted_proxies=proxies)


def ask(here: House, **headers: str) -> int:
    return here.http.get("/files", headers={name.replace("_", "-"): each for name, each in headers.items()}).status_code


@pytest.mark.parametrize("header", _SPOOFED)
def test_headers_change_nothing_without_proxies(tmp_path: Path, header: str) -> None:
    """Every request counts for the address that it really comes from."""
    here = limited(tmp_path, 0)
    values = [f"198.51.100.{number}" for number in range(_LIMIT + 1)]
    if header == "Forwarded":
        values = [f"for={each}" for each in values]
    assert [ask(here, **{header: each}) for each in values] == [401] * _LIMIT + [429]


def test_behind_one_proxy_only_its_own_word_counts(tmp_path: Path) -> None:
    """What the sender put in front of it may be anything."""
    here = limited(tmp_path, 1)
    chains = [f"10.0.0.{number}, 198.51.100.7" for number in range(_LIMIT + 1)]
    assert [ask(here, X_Forwarded_For=each) for each in chains] == [401] * _LIMIT + [429]
    assert ask(here, X_Forwarded_For="10.0.0.1, 198.51.100.8") == 401


def test_behind_two_proxies_the_second_from_the_end_counts(tmp_path: Path) -> None:
    here = limited(tmp_path, 2)
    chains = [f"10.9.9.{number}, 198.51.100.7, 192.0.2.{number}" for number in range(_LIMIT + 1)]
    assert [ask(here, X_Forwarded_For=each) for each in chains] == [401] * _LIMIT + [429]


def test_a_chain_that_is_too_short_names_nobody(tmp_path: Path) -> None:
    """Whoever gets past the proxies counts by their real address."""
    here = limited(tmp_path, 2)
    chains = [f"198.51.100.{number}" for number in range(_LIMIT + 1)]
    assert [ask(here, X_Forwarded_For=each) for each in chains] == [401] * _LIMIT + [429]


@pytest.mark.parametrize("value", ["127.0.0.1", "::1", "nonsense", "", "127.0.0.1, 127.0.0.1", "\u0661"])
@pytest.mark.parametrize("proxies", [0, 1])
def test_nobody_becomes_this_machine(tmp_path: Path, value: str, proxies: int) -> None:
    """Strangers do not learn what only callers on the server's machine do."""
    here = limited(tmp_path, proxies)
    answer = here.http.get(
        "/health",
        headers={"X-Forwarded-For": value.encode().decode("latin-1")},
        environ_overrides={"REMOTE_ADDR": "203.0.113.9"},
    )
    assert answer.get_json() == {"status": "healthy", "product": "Sealcase"}


def test_activity_remembers_the_real_network(tmp_path: Path) -> None:
    here = house(tmp_path)
    ada = here.person("ada@example.org")
    here.http.post(
        "/auth/login", json={"email": ada.email, "otp": "000000"}, headers={"X-Forwarded-For": "198.51.100.7"}
    )
    (failed,) = ada.ask("GET", "/activity?kind=sign_in_failed").get_json()["activity"]
    assert failed["ip_prefix"] == "127.0.0.0/24"
