"""Format 0, read only: the simple JSON upload of old scripts. One AES-256-GCM over the whole file, unsigned."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from shared.crypto.compression import Inflater
from shared.crypto.errors import Altered, Truncated, WrongKey
from shared.crypto.kdf import KEY_BYTES
from shared.crypto.keys import PrivateKeys
from shared.crypto.parts import STEP, Fill
from shared.crypto.rsa_oaep import rsa_decrypt
from shared.sealed import strict_json
from shared.sealed.errors import FormatError

MAX_BYTES = 500_000_000
_TAG = 16
_MAX_METADATA = 65_536


def open_format0(
    *,
    nonce: bytes,
    wrapped_key: bytes,
    metadata: str,
    ciphertext: Fill,
    ciphertext_size: int,
    keys: PrivateKeys,
    write: Callable[[memoryview], None],
) -> None:
    """Writes the content, which is good only once this has returned: the one tag comes last.

    Raises `FormatError`, `WrongKey` or `Altered`; then whatever was written must be thrown away.
    """
    if not _TAG <= ciphertext_size <= MAX_BYTES + _TAG or len(nonce) != 12:
        raise FormatError(f"a file of the old format has at most {MAX_BYTES} bytes and a nonce of 12")
    inflater = Inflater(MAX_BYTES) if _is_compressed(metadata) else None
    key = unwrap_format0(wrapped_key, keys)
    decryptor = Cipher(AES(key), GCM(nonce)).decryptor()
    for piece in _pieces(ciphertext, ciphertext_size - _TAG):
        content = decryptor.update(piece)
        for inflated in inflater.update(content) if inflater else (content,):
            write(memoryview(inflated))
    tag = b"".join(bytes(piece) for piece in _pieces(ciphertext, _TAG))
    try:
        decryptor.finalize_with_tag(tag)
    except InvalidTag:
        raise Altered("the file does not open: it was altered") from None
    if inflater:
        inflater.finish(exact=False)


def unwrap_format0(wrapped_key: bytes, keys: PrivateKeys) -> bytes:
    """The file's AES key, 32 bytes, by these keys or an earlier one. Every failure is `WrongKey`."""
    for each in (keys, *keys.earlier):
        with suppress(WrongKey):
            key = rsa_decrypt(each.rsa, wrapped_key)
            if len(key) == KEY_BYTES:
                return key
    raise WrongKey


def _pieces(fill: Fill, length: int) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(min(STEP, length)))
    left = length
    while left:
        got = fill(buffer[: min(STEP, left)])
        if not got:
            raise Truncated("the file ends early")
        left -= got
        yield buffer[:got]


def _is_compressed(metadata: str) -> bool:
    """What the JSON text `{"compressed": true}` says; anything unclear is refused."""
    try:
        raw = metadata.encode("utf-8")
    except UnicodeEncodeError:
        raise FormatError("the metadata is not valid Unicode") from None
    record = strict_json.loads_object(raw, _MAX_METADATA, "metadata")
    compressed = record.get("compressed", False)
    if not isinstance(compressed, bool):
        raise FormatError("the metadata does not say clearly whether the file is compressed")
    return compressed
