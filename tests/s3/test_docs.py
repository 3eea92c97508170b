"""docs/storage.md: its JSON is JSON, says what the command says, and is taken by a store that reads it."""

import json
import re
from pathlib import Path
from typing import Any

from server.adapters.blobs.s3_advice import ACTIONS, BUCKET_ACTIONS, cors_rules
from server.settings import Settings
from tests.s3.conftest import Bucket

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "storage.md").read_text(encoding="utf-8")
S3 = TEXT[TEXT.index("\n## S3") :].partition("\n## ")[2]
S3 = S3[: S3.find("\n## ")] if "\n## " in S3 else S3
BLOCKS: list[Any] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", S3, re.DOTALL)]


def test_every_setup_has_its_json() -> None:
    """Lifecycle, policy, CORS, SeaweedFS's identities, CORS of R2."""
    assert len(BLOCKS) == 5
    (rule,) = BLOCKS[4]
    assert {"AllowedOrigins", "AllowedMethods", "ExposeHeaders"} <= set(rule)
    assert BLOCKS[3]["identities"][0]["actions"] == ["Read:sealcase", "Write:sealcase", "List:sealcase"]


def test_documents_and_command_say_the_same() -> None:
    """The least rights, and the rules for browsers."""
    objects, bucket = BLOCKS[1]["Statement"]
    assert tuple(objects["Action"]) == ACTIONS
    assert tuple(bucket["Action"]) == BUCKET_ACTIONS
    assert BLOCKS[2] == cors_rules("https://files.example.org")


def test_every_setting_is_one() -> None:
    """And every one is named."""
    named = {name.lower() for name in re.findall(r"\bS3_[A-Z_]+\b", S3)} - {"s3_secret_key_file"}
    known = {name for name in Settings.model_fields if name.startswith("s3_")} - {"s3_secret_key"}
    assert named == known


def test_a_store_takes_the_rules(bucket: Bucket) -> None:
    """Lifecycle and CORS, as they stand there."""
    client = bucket.service.client
    client.put_bucket_cors(Bucket=bucket.name, CORSConfiguration=BLOCKS[2])
    assert client.get_bucket_cors(Bucket=bucket.name)["CORSRules"][0]["AllowedOrigins"] == ["https://files.example.org"]
    client.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration=BLOCKS[0])
    (rule,) = client.get_bucket_lifecycle_configuration(Bucket=bucket.name)["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 14}
