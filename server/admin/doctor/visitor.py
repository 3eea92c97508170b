"""Somebody from outside: asks PUBLIC_URL as clients do, through whatever proxy is in front. Never waits for long."""

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

SECONDS = 10.0
_MOST_BYTES = 1 << 20


class NoAnswer(Exception):
    """The message says why, for people."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, as far as the doctor looks at it."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes
    seconds: float


class Visitor:
    """One address. Certificates are checked as every client does."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self.url: SplitResult = urlsplit(url)
        self._seconds = seconds

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Reply:
        """One request on a connection of its own. Raises `NoAnswer`."""
        began = time.monotonic()
        connection = self._connection()
        try:
            connection.request(method, self.url.path + path, body or None, headers or {})
            return self._reply(connection, began)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(_why(error, self.url, self._seconds)) from None
        finally:
            connection.close()

    def send(self, path: str, headers: dict[str, str], body: bytes, *, pause: float) -> Reply:
        """PUT `body`, standing still for `pause` seconds in the middle. Raises `NoAnswer`."""
        began = time.monotonic()
        connection = self._connection()
        try:
            connection.putrequest("PUT", self.url.path + path)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                connection.putheader(name, value)
            connection.endheaders()
            middle = len(body) // 2
            connection.send(body[:middle])
            time.sleep(pause)
            connection.send(body[middle:])
            return self._reply(connection, began)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(_why(error, self.url, self._seconds)) from None
        finally:
            connection.close()

    def announce(self, path: str, headers: dict[str, str], length: int) -> Reply:
        """Announce a body of `length` bytes and send none of it: who refuses its size says so. Raises `NoAnswer`."""
        began = time.monotonic()
        connection = self._connection()
        try:
            connection.putrequest("PUT", self.url.path + path)
            for name, value in {**headers, "Content-Length": str(length)}.items():
                connection.putheader(name, value)
            connection.endheaders()
            return self._reply(connection, began)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(_why(error, self.url, self._seconds)) from None
        finally:
            connection.close()

    def certificate_ends_at(self) -> float:
        """Unix seconds. Raises `NoAnswer`."""
        host, port = self.url.hostname or "", self.url.port or 443
        try:
            with (
                socket.create_connection((host, port), self._seconds) as plain,
                ssl.create_default_context().wrap_socket(plain, server_hostname=host) as connection,
            ):
                certificate = connection.getpeercert() or {}
        except OSError as error:
            raise NoAnswer(_why(error, self.url, self._seconds)) from None
        return float(ssl.cert_time_to_seconds(str(certificate["notAfter"])))

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.url.hostname or "", self.url.port
        if self.url.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self._seconds, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._seconds)

    def _reply(self, connection: http.client.HTTPConnection, began: float) -> Reply:
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, headers, answer.read(_MOST_BYTES), time.monotonic() - began)


def _why(error: Exception, url: SplitResult, seconds: float) -> str:
    where = f"{url.hostname}{f':{url.port}' if url.port else ''}"
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate of {where} is not valid ({error.verify_message})"
        case ssl.SSLError():
            return f"{where} does not speak TLS ({error.reason})"
        case socket.gaierror():
            return f"the name {url.hostname} can't be found"
        case TimeoutError():
            return f"{where} did not answer within {seconds:.0f} seconds"
        case ConnectionRefusedError():
            return f"nothing listens at {where}"
        case ConnectionError() | http.client.RemoteDisconnected():
            return f"{where} closed the connection"
        case _:
            return f"{where} gave no answer in HTTP ({type(error).__name__})"
