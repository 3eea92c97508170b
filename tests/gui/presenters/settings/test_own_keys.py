"""My own keys: what they are, changing them, their passphrase, PEM files, the key log."""

from pathlib import Path

import pytest

from client.actions.keys import keys_here
from client.gui.presenters.settings.key_files import KeyFiles
from client.gui.presenters.settings.key_log import KeyLog
from client.gui.presenters.settings.own_keys import OwnKeys
from shared.crypto.pem import load_private_pem
from tests.gui.presenters.settings.conftest import Seat, now
from tests.support.people import PASSPHRASE


@pytest.fixture
def keys(ada: Seat) -> OwnKeys:
    return OwnKeys(ada.house, ada.questions)


@pytest.fixture
def files(ada: Seat) -> KeyFiles:
    return KeyFiles(ada.house, ada.questions)


def _loaded(ada: Seat, keys: OwnKeys) -> None:
    keys.shown()
    ada.until(lambda: keys.state.loaded)


def _send(ada: Seat, name: str) -> str:
    (ada.person.cli.folder / name).write_text("hello")
    return ada.person.cli.ok("send", name, "--to", ada.email).lines[0]


def test_what_they_are(ada: Seat, keys: OwnKeys) -> None:
    _loaded(ada, keys)
    state = keys.state
    assert state.here
    assert state.encryption == "RSA 2048 + ML-KEM-768"
    assert state.post_quantum
    assert "quantum" in state.safety
    assert not state.has_kit
    assert (state.can_rotate, state.can_resume, state.can_destroy) == (True, False, False)
    keys.copy_fingerprint()
    assert ada.board.text == state.fingerprint
    assert state.fingerprint in ada.person.cli.ok("key", "show").out.decode()


def test_none_here(ada: Seat, keys: OwnKeys) -> None:
    """Said; and nothing can be done with what is not there."""
    for file in (ada.house.paths.identities).iterdir():
        file.unlink()
    _loaded(ada, keys)
    assert not keys.state.here
    assert "no keys" in keys.state.nothing
    keys.rotate()
    keys.resume()
    keys.destroy_earlier()
    keys.copy_fingerprint()
    assert ada.questions.state.question is None
    assert ada.board.text is None


def test_changed_then_destroyed(ada: Seat, keys: OwnKeys) -> None:
    """Files are wrapped for the new keys; the old ones go only after what depends on them was counted."""
    file_id = _send(ada, "a.txt")
    _loaded(ada, keys)
    before = keys.state
    keys.choose_bits("2048")
    keys.choose_bits("1024")
    assert keys.state.bits == "2048"
    keys.rotate()
    assert ada.asked() == "Change your encryption keys?"
    ada.answer()
    ada.unlock()
    assert keys.state.busy
    assert not keys.state.can_rotate
    ada.until(lambda: keys.state.result and keys.state.can_destroy)
    assert "1 file wrapped" in keys.state.result
    assert keys.state.fingerprint == before.fingerprint
    assert keys.state.card.startswith("Number 2")
    assert keys.state.earlier.startswith("1 earlier pair")
    assert ada.house.keys.state.unlocked, "nobody is asked again for what they have just typed"
    keys.resume()
    ada.until(lambda: keys.state.busy is False and "looked at" in keys.state.result)
    assert "0 files wrapped" in keys.state.result
    keys.destroy_earlier()
    assert ada.asked() == "Destroy the earlier keys?"
    question = ada.questions.state.question
    assert question is not None
    assert "0 files on the server" in question.text
    assert question.danger
    ada.answer()
    ada.until(lambda: not keys.state.has_earlier and not keys.state.busy)
    assert not keys.state.can_destroy
    (ada.person.cli.folder / "a.txt").unlink()
    ada.person.cli.ok("get", file_id)
    assert (ada.person.cli.folder / "a.txt").read_text() == "hello"


def test_whoever_does_not_unlock_changes_nothing(ada: Seat, keys: OwnKeys) -> None:
    _loaded(ada, keys)
    card = keys_here(ada.house.keys.person()).card
    keys.rotate()
    ada.answer()
    ada.until(lambda: ada.house.keys.state.asking)
    ada.house.keys.close_dialog()
    ada.until(lambda: not keys.state.busy)
    assert keys_here(ada.house.keys.person()).card == card
    ada.until(lambda: keys.state.can_rotate)


def test_the_passphrase(ada: Seat, files: KeyFiles) -> None:
    """A wrong old one and new ones that differ change nothing, and leave the dialog open."""
    files.change_passphrase()
    ada.answer(old=PASSPHRASE, new="one", again="other")
    assert "not the same" in ada.questions.state.error.text
    ada.answer(old="wrong", new="new words", again="new words")
    assert "does not open" in ada.questions.state.error.text
    ada.answer(old=PASSPHRASE, new="new words", again="new words")
    assert ada.questions.state.question is None
    assert ada.house.keys.state.unlocked
    ada.house.keys.lock()
    ada.house.keys.with_keys(lambda _person: None)
    ada.until(lambda: ada.house.keys.state.asking)
    ada.house.keys.try_passphrase(PASSPHRASE)
    ada.until(lambda: ada.house.keys.state.error)
    ada.house.keys.try_passphrase("new words")
    ada.until(lambda: ada.house.keys.state.unlocked)


def test_a_key_pair_of_its_own(ada: Seat, files: KeyFiles, tmp_path: Path) -> None:
    """Under its passphrase; a pair that is there is not replaced."""
    files.choose_bits("2048")
    files.choose_bits("5")
    files.generate_pem("")
    assert ada.questions.state.question is None
    files.generate_pem(str(tmp_path))
    ada.answer(new="p", again="q")
    assert "Nothing was written" in ada.questions.state.error.text
    assert not (tmp_path / "private_key.pem").exists()
    ada.answer(new="p", again="p")
    assert ada.questions.state.question is None
    key = load_private_pem((tmp_path / "private_key.pem").read_bytes(), b"p")
    assert key.rsa.key_size == 2048
    assert (tmp_path / "private_key.pem").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "private_key.pem").read_bytes()
    files.generate_pem(str(tmp_path))
    ada.answer(new="p", again="p")
    assert ada.questions.state.error
    assert (tmp_path / "private_key.pem").read_bytes() == before


def test_my_key_goes_out_and_another_comes_in(ada: Seat, files: KeyFiles, keys: OwnKeys, tmp_path: Path) -> None:
    """Exported once it is unlocked; a key made elsewhere becomes mine by a change of keys."""
    (tmp_path / "out").mkdir()
    files.export_pem(str(tmp_path / "out"))
    ada.unlock()
    ada.answer(new="p", again="p")
    ada.until(lambda: (tmp_path / "out" / "public_key.pem").exists())
    files.choose_bits("3072")
    (tmp_path / "new").mkdir()
    files.generate_pem(str(tmp_path / "new"))
    ada.answer(new="n", again="n")
    _loaded(ada, keys)
    assert keys.state.encryption.startswith("RSA 2048")
    keys.import_pem(str(tmp_path / "nothing.pem"))
    assert ada.questions.state.question is None
    keys.import_pem(str(tmp_path / "new" / "private_key.pem"))
    ada.answer(passphrase="wrong")
    assert "passphrase" in ada.questions.state.error.text
    ada.answer(passphrase="n")
    ada.until(lambda: keys.state.encryption.startswith("RSA 3072") and not keys.state.busy)


def test_the_key_log(ada: Seat, bob: Seat, tmp_path: Path) -> None:
    """Checked alone, and with a friend's checkpoint; what is none is said."""
    log, theirs = KeyLog(ada.house, ada.questions), KeyLog(bob.house, bob.questions)
    log.copy_checkpoint()
    assert not ada.board.text
    for seat, each in ((bob, theirs), (ada, log)):
        each.audit()
        each.audit()
        seat.until(lambda each=each: each.state.found)  # type: ignore[misc]
        assert not now(each).trouble
        assert "1 card of yours" in each.state.found
    log.copy_checkpoint()
    assert ada.board.text == log.state.checkpoint
    (tmp_path / "theirs.txt").write_text(theirs.state.checkpoint)
    log.compare_checkpoint("")
    log.compare_checkpoint(str(tmp_path / "theirs.txt"))
    ada.until(lambda: "your friend" in log.state.found)
    (tmp_path / "nonsense.txt").write_text("nonsense")
    log.compare_checkpoint(str(tmp_path / "nonsense.txt"))
    ada.until(lambda: log.state.failure)
    assert not log.state.found
    assert "code: " in log.state.failure.details
    log.compare_checkpoint(str(tmp_path / "gone.txt"))
    assert "gone.txt" in ada.said()
