"""What the operator settles for one person holds at once, and the person is told why."""

import os
import time
from pathlib import Path

import click
import pytest

from server.__main__ import cli
from server.domain import OPERATOR
from server.errors import AccountDisabled
from shared.api.scopes import Scope
from tests.admin.conftest import Operator
from tests.server.house import House, code_of
from tests.server.samples import sample


def test_everybody_is_listed_with_what_they_hold(here: House, operator: Operator) -> None:
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    one = sample()
    assert ada.send(one).status_code == 201
    rows = operator.json("users", "ls")
    assert [(row["email"], row["files"], row["bytes"]) for row in rows] == [
        (ada.email, 1, len(one.body)),
        (bob.email, 0, 0),
    ]
    (shown,) = operator.json("users", "show", "Ada@Example.org")
    assert (shown["user_id"], shown["sessions"], shown["second_factor"]) == (ada.user_id, 1, False)
    assert "signed in      1 time\n" in operator.ok("users", "show", ada.email)
    missing = operator("users", "show", "eve@example.org")
    assert (missing.exit_code, missing.stderr) == (1, "There is no account of eve@example.org.\n")
    assert operator("users", "show", "no address").exit_code == 2


def test_a_closed_account_lets_nobody_in_and_says_so(here: House, operator: Operator) -> None:
    """Sessions end, tokens and sign-ins are refused with the reason; somebody without the code learns nothing."""
    ada = here.person("ada@example.org")
    token = ada.ask("POST", "/auth/tokens", json={"name": "script", "scopes": [Scope.FILES_READ.value]}).get_json()
    headers = {"Authorization": f"Bearer {token['token']}"}
    assert here.http.get("/files", headers=headers).status_code == 200
    operator.ok("users", "disable", ada.email)
    assert code_of(ada.ask("GET", "/files")) == "not_signed_in"
    assert code_of(here.http.post("/auth/refresh", json={"refresh_token": ada.refresh_token})) == "not_signed_in"
    refused = here.http.get("/files", headers=headers)
    assert (refused.status_code, code_of(refused)) == (403, "account_disabled")
    here.http.post("/auth/request_otp", json={"email": ada.email})
    wrong = here.http.post("/auth/login", json={"email": ada.email, "otp": "000000"})
    assert code_of(wrong) == "sign_in_refused"
    right = here.http.post("/auth/login", json={"email": ada.email, "otp": here.mail.codes[ada.email][-1]})
    assert (right.status_code, code_of(right)) == (403, "account_disabled")
    assert "closed this account" in right.get_json()["detail"]
    assert operator.json("users", "show", ada.email)[0]["disabled_at"] is not None
    operator.ok("users", "disable", ada.email, "--undo")
    assert here.http.get("/files", headers=headers).status_code == 200
    assert code_of(ada.ask("GET", "/files")) == "not_signed_in"
    assert here.person(ada.email).user_id == ada.user_id


def test_whoever_signs_in_at_that_very_moment_is_out_as_well(here: House, operator: Operator) -> None:
    """A sign-in that had passed the check when the account was closed ends with no session."""
    ada = here.person("ada@example.org")
    user = here.wiring.records.user(ada.user_id)
    assert user is not None
    here.services.standing.disable(ada.user_id)
    here.services.tokens.open_session(user, OPERATOR)
    assert len(here.services.sessions.of(ada.user_id)) == 1
    with pytest.raises(AccountDisabled):
        here.services.standing.confirm(user)
    assert here.services.sessions.of(ada.user_id) == []


def test_files_of_a_closed_account_stay_for_those_who_got_them(here: House, operator: Operator) -> None:
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    one = sample()
    assert ada.send(one, allowed_users=[bob.email]).status_code == 201
    operator.ok("users", "disable", ada.email)
    assert bob.ask("GET", f"/files/{one.file_id}/content").data == one.body


def test_a_quota_of_ones_own(here: House, operator: Operator) -> None:
    """Counts what is there already, holds for one person only, and goes away again."""
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    one, another = sample(), sample()
    assert ada.send(one).status_code == 201
    operator.ok("users", "quota", ada.email, "--bytes", f"{len(one.body) + 10}", "--files", "7")
    refused = ada.ask("POST", "/uploads", json=another.start())
    assert code_of(refused) == "quota_exceeded"
    assert refused.get_json()["bytes_left"] == 10
    assert bob.send(another).status_code == 201
    assert operator.json("users", "show", ada.email)[0]["quota_files"] == 7
    assert operator.json("users", "quota", ada.email, "--bytes", "0")[0]["quota_bytes"] == 0
    assert ada.ask("POST", "/uploads", json=sample().start()).status_code == 201
    operator.ok("users", "quota", ada.email, "--usual")
    assert list(here.settings.data_dir.glob("records/terms/*/*")) == []
    assert operator("users", "quota", ada.email).exit_code == 2
    assert operator("users", "quota", ada.email, "--bytes", "much").exit_code == 2


def test_deleting_somebody_asks_first_and_leaves_nothing(here: House, operator: Operator) -> None:
    ada = here.person("ada@example.org")
    one = sample()
    assert ada.send(one).status_code == 201
    operator.ok("users", "quota", ada.email, "--files", "9")
    assert operator("users", "delete", ada.email, typed="n\n").exit_code == 1
    assert ada.ask("GET", f"/files/{one.file_id}").status_code == 200
    operator.ok("users", "delete", ada.email, "--yes")
    assert code_of(ada.ask("GET", "/files")) == "not_signed_in"
    assert here.kept(ada.email.encode()) == []
    assert list(here.settings.data_dir.glob("blobs/*/*")) == []
    assert operator.json("users", "ls") == []


def test_stats_and_gc_say_what_there_is(here: House, operator: Operator) -> None:
    """The operator's clock is the real one: a file that has expired by then goes, the other stays."""
    ada = here.person("ada@example.org")
    kept, over = sample(), sample()
    assert ada.send(kept).status_code == 201
    here.clock.time = 1_500_000_000.0
    assert here.person("ada@example.org").send(over, expires_hours=1).status_code == 201
    (stats,) = operator.json("stats")
    assert (stats["users"], stats["files"], stats["bytes"]) == (1, 2, len(kept.body) + len(over.body))
    assert "accounts   1\n" in operator.ok("stats")
    assert operator.json("gc") == [{"expired_files": 1, "idle_uploads": 0, "bytes": len(over.body)}]
    assert operator.json("gc") == [{"expired_files": 0, "idle_uploads": 0, "bytes": 0}]


def test_every_command_speaks_to_machines() -> None:
    """`--json`, wherever something is said; the OpenAPI document is JSON anyway."""

    def without(command: click.Command, path: str) -> list[str]:
        if isinstance(command, click.Group):
            return [name for each, inner in command.commands.items() for name in without(inner, f"{path} {each}")]
        return [] if any("--json" in each.opts for each in command.params) else [path.strip()]

    assert without(cli.commands["admin"], "") == ["openapi"]


def test_a_code_for_a_machine_gets_somebody_in(here: House, operator: Operator) -> None:
    here.clock.time = time.time()  # the command's clock is the real one
    (said,) = operator.json("login-code", "Ada@Example.org")
    assert (said["email"], said["seconds"]) == ("ada@example.org", 600)
    answer = here.http.post("/auth/login", json={"email": said["email"], "otp": said["code"]})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "command", ["login-code ada@example.org", "backup --to backups", "users ls", "stats", "verify"]
)
def test_where_no_server_is_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """A code that never works and a backup of nothing would look like success, for ever."""
    monkeypatch.chdir(tmp_path)
    done = Operator(Path("data"))(*command.split())
    assert done.exit_code == 1
    assert f"no server's data in {tmp_path}/data" in done.stderr
    assert "sealcase-admin" in done.stderr
    assert not list(tmp_path.iterdir())


def test_root_leaves_nothing_in_the_folder_of_the_servers_user(
    here: House, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it would write there, the server could not read."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    folder = here.settings.data_dir
    if folder.stat().st_uid == 0:
        os.chown(folder, 10_001, 10_001)
    owner = folder.stat()
    done = operator("users", "quota", "ada@example.org", "--files", "3")
    assert done.exit_code == 1
    assert f"setpriv --reuid={owner.st_uid} --regid={owner.st_gid} --clear-groups" in done.stderr
    assert not here.wiring.records.terms(here.person("ada@example.org").user_id)


def test_a_folder_that_only_others_see_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hidden(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr("server.adapters.data_format.is_there", hidden)
    done = Operator(tmp_path)("users", "ls")
    assert done.exit_code == 1
    assert f"Only others can look into {tmp_path}" in done.stderr
