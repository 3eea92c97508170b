"""What whoever has a link can ask a server, in the shape in which files of one's own are asked for.

A link has no account. It shows what its key unlocks with every request, claims a download before the first byte, and
says at the end whether it has what it wanted.
"""

from __future__ import annotations  # so that a method's models are built when it is called

import base64
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from client.api import wire
from client.api.api import Api
from client.api.byte_stream import ByteStream
from client.api.http import Http
from client.api.throttle import Throttle
from client.errors import ClientError, NetworkError, NotFound
from client.local.private_files import read_private, write_private
from shared.api import models
from shared.sealed.encoding import b64u

_CLAIM = "Sealcase-Claim"
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class Claim:
    """One download by a link, from its first byte on. Shared by threads."""

    kept_in: Path
    """Whoever is killed goes on with the same place: nobody else holds it, and nothing is counted twice."""
    name: str = ""
    turn: threading.Lock = field(default_factory=threading.Lock)

    def recall(self) -> None:
        """The name that an earlier try has left, if it was killed."""
        text = (read_private(self.kept_in) or b"").decode("ascii", "replace")
        self.name = text if _NAME.fullmatch(text) else ""

    def keep(self, name: str) -> None:
        self.name = name
        write_private(self.kept_in, name.encode("ascii"))

    def forget(self) -> None:
        with suppress(OSError):
            self.kept_in.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class LinkApi(Api):
    """One server, as one link sees it."""

    link_id: str = ""
    claim: Claim = field(default_factory=lambda: Claim(Path()))
    opened: dict[str, models.OpenedFile] = field(default_factory=dict)
    """What the link leads to, by file; once it was opened."""
    terms: list[models.OpenedLink] = field(default_factory=list)

    @classmethod
    def of(cls, server: str, link_id: str, access: bytes, claims: Path, throttle: Throttle | None = None) -> LinkApi:
        """`access`: AUTH; `claims`: the folder for what is under way. Raises `NetworkError` for what is no address."""
        claim = Claim(claims / link_id)
        claim.recall()

        def headers() -> Mapping[str, str]:
            claimed = {_CLAIM: claim.name} if claim.name else {}
            return {"Authorization": f"Link {b64u(access)}", **claimed}

        return cls(Http(server, throttle=throttle, always=headers), link_id, claim)

    def open(self) -> Sequence[models.OpenedFile]:
        """What the link leads to; uses nothing up. Raises `NotFound` for a wrong password too, `Expired`, `TooMany`."""
        answer = self.http.call("GET", f"/links/{self.link_id}/open", models.OpenedLink)
        self.terms[:] = [answer]
        self.opened.clear()
        self.opened.update({item.file_id: item for item in answer.items})
        return answer.items

    def file(self, file_id: str, *, with_content: bool = False) -> wire.FileDetail:
        """As of a file of one's own, made of what the link gave. Raises `NotFound`."""
        item, (terms,) = self.opened.get(file_id), self.terms
        if item is None:
            raise NotFound("the link does not lead to this file, or it was deleted")
        detail = wire.FileDetail(
            file_id=item.file_id,
            format=1,
            filename=None,
            owner=False,
            from_email=terms.from_email,
            uploaded_at=0,
            expires_at=terms.expires_at,
            size=0,
            downloads=terms.downloads,
            download_limit=terms.download_limit,
            manifest=item.manifest,
            grants=(item.grant.model_dump(exclude_none=False, exclude={"by"}),),
            part_hashes=item.part_hashes,
            allowed_users=None,
            nonce=None,
            wrapped_key=None,
            metadata=None,
            ciphertext=None,
        )
        return detail if not with_content else self._with_content(detail)

    def done(self) -> None:
        """The download has all that it wanted. That nobody hears it changes nothing about what is here."""
        if self.claim.name:
            with suppress(ClientError):
                self.http.call("POST", f"/links/{self.link_id}/claims/{self.claim.name}/done", models.Ok)
        self.claim.forget()

    def give_back(self) -> None:
        """The download breaks off: somebody else may have its place."""
        if self.claim.name:
            with suppress(ClientError):
                self.http.call("DELETE", f"/links/{self.link_id}/claims/{self.claim.name}", models.Ok)
        self.claim.forget()

    def _stream(
        self,
        file_id: str,
        start: int,
        length: int,
        *,
        direct: bool,  # noqa: ARG002  (a link's downloads are counted, so the server hands them out itself)
    ) -> ByteStream:
        """The first one claims the download."""
        self._claimed()
        return self.http.stream(f"/links/{self.link_id}/files/{file_id}/content", start, length)

    def _claimed(self) -> None:
        with self.claim.turn:
            if not self.claim.name:
                place = self.http.call("POST", f"/links/{self.link_id}/claim", models.LinkPlace)
                self.claim.keep(place.claim)

    def _with_content(self, detail: wire.FileDetail) -> wire.FileDetail:
        """For small files: all of the sealed body, in memory."""
        from dataclasses import replace

        from shared.sealed.encoding import unb64u
        from shared.sealed.manifest import Manifest

        size = Manifest.parse(unb64u(detail.manifest, "manifest")).body_size
        body = memoryview(bytearray(size))
        content, done = self.content(detail.file_id, 0, size), 0
        while done < size:
            if not (got := content.read_into(body[done:])):
                raise NetworkError("the content ended early")
            done += got
        return replace(detail, ciphertext=base64.b64encode(body).decode("ascii"))
