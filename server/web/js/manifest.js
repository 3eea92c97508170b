// The manifest: names the parts by their hashes and carries the encrypted metadata. As shared/sealed/manifest.py.

import { b64u, equal, parseFileId, unb64u } from "./bytes.js";
import { FormatError } from "./errors.js";
import { Geometry, MIB } from "./geometry.js";
import { sha256 } from "./keys.js";
import { dumps, integer, onlyKeys, parseObject } from "./strict_json.js";

export const HASH = 32;
const FORMAT = "sealcase/1";
const KEYS = [
  "format", "file_id", "created_at", "sender", "key_commitment", "part_size", "body_size", "parts_digest", "metadata",
];

/** The manifest that `raw` encodes; `raw` stays the bytes that are signed. Throws `FormatError`. */
export function parseManifest(raw) {
  const record = parseObject(raw, MIB, "manifest");
  if (record.format !== FORMAT) throw new FormatError(`manifest is not of format ${FORMAT}`);
  onlyKeys(record, KEYS, [], "manifest");
  const partSize = integer(record, "part_size");
  const bodySize = integer(record, "body_size");
  return Object.freeze({
    raw,
    fileId: parseFileId(record.file_id),
    createdAt: integer(record, "created_at"),
    sender: record.sender === null ? null : unb64u(record.sender, "sender", 32),
    keyCommitment: unb64u(record.key_commitment, "key_commitment", HASH),
    partSize,
    bodySize,
    partsDigest: unb64u(record.parts_digest, "parts_digest", HASH),
    metadata: unb64u(record.metadata, "metadata"),
    geometry: Geometry.ofBody(partSize, bodySize),
  });
}

/** A new manifest, unsigned, with the bytes that from now on stand for it. */
export function encodeManifest({ fileId, createdAt, keyCommitment, partSize, bodySize, partsDigest, metadata }) {
  const raw = dumps({
    format: FORMAT,
    file_id: fileId,
    created_at: createdAt,
    sender: null,
    key_commitment: b64u(keyCommitment),
    part_size: partSize,
    body_size: bodySize,
    parts_digest: b64u(partsDigest),
    metadata: b64u(metadata),
  });
  return parseManifest(raw);
}

/** Throws `FormatError` unless `hashes` is the very list that the manifest names. */
export async function checkPartHashes(manifest, hashes) {
  if (hashes.length !== HASH * manifest.geometry.partCount) {
    throw new FormatError("the list of part hashes has the wrong length");
  }
  if (!equal(await sha256(hashes), manifest.partsDigest)) {
    throw new FormatError("the list of part hashes does not match the manifest");
  }
}
