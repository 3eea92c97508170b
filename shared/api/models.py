"""What travels between client and server as JSON. Binary fields are base64url without padding unless said otherwise;
times are Unix seconds, sizes bytes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.api import limits
from shared.api.scopes import Scope
from shared.sealed.strict_json import MAX_INTEGER

Email = Annotated[
    str, Field(min_length=3, max_length=254, examples=["ada@example.org"], json_schema_extra={"format": "email"})
]
FileId = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        examples=["550e8400-e29b-41d4-a716-446655440000"],
    ),
]
UserId = Annotated[str, Field(min_length=1, max_length=64, examples=["c0ffee254729296a45a3885639ac7e10"])]
HexId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", examples=["5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"])]
Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")]
ExpiresHours = Annotated[int, Field(ge=limits.MIN_EXPIRY_HOURS, le=limits.MAX_EXPIRY_HOURS)]


class WireModel(BaseModel):
    """Unknown fields are refused, types are not coerced."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[dict[str, str]] | None = None
    missing: list[int] | None = None
    bytes_left: int | None = None
    files_left: int | None = None


# -- sign in


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


# -- account


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


# -- simple upload (format 0)

Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
DownloadLimit = Annotated[int, Field(ge=1, le=limits.MAX_DOWNLOAD_LIMIT)]


class SimpleFieldsModel(WireModel):
    """What belongs to the bytes of a simple upload. The server keeps these texts as they are and gives them back."""

    filename: Annotated[str, Field(max_length=4_096, examples=["document.pdf"])]
    nonce: Annotated[str, Field(max_length=1_024, examples=["O4JXsNtQyfHhZIHV"])]
    wrapped_key: Annotated[str, Field(max_length=65_536, examples=["hhFSuABpioJS0tluZsuQrA=="])]
    metadata: Annotated[str, Field(max_length=65_536, examples=['{"compressed": true}'])] = "{}"


class UploadTerms(SimpleFieldsModel):
    """A simple upload without its bytes."""

    expires_hours: ExpiresHours = limits.DEFAULT_EXPIRY_HOURS
    allowed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read the file, beside its owner."""
    download_limit: DownloadLimit | None = None


class SimpleUpload(UploadTerms):
    """Binary fields are base64 with padding (RFC 4648, section 4)."""

    ciphertext: Annotated[Base64, Field(examples=["pWENAZfjZezaVJhz6PwIkhHofh27Gvb0dr2MXNaF5RSi4vbfuA=="])]


class UploadForm(UploadTerms):
    """A simple upload as a form: numbers as digits, users separated by commas."""

    ciphertext: bytes
    """The file. Its name in the form is `filename`, unless there is a field of that name."""


class SimpleUploaded(WireModel):
    file_id: FileId
    expires_at: int


# -- upload in parts


class UploadStart(WireModel):
    """`file_id` is drawn by the sender. `body_size` is null where it is not known yet (a pipe, compression)."""

    file_id: FileId
    part_size: Annotated[int, Field(json_schema_extra={"enum": [1 << power for power in range(20, 30)]})]
    body_size: Annotated[int | None, Field(json_schema_extra={"minimum": 0, "maximum": MAX_INTEGER})] = None


class Part(WireModel):
    number: Annotated[int, Field(ge=0)]
    size: int
    digest: Base64Url
    """SHA-256 of the sealed part."""


class Upload(WireModel):
    file_id: FileId
    part_size: int
    body_size: int | None
    parts: list[Part]
    """What has arrived whole, by number."""
    idle_expires_at: int
    """When the upload is removed unless another part arrives."""


class GrantModel(WireModel):
    type: str
    recipient: Base64Url
    wrapped_key: Base64Url
    signature: Base64Url | None
    by: Base64Url | None = None


class UploadComplete(WireModel):
    manifest: Base64Url
    grants: list[GrantModel]
    allowed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read the file, beside its owner."""
    expires_hours: ExpiresHours = limits.DEFAULT_EXPIRY_HOURS
    download_limit: DownloadLimit | None = None
    """How many complete downloads by readers there may be; null for any number."""


class WholeUpload(UploadComplete):
    """A small sealed file, all of it: the manifest names one part, which is `ciphertext`."""

    ciphertext: Base64
    """Base64 with padding (RFC 4648, section 4)."""


class WholeUploaded(WireModel):
    file_id: FileId
    expires_at: int


# -- files


class FileItem(WireModel):
    """A file as it stands in a listing: enough to show its name to whoever holds a key."""

    file_id: FileId
    format: Literal[0, 1] = 1
    """1: sealed, with manifest and grants. 0: a simple upload, with the texts that came with it."""
    filename: str | None = None
    """In format 0; in format 1 only recipients can read it."""
    owner: bool
    """Whether it is the caller's own file."""
    from_email: Email
    """Who sent it, according to the server; the manifest's `sender` and the card say whether that is true."""
    uploaded_at: int
    expires_at: int
    size: int
    """Bytes of the sealed body."""
    downloads: int
    download_limit: int | None = None
    manifest: Base64Url
    """Empty in format 0."""
    grants: list[GrantModel]


class FileDetail(FileItem):
    part_hashes: Base64Url
    """SHA-256 of each sealed part, joined; of the whole content in format 0."""
    allowed_users: list[str] | None
    """User ids; for the owner only."""
    nonce: str | None = None
    wrapped_key: str | None = None
    metadata: str | None = None
    ciphertext: Base64 | None = None
    """The content, in base64 with padding: in format 0 unless it was asked for without, in format 1 if it was."""


class FileSummary(WireModel):
    """What is public about a file among those who may read it."""

    file_id: FileId
    filename: str | None
    uploaded_at: int
    expires_at: int
    size: int
    downloads: int
    owner: bool


class FileChange(WireModel):
    """What is not named stays as it is."""

    expires_hours: ExpiresHours | None = None
    """From now on."""
    allowed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] | None = None
    """All of them, as user ids or emails: who is missing here may read it no more."""
    added_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read it from now on, too."""
    removed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read it no more; the others stay."""
    download_limit: DownloadLimit | None = None
    """null takes the limit away."""


class NewGrants(WireModel):
    grants: Annotated[list[GrantModel], Field(min_length=1)]
    allowed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read the file from now on, too."""


class FilePage(WireModel):
    files: list[FileItem]
    next_cursor: str | None


class Deleted(WireModel):
    status: Literal["deleted"] = "deleted"
    file_id: FileId


# -- people


class SignedCard(WireModel):
    """A card's exact bytes and its owner's Ed25519 signature over them."""

    card: Base64Url
    signature: Base64Url


class PublishedCard(SignedCard):
    user_id: UserId


class Invitation(WireModel):
    email: Email


class CardHistory(WireModel):
    cards: list[PublishedCard]
    """The first one first; each names the SHA-256 of the one before."""


class LogCheckpoint(WireModel):
    """The newest checkpoint of the key log."""

    key: Annotated[str, Field(max_length=200)]
    """The log's public key, as C2SP's signed-note writes keys down."""
    checkpoint: Annotated[str, Field(max_length=2_048)]
    """A signed note (C2SP tlog-checkpoint)."""


class LogProof(LogCheckpoint):
    """That a card is in the log of this checkpoint. Hashes are SHA-256, ordered as RFC 9162 has them."""

    index: int
    """Of the card's entry, from 0."""
    inclusion: list[Base64Url]
    consistency: list[Base64Url]
    """From the checkpoint that the caller knew."""


class LogConsistency(WireModel):
    proof: list[Base64Url]


class LogEntries(WireModel):
    start: int
    entries: Base64Url
    """64 bytes each: a slow hash of the card's address, and the SHA-256 of the card."""


# -- what happened, and what there is


class ActivityItem(WireModel):
    """Something that happened to what is mine. The names of kinds may become more."""

    at: int
    kind: Annotated[str, Field(examples=["download"])]
    actor: UserId | None
    """Who did it; null for somebody who had not proved who they are."""
    actor_email: Email | None
    """Null where there is no such account (any more)."""
    file_id: FileId | None
    ip_prefix: str | None
    """Where from: an IPv4 /24 or an IPv6 /48. Null for what others did."""
    client: str | None
    """With what: the beginning of the User-Agent. Null for what others did."""
    detail: str


class ActivityPage(WireModel):
    """Newest first. A page may hold fewer than asked for although more follow: `next_cursor` says whether they do."""

    activity: list[ActivityItem]
    next_cursor: str | None


class Stats(WireModel):
    """`total_size` in bytes of sealed content."""

    total_files: Annotated[int, Field(examples=[42])]
    total_size: Annotated[int, Field(examples=[524_288_000])]
    activity_count: Annotated[int, Field(examples=[156])]


# -- system


class Health(WireModel):
    """Strangers learn the first two."""

    status: Literal["healthy"] = "healthy"
    product: Literal["Sealcase"] = "Sealcase"
    timestamp: int | None = None
    s3_available: bool | None = None
    email_available: bool | None = None


class Ready(WireModel):
    status: Literal["ready"] = "ready"
