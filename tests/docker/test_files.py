"""The files beside the Dockerfile are what they say: linted, valid, and naming only what there is."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from server.adapters.metrics.prometheus import PrometheusMeter, State
from server.settings import Settings
from tests.docker.compose import ROOT, NotGiven, in_order, services

DOCKER = ROOT / "docker"
BIN = Path(sys.executable).parent
GIVEN = {"PUBLIC_URL": "https://sealcase.example.org"}
_METRIC = re.compile(r"\bsealcase_\w+")
_OF_NODES = frozenset(("RECORDS", "DATABASE_URL_FILE", "REDIS_URL_FILE", "KEY_LOG_KEY_FILE"))
"""Settings of records in PostgreSQL and shared state in Redis."""
_CONTAINERS = frozenset(("HOST", "PORT", "DATA_DIR", "LOG_FORMAT", "PATH"))


@pytest.mark.slow
def test_the_dockerfile_is_clean() -> None:
    done = subprocess.run([BIN / "hadolint", DOCKER / "Dockerfile"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compose.yml", "compose.scale.yml"])
def test_compose_files_keep_to_their_schema(name: str) -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(DOCKER / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_compose_files_set_only_what_the_server_knows() -> None:
    """A name that nobody reads would be a setting that does nothing."""
    known = {name.upper() for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known}
    (server,) = services("compose.yml", GIVEN).values()
    assert set(server.environment) <= known
    assert set(services("compose.scale.yml", GIVEN)["server1"].environment) <= known | _OF_NODES
    with pytest.raises(NotGiven, match="how people reach it"):
        services("compose.yml", {})


@pytest.mark.parametrize("name", ["compose.yml", "compose.scale.yml"])
def test_there_is_a_place_for_backups(name: str) -> None:
    """Beside the data, in a volume of its own; the image makes it for its user."""
    document = yaml.safe_load((DOCKER / name).read_text())
    (place,) = {
        volume for each in document["services"].values() for volume in each.get("volumes", ()) if "backups" in volume
    }
    assert place == "backups:/backups"
    assert "backups" in document["volumes"]
    assert "--owner=sealcase --group=sealcase --mode=0700 /data /backups" in (DOCKER / "Dockerfile").read_text()


def test_admin_under_systemd_is_the_service_itself(tmp_path: Path) -> None:
    """Its user, settings and folder, and the operator's words as they are."""
    (tmp_path / "systemd-run").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "systemd-run").chmod(0o755)
    command = [str(DOCKER / "systemd" / "sealcase-admin"), "users", "show", "two words"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    unit = (DOCKER / "systemd" / "sealcase.service").read_text().splitlines()
    said = {line.removeprefix("--property=") for line in done.stdout.splitlines()}
    for name in ("User", "DynamicUser", "UMask", "StateDirectoryMode", "EnvironmentFile"):
        assert {line for line in said if line.startswith(f"{name}=")} == {
            line for line in unit if line.startswith(f"{name}=")
        }
    assert {"StateDirectory=sealcase sealcase-backups", "--setenv=DATA_DIR=/var/lib/sealcase"} <= said
    started = done.stdout.splitlines()[-5:]
    assert started == ["/opt/sealcase/bin/sealcase-server", "admin", "users", "show", "two words"]
    assert f"ExecStart={started[0]} serve" in unit


def test_every_node_waits_for_what_it_needs() -> None:
    found = services("compose.scale.yml", GIVEN)
    order = in_order(found)
    for node in ("server1", "server2", "server3"):
        assert found[node].environment == found["server1"].environment
        for other in ("postgres", "migrate", "redis", "storage", "bucket"):
            assert order.index(other) < order.index(node) < order.index("nginx") or node != "server1"
    assert found["server1"].depends_on["migrate"] == "service_completed_successfully"


def test_secrets_that_are_named_are_made(tmp_path: Path) -> None:
    """By scale-init.sh, once: what is there is never changed."""
    shutil.copy(DOCKER / "scale-init.sh", tmp_path)
    command = ["sh", str(tmp_path / "scale-init.sh"), "sealcase.example.org"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    document = yaml.safe_load((DOCKER / "compose.scale.yml").read_text())
    for row in document["secrets"].values():
        assert (tmp_path / row["file"]).stat().st_size > 8
    assert (tmp_path / "scale").stat().st_mode & 0o077 == 0
    first = (tmp_path / "scale/secrets/secret_key").read_text()
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert (tmp_path / "scale/secrets/secret_key").read_text() == first
    assert (
        f":{(tmp_path / 'scale/secrets/postgres_password').read_text().strip()}@"
        in (tmp_path / "scale/secrets/database_url").read_text()
    )


def test_the_image_names_only_settings() -> None:
    known = {name.upper() for name in Settings.model_fields}
    named = re.findall(r"^(?:ENV| {4}) ?([A-Z_]+)=", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    assert {name for name in named if not name.startswith(("PIP_", "PYTHON"))} - {"PATH"} <= known
    assert set(named) >= _CONTAINERS


def test_every_metric_of_alerts_and_dashboard_exists() -> None:
    """What nobody counts would be an alert that never comes."""
    meter = PrometheusMeter()
    meter.look_with(lambda: State(1, 2, 3.0, 4))
    meter.answered("GET", "/files", 200, 0.1, 5)
    meter.problem("invalid")
    meter.sent(1)
    meter.part()
    meter.event("download")
    meter.blob("local", "size", 0.1)
    page, media = meter.page()
    assert media.startswith("text/plain")
    there = {each.name for family in text_string_to_metric_families(page.decode()) for each in family.samples}
    alerts = (DOCKER / "prometheus" / "alerts.yml").read_text()
    rules = yaml.safe_load(alerts)["groups"][0]["rules"]
    expressions = [rule["expr"] for rule in rules]
    assert all({"summary", "action"} <= set(rule["annotations"]) for rule in rules)
    dashboard = json.loads((DOCKER / "grafana" / "sealcase.json").read_text())
    targets = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    named = {name for text in (*expressions, *targets, alerts) for name in _METRIC.findall(text)}
    assert named <= there | {name.removesuffix("_bucket") for name in there}
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_codes_in_alerts_exist() -> None:
    from shared.api.codes import Code

    alerts = (DOCKER / "prometheus" / "alerts.yml").read_text()
    for codes in re.findall(r'code=~?"([^"]+)"', alerts):
        assert set(codes.split("|")) <= {code.value for code in Code}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_the_unit_is_well_formed_and_hardened(tmp_path: Path) -> None:
    """systemd itself rates it; below 2 is what it calls OK."""
    done = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--threshold=20",
            str(DOCKER / "systemd" / "sealcase.service"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
    assert "Unknown" not in done.stderr
