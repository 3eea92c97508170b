"""Grants: the file key for one recipient, and the sender's word that it is so."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.crypto import hybrid
from shared.crypto.errors import BadSignature, WrongKey
from shared.crypto.file_key import FileKey
from shared.crypto.keys import PrivateKeys, RecipientKey
from shared.crypto.link import LinkKeys
from shared.crypto.rsa_oaep import rsa_decrypt, rsa_encrypt
from shared.sealed.grant import Grant, GrantType
from shared.sealed.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Reader:
    """Who I am, for grants that I made to myself after changing keys (`by`)."""

    signing_key: bytes
    """My Ed25519 public key."""
    earlier_recipients: frozenset[bytes]
    """Recipients of my earlier cards."""


def grant_to(recipient: RecipientKey, file_key: FileKey, manifest: Manifest, signer: Ed25519PrivateKey | None) -> Grant:
    """A grant to the holder of `recipient`'s keys, signed by the sender unless the manifest is anonymous."""
    return _sign(wrap(recipient, file_key, manifest.file_id), manifest, signer)


def wrap(recipient: RecipientKey, file_key: FileKey, file_id: uuid.UUID) -> Grant:
    """The file key for the holder of `recipient`'s keys; nobody's word stands for it yet."""
    name = recipient.recipient
    if recipient.mlkem is None:
        wrapped = rsa_encrypt(recipient.rsa, file_key.raw)
    else:
        wrapped = hybrid.wrap(file_key.raw, recipient.mlkem, recipient.rsa, file_id, name)
    return Grant(recipient.grant_type, name, wrapped, None)


def grant_to_link(link: LinkKeys, file_key: FileKey, manifest: Manifest, signer: Ed25519PrivateKey | None) -> Grant:
    """A grant to whoever has the link."""
    return _sign(Grant(GrantType.LINK, link.recipient, link.wrap(file_key), None), manifest, signer)


def rewrap(new_key: RecipientKey, file_key: FileKey, manifest: Manifest, signer: Ed25519PrivateKey) -> Grant:
    """A grant that a recipient makes to a new key of their own; it stands beside the sender's grant."""
    by = signer.public_key().public_bytes_raw()
    grant = grant_to(new_key, file_key, manifest, None)
    return _sign(Grant(grant.type, grant.recipient, grant.wrapped_key, None, by), manifest, signer)


def senders_first(grants: Iterable[Grant], me: Reader | None) -> list[Grant]:
    """The sender's own grants, then mine, then what others made: a stranger's `by` grant never hides a good one."""
    mine = None if me is None else me.signing_key
    return sorted(grants, key=lambda grant: 0 if grant.by is None else 1 if grant.by == mine else 2)


def unwrap(manifest: Manifest, grants: Iterable[Grant], keys: PrivateKeys) -> tuple[FileKey, Grant]:
    """The file key and the grant that gave it. Every failure is `WrongKey`."""
    opens = keys.recipients()
    for grant in grants:
        if mine := opens.get((grant.type, grant.recipient)):
            file_key = FileKey(_unwrap_one(grant, manifest.file_id, mine))
            file_key.check_commitment(manifest.file_id, manifest.key_commitment)
            return file_key, grant
    raise WrongKey


def unwrap_own(grant: Grant, file_id: uuid.UUID, keys: PrivateKeys) -> FileKey:
    """What was wrapped by `wrap`; compare it with a commitment before use. Raises `WrongKey`."""
    if mine := keys.recipients().get((grant.type, grant.recipient)):
        return FileKey(_unwrap_one(grant, file_id, mine))
    raise WrongKey


def unwrap_link(manifest: Manifest, grants: Iterable[Grant], link: LinkKeys) -> tuple[FileKey, Grant]:
    """Like `unwrap`, for the holder of a link."""
    for grant in grants:
        if grant.type is GrantType.LINK and grant.recipient == link.recipient:
            file_key = link.unwrap(grant.wrapped_key)
            file_key.check_commitment(manifest.file_id, manifest.key_commitment)
            return file_key, grant
    raise WrongKey


def check_signature(manifest: Manifest, grant: Grant, grants: Sequence[Grant], me: Reader | None) -> bytes | None:
    """The sender's Ed25519 public key if they signed `grant`, None for an anonymous file.

    Raises `BadSignature` if a signature is wrong, or is missing where the manifest names a sender: a signature that
    somebody stripped must not pass for a file that never had one.
    """
    if grant.by is not None:
        return _check_rewrapped(manifest, grant, grants, me)
    if manifest.sender is None:
        if grant.signature is not None:
            raise BadSignature("the file is signed, but does not say by whom")
        return None
    if grant.signature is None:
        raise BadSignature("the file names a sender, but the sender's signature was removed")
    _verify(manifest.sender, grant, manifest)
    return manifest.sender


def _check_rewrapped(manifest: Manifest, grant: Grant, grants: Sequence[Grant], me: Reader | None) -> bytes | None:
    """Accepted only if I made it myself, and the sender's own grant to one of my earlier keys verifies."""
    if me is None or grant.by != me.signing_key or grant.signature is None:
        raise BadSignature("the file's key was wrapped again by somebody else")
    _verify(me.signing_key, grant, manifest)
    for original in grants:
        if original.by is None and original.recipient in me.earlier_recipients:
            return check_signature(manifest, original, grants, None)
    raise BadSignature("the sender's own grant is missing beside the one that was wrapped again")


def _unwrap_one(grant: Grant, file_id: uuid.UUID, keys: PrivateKeys) -> bytes:
    if keys.mlkem is None:
        return rsa_decrypt(keys.rsa, grant.wrapped_key)
    return hybrid.unwrap(grant.wrapped_key, keys.mlkem, keys.rsa, file_id, grant.recipient)


def _sign(grant: Grant, manifest: Manifest, signer: Ed25519PrivateKey | None) -> Grant:
    if signer is None:
        return grant
    signature = signer.sign(_signed_bytes(grant, manifest))
    return Grant(grant.type, grant.recipient, grant.wrapped_key, signature, grant.by)


def _verify(public_key: bytes, grant: Grant, manifest: Manifest) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(grant.signature or b"", _signed_bytes(grant, manifest))
    except (InvalidSignature, ValueError):
        raise BadSignature("the sender's signature is wrong: the file or its key record was altered") from None


def _signed_bytes(grant: Grant, manifest: Manifest) -> bytes:
    statement = hashlib.sha256(b"sealcase/1 statement\0" + manifest.raw).digest()
    wrapped = hashlib.sha256(grant.wrapped_key).digest()
    return b"sealcase/1 grant\0" + statement + grant.type.encode("ascii") + b"\0" + grant.recipient + wrapped
