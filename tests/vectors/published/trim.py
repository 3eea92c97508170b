"""Cuts published vectors down to what the tests use. Run once, by hand, from the project's folder:

    python -m tests.vectors.published.trim WYCHEPROOF COMPOSITE

with the paths of the two repositories that `NOTICE.md` names.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
Json = dict[str, Any]

WYCHEPROOF = (
    "aes_gcm_test",
    "aes_wrap_test",
    "c2sp_chunked_encryption_aes_256_gcm_test",
    "ed25519_test",
    "hkdf_sha256_test",
    "mlkem_768_test",
    "mlkem_768_encaps_test",
    "pbkdf2_hmacsha256_test",
    "rsa_oaep_2048_sha256_mgf1sha256_test",
    "rsa_oaep_3072_sha256_mgf1sha256_test",
    "rsa_oaep_4096_sha256_mgf1sha256_test",
)


def main(wycheproof: str, composite: str) -> None:
    for name in WYCHEPROOF:
        document = json.loads(show(wycheproof, f"testvectors_v1/{name}.json"))
        document = {"algorithm": document["algorithm"], "testGroups": KEEP.get(name, list)(document["testGroups"])}
        for group in document["testGroups"]:
            for key in ("source", "publicKeyDer", "publicKeyPem", "publicKeyJwk", "privateKeyJwk", "privateKey"):
                if key != "privateKey" or "privateKeyPkcs8" in group:
                    group.pop(key, None)
            for test in group["tests"]:
                test.pop("flags", None)
        write(f"wycheproof_{name}.json", document)
    tests = json.loads(show(composite, "src/testvectors.json"))["tests"]
    kept = [test for test in tests if test["tcId"].startswith("id-MLKEM768-RSA")]
    fields = ("tcId", "ek", "dk", "c", "k")
    write("composite_mlkem768_rsa.json", {"tests": [{field: test[field] for field in fields} for test in kept]})


def aes_256_gcm(groups: list[Json]) -> list[Json]:
    return [group for group in groups if (group["keySize"], group["ivSize"], group["tagSize"]) == (256, 96, 128)]


def aes_256(groups: list[Json]) -> list[Json]:
    return [group for group in groups if group["keySize"] == 256]


def mlkem_decapsulation(groups: list[Json]) -> list[Json]:
    """The first 20 valid and the first 10 invalid tests of every group, without the public key."""
    for group in groups:
        by_result = {result: [t for t in group["tests"] if t["result"] == result] for result in ("valid", "invalid")}
        group["tests"] = by_result["valid"][:20] + by_result["invalid"][:10]
        for test in group["tests"]:
            test.pop("ek", None)
    return groups


def mlkem_public_keys(groups: list[Json]) -> list[Json]:
    """Public keys whose coefficients overflow, and the first 10 bad and 5 good ones of the others."""
    for group in groups:
        by_result = {result: [t for t in group["tests"] if t["result"] == result] for result in ("valid", "invalid")}
        group["tests"] = by_result["invalid"][:12] + by_result["valid"][:5]
        for test in group["tests"]:
            for key in ("m", "c", "K"):
                test.pop(key, None)
    return groups


KEEP = {
    "aes_gcm_test": aes_256_gcm,
    "aes_wrap_test": aes_256,
    "mlkem_768_test": mlkem_decapsulation,
    "mlkem_768_encaps_test": mlkem_public_keys,
}


def show(repository: str, path: str) -> bytes:
    return subprocess.run(["git", "-C", repository, "show", f"HEAD:{path}"], check=True, capture_output=True).stdout


def write(name: str, document: Json) -> None:
    (FOLDER / name).write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
