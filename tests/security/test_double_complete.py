"""Attack: an upload is completed by many requests at once, and abandoned by others."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from shared.sealed.geometry import MIB
from tests.server.samples import sample
from tests.support.server import live_server

AT_ONCE = 16


def test_one_of_many_completions_makes_the_file(tmp_path: Path) -> None:
    """201 once, 200 for the others with the same file; one that meets abandoning ones is whole or not there."""
    with live_server(tmp_path, workers=4) as server:
        token = server.sign_in("ada@example.org")["token"]
        headers = {"Authorization": f"Bearer {token}"}

        def ask(method: str, path: str, **options: object) -> requests.Response:
            url = f"{server.url}{path}"
            return requests.request(method, url, headers=headers, timeout=60, **options)  # type: ignore[arg-type]

        for abandoning in (False, True):
            file = sample(MIB + 7)
            path = f"/uploads/{file.file_id}"
            ask("POST", "/uploads", json=file.start()).raise_for_status()
            for number, part in enumerate(file.parts):
                ask("PUT", f"{path}/parts/{number}", data=part).raise_for_status()

            def attack(number: int, path: str = path, completion: object = file.completion()) -> requests.Response:
                if abandoning and number % 2:  # noqa: B023  # used within this round only
                    return ask("DELETE", path)
                return ask("POST", f"{path}/complete", json=completion)

            with ThreadPoolExecutor(AT_ONCE) as pool:
                answers = list(pool.map(attack, range(AT_ONCE)))
            codes = Counter(answer.status_code for answer in answers)
            content = ask("GET", f"/files/{file.file_id}/content")
            if abandoning:
                assert codes[201] <= 1
                assert set(codes) <= {200, 201, 404, 409}
                assert content.status_code == 404 or content.content == file.body
                assert (content.status_code == 200) == (codes[201] == 1)
            else:
                assert codes == {201: 1, 200: AT_ONCE - 1}
                assert len({answer.text for answer in answers}) == 1
                assert content.content == file.body
        assert not list((tmp_path / "staged").rglob("*-*-*"))
