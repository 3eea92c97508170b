"""Signing in: codes, sessions, second factors, tokens for scripts, and devices that are paired."""

from typing import Annotated, Literal

from pydantic import Field

from shared.api import limits
from shared.api.models.basics import Base64Url, Email, HexId, UserId, WireModel
from shared.api.scopes import Scope


class OtpRequest(WireModel):
    email: Email


class OtpSent(WireModel):
    status: Literal["ok"] = "ok"
    message: str = "OTP sent to email"


class Login(WireModel):
    email: Email
    otp: Annotated[str, Field(min_length=1, max_length=16, examples=["123456"])]
    totp: Annotated[str | None, Field(max_length=limits.MAX_SECOND_FACTOR_CHARS)] = None
    """The second factor's code, or a recovery code, for accounts that have turned it on."""
    device: Annotated[str, Field(max_length=limits.MAX_DEVICE_NAME_CHARS, examples=["kitchen laptop"])] = ""
    """What to call the session in the list of sessions."""


class SignedIn(WireModel):
    token: str
    refresh_token: str
    user_id: UserId
    expires_in: int


class Refresh(WireModel):
    refresh_token: Annotated[str, Field(min_length=1, max_length=512)]


class Refreshed(WireModel):
    token: str
    refresh_token: str
    expires_in: int


class Ok(WireModel):
    status: Literal["ok"] = "ok"


class SessionItem(WireModel):
    session_id: HexId
    name: str
    """What its owner calls the device."""
    created_at: int
    last_used_at: int
    """To a few minutes."""
    client: str
    """The beginning of the client's User-Agent."""
    ip_prefix: str
    """The network of the last use, such as 192.0.2.0/24."""
    current: bool
    """Whether it is the one that asks."""


class SessionList(WireModel):
    sessions: list[SessionItem]


class SessionName(WireModel):
    name: Annotated[str, Field(max_length=limits.MAX_DEVICE_NAME_CHARS, examples=["kitchen laptop"])]


PairingMessage = Annotated[
    Base64Url, Field(min_length=1, max_length=-(-limits.MAX_PAIRING_BYTES * 4 // 3), examples=["c2VhbGNhc2U"])
]


class PairingStart(WireModel):
    """`pairing_id` is drawn by the device that waits."""

    pairing_id: HexId
    message: PairingMessage


class PairingNext(WireModel):
    message: PairingMessage


class PairingItem(WireModel):
    """A device that waits for its owner's keys."""

    pairing_id: HexId
    device: str
    """What its owner calls it."""
    current: bool
    """Whether it is the one that asks."""
    created_at: int
    expires_at: int
    messages: list[Base64Url]
    """What the devices have said, each in its turn. The server understands none of it."""


class PairingList(WireModel):
    pairings: list[PairingItem]


class SecondFactorState(WireModel):
    on: bool
    recovery_codes_left: int


class SecondFactorEnrolment(WireModel):
    secret: str
    """Base32, for typing in."""
    uri: str
    """`otpauth://`, for a QR code."""


class SecondFactorCode(WireModel):
    code: Annotated[str, Field(min_length=1, max_length=limits.MAX_SECOND_FACTOR_CHARS, examples=["123456"])]


class RecoveryCodes(WireModel):
    recovery_codes: list[str]
    """Each replaces the app once. They are shown this one time."""


class TokenRequest(WireModel):
    name: Annotated[str, Field(min_length=1, max_length=limits.MAX_TOKEN_NAME_CHARS, examples=["nightly backup"])]
    scopes: Annotated[list[Annotated[Scope, Field(strict=False)]], Field(min_length=1)]
    expires_hours: Annotated[int, Field(ge=1, le=limits.MAX_TOKEN_EXPIRY_HOURS)] | None = (
        limits.DEFAULT_TOKEN_EXPIRY_HOURS
    )
    """null: until it is revoked."""


class TokenItem(WireModel):
    token_id: HexId
    name: str
    scopes: list[Annotated[Scope, Field(strict=False)]]
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    """To a few minutes; null for never."""


class CreatedToken(TokenItem):
    token: str
    """Shown this one time. Send it as `Authorization: Bearer`."""


class TokenList(WireModel):
    tokens: list[TokenItem]
