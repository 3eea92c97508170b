"""What is looked at when the server starts: nothing that keeps it from serving, but what an operator wants to know.

Each warning says what is the matter and the exact fix. What makes serving impossible is a `SettingsError` elsewhere.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from server.adapters.activity.chain import newest_time
from server.settings import Settings, is_loopback

CLOCK_SECONDS = 120
"""Codes live ten minutes and tokens an hour: less than this harms nobody."""


def warnings(settings: Settings) -> Iterator[str]:
    """Everything that is worth a word, in the order in which it is worth fixing."""
    yield from _public_url(settings)
    yield from _mail(settings)
    yield from clock_troubles(settings.data_dir, time.time())


def _public_url(settings: Settings) -> Iterator[str]:
    url = urlsplit(settings.public_url)
    if not settings.public_url:
        if not settings.loopback_only:
            yield (
                "PUBLIC_URL is empty although others can reach the server: mails and links name an address that only "
                "this machine knows. Set PUBLIC_URL to what people type, like https://sealcase.example.org"
            )
        return
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        yield (
            f"PUBLIC_URL is {settings.public_url}: tokens and codes travel unencrypted. Put a proxy with TLS in "
            f"front (docker/caddy/Caddyfile is one) and set PUBLIC_URL=https://{url.netloc}{url.path}"
        )
    if is_loopback(url.hostname or "") and not settings.loopback_only:
        yield (
            f"PUBLIC_URL is {settings.public_url}, which every machine takes for itself. Set it to the name that "
            "others use for this server"
        )
    if url.scheme == "https" and not settings.trusted_proxies and not is_loopback(url.hostname or ""):
        yield (
            "PUBLIC_URL begins with https, so a proxy is in front, but TRUSTED_PROXIES is 0: everybody has the proxy's "
            "address, and shares one limit for sign-ins. Set TRUSTED_PROXIES=1 if it is one proxy"
        )


def _mail(settings: Settings) -> Iterator[str]:
    if not settings.smtp_host and not settings.loopback_only and not settings.dev_mode:
        yield (
            "No mail server is set, so sign-in codes reach nobody. Set SMTP_HOST, SMTP_USER, SMTP_PASSWORD_FILE and "
            "MAIL_FROM, then try it: sealcase-server admin mail-test --to YOU. Until then: sealcase-server admin "
            "login-code EMAIL"
        )


def clock_troubles(data_dir: Path, now: float) -> Iterator[str]:
    """What speaks against the machine's clock: the past of this very server, and the disk's own clock."""
    with suppress(OSError):
        last = newest_time(data_dir / "activity")
        if last is not None and last - now > CLOCK_SECONDS:
            yield (
                f"The clock stands {_duration(last - now)} before the newest entry of activity: it was set back, or "
                "DATA_DIR comes from a machine that is ahead. Codes, tokens and expiries go wrong. Set the clock: "
                "sudo timedatectl set-ntp true"
            )
    skew = _disk_skew(data_dir, now)
    if abs(skew) > CLOCK_SECONDS:
        yield (
            f"The disk of DATA_DIR is {_duration(abs(skew))} {'ahead of' if skew > 0 else 'behind'} this machine's "
            "clock. On a network disk both clocks have to be right: sudo timedatectl set-ntp true, on both"
        )


def _disk_skew(folder: Path, now: float) -> float:
    """Seconds that the clock behind the disk is ahead of `now`; 0 where nobody knows."""
    probe = folder / f".tmp-{secrets.token_hex(8)}"
    try:
        probe.touch(0o600)
        return probe.stat().st_mtime - now
    except OSError:
        return 0.0
    finally:
        with suppress(OSError):
            probe.unlink()


def _duration(seconds: float) -> str:
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds:.0f} seconds"
