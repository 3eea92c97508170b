"""Every exception is something that a person can read."""

import pytest

from client import errors
from client.api import failures
from client.gui.problem import Kind, problem_of
from shared.api.models import Problem as WireProblem
from shared.crypto import errors as crypto_errors
from shared.sealed.errors import FormatError


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (failures.Unreachable("gone"), Kind.OFFLINE),
        (failures.TryAgain("busy"), Kind.BUSY),
        (failures.TooMany("slow down", 3.0), Kind.BUSY),
        (failures.QuotaExceeded("full"), Kind.FULL),
        (errors.ContentDamaged("lost"), Kind.ALTERED),
        (errors.Unencrypted("bare"), Kind.NETWORK),
        (errors.NotSignedIn("no"), Kind.SIGNED_OUT),
        (errors.SecondFactorRequired("more"), Kind.SECOND_FACTOR),
        (errors.TargetExists("there"), Kind.EXISTS),
        (errors.UntrustedKey("other"), Kind.UNTRUSTED),
        (errors.NeedsInput("what?"), Kind.INPUT),
        (crypto_errors.WrongPassphrase("no"), Kind.PASSPHRASE),
        (crypto_errors.Truncated("short"), Kind.ALTERED),
        (FormatError("odd"), Kind.ALTERED),
        (PermissionError(13, "Permission denied", "/root/x"), Kind.FILE),
        (ZeroDivisionError("division by zero"), Kind.BUG),
    ],
)
def test_each_has_its_kind_and_three_sentences(error: Exception, kind: Kind) -> None:
    """What happened, whether data is safe, what to do."""
    problem = problem_of(error)
    assert problem.kind is kind
    assert all((problem.what, problem.safe, problem.then))


def test_advice_for_terminals_is_left_out() -> None:
    """Whoever looks at a window can not follow it."""
    error = errors.NotSignedIn("your session has ended. Sign in again: sealcase login --server URL")
    assert problem_of(error).specifics == "Your session has ended. Sign in again."


def test_a_bug_shows_nothing_raw() -> None:
    """Neither its message nor a traceback; its kind and place are in the details."""
    try:
        _ = {"a": 1}["secret value"]
    except KeyError as error:
        problem = problem_of(error)
    assert "secret value" not in problem.sentence + problem.details
    assert "KeyError at test_problem.py:" in problem.details


def test_details_have_code_and_request() -> None:
    """So that whoever runs the server finds it in their log."""
    wire = WireProblem(
        type="about:blank", title="No", status=413, code="too_large", request_id="abc123", detail="Too big."
    )
    problem = problem_of(failures.error_of(wire, None))
    assert "code: too_large" in problem.details
    assert "request: abc123" in problem.details


def test_what_can_be_continued_says_so() -> None:
    """A queue offers to go on instead of beginning anew."""
    error = failures.Unreachable("gone")
    errors.stays(error, "half of it has arrived")
    assert problem_of(error).resumable
