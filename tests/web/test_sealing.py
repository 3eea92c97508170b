"""What the drop page's modules seal, Python opens, byte for byte as if it had sealed it itself."""

import json
import secrets
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.http.web import FOLDER
from shared.crypto.container import Container
from shared.crypto.drop_box import BoxKeys
from shared.crypto.identity import Identity, sign_card
from shared.crypto.keys import PrivateKeys
from shared.crypto.open import Opened, open_file, restore_stream
from shared.crypto.padding import padme
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import FixedLanes
from shared.sealed import strict_json
from shared.sealed.card import encode_card
from shared.sealed.encoding import b64u
from shared.sealed.geometry import DEFAULT_PART_SIZE, MIB
from shared.sealed.grant import GrantType
from tests.web.test_javascript import HERE, NODE

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node here: apt install nodejs (version 20 or newer)")
_PART = DEFAULT_PART_SIZE
_SIZES = (0, 1, 16_383, 16_384, 16_385, MIB + 7, _PART - 1, _PART, _PART + 1, 2 * _PART + 12_345)
_NAMES = ("Größe.pdf", "日本語 😀.txt", 'a"b\\c\n\t\x07\x7f\u2028.txt', "half\ud83d.bin", "e\u0301.txt")


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.create("ada@example.org", 2048)


def test_files_of_all_sizes_open(identity: Identity, tmp_path: Path) -> None:
    """Empty, one byte, around chunks and parts: what was sealed, from nobody, for the card's owner alone."""
    files = [{"name": f"{size}.bin", "size": size} for size in _SIZES]
    assert sealed_by_node(identity, files, tmp_path) == "left out"  # Node 20's WebCrypto has no ML-KEM
    for number, size in enumerate(_SIZES):
        container, opened, content = opened_by_python(tmp_path / f"{number}.sealed", identity.keys)
        assert content == bytes(range(256)) * (size // 256) + bytes(range(size % 256))
        assert opened.sender is None
        assert [each.type for each in container.grants] == [GrantType.RSA]
        assert opened.metadata.stored_size == padme(size)
        assert opened.manifest.part_size == _PART


def test_records_are_those_that_python_writes(identity: Identity, tmp_path: Path) -> None:
    """Manifest and metadata in the same bytes, whatever is in names and messages; half characters are replaced."""
    words = 'Grüße,\n"page 2" is missing \U0001f600'
    files = [{"name": name, "size": 3, "type": "text/plain", "modified": 1_700_000_000_999} for name in _NAMES]
    files[0] |= {"type": "", "modified": -1_500}
    sealed_by_node(identity, [{**each, "comment": words} for each in files], tmp_path)
    for number, name in enumerate(_NAMES):
        container, opened, _ = opened_by_python(tmp_path / f"{number}.sealed", identity.keys)
        assert container.manifest.raw == strict_json.dumps(json.loads(container.manifest.raw))
        assert opened.metadata.name == name.replace("\ud83d", "\ufffd")
        assert opened.metadata.comment == words
        first = (opened.metadata.media_type, opened.metadata.modified_at)
        assert first == ((None, -2) if number == 0 else ("text/plain", 1_700_000_000))
        assert metadata_json(opened) == opened.metadata.encode()


def test_a_card_without_mlkem_gets_what_it_can_open(identity: Identity, tmp_path: Path) -> None:
    """RSA alone, and nothing is said to be left out."""
    plain = _without_mlkem(identity)
    assert sealed_by_node(plain, [{"name": "a", "size": 10}], tmp_path) == "rsa"
    _, _, content = opened_by_python(tmp_path / "0.sealed", plain.keys)
    assert content == bytes(range(10))


@pytest.mark.parametrize("harm", ["signature", "card", "another's"])
def test_a_card_that_is_not_the_owners_is_refused(identity: Identity, tmp_path: Path, harm: str) -> None:
    """Altered, signed by nobody, or somebody else's: nothing is sealed to it."""
    card, signature = identity.card.raw, identity.card_signature
    expected = identity.card.signing_key
    if harm == "signature":
        signature = bytes(64)
    elif harm == "card":
        card = card.replace(b"ada@example.org", b"eve@example.org")
    else:
        expected = secrets.token_bytes(32)
    done = node("seal_files.mjs", b64u(card), b64u(signature), b64u(expected), str(tmp_path), stdin="[]")
    assert done.returncode == 1
    assert "SwappedCard" in done.stderr


@pytest.mark.parametrize("password", [None, "Tr0ubadour & Söhne ﬁ"])
def test_addresses_are_read_as_python_reads_them(password: str | None) -> None:
    """The box's id and what opens it, with a password and without."""
    key = secrets.token_bytes(32)
    keys = BoxKeys.derive(key, password)
    module = (FOLDER / "js" / "box.js").as_uri()
    program = (
        f"import {{ boxAccess, boxId, parseFragment }} from {json.dumps(module)};"
        "const { boxKey } = parseFragment(process.argv[1]);"
        "const access = await boxAccess(boxKey, JSON.parse(process.argv[2]));"
        "console.log(await boxId(boxKey), Buffer.from(access).toString('base64url'));"
    )
    fragment = b64u(key + bytes(32))
    command = [str(NODE), "--input-type=module", "-e", program, "--", fragment, json.dumps(password)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == [keys.box_id, b64u(keys.access)], done.stderr


def sealed_by_node(identity: Identity, files: list[dict[str, Any]], target: Path) -> str:
    """Seals them into `target`; says how strongly."""
    card = identity.card
    arguments = (b64u(card.raw), b64u(identity.card_signature), b64u(card.signing_key), str(target))
    done = node("seal_files.mjs", *arguments, stdin=json.dumps(files))
    assert done.returncode == 0, done.stderr
    return done.stdout


def node(script: str, *arguments: str, stdin: str) -> subprocess.CompletedProcess[str]:
    command = [str(NODE), str(HERE / script), *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120)


def opened_by_python(path: Path, keys: PrivateKeys) -> tuple[Container, Opened, bytes]:
    with path.open("rb", buffering=0) as file:
        container = Container.read(PositionalFile(file))
        opened = open_file(container.manifest.raw, container.grants, keys)
        content = bytearray()
        restore_stream(opened, container.part_hashes, container, content.extend, lanes=FixedLanes(1))
        return container, opened, bytes(content)


def metadata_json(opened: Opened) -> bytes:
    """The sealed JSON as it is."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    manifest = opened.manifest
    key = AESGCM(opened.file_key.metadata_key(manifest.file_id))
    bound = manifest.part_size.to_bytes(8, "big") + manifest.body_size.to_bytes(8, "big") + manifest.parts_digest
    associated = b"sealcase/1 metadata\0" + manifest.file_id.bytes + bound
    padded = key.decrypt(manifest.metadata[:12], manifest.metadata[12:], associated)
    return padded.rstrip(b"\0")[:-1]


def _without_mlkem(identity: Identity) -> Identity:
    card = identity.card
    plain = encode_card(
        email=card.email,
        signing_key=card.signing_key,
        rsa_key=card.rsa_key,
        mlkem_key=None,
        sequence=0,
        previous=None,
        created_at=card.created_at,
    )
    signature = sign_card(plain, identity.signing_key)
    return replace(identity, card=plain, card_signature=signature, keys=PrivateKeys(identity.keys.rsa))
