// A grant's public shape, and the sender's signature over it. As shared/sealed/grant.py and shared/crypto/grants.py.

import { b64u, concat, unb64u, utf8 } from "./bytes.js";
import { BadSignature, FormatError } from "./errors.js";
import { asObject, onlyKeys, text } from "./strict_json.js";
import { hasEd25519, sha256, verify } from "./webcrypto.js";

const MAX_GRANTS = 1_000;
const RSA = [256, 384, 512];
const WRAPPED = {
  __proto__: null,
  link: [40],
  "rsa-oaep-256": RSA,
  "mlkem768-rsa-oaep-256": RSA.map((length) => 1_088 + length + 40),
};
const KEYS = ["type", "recipient", "wrapped_key", "signature"];

/** The grant that a JSON object holds. Throws `FormatError` for anything unknown or of a wrong length. */
export function parseGrant(value) {
  const record = asObject(value, "grant");
  onlyKeys(record, KEYS, ["by"], "grant");
  const type = text(record, "type", 64);
  if (!(type in WRAPPED)) throw new FormatError("grant is of an unknown type");
  const wrappedKey = unb64u(record.wrapped_key, "wrapped_key");
  if (!WRAPPED[type].includes(wrappedKey.length)) throw new FormatError("wrapped_key has a wrong length");
  return Object.freeze({
    type,
    recipient: unb64u(record.recipient, "recipient", 32),
    wrappedKey,
    signature: record.signature === null ? null : unb64u(record.signature, "signature", 64),
    by: record.by === undefined || record.by === null ? null : unb64u(record.by, "by", 32),
  });
}

/** The grants of a JSON array. Throws `FormatError` for doubles of one type to one recipient and for too many. */
export function parseGrants(value) {
  if (!Array.isArray(value) || value.length > MAX_GRANTS) throw new FormatError("grants is not an array of a few");
  const grants = value.map(parseGrant);
  const names = grants.map((grant) => `${grant.type} ${b64u(grant.recipient)} ${grant.by && b64u(grant.by)}`);
  if (new Set(names).size !== names.length) throw new FormatError("the same recipient has two grants of one type");
  return grants;
}

/** The sender's own grants before what others added. */
export const sendersFirst = (grants) => [...grants].sort((one, other) => (one.by ? 1 : 0) - (other.by ? 1 : 0));

/**
 * "signed", "unsigned" (the manifest names no sender), or "unchecked" (this browser has no Ed25519).
 * Throws `BadSignature` if a signature is wrong, or is missing where the manifest names a sender.
 */
export async function checkSignature(manifest, grant) {
  if (grant.by !== null) throw new BadSignature("the file's key was wrapped again by somebody else");
  if (manifest.sender === null) {
    if (grant.signature !== null) throw new BadSignature("the file is signed, but does not say by whom");
    return "unsigned";
  }
  if (grant.signature === null) throw new BadSignature("the file names a sender, but the signature was removed");
  if (!(await hasEd25519())) return "unchecked";
  if (!(await verify(manifest.sender, grant.signature, await signedBytes(manifest, grant)))) throw new BadSignature("the sender's signature is wrong: the file or its key record was altered");
  return "signed";
}

async function signedBytes(manifest, grant) {
  const statement = await sha256(concat(utf8("sealcase/1 statement\0"), manifest.raw));
  const wrapped = await sha256(grant.wrappedKey);
  return concat(utf8("sealcase/1 grant\0"), statement, utf8(`${grant.type}\0`), grant.recipient, wrapped);
}
