"""What every `Records` keeps to about accounts as the operator sees them."""

from pathlib import Path

import pytest

from server.domain import Terms, User
from server.ports import Records
from tests.contracts.places import RECORDS
from tests.contracts.test_records import ADA, BOB


@pytest.fixture(params=RECORDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def records(name: str, place: Path) -> Records:
    return RECORDS[name](place)


def test_every_account_is_listed(records: Records) -> None:
    assert list(records.users()) == []
    ada, bob = User(ADA, "ada@example.org", 1.5), User(BOB, "bob@example.org", 2.0)
    records.add_user(ada)
    records.add_user(bob)
    assert sorted(records.users(), key=lambda user: user.email) == [ada, bob]
    records.remove_user(ADA)
    assert list(records.users()) == [bob]


def test_terms_are_kept_replaced_and_removed(records: Records) -> None:
    """With or without an account; the account's end leaves them to whoever decides about them."""
    assert records.terms(ADA) is None
    records.put_terms(Terms(ADA, disabled_at=3.25, quota_bytes=0))
    assert records.terms(ADA) == Terms(ADA, 3.25, 0, None)
    records.put_terms(Terms(ADA, None, 1 << 60, 7))
    assert records.terms(ADA) == Terms(ADA, None, 1 << 60, 7)
    assert records.terms(BOB) is None
    records.add_user(User(ADA, "ada@example.org", 1.5))
    records.remove_user(ADA)
    assert records.terms(ADA) is not None
    records.remove_terms(ADA)
    records.remove_terms(ADA)
    assert records.terms(ADA) is None


def test_a_person_who_is_none_has_no_terms(records: Records) -> None:
    with pytest.raises(ValueError, match="user id"):
        records.terms("../../etc/passwd")
