"""A limited download is used up by nobody who has not got the file."""

import threading

import pytest

from client.actions.events import untold
from client.actions.person import Person as SignedIn
from client.actions.receive import open_item
from client.actions.remote_body import RemoteBody
from client.errors import ClientError
from client.local.paths import Paths
from client.local.secrets import nobody_to_ask
from shared.crypto.part_buffer import PartBuffer
from shared.sealed.encoding import unb64u
from shared.sealed.geometry import DEFAULT_PART_SIZE, MIB
from shared.sealed.manifest import HASH_BYTES
from tests.e2e.conftest import Person
from tests.e2e.test_get_resumes import random_bytes
from tests.e2e.test_two_people import send
from tests.support.cli import wait_until


@pytest.mark.parametrize("gives_up", [False, True], ids=["others come", "given up"])
def test_the_last_byte_waits_for_all_others(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch, gives_up: bool
) -> None:
    """Whatever the server has handed over by then, it has not counted; it does with the last byte."""
    options = ("--no-compress", "--no-pad", "--downloads", "1")
    file_id = send(ada, "a", random_bytes(1.5), bob.email, options=options)
    monkeypatch.setenv("SEALCASE_PASSPHRASE_FILE", bob.cli.settings["SEALCASE_PASSPHRASE_FILE"])
    monkeypatch.setenv("SEALCASE_KEYRING", "off")
    person = SignedIn.signed_in(Paths(bob.cli.data), nobody_to_ask)
    detail = person.api.file(file_id)
    opened = open_item(detail, person.identity.keys, person.identity.reader)
    hashes, geometry = unb64u(detail.part_hashes, "part_hashes"), opened.manifest.geometry
    body = RemoteBody(person.api, opened, untold, is_limited=True)
    ended: list[ClientError | None] = []

    def load(index: int) -> None:
        expected = hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES]
        with PartBuffer(geometry.sealed_length(0)) as buffer:
            body.load(buffer, index, geometry.sealed_offset(index), geometry.sealed_length(index), expected)

    def guarded(index: int) -> None:
        try:
            load(index)
        except ClientError as error:
            ended.append(error)
        else:
            ended.append(None)

    last = threading.Thread(target=guarded, args=(1,), daemon=True)
    last.start()
    wait_until(lambda: body.received >= DEFAULT_PART_SIZE // 2 - MIB, "most of the last part")
    if gives_up:
        body.give_up()
    else:
        load(0)
    last.join(30)
    assert len(ended) == 1
    assert (ended[0] is None) is not gives_up
    wait_until(lambda: person.api.file(file_id).downloads == int(not gives_up), "the count")
