// The manifest and the encrypted metadata in it, written: what manifest.js reads.

import { b64u, concat } from "./bytes.js";
import { associated, BLOCK, FORMAT, NONCE, parseManifest, parseMetadata } from "./manifest.js";
import { dumps } from "./strict_json.js";

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
  parseMetadata(json); // what nobody could open is not sealed
  const padded = new Uint8Array(Math.ceil((json.length + 1) / BLOCK) * BLOCK);
  padded.set(json);
  padded[json.length] = 0x80;
  const raw = await fileKey.metadataKey(bound.fileId);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const algorithm = { name: "AES-GCM", iv, additionalData: associated(bound) };
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt(algorithm, key, padded)));
}
