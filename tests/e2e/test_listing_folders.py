"""Listings of folders that were never received: as quick as of those that were."""

from typing import Any

import pytest

from client.actions import library
from client.actions.person import Person as Actor
from client.actions.receive import open_item
from client.local.paths import Paths
from client.local.secrets import nobody_to_ask
from shared.api.models import FileDetail, FileItem
from shared.crypto.grants import Reader
from shared.crypto.keys import PrivateKeys
from shared.crypto.open import Opened
from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_folders import make


def test_files_of_a_folder_are_opened_for_one_listing_only(
    ada: Person, new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it was never received. What is searched, or all, is opened each time; what is gone is forgotten."""
    bob = new_person("bob")
    make(ada.cli.folder / "box", {"a": b"a", "b": b"b", "c": b"c"})
    folder_id = ada.cli.ok("send", "box", "--to", bob.email).lines[0]
    for variable, value in bob.cli.environment.items():
        monkeypatch.setenv(variable, value)
    opened: list[str] = []

    def counting(item: FileItem | FileDetail, keys: PrivateKeys, me: Reader | None) -> Opened:
        opened.append(item.file_id)
        return open_item(item, keys, me)

    monkeypatch.setattr(library, "open_item", counting)
    reader = Actor.signed_in(Paths(bob.cli.data), nobody_to_ask)

    def listed(**how: Any) -> tuple[int, int]:
        opened.clear()
        return len(list(library.list_files(reader, received=True, **how))), len(opened)

    assert (listed(), listed()) == ((1, 4), (1, 1))
    assert (listed(inside=True), listed(search="box/")) == ((4, 4), (3, 4))
    ada.cli.ok("rm", folder_id)
    assert listed() == (0, 0)
    assert (bob.cli.data / "folders" / "received").read_bytes() == b""
