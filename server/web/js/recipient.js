// A file's key, wrapped for whoever holds the keys of a card: RSA-OAEP, with ML-KEM beside it where the browser can.

import { concat, equal, utf8, uuidBytes } from "./bytes.js";
import { FormatError } from "./errors.js";
import { hkdfOf, sha256 } from "./webcrypto.js";

//
// As shared/crypto/hybrid.py, after draft-ietf-lamps-pq-composite-kem. Its combiner is SHA3-256, so both are needed.


const OAEP = { name: "RSA-OAEP", hash: "SHA-256" };
const MLKEM = "ML-KEM-768";
const BITS = [2_048, 3_072, 4_096];
const SPKI_HEAD = 24; // SEQUENCE, AlgorithmIdentifier of rsaEncryption, BIT STRING; the same for all sizes in BITS
const ALGORITHM = Uint8Array.of(0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0);

/** Public keys of one person that a file can be sealed to. */
export class Recipient {
  /** Of a card whose signature was verified before. Throws `FormatError` for keys that are none. */
  static async of({ rsaKey, mlkemKey }) {
    const made = new Recipient();
    made.spki = rsaKey;
    try {
      made.rsa = await crypto.subtle.importKey("spki", rsaKey, OAEP, true, ["encrypt"]);
    } catch {
      throw new FormatError("the card holds a damaged key");
    }
    const spelled = new Uint8Array(await crypto.subtle.exportKey("spki", made.rsa));
    if (!BITS.includes(made.rsa.algorithm.modulusLength) || !equal(spelled, rsaKey) || !equal(rsaKey.subarray(4, 19), ALGORITHM)) {
      throw new FormatError("the card holds a key that can't be used");
    }
    made.missing = mlkemKey === null ? [] : await missing();
    made.mlkem = mlkemKey === null || made.missing.length ? null : await importMlkem(mlkemKey);
    made.name = await sha256(made.mlkem ? concat(mlkemKey, rsaKey) : rsaKey);
    return made;
  }

  /** "quantum" (with ML-KEM), "rsa" (the card has no other key), or "left out" (this browser can't do what it has). */
  get strength() {
    return this.mlkem ? "quantum" : this.missing.length ? "left out" : "rsa";
  }

  /** The grant, unsigned. */
  async grant(fileKey, fileId) {
    const wrappedKey = await fileKey.wrapped((raw) => (this.mlkem ? this.#hybrid(raw, fileId) : this.#encrypt(raw)));
    const type = this.mlkem ? "mlkem768-rsa-oaep-256" : "rsa-oaep-256";
    return { type, recipient: this.name, wrappedKey, signature: null, by: null };
  }

  async #encrypt(secret) {
    return new Uint8Array(await crypto.subtle.encrypt({ name: "RSA-OAEP" }, this.rsa, secret));
  }

  async #hybrid(raw, fileId) {
    const { sharedKey, ciphertext } = await crypto.subtle.encapsulateBits(MLKEM, this.mlkem);
    const rsaSecret = crypto.getRandomValues(new Uint8Array(32));
    const rsaCiphertext = await this.#encrypt(rsaSecret);
    const pkcs1 = this.spki.subarray(SPKI_HEAD);
    const label = utf8(`MLKEM768-RSAOAEP${this.rsa.algorithm.modulusLength}`);
    const joined = concat(new Uint8Array(sharedKey), rsaSecret, rsaCiphertext, pkcs1, label);
    const secret = new Uint8Array(await crypto.subtle.digest("SHA3-256", joined));
    const wrapping = await hkdfOf(secret, uuidBytes(fileId), concat(utf8("sealcase/1 wrap\0"), this.name));
    return concat(new Uint8Array(ciphertext), rsaCiphertext, await keyWrap(wrapping, raw));
  }
}

/** AES Key Wrap (RFC 3394). */
async function keyWrap(wrapping, raw) {
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 }; // only a name for 32 bytes that may be read
  const key = await crypto.subtle.importKey("raw", raw, hmac, true, ["sign"]);
  const kek = await crypto.subtle.importKey("raw", wrapping, "AES-KW", false, ["wrapKey"]);
  return new Uint8Array(await crypto.subtle.wrapKey("raw", key, kek, "AES-KW"));
}

async function importMlkem(raw) {
  try {
    return await crypto.subtle.importKey("raw-public", raw, MLKEM, false, ["encapsulateBits"]);
  } catch {
    throw new FormatError("the card holds a damaged key");
  }
}

/** Which of the two this browser lacks. Tried with what is good, so that "no" is about the browser. */
async function missing() {
  const tries = {
    "ML-KEM": async () => {
      const pair = await crypto.subtle.generateKey(MLKEM, false, ["encapsulateBits", "decapsulateBits"]);
      await crypto.subtle.encapsulateBits(MLKEM, pair.publicKey);
    },
    "SHA-3": () => crypto.subtle.digest("SHA3-256", new Uint8Array()),
  };
  const lacks = await Promise.all(
    Object.entries(tries).map(async ([name, attempt]) => {
      try {
        await attempt();
        return null;
      } catch {
        return name;
      }
    }),
  );
  return lacks.filter(Boolean);
}
