"""Every setting, typed, from the environment and `.env`; `NAME_FILE` names a file that holds the value of `NAME`."""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

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
    workers: int = Field(
        default_factory=lambda: max(1, min(os.cpu_count() or 1, 4)),
        ge=1,
        le=64,
        description="Worker processes; empty: one a CPU, at most 4",
    )
    threads: int = Field(default=16, ge=1, le=256, description="Requests that one worker process serves at a time")
    max_file_size: int = Field(default=0, ge=0, description="Largest sealed file in bytes; 0: no limit")
    free_disk_floor: int = Field(default=256 * _MIB, ge=0, description="Bytes of disk that uploads leave free")
    body_timeout: Annotated[float, Field(gt=0, le=3_600)] = Field(
        default=30.0, description="Seconds without a byte after which a transfer counts as lost"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged"
    )

    @field_validator("secret_key", "jwt_secret")
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

    @property
    def loopback_only(self) -> bool:
        """Whether nobody beyond this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the base class's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _NamedFiles(settings_cls), env_settings, dotenv_settings


class _NamedFiles(PydanticBaseSettingsSource):
    """`NAME_FILE=/run/secrets/name`, as container platforms hand secrets over."""

    def get_field_value(
        self,
        field: object,  # noqa: ARG002  # the base class's signature
        field_name: str,
    ) -> tuple[str | None, str, bool]:
        path = os.environ.get(f"{field_name.upper()}_FILE")
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


def load_settings() -> Settings:
    """The settings of this process; raises `SettingsError` with one line for every setting that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, item['loc'])).upper()}: {_plain(item['msg'])}." for item in error.errors()]
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


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")
