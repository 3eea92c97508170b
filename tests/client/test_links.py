"""The keys of links that were made here, and how a link stands."""

import uuid
from pathlib import Path

import pytest

from client.actions.links import state_of
from client.errors import FileProblem
from client.local.links import KeptLink, KeptLinks
from client.local.paths import Paths
from client.local.session import Session
from shared.api.models import LinkItem
from shared.crypto.file_key import FileKey
from shared.crypto.grants import unwrap_own, wrap
from shared.crypto.identity import Identity
from shared.crypto.keys import RecipientKey
from shared.crypto.link import draw_link_key

HERE = Session("https://files.example.org", "ada@example.org", "a" * 32, "", "", 0)
ELSEWHERE = Session("https://other.example.org", "ada@example.org", "a" * 32, "", "", 0)


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.create("ada@example.org", 2048)


def kept(identity: Identity, link_id: str, key: bytes, session: Session = HERE) -> KeptLink:
    file_id = uuid.uuid4()
    grant = wrap(RecipientKey.of_card(identity.card), FileKey(key), file_id)
    return KeptLink(session.server, session.user_id, link_id, str(file_id), grant)


def test_a_links_key_comes_back_to_who_made_it(tmp_path: Path, identity: Identity) -> None:
    """Per server and person; in a private file, in which the key does not stand."""
    links, key = KeptLinks(Paths(tmp_path)), draw_link_key()
    links.add(kept(identity, "A" * 43, key))
    links.add(kept(identity, "A" * 43, key, ELSEWHERE))
    found = links.find(HERE, "A" * 43)
    assert found is not None
    assert unwrap_own(found.key, uuid.UUID(found.file_id), identity.keys).raw == key
    assert links.find(HERE, "B" * 43) is None
    path = Paths(tmp_path).links
    assert path.stat().st_mode & 0o777 == 0o600
    assert key not in path.read_bytes()
    links.forget(HERE, ["A" * 43, "B" * 43])
    assert links.find(HERE, "A" * 43) is None
    assert links.find(ELSEWHERE, "A" * 43) is not None


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"format":"sealcase-links/1","links":[{}]}', b"\xff"])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    Paths(tmp_path).links.write_bytes(content)
    with pytest.raises(FileProblem, match="move it away"):
        KeptLinks(Paths(tmp_path)).all()


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "active"),
        ({"downloads": 2, "download_limit": 3}, "active"),
        ({"downloads": 3, "download_limit": 3}, "used up"),
        ({"expires_at": 100}, "expired"),
        ({"expires_at": 100, "revoked_at": 50, "download_limit": 1, "downloads": 1}, "revoked"),
    ],
)
def test_how_a_link_stands(changes: dict[str, int], state: str) -> None:
    item = LinkItem(
        link_id="A" * 43,
        url="https://files.example.org/s/x",
        file_ids=[str(uuid.uuid4())],
        created_at=1,
        expires_at=1_000,
        downloads=0,
        download_limit=None,
        password=False,
        notify=False,
        revoked_at=None,
    )
    assert state_of(item.model_copy(update=changes), 100) == state
