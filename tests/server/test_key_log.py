"""The key log over HTTP: what was published stands in it, with proofs that anybody signed in can check."""

from pathlib import Path

import pytest

from server.domain import CardRecord
from server.settings import SettingsError
from shared.crypto.log_key import verified_checkpoint
from shared.sealed.checkpoint import Checkpoint, LogKey
from shared.sealed.encoding import unb64u
from shared.sealed.log_entry import ENTRY_BYTES, LogEntry
from shared.sealed.merkle import GrowingTree, includes, is_consistent, leaf_hash
from tests.server.house import House, Person, code_of, house
from tests.server.test_cards import card, publish


def checkpoint(person: Person) -> tuple[Checkpoint, LogKey]:
    answer = person.ask("GET", "/log/checkpoint").get_json()
    key = LogKey.parse(answer["key"])
    return verified_checkpoint(answer["checkpoint"], key), key


def hashes(texts: list[str]) -> list[bytes]:
    return [unb64u(text, "hash", 32) for text in texts]


def test_a_published_card_is_proved_to_be_in_the_log(ada: Person, bob: Person) -> None:
    """From the checkpoint that somebody knew to the one that holds the card, in one answer."""
    known, key = checkpoint(bob)
    assert known.size == 0
    first = card(ada.email)
    publish(ada, first)
    publish(bob, card(bob.email))
    known, _ = checkpoint(bob)
    second = card(ada.email, 1, first.digest)
    publish(ada, second)
    publish(ada, second)  # once is enough
    for sequence, each, index in ((0, first, 0), (1, second, 2)):
        query = f"user_id={ada.user_id}&sequence={sequence}&known={known.size}"
        proof = bob.ask("GET", f"/log/proof?{query}").get_json()
        newest = verified_checkpoint(proof["checkpoint"], key)
        assert (newest.size, proof["index"]) == (3, index)
        leaf = leaf_hash(LogEntry.of(each, key.origin).raw)
        assert includes(newest.root, newest.size, index, leaf, hashes(proof["inclusion"]))
        assert is_consistent(known.root, known.size, newest.root, newest.size, hashes(proof["consistency"]))
        between = bob.ask("GET", f"/log/consistency?old={known.size}&new={newest.size}").get_json()
        assert between["proof"] == proof["consistency"]


def test_the_whole_log_can_be_read_page_by_page(ada: Person, bob: Person) -> None:
    """And its entries hash to what was signed."""
    cards = [card(ada.email)]
    publish(ada, cards[0])
    for sequence in range(1, 7):
        cards.append(card(ada.email, sequence, cards[-1].digest))
        publish(ada, cards[-1])
    signed, key = checkpoint(bob)
    tree, raw = GrowingTree(), b""
    while page := bob.ask("GET", f"/log/entries?start={tree.size}&count=3").get_json()["entries"]:
        raw += unb64u(page, "entries")
        for at in range(tree.size * ENTRY_BYTES, len(raw), ENTRY_BYTES):
            tree.add(leaf_hash(raw[at : at + ENTRY_BYTES]))
    assert (tree.size, tree.root()) == (signed.size, signed.root)
    assert raw == b"".join(LogEntry.of(each, key.origin).raw for each in cards)


def test_nobody_is_told_of_cards_that_are_not_there(ada: Person, bob: Person) -> None:
    publish(ada, card(ada.email))
    for query in (f"user_id={bob.user_id}&sequence=0", f"user_id={ada.user_id}&sequence=1"):
        assert code_of(ada.ask("GET", f"/log/proof?{query}")) == "not_found"
    for hostile in ("old=1&new=0", "old=0&new=2", "old=-1&new=1", "old=0", "old=x&new=1", "old=0&new=9007199254740993"):
        assert code_of(ada.ask("GET", f"/log/consistency?{hostile}")) == "invalid"
    assert code_of(ada.ask("GET", "/log/proof?user_id=../x&sequence=0")) == "invalid"
    assert code_of(ada.ask("GET", "/log/entries?count=100000")) == "invalid"
    beyond = ada.ask("GET", f"/log/proof?user_id={ada.user_id}&sequence=0&known=99").get_json()
    assert beyond["consistency"] == []  # there can be no proof; who asks will see that the log is shorter


@pytest.mark.parametrize("finish", ["publish", "ask", "housekeeping"])
def test_a_card_that_a_crash_kept_out_of_the_log_gets_in(finish: str, here: House, ada: Person, bob: Person) -> None:
    """By being published again, by whoever asks for its proof, and by housekeeping."""
    first = card(ada.email)
    here.wiring.records.add_card(CardRecord(ada.user_id, 0, first.raw, bytes(64)))
    assert checkpoint(bob)[0].size == 0
    if finish == "publish":
        assert publish(ada, first) == (200, "")
    elif finish == "ask":
        assert bob.ask("GET", f"/log/proof?user_id={ada.user_id}&sequence=0").status_code == 200
    else:
        here.services.housekeeping.sweep()
    assert checkpoint(bob)[0].size == 1
    assert here.wiring.key_log.index_of(first.digest) == 0


def test_a_damaged_card_keeps_no_other_from_the_log(here: House, ada: Person, bob: Person) -> None:
    for person in (ada, bob):
        here.wiring.records.add_card(CardRecord(person.user_id, 0, card(person.email).raw, bytes(64)))
    (damaged_file,) = (here.settings.data_dir / "records" / "cards").glob(f"*/{min(ada.user_id, bob.user_id)}/*")
    genuine = damaged_file.read_bytes()
    for damaged in (b"{", b"[]", b'{"user_id": "x"}', genuine.replace(b'"card": "', b'"card": "AAAA')):
        damaged_file.write_bytes(damaged)
        here.services.housekeeping.sweep()
        assert checkpoint(bob)[0].size == 1


def test_the_log_survives_account_and_restart(here: House, ada: Person, bob: Person) -> None:
    """Whoever leaves takes the card along, and nothing out of the log; its key stays."""
    publish(ada, card(ada.email))
    before, key = checkpoint(bob)
    here.wiring.records.remove_user(ada.user_id)
    again = house(here.settings.data_dir)
    assert again.wiring.key_log.key == key
    assert again.wiring.key_log.checkpoint().checkpoint == before
    assert not list(again.services.inspection.findings())


def test_a_log_whose_key_is_lost_does_not_start(here: House) -> None:
    """It would look like another log to everybody; what to restore is said."""
    (here.settings.data_dir / "secrets" / "key_log_key").unlink()
    with pytest.raises(SettingsError, match="secrets/key_log_key"):
        house(here.settings.data_dir)


def test_an_altered_log_is_found_by_the_operator(here: House, ada: Person) -> None:
    publish(ada, card(ada.email))
    entries: Path = here.settings.data_dir / "key_log" / "entries"
    entries.write_bytes(bytes(ENTRY_BYTES))
    assert any("not those of its checkpoint" in finding.message for finding in here.services.inspection.findings())


def test_the_seed_is_nowhere_but_in_its_file(here: House, ada: Person) -> None:
    publish(ada, card(ada.email))
    path = here.settings.data_dir / "secrets" / "key_log_key"
    assert here.kept(path.read_bytes().strip()) == [path]
    assert here.kept(here.wiring.secrets.key_log_seed) == []
    assert "seed" not in repr(here.wiring.secrets)
