"""Whose certificates are believed."""

import os
import ssl
from pathlib import Path

from client.api.steady import SteadyTls
from client.errors import ClientError, NetworkError

CA_VARIABLES = ("SEALCASE_CA_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def tls_context() -> ssl.SSLContext:
    """Trusts what the first of `CA_VARIABLES` names, a file or a folder; else the file that the settings name.

    Where neither does, the public authorities. Raises `NetworkError` if that can't be read: what somebody has chosen is
    never quietly replaced by something else.
    """
    named = certificates_named()
    try:
        if named is None:
            import certifi

            context = ssl.create_default_context(cafile=certifi.where())
        else:
            folder, file = (named[1], None) if Path(named[1]).is_dir() else (None, named[1])
            context = ssl.create_default_context(cafile=file, capath=folder)
    except OSError:
        where = f"{named[1]}, which {_said(named[0])} name{'' if named[0] == _SETTINGS else 's'}" if named else _PUBLIC
        raise NetworkError(f"can't read certificates from {where}; nothing was sent") from None
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = SteadyTls
    return context


def certificates_named() -> tuple[str, str] | None:
    """Who names certificates of one's own, a variable or "settings", and where they are; None: the public ones."""
    for name in CA_VARIABLES:
        if value := os.environ.get(name):
            return name, value
    file = _of_settings()
    return (_SETTINGS, file) if file else None


def count_certificates(path: Path) -> int:
    """How many authorities a file holds. Raises `NetworkError` for one that holds none, or can't be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=path)
    except OSError:  # of `ssl`, too
        raise NetworkError(f"{path} holds no certificates in PEM, or can't be read") from None
    if not (count := len(context.get_ca_certs())):
        raise NetworkError(f"{path} holds no certificate of an authority")
    return count


_SETTINGS = "settings"
_PUBLIC = "the list of public authorities"


def _said(name: str) -> str:
    return "the settings" if name == _SETTINGS else name


def _of_settings() -> str:
    """Empty where none was chosen, or where settings can't be read."""
    from client.local.paths import Paths
    from client.local.settings import Settings  # for https only

    try:
        return Settings.load(Paths.default()).ca_file
    except ClientError:
        return ""
