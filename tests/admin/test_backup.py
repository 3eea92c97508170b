"""A backup is a picture of all that the server keeps: it can be put back into an empty folder, and is whole there."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
from click.testing import Result

from server.adapters import durable
from server.admin.backup.layout import MADE_ANEW, UNFINISHED
from server.admin.backup.sinks import FolderSink
from server.domain import RecoveryRecord, SecondFactor, Terms
from server.settings import SettingsError
from tests.admin.conftest import Operator
from tests.server.house import House, Person, code_of, house
from tests.server.linked import link_to
from tests.server.samples import Sample, sample
from tests.server.test_boxes import box_of


def sent(person: Person, *readers: str) -> Sample:
    one = sample()
    assert person.send(one, allowed_users=list(readers)).status_code == 201
    return one


def taken(operator: Operator, folder: Path, *options: str) -> dict[str, object]:
    (summary,) = operator.json("backup", "--to", str(folder), *options)
    return summary


def restored(folder: Path, source: Path, *options: str) -> Operator:
    there = Operator(folder)
    there.ok("restore", str(source), "--deep", *options)
    return there


def test_all_comes_back(here: House, operator: Operator, tmp_path: Path) -> None:
    """Files, listings, downloads, access tokens, who may read, the key log; unfinished uploads and sessions do not."""
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    one = sent(ada, bob.email)
    assert bob.ask("GET", f"/files/{one.file_id}/content").data == one.body
    token = ada.ask("POST", "/auth/tokens", json={"name": "script", "scopes": ["files:read"]}).get_json()
    begun = sample()
    ada.ask("POST", "/uploads", json=begun.start())
    ada.put_part(begun, 0)
    links = [link_to(ada, here.http, one) for _ in range(20)]
    box_of(ada, here.http)
    note = here.settings.data_dir / "ipfs" / "notes" / "ab" / "pinned"
    note.parent.mkdir(parents=True)
    note.write_text("what is known of a pin")
    summary = taken(operator, tmp_path / "kept")
    assert (summary["files"], summary["size"], summary["secrets"]) == (1, len(one.body), True)
    restored(tmp_path / "new", tmp_path / "kept")
    assert (tmp_path / "new" / "ipfs" / "notes" / "ab" / "pinned").read_text() == "what is known of a pin"
    assert indexed(tmp_path / "new") == indexed(here.settings.data_dir)
    again = house(tmp_path / "new")
    assert code_of(ada_at(again, ada).ask("GET", "/files")) == "not_signed_in"
    bob2, ada2 = again.person(bob.email), again.person(ada.email)
    assert (ada2.user_id, bob2.user_id) == (ada.user_id, bob.user_id)
    (row,) = ada2.ask("GET", "/files").get_json()["files"]
    assert (row["file_id"], row["downloads"]) == (str(one.file_id), 1)
    assert [row["file_id"] for row in bob2.ask("GET", "/files?role=received").get_json()["files"]] == [row["file_id"]]
    assert bob2.ask("GET", f"/files/{one.file_id}/content").data == one.body
    headers = {"Authorization": f"Bearer {token['token']}"}
    assert again.http.get("/files", headers=headers).status_code == 200
    assert [each["token_id"] for each in ada2.ask("GET", "/auth/tokens").get_json()["tokens"]] == [token["token_id"]]
    assert code_of(ada2.ask("GET", f"/uploads/{begun.file_id}")) == "not_found"
    assert len(ada2.ask("GET", f"/files/{one.file_id}/links").get_json()["links"]) == len(links)
    kinds = [each["kind"] for each in ada2.ask("GET", "/activity").get_json()["activity"]]
    kinds = [kind for kind in kinds if kind not in ("link_made", "box_made", "key_changed")]
    assert kinds == ["download", "sign_in", "token_created", "download", "upload", "sign_in"]
    assert again.wiring.key_log.checkpoint() == here.wiring.key_log.checkpoint()
    again.services.housekeeping.sweep()
    again.services.housekeeping.remove_expired()
    assert ada2.ask("GET", f"/files/{one.file_id}/content").data == one.body


def indexed(folder: Path) -> set[str]:
    """Every entry of every index."""
    index = folder / "records" / "index"
    return {path.relative_to(index).as_posix() for path in index.rglob("*") if path.is_file()}


def ada_at(place: House, ada: Person) -> Person:
    return Person(place.http, ada.email, ada.user_id, ada.token, ada.refresh_token)


def test_the_next_one_costs_what_is_new(here: House, operator: Operator, tmp_path: Path) -> None:
    """Each is whole by itself; bytes that are in both are there once; the oldest can go at any time."""
    ada = here.person("ada@example.org")
    first, gone = sent(ada), sent(ada)
    assert taken(operator, tmp_path / "kept")["new_size"] == len(first.body) + len(gone.body)
    ada.ask("DELETE", f"/files/{gone.file_id}")
    second = sent(ada)
    later = tmp_path / "later"
    (older,) = (tmp_path / "kept").iterdir()
    older.rename(tmp_path / "kept" / "2026-01-01T000000Z")
    summary = taken(operator, tmp_path / "kept")
    assert (summary["files"], summary["new_size"]) == (2, len(second.body))
    same = sorted((tmp_path / "kept").glob(f"*/blobs/*/{first.file_id}"))
    assert len({path.stat().st_ino for path in same}) == 1 < len(same)
    taken(Operator(here.settings.data_dir), tmp_path / "linked", "--link")
    (linked,) = (tmp_path / "linked").glob(f"*/blobs/*/{first.file_id}")
    assert linked.stat().st_nlink == 2
    assert len(list((tmp_path / "kept").glob("20*"))) == 2
    (tmp_path / "kept" / str(summary["place"])).rename(tmp_path / "kept" / "2026-01-02T000000Z")
    taken(operator, tmp_path / "kept", "--keep", "1")
    assert len(list((tmp_path / "kept").glob("20*"))) == 1
    there = restored(later, tmp_path / "kept")
    assert there.json("stats")[0]["files"] == 2


def test_a_file_that_was_sent_anew_under_its_old_id_is_not_taken_for_the_old_one(
    here: House, operator: Operator, tmp_path: Path
) -> None:
    ada = here.person("ada@example.org")
    one = sent(ada)
    taken(operator, tmp_path / "kept")
    (older,) = (tmp_path / "kept").iterdir()
    older.rename(tmp_path / "kept" / "2026-01-01T000000Z")
    ada.ask("DELETE", f"/files/{one.file_id}")
    here.clock.time += 60
    assert ada.send(one).status_code == 201
    assert taken(operator, tmp_path / "kept")["new_size"] == len(one.body)


def test_one_at_a_time_in_a_folder(
    here: House, operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second one is refused and leaves alone what the first is writing; what a crash left goes."""
    sent(here.person("ada@example.org"))
    left = tmp_path / "kept" / ".unfinished-2026-01-01T000000Z"
    left.mkdir(parents=True)
    refused: list[Result] = []
    body = FolderSink.body

    def body_and_another(sink: FolderSink, name: str, path: Path, *, like_before: bool) -> int:
        refused.append(operator("backup", "--to", str(tmp_path / "kept")))
        return body(sink, name, path, like_before=like_before)

    monkeypatch.setattr(FolderSink, "body", body_and_another)
    taken(operator, tmp_path / "kept")
    assert [each.exit_code for each in refused] == [1]
    assert "Another backup is being written" in refused[0].stderr
    assert [path.name[:2] for path in (tmp_path / "kept").iterdir()] == ["20"]
    restored(tmp_path / "new", tmp_path / "kept")


def test_what_is_written_may_not_vanish(
    here: House, operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody removes it meanwhile, the rest of it is no backup."""
    sent(here.person("ada@example.org"))
    body = FolderSink.body

    def body_of_nothing(sink: FolderSink, name: str, path: Path, *, like_before: bool) -> int:
        for each in (tmp_path / "kept").glob(".unfinished-*"):
            shutil.rmtree(each)
        return body(sink, name, path, like_before=like_before)

    monkeypatch.setattr(FolderSink, "body", body_of_nothing)
    done = operator("backup", "--to", str(tmp_path / "kept"))
    assert (done.exit_code, "Nothing was kept of this backup: its folder was removed" in done.stderr) == (1, True)
    assert list((tmp_path / "kept").iterdir()) == []


def test_an_archive_does_the_same(here: House, operator: Operator, tmp_path: Path) -> None:
    """Also through a pipe."""
    ada = here.person("ada@example.org")
    one = sent(ada)
    archive = tmp_path / "all.tar"
    (summary,) = operator.json("backup", "--archive", str(archive))
    assert summary["place"] == str(archive)
    assert archive.stat().st_mode & 0o077 == 0
    restored(tmp_path / "new", archive)
    assert house(tmp_path / "new").person(ada.email).ask("GET", f"/files/{one.file_id}/content").data == one.body
    piped = operator("backup", "--archive", "-")
    assert piped.exit_code == 0
    assert set(_names(piped.stdout_bytes)) == set(_names(archive.read_bytes()))


def _names(archive: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return opened.getnames()


def test_without_secrets_it_needs_those_that_were_kept_apart(here: House, operator: Operator, tmp_path: Path) -> None:
    ada = here.person("ada@example.org")
    sent(ada)
    taken(operator, tmp_path / "kept", "--without-secrets")
    assert here_secret(here) not in b"".join(p.read_bytes() for p in (tmp_path / "kept").rglob("*") if p.is_file())
    refused = Operator(tmp_path / "new")("restore", str(tmp_path / "kept"))
    assert (refused.exit_code, "--secrets" in refused.stderr) == (1, True)
    not_served = Operator(tmp_path / "new")("stats")
    assert "a restore into it was cut short" in str(not_served.exception)
    restored(tmp_path / "newer", tmp_path / "kept", "--secrets", str(here.settings.data_dir / "secrets"))
    assert house(tmp_path / "newer").person(ada.email).user_id == ada.user_id


def test_another_secret_than_that_of_its_accounts_is_refused(tmp_path: Path) -> None:
    """Whether it is missing or wrong; nothing is made or changed, and with the right one all is there."""
    here = house(tmp_path / "data", secret_key="k3" * 20)
    ada = here.person("ada@example.org")
    sent(ada)
    taken(Operator(tmp_path / "data", {"SECRET_KEY": "k3" * 20}), tmp_path / "kept")
    for number, settings in enumerate(({}, {"SECRET_KEY": "k4" * 20})):
        there = Operator(tmp_path / f"new{number}", settings)
        done = there("restore", str(tmp_path / "kept"), "--deep")
        assert (done.exit_code, "can't be served. SECRET_KEY" in done.stderr) == (1, True)
        assert "no findings" not in done.output
        assert "SECRET_KEY" in str(there("verify").exception)
        assert not (there.folder / "secrets" / "secret_key").exists()
        with pytest.raises(SettingsError, match="SECRET_KEY"):
            house(there.folder, **{name.lower(): each for name, each in settings.items()})
        Operator(there.folder, {"SECRET_KEY": "k3" * 20}).ok("verify", "--deep")
    assert house(tmp_path / "new1", secret_key="k3" * 20).person(ada.email).user_id == ada.user_id


def here_secret(here: House) -> bytes:
    return here.wiring.secrets.secret_key


@pytest.fixture
def full(here: House) -> House:
    """With something of every kind."""
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    records = here.wiring.records
    for one in (sent(ada, bob.email), sent(ada, bob.email)):
        assert bob.ask("GET", f"/files/{one.file_id}/content").data == one.body
        link_to(ada, here.http, one)
    box_of(ada, here.http)
    ada.ask("POST", "/auth/tokens", json={"name": "script", "scopes": ["files:read"]})
    records.put_terms(Terms(ada.user_id, quota_files=5))
    records.put_second_factor(SecondFactor(ada.user_id, "S" * 32, 0, ("ab" * 32,), 1.5))
    records.put_recovery(RecoveryRecord(ada.user_id, b"sealed", 1.5))
    note = here.settings.data_dir / "ipfs" / "notes" / "ab" / "pinned"
    note.parent.mkdir(parents=True)
    note.write_text("what is known of a pin")
    return here


def test_a_backup_that_has_lost_something_is_refused(full: House, operator: Operator, tmp_path: Path) -> None:
    """Of whatever kind, a single file; and nobody serves what was put back."""
    kinds = taken(operator, tmp_path / "kept")["kinds"]
    assert isinstance(kinds, dict)
    (one,) = (tmp_path / "kept").iterdir()
    kept = set(durable.names(full.settings.data_dir / "records")) - MADE_ANEW - UNFINISHED
    assert set(kinds) == {"activity", "key_log", "ipfs", *(f"records/{name}" for name in kept)}
    for number, kind in enumerate(kinds):
        lost = next(path for path in (one / kind).rglob("*") if path.is_file())
        content = lost.read_bytes()
        lost.unlink()
        there = Operator(tmp_path / f"new{number}")
        refused = there("restore", str(one))
        said = f"of {kinds[kind]} {kind}, {kinds[kind] - 1} are there"
        assert (refused.exit_code, said in refused.stderr) == (1, True)
        assert "a restore into it was cut short" in str(there("stats").exception)
        lost.write_bytes(content)
    restored(tmp_path / "new", one)


def test_a_backup_that_does_not_say_how_much_it_had_is_restored(
    here: House, operator: Operator, tmp_path: Path
) -> None:
    """As earlier versions made them; that a loss would not be seen is said."""
    sent(here.person("ada@example.org"))
    taken(operator, tmp_path / "kept")
    (mark,) = (tmp_path / "kept").glob("*/backup.json")
    fields = json.loads(mark.read_text())
    del fields["kinds"], fields["database"]
    mark.write_text(json.dumps({**fields, "sealcase_backup": 1}))
    done = Operator(tmp_path / "new")("restore", str(tmp_path / "kept"))
    assert (done.exit_code, "what was lost before goes unnoticed" in done.stderr) == (0, True)
    assert "Restored 1 files" in done.stdout
    for bad in ("many", {"records/files": "many"}, {"records/files": None}):
        mark.write_text(json.dumps({**fields, "sealcase_backup": 3, "kinds": bad}))
        assert "can't be read" in Operator(tmp_path / "other")("restore", str(mark.parent)).stderr
        shutil.rmtree(tmp_path / "other")


def test_every_kind_is_verified(full: House, operator: Operator) -> None:
    """A record that can't be read is named, whatever it is of."""
    records = full.settings.data_dir / "records"
    found = {
        "users": "account ",
        "terms": "terms of ",
        "second_factors": "second factor of ",
        "recovery": "recovery copy of ",
        "access_tokens": "access token ",
        "cards": "cards of ",
        "files": "file ",
        "links": "link ",
        "boxes": "drop box ",
    }
    assert operator("verify").exit_code == 0
    for name, where in found.items():
        damaged = next(path for path in (records / name).rglob("*.json"))
        content = damaged.read_bytes()
        damaged.write_text("{")
        done = operator("verify")
        assert (done.exit_code, done.stdout.startswith(where)) == (1, True), (name, done.output)
        assert "has a record that can't be read" in done.stdout
        damaged.write_bytes(content)


def test_what_is_cut_short_newer_or_hostile_is_refused(here: House, operator: Operator, tmp_path: Path) -> None:
    """And nothing is ever written beside the folder, nor over what is there."""
    sent(here.person("ada@example.org"))
    archive = tmp_path / "all.tar"
    operator.ok("backup", "--archive", str(archive))
    whole = archive.read_bytes()
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole[: whole.index(b"backup.json") - 1_000])
    assert "ake another one" in Operator(tmp_path / "a")("restore", str(cut)).stderr
    evil = tmp_path / "evil.tar"
    with tarfile.open(evil, "w") as opened:
        for name in ("records/../../escaped", "/etc/escaped", "elsewhere/x"):
            opened.addfile(tarfile.TarInfo(name))
    assert "does not belong" in Operator(tmp_path / "b")("restore", str(evil)).stderr
    link = tmp_path / "link.tar"
    with tarfile.open(link, "w") as opened:
        member = tarfile.TarInfo("records/users")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc"
        opened.addfile(member)
    assert "no plain file" in Operator(tmp_path / "c")("restore", str(link)).stderr
    assert "not empty" in operator("restore", str(archive)).stderr
    operator.ok("backup", "--to", str(tmp_path / "kept"))
    (one,) = (tmp_path / "kept").iterdir()
    mark = json.loads((one / "backup.json").read_text())
    (one / "backup.json").write_text(json.dumps({**mark, "data_format": 99}))
    assert "newer Sealcase" in Operator(tmp_path / "d")("restore", str(one)).stderr
    (one / "backup.json").unlink()
    assert "no whole backup" in Operator(tmp_path / "e")("restore", str(tmp_path / "kept")).stderr
    assert not (tmp_path / "escaped").exists()
    assert operator("backup", "--to", str(here.settings.data_dir / "in")).exit_code == 2
    assert operator("backup").exit_code == 2


def test_what_is_wrong_here_is_found_there(here: House, operator: Operator, tmp_path: Path) -> None:
    """A record without bytes does not vanish from sight by being copied."""
    one = sent(here.person("ada@example.org"))
    (here.settings.data_dir / "blobs" / str(one.file_id)[:2] / str(one.file_id)).unlink()
    operator.ok("backup", "--to", str(tmp_path / "kept"))
    done = Operator(tmp_path / "new")("restore", str(tmp_path / "kept"))
    assert (done.exit_code, "has a record and no bytes" in done.stdout) == (1, True)


def test_a_newer_folder_is_not_touched(here: House, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command, and the server, says the same."""
    (here.settings.data_dir / "format").write_text("2\n")
    done = operator("stats")
    assert "was written by a newer Sealcase (data format 2; this one knows 1)" in str(done.exception)
    (here.settings.data_dir / "format").write_text("two")
    assert "holds no number" in str(operator("stats").exception)
    (here.settings.data_dir / "format").unlink()
    operator.ok("stats")
    assert (here.settings.data_dir / "format").read_text() == "1\n"
