"""Sending the list of a folder, once its files are there."""

import io
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from client.actions.events import untold
from client.actions.folder_list import MEDIA_TYPE, FolderList
from client.actions.order import Order
from client.actions.person import Person
from client.actions.telling import Moving
from client.actions.upload import UploadBody
from client.api.retries import Retries
from client.api.wire import FileDetail, UploadStart
from client.errors import ClientError
from shared.crypto.content import Content, SealOptions, store
from shared.crypto.file_key import FileKey
from shared.crypto.seal import finish


def send_list(
    person: Person, folder: FolderList, order: Order, retries: Retries, begun: Callable[[str], None]
) -> FileDetail:
    """Seals and sends it to whom the files were sent. Raises what a send raises; then it is not there.

    `begun` is told the id that it is about to travel under.
    It may be downloaded any number of times: a limit is on the files, and who continues reads the list again.
    """
    terms = replace(order, download_limit=None)
    raw = io.BytesIO(folder.encode())
    content = Content(folder.name, raw.readinto, None, MEDIA_TYPE, comment=folder.comment(order.note))
    stored = store(content, SealOptions())
    file_id, file_key = uuid.uuid4(), FileKey.draw()
    begun(str(file_id))
    start = UploadStart(file_id=str(file_id), part_size=stored.part_size)
    try:
        retries.run(lambda: person.api.start_upload(start))
        body = UploadBody(person.api, file_id, file_key, retries, Moving(untold, folder.name, None), None)
        part_hashes = body.send(stored, {}, lambda: None)
        signer = person.identity.signing_key
        complete = terms.completion(finish(content, stored, part_hashes, file_key, file_id, terms.to, signer))
        return body.complete(complete)
    except BaseException:
        with suppress(ClientError):
            person.api.cancel_upload(str(file_id))
        raise
