// The manifest, which names the parts by their hashes, and the encrypted metadata in it, read.
// As shared/sealed/manifest.py and shared/crypto/metadata.py.

import { concat, equal, parseFileId, u64, unb64u, utf8, uuidBytes } from "./bytes.js";
import { Altered, FormatError } from "./errors.js";
import { Geometry, MIB, padme } from "./geometry.js";
import { integer, onlyKeys, optional, parseObject, text } from "./strict_json.js";
import { sha256 } from "./webcrypto.js";

export const HASH = 32;
export const FORMAT = "sealcase/1";
const MANIFEST_KEYS = [
  "format", "file_id", "created_at", "sender", "key_commitment", "part_size", "body_size", "parts_digest", "metadata",
];
export const BLOCK = 256;
export const NONCE = 12;
const TAG = 16;
const MOST_INFLATED = 1_032; // bytes that deflate can make of one (RFC 1951: 258 of two bits)
const METADATA_KEYS = ["name", "media_type", "size", "packed_size", "stored_size", "modified_at", "compression", "comment"];

/** The manifest that `raw` encodes; `raw` stays the bytes that are signed. Throws `FormatError`. */
export function parseManifest(raw) {
  const record = parseObject(raw, MIB, "manifest");
  if (record.format !== FORMAT) throw new FormatError(`manifest is not of format ${FORMAT}`);
  onlyKeys(record, MANIFEST_KEYS, [], "manifest");
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

/** Throws `FormatError` unless `hashes` is the very list that the manifest names. */
export async function checkPartHashes(manifest, hashes) {
  if (hashes.length !== HASH * manifest.geometry.partCount) {
    throw new FormatError("the list of part hashes has the wrong length");
  }
  if (!equal(await sha256(hashes), manifest.partsDigest)) {
    throw new FormatError("the list of part hashes does not match the manifest");
  }
}

/** Throws `Altered` for metadata that no sealing made; known before any cryptography. */
export function checkMetadataLength(manifest) {
  const padded = manifest.metadata.length - NONCE - TAG;
  if (padded < BLOCK || padded % BLOCK) throw new Altered("the metadata has an impossible length");
}

/** The metadata, with sizes that fit the manifest. Throws `Altered` or `FormatError`. */
export async function openMetadata(manifest, fileKey) {
  const raw = await fileKey.metadataKey(manifest.fileId);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const iv = manifest.metadata.subarray(0, NONCE);
  let padded;
  try {
    const algorithm = { name: "AES-GCM", iv, additionalData: associated(manifest) };
    padded = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, manifest.metadata.subarray(NONCE)));
  } catch {
    throw new Altered("the metadata does not open: it was altered");
  }
  let end = padded.length;
  while (end && padded[end - 1] === 0) end--;
  if (padded[end - 1] !== 0x80 || padded.length - end >= BLOCK) throw new Altered("the metadata's padding is wrong");
  const metadata = parseMetadata(padded.subarray(0, end - 1));
  checkSizes(metadata, manifest);
  return metadata;
}

/** Throws `Altered` for more content than can be in what is compressed: a bomb, known without a part. */
export function checkInflation(metadata) {
  if (metadata.size > metadata.packedSize * MOST_INFLATED) throw new Altered("the content can't be as large as it says");
}

/** Metadata, spelled as JSON. Throws `FormatError`. */
export function parseMetadata(raw) {
  const record = parseObject(raw, MIB / 2, "metadata");
  onlyKeys(record, METADATA_KEYS, ["path"], "metadata");
  const compression = text(record, "compression", 16);
  if (compression !== "none" && compression !== "gzip") throw new FormatError("the content is compressed in an unknown way");
  return Object.freeze({
    name: text(record, "name", 4_096),
    mediaType: optional(record, "media_type", (r, k) => text(r, k, 256)),
    size: integer(record, "size"),
    packedSize: integer(record, "packed_size"),
    storedSize: integer(record, "stored_size"),
    modifiedAt: optional(record, "modified_at", (r, k) => integer(r, k, -Number.MAX_SAFE_INTEGER)),
    compression,
    comment: optional(record, "comment", (r, k) => text(r, k, 65_536)),
    path: optional(record, "path", (r, k) => text(r, k, 16_384)),
  });
}

function checkSizes(metadata, manifest) {
  const { size, packedSize, storedSize } = metadata;
  if (storedSize !== manifest.geometry.storedSize) throw new Altered("the sizes do not match the sealed body");
  if (storedSize !== packedSize && storedSize !== padme(packedSize)) throw new Altered("the padding has a wrong length");
  if (metadata.compression === "none" && packedSize !== size) throw new Altered("the sizes do not fit each other");
}

/** What the metadata is bound to: `bound` has what the manifest says of the file, its sizes and its parts. */
export const associated = ({ fileId, partSize, bodySize, partsDigest }) =>
  concat(
    utf8("sealcase/1 metadata\0"),
    uuidBytes(fileId),
    u64(partSize),
    u64(bodySize),
    partsDigest,
  );
