"""compose.scale.yml comes up as it is, people use it, and the operator's commands find nothing wrong."""

import json
import sys
from collections.abc import Iterator

import pytest

from tests.docker.without_engine import GIVEN, NAME, SECONDS, Running, missing, scaled
from tests.support.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(missing() is not None, reason=missing() or ""),
]
NODES = ("server1", "server2", "server3")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with scaled(tmp_path_factory.mktemp("scaled")) as running:
        for node in NODES:
            until(lambda node=node: running.healthy(node), f"a healthy {node}", SECONDS)  # type: ignore[misc]
        yield running


def test_everything_was_started_behind_what_it_needs(running: Running) -> None:
    order = running.order
    assert {*order, "grafana"} == set(running.found)
    for name in order:
        assert all(order.index(other) < order.index(name) for other in running.found[name].depends_on)
    for name in ("migrate", "bucket"):
        assert running.processes[name].poll() == 0, "they run once"


def test_nodes_can_write_nowhere_but_where_the_file_says(running: Running) -> None:
    """As a user without capabilities, on a root that is read-only."""
    look = "id -u; grep CapEff /proc/self/status; for p in / /usr /etc /var; do touch $p/x && echo WRITTEN; done"
    done = running.run("server1", ["sh", "-c", f"{look}; touch /tmp/x /data/x"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("10001\n")
    assert "0000000000000000" in done.stdout
    assert "WRITTEN" not in done.stdout


def curl(running: Running, *arguments: str) -> str:
    """Through nginx, trusting its certificate alone."""
    done = running.run("nginx", ["curl", "--silent", "--show-error", "--cacert", "/etc/nginx/tls/cert.pem", *arguments])
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_people_get_in_through_nginx(running: Running) -> None:
    """With TLS, plain http led there, monitoring kept inside; a code of one node is good at all."""
    url = GIVEN["PUBLIC_URL"]
    assert json.loads(curl(running, f"{url}/health"))["product"] == "Sealcase"
    assert "301" in curl(running, "--head", f"http://{NAME}/health")
    assert "404" in curl(running, "--head", f"{url}/metrics")
    code = running.run("server2", [sys.executable, "-m", "server", "admin", "login-code", "ada@example.org"])
    assert code.returncode == 0, code.stderr
    body = json.dumps({"email": "ada@example.org", "otp": code.stdout.strip()})
    token = json.loads(curl(running, "--json", body, f"{url}/auth/login"))["token"]
    for _ in range(6):
        page = curl(running, "--header", f"Authorization: Bearer {token}", f"{url}/files")
        assert json.loads(page)["files"] == []


def test_the_operator_finds_nothing_wrong(running: Running) -> None:
    """Disk, storage, database and its migrations, Redis, the key log: asked inside of a node."""
    done = running.run("server3", [sys.executable, "-m", "server", "admin", "doctor", "--pause", "0", "--json"])
    found = {row["what"]: row["level"] for row in map(json.loads, done.stdout.splitlines())}
    for what in ("storage s3", "limits", "shared state", "migrations", "key log", "data folder", "clock"):
        assert found[what] == "ok", done.stdout
    assert running.run("server1", [sys.executable, "-m", "server", "admin", "verify"]).returncode == 0


def test_prometheus_hears_every_node_and_knows_the_alerts(running: Running) -> None:
    """With the token of the secrets; alerts are valid to its own tool."""
    ask = ["curl", "--silent", "http://127.0.0.1:9090/api/v1/targets"]

    def up() -> bool:
        answer = running.run("prometheus", ask).stdout
        targets = json.loads(answer)["data"]["activeTargets"] if answer else []
        return [each["health"] for each in targets] == ["up"] * len(NODES)

    until(up, "three nodes that answer Prometheus", SECONDS)
    checked = running.run("prometheus", ["promtool", "check", "config", "/etc/prometheus/prometheus.yml"])
    assert checked.returncode == 0, checked.stdout + checked.stderr
