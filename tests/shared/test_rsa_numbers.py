"""A damaged RSA private key is noticed when it is loaded, not by what it fails to open."""

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers

from shared.crypto.errors import BadKey
from shared.crypto.keys import check_rsa_numbers
from tests.shared.vectors import private_keys

FIELDS = ("d", "dmp1", "dmq1", "iqmp")


def test_a_sound_key_is_accepted() -> None:
    check_rsa_numbers(private_keys("alice", rsa_only=True).rsa)


@pytest.mark.parametrize("field", FIELDS)
def test_a_number_that_does_not_belong_is_refused(field: str) -> None:
    """OpenSSL would load each of these without a word when it is told not to test for primes."""
    sound = private_keys("alice", rsa_only=True).rsa.private_numbers()
    numbers = {name: getattr(sound, name) for name in ("p", "q", *FIELDS)}
    numbers[field] += 2
    public = RSAPublicNumbers(sound.public_numbers.e, sound.public_numbers.n)
    damaged = RSAPrivateNumbers(public_numbers=public, **numbers)
    with pytest.raises((BadKey, ValueError)):
        check_rsa_numbers(damaged.private_key(unsafe_skip_rsa_key_validation=True))
