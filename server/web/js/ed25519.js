// Ed25519 signatures (RFC 8032) in WebCrypto, which not every browser has.

import { unb64u } from "./bytes.js";

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
