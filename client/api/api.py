"""What a Sealcase server can be asked, one method a route. Shapes and errors are those of `shared.api`."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from client.api.connections import Sized
from client.api.failures import Unreachable
from client.api.http import ByteStream, Http, QueryValue
from client.errors import NetworkError, NotFound
from shared.api.limits import MAX_PAGE_SIZE
from shared.api.models import (
    Account,
    AccountDeletion,
    ActivityItem,
    ActivityPage,
    CardHistory,
    CreatedToken,
    Deleted,
    FileChange,
    FileDetail,
    FileItem,
    FilePage,
    FileSummary,
    GrantModel,
    Health,
    Invitation,
    Login,
    NewGrants,
    Ok,
    OtpRequest,
    OtpSent,
    Part,
    PublishedCard,
    RecoveryCodes,
    RecoveryCopy,
    SecondFactorCode,
    SecondFactorEnrolment,
    SecondFactorState,
    SessionItem,
    SessionList,
    SignedCard,
    SignedIn,
    Stats,
    StoredRecoveryCopy,
    TokenItem,
    TokenList,
    TokenRequest,
    Upload,
    UploadComplete,
    UploadStart,
    WholeUpload,
    WholeUploaded,
)
from shared.crypto.parts import Fill
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.grant import Grant

_HEX_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Api:
    """One server, as one person sees it."""

    http: Http

    def health(self) -> Health:
        """Raises `NetworkError` where no Sealcase server answers."""
        return self.http.call("GET", "/health", Health)

    def request_otp(self, email: str) -> None:
        self.http.call("POST", "/auth/request_otp", OtpSent, json=OtpRequest(email=email))

    def login(self, email: str, code: str, totp: str | None = None) -> SignedIn:
        """Raises `NotSignedIn` for a wrong, used or expired code, `SecondFactorRequired` where `totp` is missing."""
        return self.http.call("POST", "/auth/login", SignedIn, json=Login(email=email, otp=code, totp=totp))

    def logout(self) -> None:
        self.http.call("POST", "/auth/logout", Ok)

    def sessions(self) -> list[SessionItem]:
        return self.http.call("GET", "/auth/sessions", SessionList).sessions

    def end_session(self, session_id: str) -> None:
        """Raises `NotFound`."""
        self.http.call("DELETE", f"/auth/sessions/{_hex_id(session_id)}", Ok)

    def begin_second_factor(self) -> SecondFactorEnrolment:
        """Raises `TryAgain` where it is on already."""
        return self.http.call("POST", "/auth/totp", SecondFactorEnrolment)

    def confirm_second_factor(self, code: str) -> list[str]:
        """The recovery codes. Raises `Refused` for a wrong code."""
        return self.http.call("PUT", "/auth/totp", RecoveryCodes, json=SecondFactorCode(code=code)).recovery_codes

    def second_factor(self) -> SecondFactorState:
        return self.http.call("GET", "/auth/totp", SecondFactorState)

    def turn_second_factor_off(self, code: str) -> None:
        """Raises `NotFound` where it is off, `Refused` for a wrong code."""
        self.http.call("DELETE", "/auth/totp", Ok, json=SecondFactorCode(code=code))

    def create_token(self, wanted: TokenRequest) -> CreatedToken:
        return self.http.call("POST", "/auth/tokens", CreatedToken, json=wanted)

    def tokens(self) -> list[TokenItem]:
        return self.http.call("GET", "/auth/tokens", TokenList).tokens

    def revoke_token(self, token_id: str) -> None:
        """Raises `NotFound`."""
        self.http.call("DELETE", f"/auth/tokens/{_hex_id(token_id)}", Ok)

    def account(self) -> Account:
        """Who the token speaks for."""
        return self.http.call("GET", "/account", Account)

    def request_deletion_code(self) -> None:
        self.http.call("POST", "/account/deletion_code", OtpSent)

    def delete_account(self, code: str) -> None:
        """Raises `Refused` for a wrong code."""
        self.http.call("DELETE", "/account", Ok, json=AccountDeletion(otp=code))

    def publish_card(self, card: SignedCard) -> PublishedCard:
        """Raises `Refused` if the card does not follow the one that is published."""
        return self.http.call("PUT", "/cards/me", PublishedCard, json=card)

    def card_of(self, email: str) -> PublishedCard:
        """Raises `NotFound` for somebody without a card."""
        return self.http.call("GET", "/cards", PublishedCard, query={"email": email})

    def card_history(self, user_id: str) -> list[PublishedCard]:
        """Every card of a person, the first one first. Raises `NotFound`."""
        return self.http.call("GET", f"/cards/{_hex_id(user_id)}/history", CardHistory).cards

    def store_recovery_copy(self, sealed: bytes) -> None:
        """Keeps a copy of my keys at the server, sealed under my recovery kit, in place of the one before."""
        copy = RecoveryCopy(sealed=b64u(sealed))
        self.http.call("PUT", "/account/recovery", StoredRecoveryCopy, json=copy)

    def recovery_copy(self) -> bytes:
        """Raises `NotFound` where none is stored, `FormatError` for an answer that is none."""
        return unb64u(self.http.call("GET", "/account/recovery", StoredRecoveryCopy).sealed, "the recovery copy")

    def remove_recovery_copy(self) -> None:
        """Raises `NotFound` where none is stored."""
        self.http.call("DELETE", "/account/recovery", Ok)

    def add_grants(self, file_id: str, grants: Sequence[Grant], allowed_users: Sequence[str] = ()) -> FileDetail:
        """Gives a file of mine to more recipients; one who has a grant gets this one in its place.

        Raises `NotFound`, `Expired`, `Refused`.
        """
        models = [GrantModel.model_validate(grant.to_json()) for grant in grants]
        more = NewGrants(grants=models, allowed_users=list(allowed_users))
        return self.http.call("POST", f"/files/{_known(file_id)}/grants", FileDetail, json=more)

    def remove_grants(self, file_id: str, recipient: bytes) -> None:
        """Takes away what a file of mine holds for one key; that there is nothing is as good."""
        with suppress(NotFound):
            self.http.call("DELETE", f"/files/{_known(file_id)}/grants/{b64u(recipient)}", FileDetail)

    def invite(self, email: str) -> None:
        """Mails an invitation in my name. Nobody learns whether there is an account. Raises `TooMany`."""
        self.http.call("POST", "/invitations", Ok, json=Invitation(email=email))

    def wrap_again(self, file_id: str, grant: Grant) -> None:
        """Adds a grant that I made to my own new key. Raises `NotFound`, `Expired`, `Refused`."""
        path = f"/files/{_known(file_id)}/grants/{b64u(grant.recipient)}"
        self.http.call("PUT", path, FileSummary, json=GrantModel.model_validate(grant.to_json()))

    def start_upload(self, start: UploadStart) -> Upload:
        return self.http.call("POST", "/uploads", Upload, json=start)

    def put_part(self, file_id: str, number: int, body: Callable[[], Sized]) -> Part:
        return self.http.call("PUT", f"/uploads/{file_id}/parts/{number}", Part, data=body)

    def complete_upload(self, file_id: str, complete: UploadComplete) -> FileDetail:
        return self.http.call("POST", f"/uploads/{file_id}/complete", FileDetail, json=complete)

    def cancel_upload(self, file_id: str) -> None:
        self.http.call("DELETE", f"/uploads/{file_id}", Deleted)

    def send_whole(self, upload: WholeUpload) -> WholeUploaded:
        """A small sealed file, all of it. Sending the same again changes nothing."""
        return self.http.call("POST", "/files", WholeUploaded, json=upload)

    def files(self, role: str, sort: str = "uploaded_at", order: str = "desc") -> Iterator[FileItem]:
        """Every file of a listing (`owned`, `received` or `all`), newest first unless sorted otherwise."""
        query: dict[str, QueryValue] = {"role": role, "sort": sort, "order": order, "limit": MAX_PAGE_SIZE}
        while True:
            page = self.http.call("GET", "/files", FilePage, query=query)
            yield from page.files
            if page.next_cursor is None:
                return
            query["cursor"] = page.next_cursor

    def activity(self, kind: str | None = None, since: int | None = None) -> Iterator[ActivityItem]:
        """What happened to what is mine, newest first, page by page; `since` in Unix seconds."""
        wanted = {"kind": kind, "since": since, "limit": MAX_PAGE_SIZE}
        query: dict[str, QueryValue] = {name: value for name, value in wanted.items() if value is not None}
        while True:
            page = self.http.call("GET", "/activity", ActivityPage, query=query)
            yield from page.activity
            if page.next_cursor is None:
                return
            query["cursor"] = page.next_cursor

    def stats(self) -> Stats:
        return self.http.call("GET", "/stats", Stats)

    def account_export(self) -> Iterator[bytes]:
        """Everything that the server holds about me, as one JSON document."""
        return self.http.chunks("/account/export")

    def file(self, file_id: str, *, with_content: bool = False) -> FileDetail:
        """All about a file, with its content only if that is wanted and small. Raises `NotFound` or `Expired`."""
        query: dict[str, QueryValue] = {"ciphertext": "true" if with_content else "false"}
        return self.http.call("GET", f"/files/{_known(file_id)}", FileDetail, query=query)

    def change_file(self, file_id: str, change: FileChange) -> FileDetail:
        """Raises `NotFound`, `Expired`, and `Refused` for somebody else's file."""
        return self.http.call("PATCH", f"/files/{_known(file_id)}", FileDetail, json=change)

    def delete_file(self, file_id: str) -> None:
        self.http.call("DELETE", f"/files/{_known(file_id)}", Deleted)

    def content(self, file_id: str, start: int, length: int, is_wanted: Callable[[], bool] = lambda: True) -> Fill:
        """Reads `length` bytes of the sealed body from `start` on; the request is sent at the first read.

        Once they are no longer wanted, the connection is closed, and reading raises `Unreachable`.
        """
        stream: ByteStream | None = None

        def fill(view: memoryview) -> int:
            nonlocal stream
            if stream is None:
                stream = self.http.stream(f"/files/{file_id}/content", start, length)
            if not is_wanted():
                stream.close()
                raise Unreachable("the rest was not wanted any more")
            return stream.read_into(view)

        return fill


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


def same_file(asked: str, answered: str) -> None:
    """Raises `NetworkError` if a server answers with another file than it was asked for."""
    if asked != answered:
        raise NetworkError("the server answered with another file than it was asked for; nothing was written")
