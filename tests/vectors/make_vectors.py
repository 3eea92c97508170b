"""Makes the test vectors beside this file. Run once, by hand, from the project's folder:

    python -m tests.vectors.make_vectors

File keys, ids, contents and metadata nonces are fixed; Cobblestone's salts, OAEP's seeds and ML-KEM's coins are drawn
by the library. So the output differs from run to run, and is frozen by being committed: after the first release a
change is a new format. Keys in `keys.json` are made where the file is missing, and kept otherwise.
"""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.vectors import containers, records, refusals
from tests.vectors.reference import Json, Person, b64u, sha256, unb64u

FOLDER = Path(__file__).parent
PEOPLE = {"alice": 2048, "bob": 3072, "carol": 4096, "sam": 2048, "mallory": 2048}


def main() -> None:
    people = load_people(FOLDER / "keys.json")
    three_parts = containers.three_parts(people)
    (FOLDER / "three_parts.sealed").write_bytes(three_parts.container)
    write("opens.json", "Containers that must open.", containers.vectors(people, three_parts))
    write("refused.json", "Containers that must be refused.", *refusals.vectors(people, three_parts))
    write("derivations.json", "What follows from what, without any randomness.", records.derivations(people))
    write("records.json", "Cards, identities at rest, recovery kits.", records.vectors(people))
    write("format0.json", "The old format, read only.", records.format0(people))


def write(name: str, what: str, vectors: list[Json], bases: dict[str, str] | None = None) -> None:
    names = [vector["name"] for vector in vectors]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
    text = ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in vectors)
    head = json.dumps({"what": what, "count": len(vectors), **({"bases": bases} if bases else {})})[:-1]
    (FOLDER / name).write_text(f'{head}, "vectors": [\n{text}\n]}}\n', encoding="utf-8")
    print(f"{name}: {len(vectors)} vectors, {(FOLDER / name).stat().st_size:,} bytes")


def load_people(path: Path) -> dict[str, Person]:
    if not path.exists():
        path.write_text(json.dumps({name: make_person(name, bits) for name, bits in PEOPLE.items()}, indent=1) + "\n")
    people = {}
    for name, keys in json.loads(path.read_text()).items():
        rsa = load_pem_private_key(keys["rsa_pem"].encode(), None)
        assert isinstance(rsa, RSAPrivateKey)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(unb64u(keys["mlkem_seed"]))
        signer = Ed25519PrivateKey.from_private_bytes(unb64u(keys["signing_seed"]))
        people[name] = Person(rsa, mlkem, signer)
    return people


def make_person(name: str, bits: int) -> Json:
    rsa = generate_private_key(65_537, bits)
    pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    mlkem = sha256(b"mlkem d " + name.encode()) + sha256(b"mlkem z " + name.encode())
    return {"rsa_pem": pem, "mlkem_seed": b64u(mlkem), "signing_seed": b64u(sha256(b"ed25519 " + name.encode()))}


if __name__ == "__main__":
    main()
