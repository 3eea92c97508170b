"""Attack: a file is deleted, and its id used again, while somebody reads it."""

import secrets
from pathlib import Path

import requests

from shared.sealed.geometry import MIB
from tests.server.samples import Sample, sample
from tests.support.server import LiveServer, live_server


def send(server: LiveServer, token: str, file: Sample) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{server.url}/uploads"
    requests.post(url, json=file.start(), headers=headers, timeout=60).raise_for_status()
    for number, part in enumerate(file.parts):
        requests.put(f"{url}/{file.file_id}/parts/{number}", data=part, headers=headers, timeout=60).raise_for_status()
    done = requests.post(f"{url}/{file.file_id}/complete", json=file.completion(), headers=headers, timeout=60)
    done.raise_for_status()


def test_a_reader_gets_old_bytes_or_none(tmp_path: Path) -> None:
    """Never those of another file; whoever asks after the deletion gets a 404, and the bytes have left the disk."""
    with live_server(tmp_path, workers=3) as server:
        token = server.sign_in("ada@example.org")["token"]
        headers = {"Authorization": f"Bearer {token}"}
        first = sample(40 * MIB)
        send(server, token, first)
        url = f"{server.url}/files/{first.file_id}"
        with requests.get(f"{url}/content", headers=headers, stream=True, timeout=60) as reading:
            begin = reading.raw.read(1_000)
            assert requests.delete(url, headers=headers, timeout=60).status_code == 200
            for path in ("", "/content", "/metadata"):
                assert requests.get(f"{url}{path}", headers=headers, timeout=60).status_code == 404
            assert not [path for path in tmp_path.rglob(f"{first.file_id}*") if path.is_file()]
            again = Sample(first.geometry, [secrets.token_bytes(len(part)) for part in first.parts], first.file_id)
            send(server, token, again)
            rest = reading.raw.read()
        assert first.body.startswith(begin + rest)
        assert requests.get(f"{url}/content", headers=headers, timeout=60).content == again.body
