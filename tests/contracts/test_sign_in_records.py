"""What every `Records` keeps to about second factors, access tokens and people who leave."""

from dataclasses import replace
from pathlib import Path

import pytest

from server.domain import AccessToken, CardRecord, RecoveryRecord, SecondFactor, Terms, User
from server.ports import Records
from shared.api.scopes import ALL_SCOPES, Scope
from tests.contracts.places import RECORDS

ADA, BOB = "a" * 32, "b" * 32


@pytest.fixture(params=RECORDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def records(name: str, place: Path) -> Records:
    return RECORDS[name](place)


def token(number: int, user_id: str = ADA) -> AccessToken:
    return AccessToken(
        token_id=f"{number:032x}",
        user_id=user_id,
        email="ada@example.org",
        name="näme\n",
        scopes=frozenset({Scope.FILES_READ}) if number % 2 else ALL_SCOPES,
        created_at=1_000.5 + number,
        expires_at=None if number % 2 else 5_000,
        mac="0f" * 32,
    )


def test_a_second_factor_is_what_was_put_last(records: Records) -> None:
    """One a person; None where there is none."""
    factor = SecondFactor(ADA, "SECRET", 7, ("aa", "bb"), 1_000.5)
    assert records.second_factor(ADA) is None
    records.put_second_factor(factor)
    assert records.second_factor(ADA) == factor
    used = replace(factor, last_step=8, recovery_macs=("bb",))
    records.put_second_factor(used)
    assert records.second_factor(ADA) == used
    assert records.second_factor(BOB) is None
    records.remove_second_factor(ADA)
    records.remove_second_factor(ADA)
    assert records.second_factor(ADA) is None


def test_what_can_be_read_is_no_finding(records: Records) -> None:
    records.add_user(User(ADA, "ada@example.org", 1.5))
    records.put_terms(Terms(BOB, disabled_at=3.25))
    records.put_second_factor(SecondFactor(ADA, "SECRET", 7, ("aa", "bb"), 1_000.5))
    records.put_recovery(RecoveryRecord(ADA, b"sealed", 1_000.5))
    records.add_access_token(token(1))
    records.add_card(CardRecord(ADA, 0, b"card", b"signature"))
    assert list(records.verify_people()) == []


def test_a_recovery_copy_is_what_was_put_last(records: Records) -> None:
    """One a person, byte for byte; None where there is none."""
    assert records.recovery(ADA) is None
    records.put_recovery(RecoveryRecord(ADA, b"first", 1_000.5))
    latest = RecoveryRecord(ADA, bytes(range(256)), 1_001.0)
    records.put_recovery(latest)
    assert records.recovery(ADA) == latest
    assert records.recovery(BOB) is None
    records.remove_recovery(ADA)
    records.remove_recovery(ADA)
    assert records.recovery(ADA) is None


def test_access_tokens_are_found_by_id_and_by_person(records: Records) -> None:
    """The newest first; each exactly as it was added."""
    for each in (token(1), token(3), token(2), token(4, BOB)):
        records.add_access_token(each)
    assert records.access_token(token(2).token_id) == token(2)
    assert records.access_tokens(ADA) == [token(3), token(2), token(1)]
    assert records.access_tokens(BOB) == [token(4, BOB)]


def test_a_removed_access_token_is_gone(records: Records) -> None:
    """From both; removing it again changes nothing."""
    records.add_access_token(token(1))
    records.add_access_token(token(2))
    records.remove_access_token(token(1))
    records.remove_access_token(token(1))
    assert records.access_token(token(1).token_id) is None
    assert records.access_tokens(ADA) == [token(2)]


@pytest.mark.parametrize("wrong", ["", "x", "../" * 4, "A" * 32, "0" * 31, "0" * 32 + "/"])
def test_ids_that_are_none_are_refused(records: Records, wrong: str) -> None:
    """Whatever comes from outside, no path is made of it."""
    with pytest.raises(ValueError, match="id"):
        records.access_token(wrong)
    with pytest.raises(ValueError, match="id"):
        records.second_factor(wrong)
    with pytest.raises(ValueError, match="id"):
        records.remove_user(wrong)


def test_who_leaves_takes_their_cards_along(records: Records) -> None:
    """Others keep theirs; whoever comes back begins anew."""
    for user_id in (ADA, BOB):
        records.add_user(User(user_id, f"{user_id[0]}@example.org", 1.0))
        for sequence in range(3):
            records.add_card(CardRecord(user_id, sequence, b"card", bytes(64)))
    records.remove_user(ADA)
    records.remove_user(ADA)
    assert (records.user(ADA), records.latest_card(ADA)) == (None, None)
    latest = records.latest_card(BOB)
    assert latest is not None
    assert latest.sequence == 2
    assert records.add_user(User(ADA, "a@example.org", 2.0)).created_at == 2.0
    records.add_card(CardRecord(ADA, 0, b"card", bytes(64)))
