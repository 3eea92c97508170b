"""Identities and sessions at rest."""

import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError

from client.actions.person import Person
from client.errors import NeedsInput, NotFound, NotSignedIn
from client.local.paths import Paths
from client.local.private_files import write_private
from client.local.secrets import nobody_to_ask
from client.local.session import Session, forget_session, require_session
from client.local.vault import Vault
from shared.crypto.errors import WrongPassphrase
from shared.sealed.errors import FormatError

EMAIL = "ada@example.org"
SESSION = Session("https://files.example.org", EMAIL, "u1", "token-secret", "refresh-secret", 1_000)


class MemoryKeyring(KeyringBackend):
    """A keyring that keeps what it is given, as long as the test runs."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[service, username]


class NoKeyring(MemoryKeyring):
    """A machine without one."""

    def get_password(self, service: str, username: str) -> str | None:
        raise NoKeyringError

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NoKeyringError


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """The operating system's keyring, for this test."""
    monkeypatch.delenv("SEALCASE_KEYRING", raising=False)
    monkeypatch.delenv("SEALCASE_PASSPHRASE_FILE", raising=False)
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring(memory: MemoryKeyring) -> None:
    keyring.set_keyring(NoKeyring())


def test_the_keyring_opens_the_vault_without_a_question(memory: MemoryKeyring, tmp_path: Path) -> None:
    vault = Vault(Paths(tmp_path), nobody_to_ask)
    made = vault.create(EMAIL)
    assert vault.unlock(EMAIL).card == made.card
    (secret,) = memory.secrets.values()
    path = vault.path_of(EMAIL)
    assert secret not in path.read_text()
    assert EMAIL not in path.name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_in_another_folder_keep_opening(memory: MemoryKeyring, tmp_path: Path) -> None:
    """A second identity of the same address shares the keyring's entry instead of replacing it."""
    first, second = (Vault(Paths(tmp_path / name), nobody_to_ask) for name in ("one", "two"))
    made = first.create(EMAIL)
    second.create(EMAIL)
    assert first.unlock(EMAIL).card == made.card


def test_an_identity_from_elsewhere_asks_for_its_passphrase(memory: MemoryKeyring, tmp_path: Path) -> None:
    """The keyring's entry does not fit a file that was copied here; its own passphrase does."""
    (tmp_path / "secret").write_text("its own")
    asked = Vault(Paths(tmp_path), lambda _prompt, _twice: "its own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEALCASE_PASSPHRASE_FILE", str(tmp_path / "secret"))
        asked.create(EMAIL)
    memory.secrets["Sealcase identity", EMAIL] = "of another file"
    assert asked.unlock(EMAIL).card.email == EMAIL
    with pytest.raises(WrongPassphrase):
        Vault(Paths(tmp_path), lambda _prompt, _twice: "wrong").unlock(EMAIL)


@pytest.mark.usefixtures("no_keyring")
def test_without_any_protection_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(NeedsInput, match="SEALCASE_PASSPHRASE_FILE"):
        Vault(Paths(tmp_path), nobody_to_ask).create(EMAIL)
    assert not any(tmp_path.iterdir())


@pytest.mark.usefixtures("no_keyring")
def test_a_passphrase_is_asked_for_twice_when_it_is_new(tmp_path: Path) -> None:
    questions: list[tuple[str, bool]] = []

    def ask(prompt: str, twice: bool) -> str:
        questions.append((prompt, twice))
        return "a passphrase"

    vault = Vault(Paths(tmp_path), ask)
    vault.create(EMAIL)
    vault.unlock(EMAIL)
    assert [twice for _, twice in questions] == [True, False]


@pytest.mark.usefixtures("no_keyring")
def test_unlocking_asks_first_and_works_meanwhile(tmp_path: Path) -> None:
    """The question comes at once, whoever can't be asked is told at once, and a wrong answer where keys are needed."""
    answers = iter(("a passphrase", "a passphrase", "wrong"))
    vault = Vault(Paths(tmp_path), lambda _prompt, _twice: next(answers))
    made = vault.create(EMAIL)
    right, wrong = vault.begin_unlocking(EMAIL), vault.begin_unlocking(EMAIL)
    assert next(answers, None) is None
    for _ in range(2):
        assert right.identity().card == made.card
        with pytest.raises(WrongPassphrase):
            wrong.identity()
    with pytest.raises(NeedsInput):
        Vault(Paths(tmp_path), nobody_to_ask).begin_unlocking(EMAIL)


@pytest.mark.usefixtures("no_keyring")
def test_a_head_start_needs_no_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file names the passphrase, unlocking begins before it is known what for; elsewhere it does not."""
    vault = Vault(Paths(tmp_path), lambda _prompt, _twice: "a passphrase")
    made = vault.create(EMAIL)
    silent = Vault(Paths(tmp_path), nobody_to_ask)
    assert silent.begin_unlocking_silently(EMAIL) is None
    (tmp_path / "secret").write_text("a passphrase\n")
    monkeypatch.setenv("SEALCASE_PASSPHRASE_FILE", str(tmp_path / "secret"))
    head_start = silent.begin_unlocking_silently(EMAIL)
    assert head_start is not None
    assert head_start.identity().card == made.card


@pytest.mark.parametrize("same", [True, False])
def test_a_head_start_counts_for_whom_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same: bool) -> None:
    """Who acts may turn out to be somebody else, whom an access token speaks for."""
    (tmp_path / "secret").write_text("a passphrase\n")
    monkeypatch.setenv("SEALCASE_PASSPHRASE_FILE", str(tmp_path / "secret"))
    vault = Vault(Paths(tmp_path), nobody_to_ask)
    for email in (EMAIL, "bob@example.org"):
        vault.create(email)
    head_start = vault.begin_unlocking(EMAIL if same else "bob@example.org")
    person = Person(Paths(tmp_path), SESSION, nobody_to_ask, head_start)
    person.unlock_soon()
    assert person.identity.card.email == EMAIL
    assert (person.identity is head_start.identity()) is same


@pytest.mark.usefixtures("no_keyring")
def test_damage_to_an_identity_is_noticed(tmp_path: Path) -> None:
    vault = Vault(Paths(tmp_path), lambda _prompt, _twice: "a passphrase")
    vault.create(EMAIL)
    path = vault.path_of(EMAIL)
    for damaged in (b"", b"{}", path.read_bytes()[:-10]):
        write_private(path, damaged)
        with pytest.raises(FormatError):
            vault.unlock(EMAIL)


def test_the_only_identity_is_found_and_two_are_a_question(memory: MemoryKeyring, tmp_path: Path) -> None:
    vault = Vault(Paths(tmp_path), nobody_to_ask)
    with pytest.raises(NotFound, match="no identity"):
        vault.only_email()
    vault.create(EMAIL)
    assert vault.only_email() == EMAIL
    vault.create("bob@example.org")
    with pytest.raises(NotFound, match="several"):
        vault.only_email()
    with pytest.raises(NotFound, match=r"carol@example\.org"):
        vault.unlock("carol@example.org")


def test_a_session_comes_back_and_is_private(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "home")
    SESSION.save(paths)
    assert Session.load(paths) == require_session(paths) == SESSION
    assert stat.S_IMODE(paths.session.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.data.stat().st_mode) == 0o700
    assert [path.name for path in paths.data.iterdir()] == ["session.json"]
    forget_session(paths)
    forget_session(paths)
    with pytest.raises(NotSignedIn, match="sealcase login"):
        require_session(paths)


def test_a_session_does_not_show_its_tokens() -> None:
    """Not in a log, a traceback or a debugger's print."""
    assert "secret" not in repr(SESSION)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"{}", b'{"server": 1}', b"\xff\xfe", b'{"a": 1, "a": 2}', b"[" * 100_000]
)
def test_a_damaged_session_is_no_session(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "session.json").write_bytes(content)
    with pytest.raises(NotSignedIn, match="damaged"):
        Session.load(Paths(tmp_path))
