"""The samples for nginx, in front of real servers: below a path, and before several nodes of which one goes away."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from shared.sealed.geometry import MIB
from tests.server.samples import sample
from tests.services.nginx import SAMPLE, missing, nginx
from tests.support.ports import free_port
from tests.support.server import live_server

pytestmark = [pytest.mark.slow, pytest.mark.skipif(missing() is not None, reason=missing() or "")]
SUB_PATH = SAMPLE.with_name("sub-path.conf")
SCALE = SAMPLE.with_name("scale.conf")


def test_below_a_path_everything_works(tmp_path: Path) -> None:
    """The path is taken away before the server sees it; monitoring stays inside."""
    port, anchor = free_port(), "    location = /metrics {"
    changes = {anchor: f"{SUB_PATH.read_text()}\n{anchor}"}
    with (
        nginx(tmp_path / "nginx", [f"127.0.0.1:{port}"], changes=changes) as front,
        live_server(tmp_path / "data", port=str(port), trusted_proxies="1", workers=1, metrics="1") as server,
        requests.Session() as http,
    ):
        http.verify, http.trust_env = str(front.ca_file), False
        ada = {"Authorization": f"Bearer {server.sign_in('ada@example.org')['token']}"}
        one = sample(3 * MIB)
        url = f"{front.url}/sealcase"
        http.post(f"{url}/uploads", json=one.start(), headers=ada, timeout=30).raise_for_status()
        for number, part in enumerate(one.parts):
            http.put(
                f"{url}/uploads/{one.file_id}/parts/{number}", data=part, headers=ada, timeout=30
            ).raise_for_status()
        done = http.post(f"{url}/uploads/{one.file_id}/complete", json=one.completion(), headers=ada, timeout=30)
        assert done.status_code == 201
        assert http.get(f"{url}/files/{one.file_id}/content", headers=ada, timeout=30).content == one.body
        assert http.get(f"{url}/metrics", timeout=30).status_code == 404


def test_any_node_takes_any_part_and_one_may_go_away(tmp_path: Path) -> None:
    """Three nodes over one data folder: parts of one upload go to all of them; nobody notices when one is gone."""
    ports = [free_port() for _ in range(3)]
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(
                live_server(tmp_path / "data", port=str(port), trusted_proxies="1", workers=1, log_format="json")
            )
            for port in ports
        ]
        front = stack.enter_context(
            nginx(tmp_path / "nginx", [f"127.0.0.1:{port} max_fails=2 fail_timeout=5s" for port in ports], sample=SCALE)
        )
        http = stack.enter_context(requests.Session())
        http.verify, http.trust_env = str(front.ca_file), False
        ada = {"Authorization": f"Bearer {nodes[0].sign_in('ada@example.org')['token']}"}
        one = sample(12 * MIB)
        http.post(f"{front.url}/uploads", json=one.start(), headers=ada, timeout=30).raise_for_status()
        for number, part in enumerate(one.parts):
            path = f"/uploads/{one.file_id}/parts/{number}"
            http.put(f"{front.url}{path}", data=part, headers=ada, timeout=30).raise_for_status()
        nodes[2].process.terminate()
        nodes[2].process.wait(30)
        done = http.post(f"{front.url}/uploads/{one.file_id}/complete", json=one.completion(), headers=ada, timeout=30)
        assert done.status_code == 201
        for _ in range(12):
            answer = http.get(f"{front.url}/files/{one.file_id}/content", headers=ada, timeout=30)
            assert (answer.status_code, answer.content) == (200, one.body)
        for node in nodes:
            assert any(re.search(r"PUT /uploads/\S+ 200", line) for line in node.lines), "a node got no part"
