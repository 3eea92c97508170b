// The algorithms of WebCrypto that the format is made of: SHA-256, HKDF (RFC 5869), PBKDF2 (RFC 8018), Ed25519 (RFC 8032).

import { unb64u, utf8 } from "./bytes.js";

const NOTHING = new Uint8Array();
const ROUNDS = 600_000;

/** 32 bytes derived from `material`; `info` (text) names their one use. */
export const hkdf = (material, salt, info) => hkdfOf(material, salt, utf8(info));

/** The same, where `info` is bytes. */
export async function hkdfOf(material, salt, info) {
  const key = await crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveBits"]);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: salt ?? NOTHING, info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** 32 bytes; the same password typed on another keyboard gives the same. */
export async function stretch(password, salt) {
  const key = await crypto.subtle.importKey("raw", utf8(password.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
}

/** Whether this browser can check signatures. Asked with a key that is good, so that "no" is about the browser. */
export async function hasEd25519() {
  try {
    const good = unb64u("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "key", 32); // RFC 8032, 7.1, test 1
    await crypto.subtle.importKey("raw", good, "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

/** Whether the holder of `publicKey` signed `bytes`. */
export async function verify(publicKey, signature, bytes) {
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature, bytes);
  } catch {
    return false; // a key that is no point of the curve
  }
}
