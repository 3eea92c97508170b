"""What happened, and how much there is."""

from typing import Annotated

from pydantic import Field

from shared.api.models.basics import Email, FileId, UserId, WireModel


class ActivityItem(WireModel):
    """Something that happened to what is mine. The names of kinds may become more."""

    at: int
    kind: Annotated[str, Field(examples=["download"])]
    actor: UserId | None
    """Who did it; null for somebody who had not proved who they are."""
    actor_email: Email | None
    """Null where there is no such account (any more)."""
    file_id: FileId | None
    ip_prefix: str | None
    """Where from: an IPv4 /24 or an IPv6 /48. Null for what others did."""
    client: str | None
    """With what: the beginning of the User-Agent. Null for what others did."""
    detail: str


class ActivityPage(WireModel):
    """Newest first. A page may hold fewer than asked for although more follow: `next_cursor` says whether they do."""

    activity: list[ActivityItem]
    next_cursor: str | None


class Stats(WireModel):
    """`total_size` in bytes of sealed content."""

    total_files: Annotated[int, Field(examples=[42])]
    total_size: Annotated[int, Field(examples=[524_288_000])]
    activity_count: Annotated[int, Field(examples=[156])]
