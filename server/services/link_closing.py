"""What becomes of links when what they led to goes away."""

from dataclasses import replace
from uuid import UUID

from server.ports import Ephemeral, LinkRecords, Records

LOCK_SECONDS = 10


def link_lock(link_id: str) -> str:
    """The lock that whoever changes a link holds."""
    return f"link:{link_id}"


def close_links(links: LinkRecords, records: Records, ephemeral: Ephemeral, file_id: UUID, now: float) -> None:
    """A file was removed: links that lead to nothing any more are taken back. Raises `Busy`."""
    for found in links.links_to(file_id):
        with ephemeral.lock(link_lock(found.link_id), LOCK_SECONDS):
            link = links.link(found.link_id)
            if link is None or link.revoked_at is not None or link.expired(now):
                continue
            if all(records.file(item.file_id) is None for item in link.items):
                links.replace_link(link, replace(link, revoked_at=now))
