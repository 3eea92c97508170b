"""What whoever has the key of a drop box can ask a server: whose it is, and to take files in."""

from __future__ import annotations  # so that a method's models are built when it is called

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from client.api import wire
from client.api.api import Api
from client.api.connections import Sized
from client.api.http import Http
from client.api.throttle import Throttle
from client.errors import ClientError
from shared.api import models
from shared.sealed.encoding import b64u


@dataclass(frozen=True, slots=True)
class BoxApi(Api):
    """One server, as one drop box sees it."""

    box_id: str = ""

    @classmethod
    def of(cls, server: str, box_id: str, access: bytes, throttle: Throttle | None = None) -> BoxApi:
        """`access`: AUTH. Raises `NetworkError` for what is no address."""
        headers = {"Authorization": f"Link {b64u(access)}"}
        return cls(Http(server, throttle=throttle, always=lambda: headers), box_id)

    def open(self) -> models.OpenedBox:
        """Raises `NotFound` for a wrong password too, `Expired`, `Revoked`, `TooMany`."""
        return self.http.call("GET", f"/boxes/{self.box_id}/open", models.OpenedBox)

    def start(self, file_id: str, part_size: int, body_size: int) -> wire.Upload:
        """Raises `Refused` where the box has no room for it."""
        start = models.DropStart(file_id=file_id, part_size=part_size, body_size=body_size)
        return self.http.call("POST", f"/boxes/{self.box_id}/uploads", wire.Upload, json=start)

    def put_part(self, file_id: str, number: int, body: Callable[[], Sized]) -> wire.Part:
        return self.http.call("PUT", f"/boxes/{self.box_id}/uploads/{file_id}/parts/{number}", wire.Part, data=body)

    def complete(self, file_id: str, complete: models.DropComplete) -> models.Dropped:
        """Sending the same again changes nothing."""
        path = f"/boxes/{self.box_id}/uploads/{file_id}/complete"
        return self.http.call("POST", path, models.Dropped, json=complete)

    def give_up(self, file_id: str) -> None:
        """If the server is away, it does so itself after a day."""
        with suppress(ClientError):
            self.http.call("DELETE", f"/boxes/{self.box_id}/uploads/{file_id}", models.Deleted)

    def done(self) -> None:
        """All have come: the box's owner is told, where they want to be. That nobody hears it changes nothing else."""
        with suppress(ClientError):
            self.http.call("POST", f"/boxes/{self.box_id}/done", models.Ok)
