// A password made as long as a key: PBKDF2 (RFC 8018), slow on purpose.

import { utf8 } from "./bytes.js";

const ROUNDS = 600_000;

/** 32 bytes; the same password typed on another keyboard gives the same. */
export async function stretch(password, salt) {
  const key = await crypto.subtle.importKey("raw", utf8(password.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
}
