"""Records as they travel."""

from server.domain import (
    AccessToken,
    Backend,
    Caller,
    CardRecord,
    DropBox,
    Event,
    File,
    Link,
    Receipt,
    RecoveryRecord,
    Usage,
)
from server.services.drops import OpenBox
from server.services.pairings import Pairing
from server.services.sessions import Session
from server.services.uploads import UploadState
from shared.api.models import (
    ActivityItem,
    BoxItem,
    FileDetail,
    FileItem,
    FileSummary,
    GrantModel,
    LinkItem,
    OpenedBox,
    OpenedFile,
    PairingItem,
    Part,
    PublishedCard,
    SessionItem,
    StoredRecoveryCopy,
    TokenItem,
    Upload,
)
from shared.sealed.encoding import b64u
from shared.sealed.grant import Grant


def part(receipt: Receipt) -> Part:
    """A part that has arrived."""
    return Part(number=receipt.number, size=receipt.size, digest=b64u(receipt.digest))


def grant_record(grant: GrantModel) -> dict[str, str | None]:
    """A grant as `Grant.parse` reads it: `by` is there only where it says something."""
    return {name: value for name, value in grant.model_dump().items() if name != "by" or value is not None}


def upload(state: UploadState, *, direct: bool) -> Upload:
    """An upload with its parts in order. `direct`: whether parts may go straight to the store."""
    return Upload(
        file_id=str(state.upload.file_id),
        part_size=state.upload.part_size,
        body_size=state.upload.body_size,
        parts=[part(receipt) for _, receipt in sorted(state.receipts.items())],
        idle_expires_at=state.upload.idle_expires_at(state.receipts.values()),
        direct=direct,
    )


def file_item(file: File, caller: Caller, downloads: int) -> FileItem:
    """A file in a listing. Every reader gets every grant: the server can't tell which of them is whose."""
    own = file.owner_id == caller.user_id
    return FileItem(
        file_id=str(file.file_id),
        format=1 if file.simple is None else 0,
        filename=None if file.simple is None else file.simple.filename,
        owner=own,
        from_email=file.owner_email,
        uploaded_at=int(file.uploaded_at),
        expires_at=file.expires_at,
        size=file.size,
        downloads=downloads,
        download_limit=file.download_limit,
        box_id=file.box_id,
        manifest=b64u(file.manifest),
        grants=[GrantModel.model_validate(grant.to_json()) for grant in file.grants],
        storage=file.backend.value if own else None,
        cid=file.locator if own and file.backend is Backend.IPFS else None,
    )


def file_detail(file: File, caller: Caller, downloads: int) -> FileDetail:
    """A file by itself. Who else may read it is for its owner to know."""
    simple = file.simple
    return FileDetail(
        **file_item(file, caller, downloads).model_dump(exclude={"grants"}),
        grants=[GrantModel.model_validate(grant.to_json()) for grant in file.grants],
        part_hashes=b64u(file.part_hashes),
        allowed_users=list(file.allowed_users) if file.owner_id == caller.user_id else None,
        notify=file.notify if file.owner_id == caller.user_id else None,
        nonce=None if simple is None else simple.nonce,
        wrapped_key=None if simple is None else simple.wrapped_key,
        metadata=None if simple is None else simple.metadata,
    )


def file_summary(file: File, caller: Caller, downloads: int) -> FileSummary:
    """A file as the least that can be said of it."""
    return FileSummary(**file_item(file, caller, downloads).model_dump(include=set(FileSummary.model_fields)))


def link_item(link: Link, downloads: int, public_url: str) -> LinkItem:
    """A link, without what only its holders have."""
    return LinkItem(
        link_id=link.link_id,
        url=f"{public_url}/s/{link.link_id}",
        file_ids=[str(item.file_id) for item in link.items],
        created_at=int(link.created_at),
        expires_at=link.expires_at,
        downloads=downloads,
        download_limit=link.download_limit,
        password=link.password,
        notify=link.notify,
        revoked_at=None if link.revoked_at is None else int(link.revoked_at),
    )


def box_item(box: DropBox, taken: Usage, public_url: str) -> BoxItem:
    """A drop box, without what only its holders have."""
    return BoxItem(
        box_id=box.box_id,
        url=f"{public_url}/d/{box.box_id}",
        created_at=int(box.created_at),
        expires_at=box.expires_at,
        keep_hours=box.keep_hours,
        files=taken.files,
        bytes=taken.size,
        max_files=box.max_files,
        max_bytes=box.max_bytes,
        note=box.note,
        password=box.password,
        notify=box.notify,
        closed_at=None if box.closed_at is None else int(box.closed_at),
    )


def opened_box(opened: OpenBox) -> OpenedBox:
    """A drop box for whoever has its key."""
    return OpenedBox(
        email=opened.box.owner_email,
        card=b64u(opened.card.card),
        signature=b64u(opened.card.signature),
        note=opened.box.note,
        expires_at=opened.box.expires_at,
        files_left=opened.files_left,
        bytes_left=opened.bytes_left,
    )


def opened_file(file: File, grant: Grant) -> OpenedFile:
    """A file for whoever has a link to it."""
    return OpenedFile(
        file_id=str(file.file_id),
        manifest=b64u(file.manifest),
        grant=GrantModel.model_validate(grant.to_json()),
        part_hashes=b64u(file.part_hashes),
    )


def card(record: CardRecord) -> PublishedCard:
    """A card as it was published."""
    return PublishedCard(user_id=record.user_id, card=b64u(record.card), signature=b64u(record.signature))


def recovery(copy: RecoveryRecord) -> StoredRecoveryCopy:
    """A sealed copy of somebody's keys, for nobody but them."""
    return StoredRecoveryCopy(sealed=b64u(copy.sealed), stored_at=int(copy.stored_at))


def session_item(session: Session, caller: Caller) -> SessionItem:
    """A session, without what its tokens are made from."""
    return SessionItem(
        session_id=session.session_id,
        name=session.name,
        created_at=int(session.created_at),
        last_used_at=int(session.used_at),
        client=session.origin.client,
        ip_prefix=session.origin.ip_prefix,
        current=session.session_id == caller.session_id,
    )


def pairing(each: Pairing, caller: Caller) -> PairingItem:
    """A device that waits, and all that was said, which is for its owner's devices only."""
    return PairingItem(
        pairing_id=each.pairing_id,
        device=each.device,
        current=each.session_id is not None and each.session_id == caller.session_id,
        created_at=int(each.created_at),
        expires_at=int(each.expires_at),
        messages=[b64u(message) for message in each.messages],
    )


def token_item(token: AccessToken, used_at: float | None) -> TokenItem:
    """A personal access token, without its text."""
    return TokenItem(
        token_id=token.token_id,
        name=token.name,
        scopes=sorted(token.scopes),
        created_at=int(token.created_at),
        expires_at=token.expires_at,
        last_used_at=None if used_at is None else int(used_at),
    )


def activity_item(event: Event, caller: Caller, actor_email: str | None) -> ActivityItem:
    """Something that happened. Where somebody else was when they fetched a file is not for its owner to know."""
    own = event.actor in (None, caller.user_id)
    return ActivityItem(
        at=int(event.at),
        kind=event.kind.value,
        actor=event.actor,
        actor_email=actor_email,
        file_id=None if event.file_id is None else str(event.file_id),
        ip_prefix=event.origin.ip_prefix if own else None,
        client=event.origin.client if own else None,
        detail=event.detail,
    )
