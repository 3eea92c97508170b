// The encrypted metadata: what a file is called and how large it is. As shared/crypto/metadata.py.

import { concat, utf8, u64, uuidBytes } from "./bytes.js";
import { Altered, FormatError } from "./errors.js";
import { MIB, padme } from "./geometry.js";
import { dumps, integer, onlyKeys, optional, parseObject, text } from "./strict_json.js";

const BLOCK = 256;
const NONCE = 12;
const TAG = 16;
const MOST_INFLATED = 1_032; // bytes that deflate can make of one (RFC 1951: 258 of two bits)
const KEYS = ["name", "media_type", "size", "packed_size", "stored_size", "modified_at", "compression", "comment"];

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
  const metadata = parse(padded.subarray(0, end - 1));
  checkSizes(metadata, manifest);
  return metadata;
}

/** Nonce ‖ AES-256-GCM of the padded JSON, bound to the file, its sizes and its parts: `bound` is what the manifest says of them. */
export async function sealMetadata(metadata, fileKey, bound) {
  const json = dumps({
    name: metadata.name,
    media_type: metadata.mediaType,
    size: metadata.size,
    packed_size: metadata.packedSize,
    stored_size: metadata.storedSize,
    modified_at: metadata.modifiedAt,
    compression: metadata.compression,
    comment: metadata.comment,
  });
  parse(json); // what nobody could open is not sealed
  const padded = new Uint8Array(Math.ceil((json.length + 1) / BLOCK) * BLOCK);
  padded.set(json);
  padded[json.length] = 0x80;
  const raw = await fileKey.metadataKey(bound.fileId);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const algorithm = { name: "AES-GCM", iv, additionalData: associated(bound) };
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt(algorithm, key, padded)));
}

/** Throws `Altered` for more content than can be in what is compressed: a bomb, known without a part. */
export function checkInflation(metadata) {
  if (metadata.size > metadata.packedSize * MOST_INFLATED) throw new Altered("the content can't be as large as it says");
}

function parse(raw) {
  const record = parseObject(raw, MIB / 2, "metadata");
  onlyKeys(record, KEYS, ["path"], "metadata");
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

const associated = ({ fileId, partSize, bodySize, partsDigest }) =>
  concat(
    utf8("sealcase/1 metadata\0"),
    uuidBytes(fileId),
    u64(partSize),
    u64(bodySize),
    partsDigest,
  );
