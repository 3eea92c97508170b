"""What an email is called inside: the same id every time, and nothing that can be guessed without the secret."""

import hashlib
import hmac

from email_validator import EmailNotValidError, validate_email

from server.domain import USER_ID
from server.errors import FieldError, Invalid

_ID_CHARS = 32


class UserIds:
    """Ids follow from emails, so that a file can be meant for somebody who has no account yet."""

    def __init__(self, secret_key: bytes) -> None:
        self._secret_key = secret_key

    def of_email(self, email: str) -> str:
        """The id of a normalized email."""
        mac = hmac.new(self._secret_key, b"sealcase user\0" + email.encode(), hashlib.sha256)
        return mac.hexdigest()[:_ID_CHARS]

    def of_name(self, name: str, field: str) -> str:
        """The id that `name`, an email or an id itself, stands for; raises `Invalid` for anything else."""
        if USER_ID.fullmatch(name):
            return name
        return self.of_email(normalize_email(name, field))

    def of_names(self, names: tuple[str, ...], *, without: str, field: str = "allowed_users") -> tuple[str, ...]:
        """The ids of several names, each once and in their order, `without` one. Raises `Invalid`."""
        ids = (self.of_name(name, f"{field}.{index}") for index, name in enumerate(names))
        return tuple(dict.fromkeys(user_id for user_id in ids if user_id != without))


def normalize_email(email: str, field: str = "email") -> str:
    """The one spelling of an address, all lower case; raises `Invalid` naming `field` for what is none."""
    try:
        # Addresses inside a house (ada@nas.local) are as good as any: mail to them is the operator's business.
        checked = validate_email(email, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise Invalid("A field is not valid.", (FieldError(field, "is not an email address"),)) from None
    return checked.normalized.lower()
