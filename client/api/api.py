"""What a Sealcase server can be asked, one method a route. Shapes and errors are those of `shared.api`."""

from __future__ import annotations  # so that a method's models are built when it is called

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from client.api import wire
from client.api.byte_stream import ByteStream, Content
from client.api.connections import Sized
from client.api.http import Http, QueryValue
from client.api.wire_direct import PartUrl, PartUrls, SentPart, SentParts, StoredParts, WantedPart, WantedParts
from client.errors import NetworkError, NotFound
from shared.api import models
from shared.api.limits import MAX_PAGE_SIZE
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.grant import Grant


class _Listing(wire.Heard, Protocol):
    """One page of one."""

    next_cursor: str | None


Page = TypeVar("Page", bound=_Listing)
_LINK_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_HEX_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Api:
    """One server, as one person sees it."""

    http: Http

    def health(self) -> models.Health:
        """Raises `NetworkError` where no Sealcase server answers."""
        return self.http.call("GET", "/health", models.Health)

    def request_otp(self, email: str) -> None:
        self.http.call("POST", "/auth/request_otp", models.OtpSent, json=models.OtpRequest(email=email))

    def login(self, email: str, code: str, totp: str | None = None, device: str = "") -> models.SignedIn:
        """The session is called `device`.

        Raises `NotSignedIn` for a wrong, used or expired code, `SecondFactorRequired` where `totp` is missing.
        """
        login = models.Login(email=email, otp=code, totp=totp, device=device)
        return self.http.call("POST", "/auth/login", models.SignedIn, json=login)

    def logout(self) -> None:
        self.http.call("POST", "/auth/logout", models.Ok)

    def sessions(self) -> list[models.SessionItem]:
        return self.http.call("GET", "/auth/sessions", models.SessionList).sessions

    def end_session(self, session_id: str) -> None:
        """Raises `NotFound`."""
        self.http.call("DELETE", f"/auth/sessions/{_hex_id(session_id)}", models.Ok)

    def rename_session(self, session_id: str, name: str) -> None:
        """Raises `NotFound`, `Refused` for a name that is too long."""
        path = f"/auth/sessions/{_hex_id(session_id)}"
        self.http.call("PATCH", path, models.SessionItem, json=models.SessionName(name=name))

    def begin_pairing(self, pairing_id: str, message: bytes) -> None:
        """Lets this device wait for keys. Raises `Conflict` where too many wait, `TooMany`."""
        start = models.PairingStart(pairing_id=pairing_id, message=b64u(message))
        self.http.call("POST", "/pairings", models.PairingItem, json=start)

    def pairings(self) -> list[models.PairingItem]:
        """My devices that wait for keys."""
        return self.http.call("GET", "/pairings", models.PairingList).pairings

    def pairing(self, pairing_id: str) -> models.PairingItem:
        """Raises `NotFound` where it waits no more."""
        return self.http.call("GET", f"/pairings/{_hex_id(pairing_id)}", models.PairingItem)

    def say(self, pairing_id: str, number: int, message: bytes) -> None:
        """Raises `NotFound`, and `Conflict` where something else was said."""
        path = f"/pairings/{_hex_id(pairing_id)}/messages/{number}"
        self.http.call("PUT", path, models.PairingItem, json=models.PairingNext(message=b64u(message)))

    def end_pairing(self, pairing_id: str) -> None:
        """Raises `NotFound` where it waits no more."""
        self.http.call("DELETE", f"/pairings/{_hex_id(pairing_id)}", models.Ok)

    def begin_second_factor(self) -> models.SecondFactorEnrolment:
        """Raises `TryAgain` where it is on already."""
        return self.http.call("POST", "/auth/totp", models.SecondFactorEnrolment)

    def confirm_second_factor(self, code: str) -> list[str]:
        """The recovery codes. Raises `Refused` for a wrong code."""
        return self.http.call(
            "PUT", "/auth/totp", models.RecoveryCodes, json=models.SecondFactorCode(code=code)
        ).recovery_codes

    def second_factor(self) -> models.SecondFactorState:
        return self.http.call("GET", "/auth/totp", models.SecondFactorState)

    def turn_second_factor_off(self, code: str) -> None:
        """Raises `NotFound` where it is off, `Refused` for a wrong code."""
        self.http.call("DELETE", "/auth/totp", models.Ok, json=models.SecondFactorCode(code=code))

    def create_token(self, wanted: models.TokenRequest) -> models.CreatedToken:
        return self.http.call("POST", "/auth/tokens", models.CreatedToken, json=wanted)

    def tokens(self) -> list[models.TokenItem]:
        return self.http.call("GET", "/auth/tokens", models.TokenList).tokens

    def revoke_token(self, token_id: str) -> None:
        """Raises `NotFound`."""
        self.http.call("DELETE", f"/auth/tokens/{_hex_id(token_id)}", models.Ok)

    def account(self) -> models.Account:
        """Who the token speaks for."""
        return self.http.call("GET", "/account", models.Account)

    def request_deletion_code(self) -> None:
        self.http.call("POST", "/account/deletion_code", models.OtpSent)

    def delete_account(self, code: str) -> None:
        """Raises `Refused` for a wrong code."""
        self.http.call("DELETE", "/account", models.Ok, json=models.AccountDeletion(otp=code))

    def publish_card(self, card: models.SignedCard) -> wire.PublishedCard:
        """Raises `Refused` if the card does not follow the one that is published."""
        return self.http.call("PUT", "/cards/me", wire.PublishedCard, json=card)

    def card_of(self, email: str) -> wire.PublishedCard:
        """Raises `NotFound` for somebody without a card."""
        return self.http.call("GET", "/cards", wire.PublishedCard, query={"email": email})

    def card_history(self, user_id: str) -> list[models.PublishedCard]:
        """Every card of a person, the first one first. Raises `NotFound`."""
        return self.http.call("GET", f"/cards/{_hex_id(user_id)}/history", models.CardHistory).cards

    def log_checkpoint(self) -> models.LogCheckpoint:
        """The newest checkpoint of the server's key log, as the server says."""
        return self.http.call("GET", "/log/checkpoint", models.LogCheckpoint)

    def log_proof(self, user_id: str, sequence: int, known: int) -> models.LogProof:
        """That a card is in the key log, for whoever knows its first `known` entries. Raises `NotFound`."""
        query: dict[str, QueryValue] = {"user_id": _hex_id(user_id), "sequence": sequence, "known": known}
        return self.http.call("GET", "/log/proof", models.LogProof, query=query)

    def log_consistency(self, old: int, new: int) -> list[str]:
        """That the key log's first `new` entries begin with its first `old`: hashes, base64url."""
        return self.http.call("GET", "/log/consistency", models.LogConsistency, query={"old": old, "new": new}).proof

    def log_entries(self, start: int, count: int) -> bytes:
        """Entries of the key log, one behind the other. Raises `FormatError` for an answer that has none."""
        query: dict[str, QueryValue] = {"start": start, "count": count}
        return unb64u(self.http.call("GET", "/log/entries", models.LogEntries, query=query).entries, "entries")

    def store_recovery_copy(self, sealed: bytes) -> None:
        """Keeps a copy of my keys at the server, sealed under my recovery kit, in place of the one before."""
        copy = models.RecoveryCopy(sealed=b64u(sealed))
        self.http.call("PUT", "/account/recovery", models.StoredRecoveryCopy, json=copy)

    def recovery_copy(self) -> bytes:
        """Raises `NotFound` where none is stored, `FormatError` for an answer that is none."""
        return unb64u(self.http.call("GET", "/account/recovery", models.StoredRecoveryCopy).sealed, "the recovery copy")

    def add_grants(self, file_id: str, grants: Sequence[Grant], allowed_users: Sequence[str] = ()) -> wire.FileDetail:
        """Gives a file of mine to more recipients; one who has a grant gets this one in its place.

        Raises `NotFound`, `Expired`, `Refused`.
        """
        wire_grants = [models.GrantModel.model_validate(grant.to_json()) for grant in grants]
        more = models.NewGrants(grants=wire_grants, allowed_users=list(allowed_users))
        return self.http.call("POST", f"/files/{_known(file_id)}/grants", wire.FileDetail, json=more)

    def remove_grants(self, file_id: str, recipient: bytes) -> None:
        """Takes away what a file of mine holds for one key; that there is nothing is as good."""
        with suppress(NotFound):
            self.http.call("DELETE", f"/files/{_known(file_id)}/grants/{b64u(recipient)}", wire.FileDetail)

    def invite(self, email: str) -> None:
        """Mails an invitation in my name. Nobody learns whether there is an account. Raises `TooMany`."""
        self.http.call("POST", "/invitations", models.Ok, json=models.Invitation(email=email))

    def wrap_again(self, file_id: str, grant: Grant) -> None:
        """Adds a grant that I made to my own new key. Raises `NotFound`, `Expired`, `Refused`."""
        path = f"/files/{_known(file_id)}/grants/{b64u(grant.recipient)}"
        self.http.call("PUT", path, models.FileSummary, json=models.GrantModel.model_validate(grant.to_json()))

    def start_upload(self, start: wire.UploadStart) -> wire.Upload:
        return self.http.call("POST", "/uploads", wire.Upload, json=start)

    def put_part(self, file_id: str, number: int, body: Callable[[], Sized]) -> wire.Part:
        return self.http.call("PUT", f"/uploads/{file_id}/parts/{number}", wire.Part, data=body)

    def part(self, file_id: str, number: int) -> wire.Part:
        """A part that has arrived. Raises `NotFound`, and `TryAgain` while the server brings it to its storage."""
        return self.http.call("GET", f"/uploads/{file_id}/parts/{number}", wire.Part)

    def part_urls(self, file_id: str, parts: Sequence[WantedPart]) -> PartUrls:
        """Where these parts go straight to the store. Raises `Refused` where they can't, `Conflict`, `NotFound`."""
        wanted = WantedParts(tuple(parts))
        return self.http.call("POST", f"/uploads/{file_id}/part_urls", PartUrls, json=wanted)

    def store_part(self, place: PartUrl, body: Callable[[], Sized]) -> str:
        """Sends a sealed part straight to the store; its name there. Raises what `Stores.put` raises."""
        return self.http.stores.put(place.url, place.headers, body)

    def acknowledge_parts(self, file_id: str, parts: Sequence[SentPart]) -> tuple[wire.Part, ...]:
        """Tells the server which parts the store has: from then on they are there like any other."""
        sent = SentParts(tuple(parts))
        return self.http.call("POST", f"/uploads/{file_id}/parts", StoredParts, json=sent).parts

    def complete_upload(self, file_id: str, complete: wire.UploadComplete) -> wire.FileDetail:
        return self.http.call("POST", f"/uploads/{file_id}/complete", wire.FileDetail, json=complete)

    def cancel_upload(self, file_id: str) -> None:
        self.http.call("DELETE", f"/uploads/{file_id}", models.Deleted)

    def send_whole(self, upload: wire.WholeUpload) -> models.WholeUploaded:
        """A small sealed file, all of it. Sending the same again changes nothing."""
        return self.http.call("POST", "/files", models.WholeUploaded, json=upload)

    def files(self, role: str, sort: str = "uploaded_at", order: str = "desc") -> Iterator[models.FileItem]:
        """Every file of a listing (`owned`, `received` or `all`), newest first unless sorted otherwise."""
        query: dict[str, QueryValue] = {"role": role, "sort": sort, "order": order, "limit": MAX_PAGE_SIZE}
        for page in self._pages("/files", models.FilePage, query):
            yield from page.files

    def activity(self, kind: str | None = None, since: int | None = None) -> Iterator[models.ActivityItem]:
        """What happened to what is mine, newest first, page by page; `since` in Unix seconds."""
        wanted = {"kind": kind, "since": since, "limit": MAX_PAGE_SIZE}
        query: dict[str, QueryValue] = {name: value for name, value in wanted.items() if value is not None}
        for page in self._pages("/activity", models.ActivityPage, query):
            yield from page.activity

    def make_link(self, link: models.NewLink) -> models.LinkItem:
        """Making the same again changes nothing. Raises `NotFound`, `Expired`, `Refused`."""
        return self.http.call("POST", "/links", models.LinkItem, json=link)

    def links(self) -> Iterator[models.LinkItem]:
        """My links, newest first; those that are over, too, for a month."""
        for page in self._pages("/links", models.LinkPage, {"limit": MAX_PAGE_SIZE}):
            yield from page.links

    def links_to(self, file_id: str) -> list[models.LinkItem]:
        """The links to a file of mine, newest first. Raises `NotFound`, `Refused`."""
        return self.http.call("GET", f"/files/{_known(file_id)}/links", models.LinkPage).links

    def change_link(self, link_id: str, change: models.LinkChange) -> models.LinkItem:
        """Raises `NotFound`, `Revoked`."""
        return self.http.call("PATCH", f"/links/{_link_id(link_id)}", models.LinkItem, json=change)

    def revoke_link(self, link_id: str) -> models.LinkItem:
        """Takes a link of mine back, for good. Raises `NotFound`."""
        return self.http.call("DELETE", f"/links/{_link_id(link_id)}", models.LinkItem)

    def make_box(self, box: models.NewBox) -> models.BoxItem:
        """Making the same again changes nothing. Raises `Refused` for somebody without a card."""
        return self.http.call("POST", "/boxes", models.BoxItem, json=box)

    def boxes(self) -> Iterator[models.BoxItem]:
        """My drop boxes, newest first; those that are over, too, for a month."""
        for page in self._pages("/boxes", models.BoxPage, {"limit": MAX_PAGE_SIZE}):
            yield from page.boxes

    def change_box(self, box_id: str, change: models.BoxChange) -> models.BoxItem:
        """Raises `NotFound`, `Revoked`."""
        return self.http.call("PATCH", f"/boxes/{_link_id(box_id)}", models.BoxItem, json=change)

    def close_box(self, box_id: str) -> models.BoxItem:
        """For good. Raises `NotFound`."""
        return self.http.call("DELETE", f"/boxes/{_link_id(box_id)}", models.BoxItem)

    def stats(self) -> models.Stats:
        return self.http.call("GET", "/stats", models.Stats)

    def account_export(self) -> Iterator[bytes]:
        """Everything that the server holds about me, as one JSON document."""
        return self.http.chunks("/account/export")

    def file(self, file_id: str, *, with_content: bool = False) -> wire.FileDetail:
        """All about a file, with its content only if that is wanted and small. Raises `NotFound` or `Expired`."""
        query: dict[str, QueryValue] = {"ciphertext": "true" if with_content else "false"}
        return self.http.call("GET", f"/files/{_known(file_id)}", wire.FileDetail, query=query)

    def change_file(self, file_id: str, change: models.FileChange) -> wire.FileDetail:
        """Raises `NotFound`, `Expired`, and `Refused` for somebody else's file."""
        return self.http.call("PATCH", f"/files/{_known(file_id)}", wire.FileDetail, json=change)

    def delete_file(self, file_id: str) -> models.Deleted:
        """Says where it lay."""
        return self.http.call("DELETE", f"/files/{_known(file_id)}", models.Deleted)

    def content(
        self,
        file_id: str,
        start: int,
        length: int,
        is_wanted: Callable[[], bool] = lambda: True,
        *,
        direct: bool = False,
    ) -> Content:
        """`length` bytes of the sealed body from `start` on.

        `direct`: from the store, where the server sends us there; reading raises what `Stores.get` raises then.
        """
        return Content(lambda: self._stream(file_id, start, length, direct=direct), is_wanted)

    def _stream(self, file_id: str, start: int, length: int, *, direct: bool) -> ByteStream:
        return self.http.stream(f"/files/{file_id}/content", start, length, direct=direct)

    def _pages(self, path: str, model: type[Page], query: dict[str, QueryValue]) -> Iterator[Page]:
        """Every page of a listing. Raises `NetworkError` for one that leads in circles."""
        seen: set[str] = set()
        while True:
            page = self.http.call("GET", path, model, query=query)
            yield page
            if page.next_cursor is None:
                return
            query["cursor"] = _another(page.next_cursor, seen)


def _known(file_id: str) -> str:
    """`file_id`, if any file could have it: nothing else may become a part of an address. Raises `NotFound`."""
    try:
        if str(UUID(file_id)) == file_id:
            return file_id
    except ValueError:
        pass
    raise NotFound("this is not the id of a file; `sealcase ls` shows those of your files")


def _hex_id(text: str) -> str:
    """`text`, if it could be the id of a session or a token. Raises `NotFound`."""
    if _HEX_ID.fullmatch(text):
        return text
    raise NotFound("this is not the id of a session or a token: those have 32 digits from 0 to f")


def _link_id(text: str) -> str:
    """`text`, if it could be the id of a link. Raises `NotFound`."""
    if _LINK_ID.fullmatch(text):
        return text
    raise NotFound("this is not the id of a link; `sealcase links` shows those of yours")


def _another(cursor: str, seen: set[str]) -> str:
    """Where a listing goes on. Raises `NetworkError` for one that leads in circles."""
    if cursor in seen:
        raise NetworkError("the server's list goes in circles, so it was not read to its end; ask whoever runs it")
    seen.add(cursor)
    return cursor


def same_file(asked: str, answered: str) -> None:
    """Raises `NetworkError` if a server answers with another file than it was asked for."""
    if asked != answered:
        raise NetworkError("the server answered with another file than it was asked for; nothing was written")
