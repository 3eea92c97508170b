"""Attack: many uploads at once, so that each of them sees the room that the others are about to take."""

import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from tests.server.samples import sample
from tests.support.server import live_server

AT_ONCE = 40
FILES, BYTES = 7, 100_000


def all_at_once(send: Callable[[int], requests.Response]) -> Counter[int]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(answer.status_code for answer in pool.map(send, range(AT_ONCE)))


def test_no_more_files_and_bytes_than_the_quota(tmp_path: Path) -> None:
    """Over four worker processes, exactly so many uploads succeed as there is room for, whichever way they come."""
    with live_server(tmp_path, workers=4, quota_files=str(FILES), quota_bytes=str(BYTES)) as server:
        people = {name: server.sign_in(f"{name}@example.org")["token"] for name in ("simple", "parts", "bytes")}

        def ask(name: str, path: str, **options: object) -> requests.Response:
            headers = {"Authorization": f"Bearer {people[name]}"}
            return requests.post(f"{server.url}{path}", headers=headers, timeout=60, **options)  # type: ignore[arg-type]

        fields = {"filename": "a", "nonce": "b", "wrapped_key": "c", "ciphertext": "AAAA"}
        simple = all_at_once(lambda _: ask("simple", "/upload", json=fields))
        assert simple == {200: FILES, 507: AT_ONCE - FILES}
        parts = all_at_once(lambda _: ask("parts", "/uploads", json=sample().start()))
        assert parts == {201: FILES, 507: AT_ONCE - FILES}
        body = secrets.token_bytes(BYTES // 4)
        query = "/upload?filename=a&nonce=b&wrapped_key=c"
        headed = {"Content-Type": "application/octet-stream", "Authorization": f"Bearer {people['bytes']}"}
        by_size = all_at_once(lambda _: requests.post(f"{server.url}{query}", data=body, headers=headed, timeout=60))
        assert by_size == {200: 4, 507: AT_ONCE - 4}
