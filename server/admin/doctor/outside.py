"""What people meet at PUBLIC_URL: name, certificate, the right server, a proxy that lets parts and pauses through."""

import json
import secrets
import time
import uuid
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from server.admin.doctor.findings import Checked
from server.admin.doctor.visitor import NoAnswer, Reply, Visitor
from server.boot import CLOCK_SECONDS
from server.domain import OPERATOR, User
from server.settings import Settings
from server.wiring import Services
from shared.sealed.geometry import MAX_PART_SIZE, MIB, sealed_length

_SOON_DAYS = 14
_DAY = 86_400
_BODY_FIX = "nginx: client_max_body_size 0; (docker/nginx/sealcase.conf). Caddy has no limit"
_BUFFER_FIX = "nginx: proxy_request_buffering off; (docker/nginx/sealcase.conf)"
_PAUSE_FIX = "nginx: client_body_timeout 120s; proxy_read_timeout 120s; proxy_send_timeout 120s;"


def look(settings: Settings, everything: Services, pause: float) -> Iterator[Checked]:
    """`pause`: seconds that a sender stands still in the middle of a part."""
    if not settings.public_url:
        fix = "" if settings.loopback_only else "Set PUBLIC_URL to what people type, like https://sealcase.example.org"
        yield Checked("public address", "skipped", "PUBLIC_URL is empty, so nobody was asked from outside.", fix)
        return
    visitor = Visitor(settings.public_url)
    if visitor.url.scheme == "https":
        yield _certificate(visitor)
    try:
        reply = visitor.ask("GET", "/health")
    except NoAnswer as error:
        fix = "Check the name in DNS, the firewall, the proxy in front, and that the server runs"
        yield Checked("public address", "error", f"{settings.public_url} can't be reached: {error}.", fix)
        return
    place = visitor.url.geturl()
    if reply.status != HTTPStatus.OK or _field(reply, "product") != "Sealcase":
        hint = "nothing behind the proxy answers" if reply.status >= HTTPStatus.BAD_GATEWAY else "something else is"
        fix = "Let the proxy pass everything to HOST and PORT; below a path, let it take the path away (docker/nginx)"
        yield Checked("public address", "error", f"{place}/health answers {reply.status}: {hint}.", fix)
        return
    yield Checked("public address", "ok", f"Sealcase answers at {place} within {reply.seconds * 1_000:.0f} ms.")
    yield _date(reply)
    yield _proxy(settings, reply)
    yield from _parts(visitor, everything, pause)


def _certificate(visitor: Visitor) -> Checked:
    try:
        left = (visitor.certificate_ends_at() - time.time()) / _DAY
    except NoAnswer as error:
        fix = "Renew it, or have the proxy get one by itself (docker/caddy/Caddyfile)"
        return Checked("certificate", "error", f"TLS fails: {error}.", fix)
    if left < _SOON_DAYS:
        fix = "Renew it: certbot renew, or look why the proxy does not do so"
        return Checked("certificate", "warning", f"It ends in {left:.0f} days.", fix)
    return Checked("certificate", "ok", f"Valid for {left:.0f} more days.")


def _date(reply: Reply) -> Checked:
    try:
        skew = parsedate_to_datetime(reply.headers["date"]).timestamp() - time.time()
    except (KeyError, TypeError, ValueError):
        return Checked("clock of the proxy", "skipped", "Its answers have no date.")
    if abs(skew) > CLOCK_SECONDS:
        fix = "sudo timedatectl set-ntp true, on both"
        return Checked("clock of the proxy", "warning", f"It differs from this one by {abs(skew):.0f} seconds.", fix)
    return Checked("clock of the proxy", "ok", "It agrees with this machine's.")


def _proxy(settings: Settings, reply: Reply) -> Checked:
    """A proxy names itself; the server only as gunicorn or waitress."""
    server = reply.headers.get("server", "")
    named = "via" in reply.headers or (server and server.split("/")[0] not in ("gunicorn", "waitress", "sealcase"))
    if named and not settings.trusted_proxies:
        fix = "Set TRUSTED_PROXIES to the number of proxies in front, exactly"
        message = "A proxy is in front and TRUSTED_PROXIES is 0: everybody shares its address and one limit."
        return Checked("proxy", "error", message, fix)
    if not named and settings.trusted_proxies and settings.public_url.startswith("http://"):
        fix = "Set TRUSTED_PROXIES=0 where no proxy is in front"
        message = f"TRUSTED_PROXIES is {settings.trusted_proxies}, but no proxy shows: anybody can claim any address."
        return Checked("proxy", "warning", message, fix)
    return Checked("proxy", "ok", f"TRUSTED_PROXIES={settings.trusted_proxies} fits what is seen.")


def _parts(visitor: Visitor, everything: Services, pause: float) -> Iterator[Checked]:
    """A real upload of a person whom nobody else sees, given up again: nothing of it stays."""
    user = User(secrets.token_hex(16), "doctor", time.time())
    pair = everything.tokens.open_session(user, OPERATOR, "doctor")
    headers = {"Authorization": f"Bearer {pair.access}"}
    file_id, largest = uuid.uuid4(), sealed_length(MAX_PART_SIZE)
    body = secrets.token_bytes(sealed_length(8 * MIB))
    start = {"file_id": str(file_id), "part_size": 8 * MIB, "body_size": len(body)}
    try:
        opened = visitor.ask(
            "POST", "/uploads", {**headers, "Content-Type": "application/json"}, json.dumps(start).encode()
        )
        if opened.status == HTTPStatus.UNAUTHORIZED:
            fix = "Point it to this machine, or set PUBLIC_URL to what leads here"
            yield Checked("upload", "error", "PUBLIC_URL leads to another Sealcase than this one.", fix)
            return
        if opened.status != HTTPStatus.CREATED:
            message = f"An upload can't be begun: {opened.status} {_field(opened, 'detail') or ''}".strip()
            yield Checked("upload", "error", message, "sealcase-server admin stats shows disk and quotas")
            return
        yield _large(visitor, f"/uploads/{file_id}/parts/0", headers, largest)
        yield _slow(visitor, f"/uploads/{file_id}/parts/0", headers, body, pause)
        visitor.ask("DELETE", f"/uploads/{file_id}", headers)
    except NoAnswer as error:
        yield Checked("upload", "error", f"An upload breaks off: {error}.", _BODY_FIX)
    finally:
        everything.sessions.end_all(user.user_id)


def _large(visitor: Visitor, path: str, headers: dict[str, str], size: int) -> Checked:
    """The server refuses a part that is longer than announced, by its head alone; a proxy that refuses it says 413."""
    try:
        reply = visitor.announce(path, headers, size)
    except NoAnswer:
        message = "The proxy keeps bodies back until they are whole: every part travels twice, and progress is a guess."
        return Checked("large parts", "warning", message, _BUFFER_FIX)
    if reply.headers.get("content-type", "") != "application/problem+json":
        message = f"The proxy refuses parts of {size // MIB} MiB with {reply.status}: large files can't be sent."
        return Checked("large parts", "error", message, _BODY_FIX)
    return Checked("large parts", "ok", f"Parts of {size // MIB} MiB get through.")


def _slow(visitor: Visitor, path: str, headers: dict[str, str], body: bytes, pause: float) -> Checked:
    try:
        reply = visitor.send(path, headers, body, pause=pause)
    except NoAnswer as error:
        message = f"A part with a pause of {pause:.0f} seconds breaks off: {error}."
        return Checked("pauses", "error", message, _PAUSE_FIX)
    if reply.status != HTTPStatus.OK:
        message = f"A part with a pause of {pause:.0f} seconds is answered {reply.status}."
        return Checked("pauses", "error", message, _PAUSE_FIX)
    return Checked("pauses", "ok", f"A part of {len(body) // MIB} MiB with a pause of {pause:.0f} seconds arrives.")


def _field(reply: Reply, name: str) -> object:
    try:
        record = json.loads(reply.body)
    except ValueError:
        return None
    return record.get(name) if isinstance(record, dict) else None
