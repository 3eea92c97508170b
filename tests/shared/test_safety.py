"""Safety numbers and the codes that carry them."""

from hypothesis import given
from hypothesis.strategies import binary, emails, text, tuples

from shared.crypto import safety
from shared.crypto.safety import is_safety_code, safety_code, safety_number

SIGNERS = tuples(emails(), binary(min_size=32, max_size=32))


def test_a_code_holds_the_number_and_whose_half_is_whose() -> None:
    """The number is the same for both; the code tells who shows it. Another key, or another address, gives others."""
    ada, bob = ("ada@example.org", b"a" * 32), ("bob@example.org", b"b" * 32)
    number = safety_number(ada, bob)
    assert number == safety_number(bob, ada)
    prefix, mine, theirs = safety_code(ada, bob).split(":")
    assert prefix == "SEALCASE1"
    assert f"{mine}{theirs}" == number.replace(" ", "")
    assert safety_code(bob, ada) == f"{prefix}:{theirs}:{mine}"
    for other in (("bob@example.org", b"c" * 32), ("bob@example.com", b"b" * 32)):
        assert safety_number(ada, other) != number
        assert safety_code(ada, other).split(":")[1] == mine


@given(SIGNERS, SIGNERS)
def test_every_code_is_known_for_one(one: tuple[str, bytes], other: tuple[str, bytes]) -> None:
    """Also of addresses that nobody has seen yet; made quickly here, for rounds change nothing of the shape."""
    rounds, safety.ROUNDS = safety.ROUNDS, 2
    try:
        assert is_safety_code(safety_code(one, other))
    finally:
        safety.ROUNDS = rounds


@given(text())
def test_other_texts_are_no_codes(other: str) -> None:
    """Nor do they break anything: a photograph may show any QR code."""
    assert not is_safety_code(other)
    assert not is_safety_code(f"SEALCASE1:{other}")
    assert not is_safety_code(f"SEALCASE1:{'1' * 30}:{other}:")
    assert not is_safety_code(f"SEALCASE2:{'1' * 30}:{'2' * 30}")
    assert not is_safety_code(f"SEALCASE1:{'1' * 30}:{'٢' * 30}")
