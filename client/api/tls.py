"""Whose certificates are believed."""

import os
import ssl
from pathlib import Path

from client.api.steady import SteadyTls
from client.errors import NetworkError

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def tls_context() -> ssl.SSLContext:
    """Trusts what the first of `CA_VARIABLES` names, a file or a folder; else the public authorities.

    Raises `NetworkError` if that can't be read.
    """
    named = next(((name, value) for name in CA_VARIABLES if (value := os.environ.get(name))), None)
    try:
        if named is None:
            import certifi

            context = ssl.create_default_context(cafile=certifi.where())
        else:
            path = named[1]
            folder, file = (path, None) if Path(path).is_dir() else (None, path)
            context = ssl.create_default_context(cafile=file, capath=folder)
    except OSError:
        where = f"{named[1]}, which {named[0]} names" if named else "the list of public authorities"
        raise NetworkError(f"can't read certificates from {where}; nothing was sent") from None
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = SteadyTls
    return context
