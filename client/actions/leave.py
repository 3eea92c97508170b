"""Leaving files in somebody's drop box: sealed to the owner's card, signed by nobody."""

import uuid
from dataclasses import dataclass
from pathlib import Path

from client import errors
from client.actions.events import Began, Done, Failed, Tell, Verified, Waiting
from client.actions.telling import Moving
from client.actions.upload import UploadBody
from client.api.box_api import BoxApi
from client.api.retries import Patience, Retries
from client.errors import NotFound, UntrustedKey
from client.local.addresses import normal_server
from client.local.inputs import content_of
from shared.api.models import DropComplete, GrantModel, OpenedBox
from shared.crypto.content import Content, SealOptions, StoredFile, store
from shared.crypto.drop_box import BoxAddress
from shared.crypto.file_key import FileKey
from shared.crypto.keys import RecipientKey
from shared.crypto.seal import finish
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError

_PLAIN = SealOptions(compress=False)
"""A drop box wants to know how large a file is before it takes it in."""


class WrongBoxPassword(NotFound):
    """The password is wrong, or the drop box is not there: the server says neither."""


@dataclass(frozen=True, slots=True)
class OpenedDropBox:
    """A drop box that takes files in."""

    api: BoxApi
    terms: OpenedBox
    owner: RecipientKey


def open_box(address: BoxAddress, password: str | None, *, allow_http: bool = False) -> OpenedDropBox:
    """Whose it is, checked against the key in the address.

    Raises `WrongBoxPassword`, `Expired`, `Revoked`, `UntrustedKey` where the server shows another card, `NetworkError`.
    """
    keys = address.keys(password)
    api = BoxApi.of(normal_server(address.server, allow_http=allow_http), keys.box_id, keys.access)
    try:
        terms = api.open()
    except NotFound as error:
        if address.has_password:
            raise WrongBoxPassword(
                "the password is wrong, or the drop box is not there any more; nothing was sent"
            ) from error
        raise
    try:
        card = address.card_of(unb64u(terms.card, "card"), unb64u(terms.signature, "signature", 64))
    except FormatError as error:
        raise UntrustedKey(
            f"the server shows keys that are not those of this drop box's owner ({error}). Nothing was sent: ask the "
            "owner for a new address, by a way that the server does not see"
        ) from None
    return OpenedDropBox(api, terms, RecipientKey.of_card(card))


def leave_file(box: OpenedDropBox, source: Path, note: str, tell: Tell) -> str:
    """Sends one file, whole or not at all; returns its id, which only the owner can use.

    Raises whatever reading, sealing or the network raise, after it told `Failed`.
    """
    try:
        with content_of(source, note=note) as content:
            file_id = _sent(box, source, content, tell)
    except BaseException as error:
        tell(Failed(str(source), errors.words_of(error) or "stopped", resumable=False))
        raise
    tell(Verified(str(source)))
    tell(Done(str(source), file_id, content.name, content.size or 0))
    return file_id


def _sent(box: OpenedDropBox, source: Path, content: Content, tell: Tell) -> str:
    stored = store(content, _PLAIN)
    if not isinstance(stored, StoredFile):
        raise errors.FileProblem(f"{source} is no plain file: a drop box takes only files of a known size")
    transfer, geometry = str(source), stored.geometry
    file_id, file_key = uuid.uuid4(), FileKey.draw()
    retries = Retries(Patience.of_transfers(), lambda reason, seconds: tell(Waiting(transfer, reason, seconds)))
    body = UploadBody(box.api, file_id, file_key, retries, Moving(tell, transfer, content.size), None)
    tell(Began(transfer, content.name, content.size))
    try:
        retries.run(lambda: box.api.start(str(file_id), geometry.part_size, geometry.body_size))
        hashes = body.send(stored, {}, lambda: None)
        sealed = finish(content, stored, hashes, file_key, file_id, [box.owner], None)
        grants = [GrantModel.model_validate(grant.to_json()) for grant in sealed.grants]
        complete = DropComplete(manifest=b64u(sealed.manifest.raw), grants=grants)
        retries.run(lambda: box.api.complete(str(file_id), complete))
    except BaseException:
        retries.stop()
        box.api.give_up(str(file_id))
        raise
    return str(file_id)
