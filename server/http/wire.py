"""Records as they travel."""

from server.domain import Caller, CardRecord, File
from server.services.uploads import UploadState
from shared.api.models import FileDetail, FileItem, GrantModel, Part, PublishedCard, Upload
from shared.sealed.encoding import b64u


def upload(state: UploadState) -> Upload:
    """An upload with its parts in order."""
    return Upload(
        file_id=str(state.upload.file_id),
        part_size=state.upload.part_size,
        body_size=state.upload.body_size,
        parts=[
            Part(number=number, size=receipt.size, digest=b64u(receipt.digest))
            for number, receipt in sorted(state.receipts.items())
        ],
        idle_expires_at=state.upload.idle_expires_at(state.receipts.values()),
    )


def file_item(file: File, caller: Caller, downloads: int) -> FileItem:
    """A file in a listing. Every reader gets every grant: the server can't tell which of them is whose."""
    return FileItem(
        file_id=str(file.file_id),
        owner=file.owner_id == caller.user_id,
        from_email=file.owner_email,
        uploaded_at=int(file.uploaded_at),
        expires_at=file.expires_at,
        size=file.size,
        downloads=downloads,
        manifest=b64u(file.manifest),
        grants=[GrantModel.model_validate(grant.to_json()) for grant in file.grants],
    )


def file_detail(file: File, caller: Caller, downloads: int) -> FileDetail:
    """A file by itself. Who else may read it is for its owner to know."""
    return FileDetail(
        **file_item(file, caller, downloads).model_dump(exclude={"grants"}),
        grants=[GrantModel.model_validate(grant.to_json()) for grant in file.grants],
        part_hashes=b64u(file.part_hashes),
        allowed_users=list(file.allowed_users) if file.owner_id == caller.user_id else None,
    )


def card(record: CardRecord) -> PublishedCard:
    """A card as it was published."""
    return PublishedCard(user_id=record.user_id, card=b64u(record.card), signature=b64u(record.signature))
