"""The OpenAPI document is made from the routes, and the one in docs/ is the same."""

import re
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from server.app import operation_groups
from tests.server.house import House

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_document_is_current(here: House, tmp_path: Path) -> None:
    """If this fails: `sealcase-server admin openapi > docs/openapi.json`."""
    printed = subprocess.run(
        [sys.executable, "-m", "server", "admin", "openapi"],
        env={"PYTHONPATH": str(ROOT), "DATA_DIR": str(tmp_path / "other")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8") == printed
    assert here.http.get("/openapi.json").text == printed


def test_examples_fit_their_schemas(here: House) -> None:
    """By a validator that is not ours; a whole body stands beside each step of an upload straight to a bucket."""
    document = here.http.get("/openapi.json").get_json()
    schemas = document["components"]["schemas"]
    shown = {name: schema["examples"] for name, schema in schemas.items() if "examples" in schema}
    assert {"PresignedUpload", "Presigned", "S3Upload", "SimpleUploaded"} <= set(shown)
    for name, examples in shown.items():
        rules = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        validator = Draft202012Validator(rules)
        for example in examples:
            assert [error.message for error in validator.iter_errors(example)] == []
            assert list(validator.iter_errors({**example, "more": 1})), f"{name} takes everything"
    for path in ("/upload/presigned", "/upload/s3"):
        row = document["paths"][path]["post"]
        for body in (row["requestBody"], row["responses"]["200"]):
            assert body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2] in shown


def test_every_route_is_in_the_document(here: House) -> None:
    """And every answer of each is described, errors included."""
    document = here.http.get("/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    rows = [operation for _, group in operation_groups(here.services, here.settings) for operation in group]
    served = {
        (method, re.sub(r"<\w+:(\w+)>", r"{\1}", rule.rule))
        for rule in here.app.url_map.iter_rules()
        if not rule.endpoint.startswith("web.")  # pages for browsers are no part of the API
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(row.method, row.path) for row in rows}
    for row in rows:
        described = document["paths"][row.path][row.method.lower()]
        assert described["summary"]
        assert ("401" in described["responses"]) or not row.signed_in
        assert {"405", "500"} <= set(described["responses"])
