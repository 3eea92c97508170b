"""What happened to what is mine."""

from collections.abc import Iterator

from client.actions.person import Person
from shared.api.models import ActivityItem


def activity_of(person: Person, kind: str | None, since: int | None) -> Iterator[ActivityItem]:
    """Newest first; `since` in Unix seconds."""
    return person.api.activity(kind, since)
