"""What the server refuses to start with, what it makes itself, and that the example file is true."""

import os
import re
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from server.adapters.mail import ConsoleMailer, NoMailer
from server.ports import Purpose
from server.secret_keys import secret_keys
from server.settings import Settings, SettingsError, _NamedFiles, load_settings
from server.wiring import wire
from tests.server.house import house
from tests.support import rooms
from tests.support.server import server_environment, started

ROOT = Path(__file__).resolve().parents[2]
CANT_START = 2


def refusal(folder: Path, **settings: str) -> str:
    """What the real server prints when it refuses to start; fails if it starts or shows a traceback."""
    with started(server_environment(folder / "data", **settings), folder) as server:
        assert server.process.wait(60) == CANT_START
    text = "\n".join(server.lines)
    assert "The server can't start." in text
    assert "Traceback" not in text
    return text


@pytest.fixture(autouse=True)
def no_settings_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test begins in an empty folder, without the machine's settings."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    "secret",
    [
        "your-random-256-bit-secret-key",
        "your-jwt-signing-secret-key",
        "a1b2c3d4e5f67890123456789abcdef01234567890abcdef",
        "fedcba0987654321fedcba0987654321fedcba09876543",
        "your-own-words-behind-an-example-prefix-of-any-length",
        "changeme",
        "too-little",
        "x" * 64,
    ],
)
@pytest.mark.parametrize("name", ["SECRET_KEY", "JWT_SECRET"])
def test_example_and_short_secrets_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, secret: str) -> None:
    """With a word on what to do, and without the secret itself."""
    monkeypatch.setenv(name, secret)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert name in str(refused.value)
    assert "Leave it empty" in str(refused.value)
    assert secret not in str(refused.value)


def test_the_process_ends_with_a_word(tmp_path: Path) -> None:
    """Exit code 2, every wrong setting named, no traceback, no secret."""
    text = refusal(tmp_path, secret_key="your-own-secret-value", port="99999")
    assert "SECRET_KEY" in text
    assert "PORT" in text
    assert "your-own" not in text


def test_a_data_folder_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    """A file in its place is what even root can't write into."""
    (tmp_path / "data").write_text("in the way")
    text = refusal(tmp_path)
    assert "DATA_DIR" in text
    assert "can't be written" in text


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"can't listen on 127.0.0.1 port {port}: address already in use" in refusal(tmp_path, port=str(port))


def test_secrets_are_made_once_for_the_owner_only(tmp_path: Path) -> None:
    """Eight starts at once agree; folder 0700, files 0600; the two differ; nothing shows them."""
    settings = Settings(data_dir=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: secret_keys(settings), range(8)))
    assert len(set(made)) == 1
    assert made[0].secret_key != made[0].jwt_secret
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    for name, secret in (("secret_key", made[0].secret_key), ("jwt_secret", made[0].jwt_secret)):
        assert stat.S_IMODE((tmp_path / "secrets" / name).stat().st_mode) == 0o600
        assert (tmp_path / "secrets" / name).read_bytes().strip() == secret
        assert secret.decode() not in repr(made[0])


def test_a_damaged_secret_is_refused(tmp_path: Path) -> None:
    """An emptied file is not taken for a secret, nor silently replaced."""
    secret_keys(Settings(data_dir=tmp_path))
    (tmp_path / "secrets" / "jwt_secret").write_text("")
    with pytest.raises(SettingsError, match="jwt_secret holds no usable secret"):
        secret_keys(Settings(data_dir=tmp_path))


def test_a_lost_secret_is_not_replaced_under_accounts(tmp_path: Path) -> None:
    """With a new one everybody would be somebody else. Where nobody is yet, any will do."""
    house(tmp_path)
    secret = tmp_path / "secrets" / "secret_key"
    secret.unlink()
    ada = house(tmp_path).person("ada@example.org")
    kept = secret.read_bytes()
    secret.unlink()
    with pytest.raises(SettingsError, match=r"SECRET_KEY: .* Nothing was changed"):
        house(tmp_path)
    assert not secret.exists()
    secret.write_bytes(kept)
    assert house(tmp_path).person("ada@example.org").user_id == ada.user_id


def test_accounts_of_two_secrets_are_served(tmp_path: Path) -> None:
    """As it was possible once: those of today's secret must not be shut out. A damaged record decides nothing."""
    house(tmp_path, secret_key="k3" * 20).person("ada@example.org")
    with pytest.raises(SettingsError, match="not the one"):
        house(tmp_path, secret_key="k4" * 20)
    (ada,) = (tmp_path / "records" / "users").glob("*/*.json")
    whole = ada.read_bytes()
    ada.write_text("{")
    house(tmp_path, secret_key="k4" * 20).person("bob@example.org")
    ada.write_bytes(whole)
    house(tmp_path, secret_key="k4" * 20)


def test_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """NAME_FILE, as container platforms hand them over; a file that is not there is an error."""
    (tmp_path / "key").write_text("k3" * 20 + "\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    assert secret_keys(load_settings()).secret_key == b"k3" * 20
    assert "k3k3" not in repr(load_settings())
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="SECRET_KEY_FILE names"):
        load_settings()


@pytest.mark.slow
@pytest.mark.skipif(rooms.missing() is not None, reason=rooms.missing() or "")
@pytest.mark.parametrize("command", [["serve"], ["admin", "doctor", "--pause", "0"]])
def test_a_volume_of_somebody_else_comes_with_the_very_command(tmp_path: Path, command: list[str]) -> None:
    """As a container meets it, whose volume is a folder of the host: what to type, with its own user and the path."""
    volume = tmp_path / "volume"
    volume.mkdir(mode=0o755)
    room = rooms.Room(binds={"/data": volume}, read_only=True, user=10_001)
    environment = {**server_environment(Path("/data")), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        room.command([sys.executable, "-m", "server", *command]),
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == (CANT_START if command == ["serve"] else 1)
    assert "sudo chown -R 10001:10001 /data" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_every_setting_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever its type; NAME_FILE comes before NAME."""
    for name in Settings.model_fields:
        (tmp_path / name).write_text(f"the content of {name}\n")
        monkeypatch.setenv(f"{name.upper()}_FILE", str(tmp_path / name))
    named = _NamedFiles(Settings, EnvSettingsSource(Settings))
    assert named() == {name: f"the content of {name}" for name in Settings.model_fields}
    values = {"port": 6_001, "metrics": True, "log_format": "json", "public_url": "https://files.example.org"}
    for name in Settings.model_fields:
        if name in values:
            (tmp_path / name).write_text(f"{values[name]}\n")
        else:
            monkeypatch.delenv(f"{name.upper()}_FILE")
    monkeypatch.setenv("PORT", "7000")
    assert values.items() <= load_settings().model_dump().items()


def test_a_dotenv_file_names_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As .env.example says. NAME_FILE comes before NAME there as well, and the environment before both."""
    (tmp_path / "key").write_text("k3" * 20 + "\n")
    (tmp_path / "port").write_text("6003\n")
    (tmp_path / ".env").write_text("SECRET_KEY_FILE=key\nPORT=6001\nPORT_FILE=port\n")
    settings = load_settings()
    assert secret_keys(settings).secret_key == b"k3" * 20
    assert settings.port == 6003
    monkeypatch.setenv("PORT", "6002")
    assert load_settings().port == 6002
    (tmp_path / ".env").write_text("SECRET_KEY_FILE=nowhere\n")
    with pytest.raises(SettingsError, match="SECRET_KEY_FILE names nowhere"):
        load_settings()


def test_settings_come_from_a_dotenv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins over it."""
    (tmp_path / ".env").write_text("PORT=6001\nTHREADS=3\nUNKNOWN=1\n")
    monkeypatch.setenv("PORT", "6002")
    settings = load_settings()
    assert (settings.port, settings.threads) == (6002, 3)


@pytest.mark.parametrize(
    ("host", "dev_mode", "mailer"),
    [
        ("127.0.0.1", False, ConsoleMailer),
        ("::1", False, ConsoleMailer),
        ("localhost", False, ConsoleMailer),
        ("0.0.0.0", False, NoMailer),  # what is tested
        ("192.0.2.1", False, NoMailer),
        ("example.org", False, NoMailer),
        ("0.0.0.0", True, ConsoleMailer),
    ],
)
def test_codes_are_printed_only_out_of_strangers_reach(
    tmp_path: Path, host: str, dev_mode: bool, mailer: type[object]
) -> None:
    """Beyond loopback the operator has to say so with DEV_MODE=1."""
    settings = Settings(data_dir=tmp_path, host=host, dev_mode=dev_mode)
    assert type(wire(settings).mailer) is mailer


def test_without_mail_the_log_points_to_login_code(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And does not hold the code."""
    mailer = wire(Settings(data_dir=tmp_path, host="192.0.2.1")).mailer
    mailer.send_code("ada@example.org", "123456", 10, Purpose.SIGN_IN)
    assert "admin login-code" in caplog.text
    assert "123456" not in caplog.text


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    for wrong in ({"port": -1}, {"workers": 0}, {"threads": 0}, {"body_timeout": 0}, {"public_url": "example.org"}):
        with pytest.raises(ValidationError):
            Settings(data_dir=tmp_path, **wrong)


def test_the_example_file_names_every_setting_with_its_default() -> None:
    """In the order of the Settings class, each with its description."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    found = [match.groups() for line in lines if (match := re.fullmatch(r"#(\w+)=(.*)", line))]
    assert found == [(name.upper(), default_of(name)) for name in Settings.model_fields]
    for field in Settings.model_fields.values():
        assert f"# {field.description}" in lines


def default_of(name: str) -> str:
    """A default as one writes it into .env: empty for what the server finds out itself."""
    field = Settings.model_fields[name]
    if field.default_factory is not None or field.default is None:
        return ""
    return str(int(field.default)) if isinstance(field.default, bool) else str(field.default)
