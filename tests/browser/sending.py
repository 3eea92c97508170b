"""Somebody with an account who sends files and makes links to them, quickly: sealed for real, without the commands."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client.actions.folder_list import MEDIA_TYPE, FolderList, ListedFile
from shared.crypto.content import Content, SealOptions, Stored, StoredFile, store
from shared.crypto.file_key import FileKey
from shared.crypto.grants import grant_to_link
from shared.crypto.link import LinkKeys, draw_link_key, link_url
from shared.crypto.parts import PartSealer
from shared.crypto.positional import PositionalFile
from shared.crypto.seal import make_manifest
from shared.sealed.encoding import b64u
from shared.sealed.manifest import Manifest
from tests.server.samples import GRANT
from tests.support.files import files_below
from tests.support.server import LiveServer
from tests.support.waiting import until

PLAIN = SealOptions(compress=False, pad=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file at the server, and its key."""

    manifest: Manifest
    file_key: FileKey
    name: str
    size: int

    @property
    def file_id(self) -> str:
        return str(self.manifest.file_id)


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it was made. `url` is what is shared."""

    url: str
    link_id: str
    key: bytes


@dataclass
class Desk:
    """Signed in at `server`."""

    server: LiveServer
    folder: Path
    email: str = "ada@example.org"
    signer: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    _token: str = ""

    def __post_init__(self) -> None:
        self._token = self.server.sign_in(self.email)["token"]

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of a good answer."""
        headers = {"Authorization": f"Bearer {self._token}", **options.pop("headers", {})}
        answer = requests.request(method, f"{self.server.url}{path}", headers=headers, timeout=120, **options)
        assert answer.ok, answer.text
        return answer.json()

    def send(
        self,
        data: bytes | Path,
        name: str = "report.pdf",
        *,
        options: SealOptions = PLAIN,
        signed: bool = True,
        **fields: Any,
    ) -> Sent:
        """Seals and uploads bytes, or a file. `fields` are those of `Content`."""
        path = data if isinstance(data, Path) else self.folder / secrets.token_hex(8)
        if isinstance(data, bytes):
            path.write_bytes(data)
        with FileIO(path) as file:
            source = PositionalFile(file)
            content = Content("name", source, source.size, **fields)
            stored, file_id, file_key = store(content, options), uuid.uuid4(), FileKey.draw()
            hashes = self._upload(stored, file_key, file_id)
            size = source.size
        metadata = _named(
            content.metadata(stored.size, stored.packed_size, stored.stored_size, stored.compression), name
        )
        manifest = make_manifest(metadata, stored, hashes, file_key, file_id, self.signer if signed else None)
        grant = {**GRANT, "signature": b64u(bytes(64)) if signed else None}
        self.ask("POST", f"/uploads/{file_id}/complete", json={"manifest": b64u(manifest.raw), "grants": [grant]})
        return Sent(manifest, file_key, name, size)

    def send_folder(self, name: str, files: dict[str, bytes], empty: Sequence[str] = ()) -> list[Sent]:
        """A folder: its list first, then its files, as links have them."""
        sent = {path: self.send(data, path.rpartition("/")[2], path=f"{name}/{path}") for path, data in files.items()}
        listed = tuple(ListedFile(path, each.file_id, each.size) for path, each in sent.items())
        folder = FolderList(name, listed, tuple(empty))
        listing = self.send(folder.encode(), name, media_type=MEDIA_TYPE, comment=folder.comment("From the trip"))
        return [listing, *sent.values()]

    def link(self, *files: Sent, password: str | None = None, **terms: Any) -> Link:
        """A link to files."""
        key = draw_link_key()
        keys = LinkKeys.derive(key, password)
        items = [
            {
                "file_id": each.file_id,
                "grant": grant_to_link(
                    keys, each.file_key, each.manifest, self.signer if each.manifest.sender else None
                ).to_json(),
            }
            for each in files
        ]
        link_id = b64u(keys.recipient)
        body = {"link_id": link_id, "auth_hash": b64u(keys.access_hash), "items": items, "password": bool(password)}
        self.ask("POST", "/links", json={**body, **terms})
        return Link(link_url(self.server.url, key, has_password=password is not None), link_id, key)

    def revoke(self, link: Link) -> None:
        self.ask("DELETE", f"/links/{link.link_id}")

    def downloads(self, link: Link) -> int:
        """How many the server has counted."""
        (found,) = [each for each in self.ask("GET", "/links")["links"] if each["link_id"] == link.link_id]
        return int(found["downloads"])

    def until_counted(self, link: Link) -> None:
        """The server counts a download when its answer is over, and whoever saved may be ahead of that."""
        until(lambda: self.downloads(link), "a download that counts")
        assert self.downloads(link) == 1

    def blob(self, sent: Sent) -> Path:
        """Where the server keeps the sealed body."""
        size = sent.manifest.body_size
        found = files_below(self.server.data_dir)
        (path,) = [path for path, status in found if sent.file_id in path.name and status.st_size == size]
        return path

    def _upload(self, stored: Stored, file_key: FileKey, file_id: uuid.UUID) -> bytes:
        self.ask("POST", "/uploads", json={"file_id": str(file_id), "part_size": stored.part_size})
        sealer, hashes, number = PartSealer(file_key, file_id), [], 0
        while True:
            fill = stored.part(number) if isinstance(stored, StoredFile) else stored.fill
            part = b"".join(map(bytes, sealer.pieces(number, stored.part_size, fill)))
            self.ask("PUT", f"/uploads/{file_id}/parts/{number}", data=part)
            hashes.append(hashlib.sha256(part).digest())
            number += 1
            is_last = number >= stored.geometry.part_count if isinstance(stored, StoredFile) else not stored.has_more
            if is_last:
                return b"".join(hashes)


def _named(metadata: Any, name: str) -> Any:
    """The metadata with another name: a hostile one, perhaps, that no client of ours would seal."""
    from dataclasses import replace

    return replace(metadata, name=name)
