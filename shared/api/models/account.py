"""The account itself, and the sealed copy of its keys."""

from typing import Annotated

from pydantic import Field

from shared.api import limits
from shared.api.models.basics import Base64Url, Email, UserId, WireModel


class Account(WireModel):
    user_id: UserId
    email: Email
    created_at: int


class AccountDeletion(WireModel):
    otp: Annotated[str, Field(min_length=1, max_length=16, examples=["123456"])]
    """The code that `POST /account/deletion_code` mailed."""


class RecoveryCopy(WireModel):
    """Somebody's private keys, sealed under their recovery kit. The server can't tell it from random bytes."""

    sealed: Annotated[Base64Url, Field(min_length=1, max_length=-(-limits.MAX_RECOVERY_BYTES * 4 // 3))]


class StoredRecoveryCopy(RecoveryCopy):
    stored_at: int
