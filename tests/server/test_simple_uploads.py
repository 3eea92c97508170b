"""Simple uploads: what a script written from the report's text alone sends and gets back."""

import base64
import io
import secrets
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.server.house import House, Person, code_of, house

FIELDS: dict[str, Any] = {
    "filename": "document.pdf",
    "nonce": "O4JXsNtQyfHhZIHV",
    "wrapped_key": "hhFSuABpioJS0tluZsuQrA==",
    "metadata": '{"compressed": true}',
}
CONTENT = secrets.token_bytes(1_000)


def upload(
    person: Person, content: bytes = CONTENT, headers: dict[str, str] | None = None, **fields: Any
) -> TestResponse:
    """As the report says: JSON, binary fields in base64."""
    body = {**FIELDS, "ciphertext": base64.b64encode(content).decode(), **fields}
    return person.ask("POST", "/upload", json=body, headers=headers or {})


def content_of(person: Person, file_id: str) -> bytes:
    return bytes(person.ask("GET", f"/files/{file_id}/content").data)


def test_the_reports_own_example(here: House, ada: Person) -> None:
    """Every field of sections 7.2 and 7.3, asked for and given back as it came."""
    answer = upload(ada, expires_hours=168, allowed_users=["c0ffee254729296a45a3885639ac7e10"])
    assert answer.status_code == 200
    assert answer.get_json() == {
        "file_id": answer.get_json()["file_id"],
        "expires_at": int(here.clock.now()) + 168 * 3_600,
    }
    file_id = answer.get_json()["file_id"]
    got = ada.ask("GET", f"/files/{file_id}")
    assert {
        **FIELDS,
        "ciphertext": base64.b64encode(CONTENT).decode(),
        "file_id": file_id,
    }.items() <= got.get_json().items()
    assert int(got.headers["Content-Length"]) == len(got.data)
    summary = ada.ask("GET", f"/files/{file_id}/metadata").get_json()
    assert summary == {
        "file_id": file_id,
        "filename": "document.pdf",
        "uploaded_at": int(here.clock.now()),
        "expires_at": int(here.clock.now()) + 168 * 3_600,
        "size": len(CONTENT),
        "downloads": 0,
        "owner": True,
    }
    (listed,) = ada.ask("GET", "/files").get_json()["files"]
    assert {name: summary[name] for name in summary if name != "owner"}.items() <= listed.items()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 49_151, 49_152, 49_153, 200_000])
def test_content_of_every_size_comes_back(ada: Person, size: int) -> None:
    content = secrets.token_bytes(size)
    file_id = upload(ada, content).get_json()["file_id"]
    assert base64.b64decode(ada.ask("GET", f"/files/{file_id}").get_json()["ciphertext"]) == content
    assert content_of(ada, file_id) == content


def test_fields_are_nobodys_business(ada: Person) -> None:
    """Whatever stands in them, also what is no base64 and no JSON."""
    odd: dict[str, Any] = {"filename": '∂/../"x\u0000', "nonce": "not base64", "wrapped_key": "", "metadata": "}{"}
    file_id = upload(ada, **odd).get_json()["file_id"]
    assert odd.items() <= ada.ask("GET", f"/files/{file_id}").get_json().items()


def test_readers_and_strangers(here: House, ada: Person, bob: Person) -> None:
    """Emails and ids may read; the owner is not counted, a reader is; strangers get the 404 of what is not there."""
    later = here.person("later@example.org")
    file_id = upload(ada, allowed_users=[bob.user_id, later.email]).get_json()["file_id"]
    for person in (ada, bob, later):
        assert person.ask("GET", f"/files/{file_id}").get_json()["nonce"] == FIELDS["nonce"]
    assert ada.ask("GET", f"/files/{file_id}/metadata").get_json()["downloads"] == 2
    eve = here.person("eve@example.org")
    for path in ("", "/metadata", "/content"):
        assert code_of(eve.ask("GET", f"/files/{file_id}{path}")) == "not_found"
    here.clock.time += 168 * 3_600
    token = here.person(bob.email).token
    assert code_of(bob.ask("GET", f"/files/{file_id}", headers={"Authorization": f"Bearer {token}"})) == "gone"


def test_without_the_ciphertext_it_is_no_download(ada: Person, bob: Person) -> None:
    file_id = upload(ada, allowed_users=[bob.email]).get_json()["file_id"]
    detail = bob.ask("GET", f"/files/{file_id}?ciphertext=false").get_json()
    assert (detail["format"], detail["ciphertext"], detail["nonce"]) == (0, None, FIELDS["nonce"])
    assert ada.ask("GET", f"/files/{file_id}/metadata").get_json()["downloads"] == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ciphertext": "abc"}, "ciphertext"),
        ({"ciphertext": "ab\ncd"}, "ciphertext"),
        ({"ciphertext": "AB=="}, "ciphertext"),
        ({"ciphertext": "-_-_"}, "ciphertext"),
        ({"expires_hours": 0}, "expires_hours"),
        ({"expires_hours": 8_761}, "expires_hours"),
        ({"allowed_users": ["nobody"]}, "allowed_users.0"),
        ({"filename": 5}, "filename"),
        ({"metadata": {}}, "metadata"),
        ({"download_limit": 0}, "download_limit"),
        ({"more": 1}, "(unknown field)"),
    ],
)
def test_an_upload_is_checked_field_by_field(here: House, ada: Person, change: dict[str, Any], field: str) -> None:
    """And nothing of it stays behind."""
    answer = upload(ada, **change)
    assert code_of(answer) == "invalid"
    assert answer.get_json()["errors"][0]["field"] == field
    assert not here.kept(CONTENT[:64])
    assert not list(here.blobs.list_blobs())
    assert not list(here.blobs.list_staged())


def test_json_has_its_limit_and_says_where_else_to_go(tmp_path: Path) -> None:
    """Too long a body is refused; too long a file is pointed to."""
    ada = house(tmp_path, max_json_upload=1 << 16).person("ada@example.org")
    assert code_of(upload(ada, bytes(60_000))) == "too_large"
    file_id = octets(ada, bytes(60_000)).get_json()["file_id"]
    answer = ada.ask("GET", f"/files/{file_id}")
    assert code_of(answer) == "too_large"
    assert f"/files/{file_id}/content" in answer.get_json()["detail"]
    assert ada.ask("GET", f"/files/{file_id}?ciphertext=false").status_code == 200
    assert content_of(ada, file_id) == bytes(60_000)


def octets(
    person: Person, content: bytes = CONTENT, query: str = "", headers: dict[str, str] | None = None
) -> TestResponse:
    given = {"Content-Type": "application/octet-stream", **(headers or {})}
    if not query and not headers:
        given |= {"Sealcase-Filename": "a.bin", "Sealcase-Nonce": "AAAA", "Sealcase-Wrapped-Key": "AAAA"}
    return person.ask("POST", f"/upload{query}", data=content, headers=given)


def test_plain_bytes_with_fields_in_query_or_headers(ada: Person, bob: Person) -> None:
    """Both at once, too; names that are not ASCII are percent-encoded."""
    users = f"{bob.email},c0ffee254729296a45a3885639ac7e10"
    answer = octets(
        ada,
        query=f"?nonce=AA%2B%2F&allowed_users={users}&expires_hours=2",
        headers={
            "Sealcase-Filename": "%C3%A9t%C3%A9.bin",
            "Sealcase-Wrapped-Key": "AA+/",
            "Sealcase-Download-Limit": "3",
        },
    )
    assert answer.status_code == 200, answer.text
    file_id = answer.get_json()["file_id"]
    detail = ada.ask("GET", f"/files/{file_id}").get_json()
    assert (detail["filename"], detail["nonce"], detail["wrapped_key"]) == ("été.bin", "AA+/", "AA+/")
    assert detail["metadata"] == "{}"
    assert detail["download_limit"] == 3
    assert detail["expires_at"] == detail["uploaded_at"] + 7_200
    assert detail["allowed_users"] == [bob.user_id, "c0ffee254729296a45a3885639ac7e10"]
    assert content_of(bob, file_id) == CONTENT


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ("?filename=a", {}, "invalid"),
        ("?filename=a&nonce=b&wrapped_key=c&nonce=d", {}, "bad_request"),
        ("?filename=a&nonce=b&wrapped_key=c", {"Sealcase-Nonce": "d"}, "bad_request"),
        ("?filename=a&nonce=b&wrapped_key=c&expires_hours=x", {}, "invalid"),
        ("?filename=a&nonce=b&wrapped_key=c&expires_hours=-1", {}, "invalid"),
        ("?filename=a&nonce=b&wrapped_key=c&ciphertext=d", {}, "invalid"),
        ("?nonce=b&wrapped_key=c", {"Sealcase-Filename": "%ff"}, "bad_request"),
    ],
)
def test_odd_fields_of_plain_bytes_are_refused(ada: Person, query: str, headers: dict[str, Any], code: str) -> None:
    assert code_of(octets(ada, query=query, headers=headers)) == code


def form(person: Person, content: bytes = CONTENT, name: str = "ciphertext") -> TestResponse:
    """As browsers send it, the file behind the fields."""
    fields = {"nonce": "AAAA", "wrapped_key": "BBBB"}
    head = b'--limit\r\nContent-Disposition: form-data; name="%b"'
    parts = [head % key.encode() + b"\r\n\r\n" + str(value).encode() for key, value in fields.items()]
    kind = b'; filename="form.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
    body = b"\r\n".join([*parts, head % name.encode() + kind + content, b"--limit--\r\n"])
    return person.ask("POST", "/upload", data=body, content_type="multipart/form-data; boundary=limit")


@pytest.mark.parametrize("name", ["ciphertext", "file"])
@pytest.mark.parametrize("size", [0, 1, 1_000, (8 << 20) - 1, 8 << 20, (8 << 20) + 1])
def test_a_form_with_the_file_in_it(ada: Person, name: str, size: int) -> None:
    """As browsers and curl send it; the part's name for the file is the file's, unless the form says another."""
    content = (b"\r\n--" + secrets.token_bytes(997)) * (size // 1_001 + 1)
    answer = form(ada, content[:size], name)
    assert answer.status_code == 200, answer.text
    file_id = answer.get_json()["file_id"]
    assert content_of(ada, file_id) == content[:size]
    assert ada.ask("GET", f"/files/{file_id}/metadata").get_json()["filename"] == "form.bin"


def test_fields_of_a_form_come_in_any_order(ada: Person, bob: Person) -> None:
    """Also behind the file; users one by one or with commas."""
    head = 'Content-Disposition: form-data; name="{}"'
    parts = [
        (head.format("filename"), "other.bin"),
        (head.format("file") + '; filename="x"', "CIPHERTEXT"),
        (head.format("nonce"), "AA+/"),
        (head.format("wrapped_key"), "BBBB"),
        (head.format("allowed_users"), bob.email),
        (head.format("allowed_users"), "a@example.org, b@example.org"),
    ]
    body = "".join(f"--limit\r\n{name}\r\n\r\n{value}\r\n" for name, value in parts) + "--limit--\r\n"
    answer = ada.ask("POST", "/upload", data=body.encode(), content_type="multipart/form-data; boundary=limit")
    assert answer.status_code == 200, answer.text
    file_id = answer.get_json()["file_id"]
    detail = ada.ask("GET", f"/files/{file_id}").get_json()
    assert (detail["filename"], detail["nonce"]) == ("other.bin", "AA+/")
    assert len(detail["allowed_users"]) == 3
    assert content_of(bob, file_id) == b"CIPHERTEXT"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"nothing of a form", "bad_request"),
        (b"--limit\r\nContent-Disposition: form-data; name=nonce\r\n\r\nAA", "bad_request"),
        (b"--limit\r\nno head\r\n\r\nAA\r\n--limit--", "bad_request"),
        (b"--limit\r\nContent-Disposition: form-data; name=nonce\r\n\r\nAA\r\n--limit--", "invalid"),
        (b"--limit\r\nContent-Disposition: form-data; name=x; filename=x\r\n\r\nAA\r\n--limit--", "bad_request"),
        (b"x" * (3 << 19), "too_large"),
        (
            b"--limit\r\nContent-Disposition: form-data; name=n\r\n\r\n" + b"x" * (1 << 18) + b"\r\n--limit--",
            "too_large",
        ),
        (b"--limit\r\nContent-Disposition: form-data; name=n\r\n\r\n\r\n" * 1_200 + b"--limit--", "too_large"),
    ],
)
def test_broken_forms_are_refused_and_leave_nothing(here: House, ada: Person, body: bytes, code: str) -> None:
    answer = ada.ask("POST", "/upload", data=body, content_type="multipart/form-data; boundary=limit")
    assert code_of(answer) == code
    assert not list(here.blobs.list_blobs())
    assert not list(here.blobs.list_staged())


def test_other_bodies_are_refused(ada: Person) -> None:
    assert code_of(ada.ask("POST", "/upload", data=b"x", content_type="text/plain")) == "unsupported_media_type"
    assert code_of(ada.ask("POST", "/upload", data=b"x", content_type="multipart/form-data")) == "bad_request"


def test_the_largest_file_is_the_operators_choice(tmp_path: Path) -> None:
    """However it comes."""
    there = house(tmp_path, max_file_size=1_000)
    ada = there.person("ada@example.org")
    for send in (upload, octets, form):
        assert send(ada, bytes(1_000)).status_code == 200
        assert code_of(send(ada, bytes(1_001))) == "too_large"
    assert not list(there.blobs.list_staged())


def test_the_same_key_gets_the_same_answer(here: House, ada: Person, bob: Person) -> None:
    """Within 24 hours and for the same person; nothing is stored twice, and a day later it is a new upload."""
    key = {"Idempotency-Key": "3f2a"}
    first = upload(ada, headers=key).get_json()
    here.clock.time += 100
    assert upload(ada, headers=key).get_json() == first
    assert len(ada.ask("GET", "/files").get_json()["files"]) == 1
    other = upload(bob, headers=key).get_json()
    assert other["file_id"] != first["file_id"]
    assert upload(ada, headers={"Idempotency-Key": "other"}).get_json()["file_id"] != first["file_id"]
    ada.ask("DELETE", f"/files/{first['file_id']}")
    assert upload(ada, headers=key).get_json() == first
    here.clock.time += 86_400
    ada.token = here.person(ada.email).token
    assert upload(ada, headers=key).get_json()["expires_at"] == int(here.clock.now()) + 168 * 3_600


@pytest.mark.parametrize(
    "other",
    [
        {"content": bytes(len(CONTENT))},
        {"content": CONTENT + b"x"},
        {"filename": "another.pdf"},
        {"expires_hours": 1},
        {"allowed_users": ["bob@example.org"]},
        {"download_limit": 7},
    ],
    ids=["same length", "longer", "name", "expiry", "readers", "limit"],
)
def test_a_key_is_good_for_one_upload(ada: Person, other: dict[str, Any]) -> None:
    """Something else under the same key is refused, never taken for the first: whoever sent it would lose it."""
    key = {"Idempotency-Key": "3f2a"}
    first = upload(ada, headers=key).get_json()
    refused = upload(ada, headers=key, **other)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"] == "Idempotency-Key"
    assert len(ada.ask("GET", "/files").get_json()["files"]) == 1
    assert upload(ada, headers=key).get_json() == first


@pytest.mark.parametrize("kind", ["application/octet-stream", "multipart/form-data"])
def test_bytes_under_a_key_are_compared_as_they_come(ada: Person, kind: str) -> None:
    """Also where they are no JSON: the same again gets the same answer, others of the same length are refused."""

    def send(content: bytes) -> TestResponse:
        headers = {"Idempotency-Key": "3f2a"}
        if kind == "multipart/form-data":
            form = {**FIELDS, "ciphertext": (io.BytesIO(content), "sealed.bin")}
            return ada.ask("POST", "/upload", data=form, headers=headers)
        return ada.ask("POST", "/upload", query_string=FIELDS, data=content, headers={**headers, "Content-Type": kind})

    first = send(CONTENT)
    assert first.status_code == 200
    assert send(CONTENT).get_json() == first.get_json()
    assert send(CONTENT[::-1]).status_code == 422
    assert len(ada.ask("GET", "/files").get_json()["files"]) == 1


def test_a_failure_behind_the_record_leaves_a_whole_file(
    here: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the record on it is a file, whatever happens to the answer."""
    add_file = here.wiring.records.add_file

    def broken(file: Any) -> None:
        add_file(file)
        raise OSError("no answer from the disk")

    with monkeypatch.context() as patch:
        patch.setattr(here.wiring.records, "add_file", broken)
        assert upload(ada).status_code == 500
    (listed,) = ada.ask("GET", "/files").get_json()["files"]
    assert content_of(ada, listed["file_id"]) == CONTENT


def test_a_crash_before_the_answer_was_kept_stores_nothing_twice(
    here: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is found again by its key."""
    key = {"Idempotency-Key": "3f2a"}
    add_file = here.wiring.records.add_file

    def power_cut(file: Any) -> None:
        add_file(file)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(here.wiring.records, "add_file", power_cut)
        patch.setattr(here.blobs, "delete", lambda _: None)
        with pytest.raises(SystemExit):
            upload(ada, headers=key)
    (listed,) = ada.ask("GET", "/files").get_json()["files"]
    assert upload(ada, CONTENT[::-1], headers=key).status_code == 422
    assert upload(ada, headers=key).get_json()["file_id"] == listed["file_id"]
    assert content_of(ada, listed["file_id"]) == CONTENT


@pytest.mark.parametrize("key", ["x" * 201, "a\tb"])
def test_odd_keys_are_refused(ada: Person, key: str) -> None:
    assert code_of(upload(ada, headers={"Idempotency-Key": key})) == "bad_request"
