// Cobblestone-256 (c2sp.org/chunked-encryption with SHA-512 and AES-256-GCM) over WebCrypto.

import { concat, equal, utf8 } from "./bytes.js";
import { Altered } from "./errors.js";
import { CHUNK, HEADER, sealedLength, TAG } from "./geometry.js";

//
// salt 24 ‖ commitment 32 ‖ chunks of 16 KiB, each AES-256-GCM; the last is shorter, which says that it is the last.


const SALT = 24;
const LABEL = utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");
const SEALED_CHUNK = CHUNK + TAG;
const SIDE_BY_SIDE = 64;
/** So many chunks are with WebCrypto at a time: one by one, waiting would cost more than AES. */

/**
 * The plaintext of a sealed message, in pieces of up to 1 MiB, in order.
 * Throws `Altered` as soon as a chunk does not open, and if the end is missing; what was given before is genuine.
 */
export async function* open(inputKey, context, sealed) {
  const chunks = sealed.length - HEADER;
  if (inputKey.length !== 32 || chunks < TAG || chunks % SEALED_CHUNK < TAG) throw new Altered("a part was cut");
  const keys = await derive(inputKey, sealed.subarray(0, SALT), context);
  if (!equal(keys.commitment, sealed.subarray(SALT, HEADER))) throw new Altered("a part does not open with this key");
  const key = await crypto.subtle.importKey("raw", keys.key, "AES-GCM", false, ["decrypt"]);
  const count = Math.floor(chunks / SEALED_CHUNK) + 1;
  for (let first = 0; first < count; first += SIDE_BY_SIDE) {
    const here = Math.min(SIDE_BY_SIDE, count - first);
    const start = HEADER + first * SEALED_CHUNK;
    const piece = new Uint8Array(Math.min(here * SEALED_CHUNK, sealed.length - start) - here * TAG);
    const results = await Promise.allSettled(
      Array.from({ length: here }, async (_, i) => {
        const chunk = sealed.subarray(start + i * SEALED_CHUNK, start + (i + 1) * SEALED_CHUNK);
        const iv = nonce(keys.baseNonce, first + i);
        piece.set(new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, chunk)), i * CHUNK);
      }),
    );
    const bad = results.findIndex((result) => result.status === "rejected");
    if (bad > 0) yield piece.subarray(0, bad * CHUNK);
    if (bad >= 0) throw new Altered("a part does not open: it was altered, or belongs elsewhere");
    yield piece;
  }
}

/** `plain` as a sealed message, under a fresh random salt. */
export async function seal(inputKey, context, plain) {
  const salt = crypto.getRandomValues(new Uint8Array(SALT));
  const keys = await derive(inputKey, salt, context);
  const key = await crypto.subtle.importKey("raw", keys.key, "AES-GCM", false, ["encrypt"]);
  const sealed = new Uint8Array(sealedLength(plain.length));
  sealed.set(concat(salt, keys.commitment));
  const count = Math.floor(plain.length / CHUNK) + 1;
  for (let first = 0; first < count; first += SIDE_BY_SIDE) {
    const last = Math.min(first + SIDE_BY_SIDE, count);
    await Promise.all(
      Array.from({ length: last - first }, async (_, i) => {
        const number = first + i;
        const iv = nonce(keys.baseNonce, number);
        const chunk = plain.subarray(number * CHUNK, (number + 1) * CHUNK);
        const made = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, chunk);
        sealed.set(new Uint8Array(made), HEADER + number * SEALED_CHUNK);
      }),
    );
  }
  return sealed;
}

/** HKDF-Expand alone (RFC 5869, 2.3), which WebCrypto does not offer: two blocks of HMAC-SHA-512. */
async function derive(inputKey, salt, context) {
  const hmac = await crypto.subtle.importKey("raw", inputKey, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  const block = async (...parts) => new Uint8Array(await crypto.subtle.sign("HMAC", hmac, concat(...parts)));
  const info = concat(LABEL, salt, context);
  const first = await block(info, [1]);
  const out = concat(first, await block(first, info, [2]));
  return { key: out.slice(0, 32), baseNonce: out.slice(32, 44), commitment: out.slice(44, 76) };
}

/** The base nonce XOR the chunk's number, which is below 2^32 here: a part has at most 32,769 chunks. */
function nonce(base, number) {
  const iv = base.slice();
  const view = new DataView(iv.buffer);
  view.setUint32(8, view.getUint32(8) ^ number);
  return iv;
}
