"""Every setting, typed, from the environment and `.env`; `NAME_FILE` names a file that holds the value of `NAME`."""

import ipaddress
import os
import re
import ssl
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from server.domain import Backend, Rate
from server.multiaddr import rpc_url
from server.rates import parse_rates
from server.services.rate_limits import Limit
from server.services.sign_up import SignUpMode
from server.services.verification import Verify

MIN_SECRET_BYTES = 32
_KNOWN_SECRETS = frozenset(
    (
        "your-random-256-bit-secret-key",
        "your-jwt-signing-secret-key",
        "a1b2c3d4e5f67890123456789abcdef01234567890abcdef",
        "fedcba0987654321fedcba0987654321fedcba09876543",
        "changeme",
    )
)
_MIB = 1 << 20
_ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]+")
_PREFIX = re.compile(r"([A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?)?")
_CONTACT = re.compile(r"(mailto:|https://|tel:)[!-~]+")


class SettingsError(Exception):
    """The server can't start like this. The message says what is wrong and what to do."""


class Settings(BaseSettings):
    """What the operator can choose. Sizes in bytes, times in seconds."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=5000, ge=0, le=65_535, description="Port to listen on; 0 takes a free one")
    data_dir: Path = Field(default=Path("data"), description="Folder for everything that the server keeps")
    records: Literal["json", "postgres"] = Field(
        default="json", description="Where records are kept: json (files in DATA_DIR, one machine) or postgres"
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="With RECORDS=postgres: postgresql://user:password@host:5432/name; better in DATABASE_URL_FILE",
    )
    database_connections: int = Field(
        default=10, ge=1, le=500, description="Connections of one worker process to the database, besides one for locks"
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Where codes and counted requests are kept, like redis://host; empty: with records and in DATA_DIR",
    )
    read_only: bool = Field(
        default=False, description="1 refuses every change, and goes on serving what is there: for maintenance"
    )
    public_url: str = Field(default="", description="How clients reach the server; empty: http://HOST:PORT")
    dev_mode: bool = Field(
        default=False, description="1 prints sign-in codes even while HOST is reachable from outside"
    )
    secret_key: SecretStr | None = Field(
        default=None, description="At least 32 random bytes; empty: made once, kept in DATA_DIR/secrets"
    )
    jwt_secret: SecretStr | None = Field(
        default=None,
        description="Signs access tokens; at least 32 random bytes; empty: made once, kept in DATA_DIR/secrets",
    )
    jwt_secret_previous: SecretStr | None = Field(
        default=None, description="The JWT_SECRET before this one, for the hour that its tokens still live"
    )
    key_log_key: SecretStr | None = Field(
        default=None,
        description="Signs the key log, and never changes; at least 32 random bytes; empty: as SECRET_KEY",
    )
    signup: SignUpMode = Field(default=SignUpMode.OPEN, description="Who may make an account: open, closed, allowlist")
    signup_allow: str = Field(
        default="", description="With SIGNUP=allowlist: domains and email addresses, separated by commas"
    )
    smtp_host: str = Field(default="", description="Mail server that delivers the codes; empty: none")
    smtp_port: int = Field(default=0, ge=0, le=65_535, description="0: 587 for starttls, 465 for tls, 25 for none")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How mail is encrypted on its way to SMTP_HOST: starttls, tls, none"
    )
    smtp_user: str = Field(default="", description="Login at SMTP_HOST; empty: none")
    smtp_password: SecretStr | None = Field(default=None, description="Its password; better in SMTP_PASSWORD_FILE")
    smtp_ca_file: str = Field(default="", description="Certificates to trust for SMTP_HOST; empty: the system's")
    mail_from: str = Field(
        default="", description="Who mail comes from, such as Sealcase <no-reply@example.org>; needed with SMTP_HOST"
    )
    storage: Backend = Field(
        default=Backend.LOCAL, description="Where new files go: local, s3, ipfs; others stay where they are"
    )
    s3_bucket: str = Field(default="", description="Bucket for files; empty: none")
    s3_region: str = Field(default="us-east-1", description="Its region; what the imitators of AWS call theirs")
    s3_endpoint: str = Field(default="", description="Where the server reaches S3, like https://s3.example; empty: AWS")
    s3_public_endpoint: str = Field(default="", description="Where clients reach it; empty: where the server does")
    s3_ca_file: str = Field(default="", description="Certificates to trust for both; empty: those that Python brings")
    s3_path_style: bool = Field(default=False, description="1 for S3_ENDPOINT/BUCKET instead of BUCKET.S3_ENDPOINT")
    s3_access_key: str = Field(
        default="", description="Empty: credentials of the environment, or of the machine's role"
    )
    s3_secret_key: SecretStr | None = Field(default=None, description="Its secret; better in S3_SECRET_KEY_FILE")
    s3_prefix: str = Field(default="", description="Begins every key in the bucket, like sealcase/; empty: nothing")
    s3_encryption: Literal["", "AES256", "aws:kms"] = Field(
        default="", description="The encryption that is asked for: AES256, aws:kms; empty: what the bucket does anyway"
    )
    s3_storage_class: str = Field(default="", description="Like STANDARD_IA; empty: the bucket's own")
    s3_direct: bool = Field(default=True, description="0 where clients can't reach the bucket, or should not")
    s3_url_seconds: int = Field(
        default=3_600, ge=1, le=604_800, description="How long the requests that clients send to the bucket are good"
    )
    s3_verify: Verify = Field(
        default=Verify.SAMPLE,
        description="What is read back of files that went straight to the bucket: none, sample, full",
    )
    ipfs_api: str = Field(
        default="",
        description="RPC of an IPFS node, like /ip4/127.0.0.1/tcp/5001 or http://127.0.0.1:5001; empty: none",
    )
    ipfs_auth: SecretStr | None = Field(
        default=None, description="What it wants to hear, basic:USER:PASSWORD or bearer:TOKEN; better in IPFS_AUTH_FILE"
    )
    ipfs_timeout: Annotated[float, Field(gt=0, le=3_600)] = Field(
        default=30.0, description="Seconds of silence after which the node counts as lost"
    )
    ipfs_gc: bool = Field(default=True, description="0 leaves it to the node when it frees what was deleted")
    workers: int = Field(
        default_factory=lambda: max(1, min((os.cpu_count() or 1) // 2, 4)),
        ge=1,
        le=64,
        description="Worker processes; empty: one for two CPUs, at most 4",
    )
    threads: int = Field(default=64, ge=1, le=256, description="Requests that one worker process serves at a time")
    max_file_size: int = Field(default=0, ge=0, description="Largest sealed file in bytes; 0: no limit")
    max_json_upload: int = Field(
        default=32 * _MIB,
        ge=1 << 16,
        le=512 * _MIB,
        description="Largest JSON body of POST /upload in bytes; larger files go as application/octet-stream",
    )
    quota_bytes: int = Field(
        default=0, ge=0, description="Sealed bytes that one person may keep, unfinished uploads included; 0: no limit"
    )
    quota_files: int = Field(
        default=0, ge=0, description="Files that one person may keep, unfinished uploads included; 0: no limit"
    )
    free_disk_floor: int = Field(default=256 * _MIB, ge=0, description="Bytes of disk that uploads leave free")
    accel_redirect: str = Field(
        default="",
        description="Where nginx has DATA_DIR/blobs (X-Accel-Redirect), like /_blobs/; empty: the server sends all",
    )
    body_timeout: Annotated[float, Field(gt=0, le=3_600)] = Field(
        default=30.0, description="Seconds without a byte after which a transfer counts as lost"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged"
    )
    log_format: Literal["", "json", "text"] = Field(
        default="",
        description="json: an object a line on standard output; text: on standard error; empty: text on a terminal",
    )
    metrics: bool = Field(default=False, description="1 counts what happens, for Prometheus, at /metrics")
    metrics_token: SecretStr | None = Field(
        default=None,
        description="What has to be shown for /metrics; empty: only callers on the server's own machine see it",
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=16, description="Proxies before the server, exactly; 0: X-Forwarded-For means nothing"
    )
    cors_origins: str = Field(
        default="", description="Web pages of these origins may call the API, like https://a.example,https://b.example"
    )
    admin_emails: str = Field(default="", description="Who sees how the server is doing at /health; with commas")
    security_contact: str = Field(
        default="", description="Whom to tell of a flaw, for /.well-known/security.txt: mailto:... or https://..."
    )
    activity_days: int = Field(
        default=365, ge=0, description="Days that activity is kept, rounded up to whole months; 0: for ever"
    )
    rate_limits: bool = Field(default=True, description="0 turns every rate limit off")
    rate_limit_storage: str = Field(
        default="", description="Where requests are counted, like redis://localhost; empty: in DATA_DIR"
    )
    rate_limit_anonymous: str = Field(
        default="200 per day; 50 per hour", description="Requests of one address without a good token"
    )
    rate_limit_signed_in: str = Field(default="12000 per minute; 300000 per hour", description="Requests of one person")
    rate_limit_request_otp: str = Field(default="5 per hour", description="Sign-in codes asked for by one address")
    rate_limit_request_otp_account: str = Field(default="5 per hour", description="Sign-in codes asked for one account")
    rate_limit_login: str = Field(default="10 per hour", description="Sign-ins tried by one address")
    rate_limit_refresh: str = Field(default="600 per hour", description="Renewed tokens of one address")
    rate_limit_invitation: str = Field(default="20 per hour", description="Invitations sent by one person")
    rate_limit_invitation_address: str = Field(default="5 per hour", description="Invitations sent to one address")
    rate_limit_pairing: str = Field(default="20 per hour", description="New devices of one person that wait for keys")
    rate_limit_link: str = Field(
        default="6000 per minute; 120000 per hour", description="Requests of one address that come with a link"
    )
    rate_limit_link_guess: str = Field(
        default="200 per hour",
        description="Unknown links and wrong passwords tried by one address, on all links together",
    )
    rate_limit_link_guess_one: str = Field(
        default="20 per hour", description="Wrong passwords tried on one link by one address"
    )
    rate_limit_link_guess_link: str = Field(
        default="1000 per hour",
        description="Wrong passwords tried on one link by all addresses; those that were let in before are not held up",
    )
    rate_limit_notice: str = Field(
        default="10 per hour", description="Mails to one person about what they wanted to be told of"
    )
    rate_limit_json_upload: str = Field(
        default="20 per hour", description="Uploads of one person as JSON (POST /upload)"
    )

    @field_validator("secret_key", "jwt_secret", "jwt_secret_previous", "key_log_key")
    @classmethod
    def _secret_is_strong(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and (weakness := weakness_of(secret.get_secret_value())):
            raise ValueError(f"{weakness}. Leave it empty and the server makes a good one, or set 32 random bytes")
        return secret

    @field_validator("public_url")
    @classmethod
    def _public_url_is_plain(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("it must begin with http:// or https://")
        return url.rstrip("/")

    @field_validator("s3_endpoint", "s3_public_endpoint")
    @classmethod
    def _endpoint_is_plain(cls, url: str) -> str:
        if url and not _ORIGIN.fullmatch(url.rstrip("/")):
            raise ValueError("it must be like https://s3.example.org, without a path; the bucket is S3_BUCKET")
        return url.rstrip("/")

    @field_validator("s3_ca_file")
    @classmethod
    def _ca_file_holds_certificates(cls, path: str) -> str:
        if path:
            try:
                ssl.create_default_context(cafile=path)
            except OSError:
                raise ValueError("it must be a file of certificates in PEM that the server can read") from None
        return path

    @field_validator("s3_prefix")
    @classmethod
    def _prefix_is_plain(cls, prefix: str) -> str:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError("it must be letters, digits and - _ . / without two slashes or a slash in front")
        return f"{prefix.rstrip('/')}/" if prefix else ""

    @field_validator("ipfs_api")
    @classmethod
    def _ipfs_api_is_an_address(cls, text: str) -> str:
        if text:
            rpc_url(text)
        return text

    @field_validator("ipfs_auth")
    @classmethod
    def _ipfs_auth_is_known(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not secret.get_secret_value().startswith(("basic:", "bearer:")):
            raise ValueError("it must begin with basic: or bearer:")
        return secret

    @field_validator("mail_from")
    @classmethod
    def _mail_from_is_an_address(cls, sender: str) -> str:
        address = parseaddr(sender)[1]
        if sender and ("@" not in address or not sender.isprintable()):
            raise ValueError("it must be an address, such as Sealcase <no-reply@example.org>")
        return sender

    @model_validator(mode="after")
    def _database_is_named(self) -> Self:
        if self.records == "postgres" and self.database_url is None:
            raise ValueError("RECORDS=postgres needs DATABASE_URL, or DATABASE_URL_FILE: which database it is")
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.smtp_host and not self.mail_from:
            raise ValueError("SMTP_HOST needs MAIL_FROM: the address that mail comes from")
        if self.smtp_password is not None and self.smtp_security == "none" and not is_loopback(self.smtp_host):
            raise ValueError("SMTP_PASSWORD would travel unencrypted: set SMTP_SECURITY to starttls or tls")
        if self.ipfs_auth is not None and not _is_private(rpc_url(self.ipfs_api or "http://localhost")):
            raise ValueError("IPFS_AUTH would travel unencrypted: let IPFS_API be an https:// address")
        if self.storage is Backend.IPFS and not self.ipfs_api:
            raise ValueError("STORAGE=ipfs needs IPFS_API: the RPC address of a node")
        if self.signup is SignUpMode.ALLOWLIST and not self.signup_allowed:
            raise ValueError("SIGNUP=allowlist needs SIGNUP_ALLOW, or nobody could make an account")
        if bool(self.s3_access_key) != (self.s3_secret_key is not None):
            raise ValueError("S3_ACCESS_KEY and S3_SECRET_KEY belong together: set both, or neither")
        return self

    @property
    def signup_allowed(self) -> frozenset[str]:
        """Domains and addresses of SIGNUP_ALLOW, lower case."""
        names = (name.strip().lower().removeprefix("@") for name in self.signup_allow.split(","))
        return frozenset(name for name in names if name)

    @field_validator(*(f"rate_limit_{limit.value}" for limit in Limit))
    @classmethod
    def _rates_are_readable(cls, text: str) -> str:
        parse_rates(text)
        return text

    @field_validator("metrics_token")
    @classmethod
    def _metrics_token_is_strong(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and (weakness := weakness_of(token.get_secret_value())):
            raise ValueError(f"{weakness}. Set 32 random bytes, like those of: openssl rand -hex 32")
        return token

    @field_validator("accel_redirect")
    @classmethod
    def _accel_is_a_place(cls, place: str) -> str:
        if place and not re.fullmatch(r"/[A-Za-z0-9_/-]*/", place):
            raise ValueError("it must be the path of a location in nginx, like /_blobs/")
        return place

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_exact(cls, text: str) -> str:
        for origin in _listed(text):
            if not _ORIGIN.fullmatch(origin):
                raise ValueError("each must be an exact origin like https://app.example.org, without * and path")
        return text

    @field_validator("security_contact")
    @classmethod
    def _contact_is_an_address(cls, text: str) -> str:
        if text and not _CONTACT.fullmatch(text):
            raise ValueError("it must begin with mailto:, https:// or tel:, on one line")
        return text

    @property
    def rates(self) -> dict[Limit, tuple[Rate, ...]]:
        """Every limit, unless limits are off."""
        return {each: parse_rates(getattr(self, f"rate_limit_{each.value}")) for each in Limit if self.rate_limits}

    @property
    def allowed_origins(self) -> frozenset[str]:
        return frozenset(_listed(self.cors_origins))

    @property
    def admins(self) -> frozenset[str]:
        """Their emails, in lower case."""
        return frozenset(_listed(self.admin_emails.lower()))

    @property
    def loopback_only(self) -> bool:
        """Whether nobody beyond this machine can reach the server."""
        return is_loopback(self.host)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the base class's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        in_environment, in_dotenv = (_NamedFiles(settings_cls, source) for source in (env_settings, dotenv_settings))
        return init_settings, in_environment, env_settings, in_dotenv, dotenv_settings


class _NamedFiles(PydanticBaseSettingsSource):
    """`NAME_FILE=/run/secrets/name`, as container platforms hand secrets over."""

    def __init__(self, settings_cls: type[BaseSettings], named_in: PydanticBaseSettingsSource) -> None:
        """`named_in`: the environment, or `.env`."""
        super().__init__(settings_cls)
        self._variables = named_in.env_vars if isinstance(named_in, EnvSettingsSource) else {}

    def get_field_value(
        self,
        field: object,  # noqa: ARG002  # the base class's signature
        field_name: str,
    ) -> tuple[str | None, str, bool]:
        path = self._variables.get(f"{field_name}_file")
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SettingsError(f"{field_name.upper()}_FILE names {path}, which can't be read: {reason}.") from None

    def __call__(self) -> dict[str, str]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, as seen from nowhere else."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    return url.startswith("https://") or is_loopback(urlsplit(url).hostname or "")


def load_settings() -> Settings:
    """The settings of this process; raises `SettingsError` with one line for every setting that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [_line(item["loc"], item["msg"]) for item in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def weakness_of(secret: str) -> str | None:
    """Why `secret` is none, or None where nothing speaks against it."""
    if secret in _KNOWN_SECRETS or secret.startswith("your-"):
        return "this is an example that everybody knows"
    if len(secret.encode()) < MIN_SECRET_BYTES:
        return f"it is shorter than {MIN_SECRET_BYTES} bytes"
    if len(set(secret)) == 1:
        return "it is one character repeated"
    return None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _line(place: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ").rstrip(".")
    return f"{'.'.join(map(str, place)).upper()}: {message}." if place else f"{message}."
