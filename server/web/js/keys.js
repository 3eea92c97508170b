// A file's key, and what follows from it; the keys of a link, which follow from 32 random bytes in the URL's fragment (and a
// password, if there is one).

import { b64u, concat, equal, u64, unb64u, utf8, uuidBytes } from "./bytes.js";
import { FormatError, WrongKey } from "./errors.js";
import { hkdf, stretch } from "./webcrypto.js";

/** A file's key: 32 random bytes that one file, and nothing else, is sealed with. */
export class FileKey {
  #raw;

  constructor(raw) {
    if (raw.length !== 32) throw new WrongKey();
    this.#raw = raw;
  }

  /** A fresh one; never use it for a second file. */
  static draw() {
    return new FileKey(crypto.getRandomValues(new Uint8Array(32)));
  }

  /** What `wrap(raw)` makes of the key itself. */
  wrapped(wrap) {
    return wrap(this.#raw);
  }

  partsKey(fileId) {
    return hkdf(this.#raw, uuidBytes(fileId), "sealcase/1 parts");
  }

  metadataKey(fileId) {
    return hkdf(this.#raw, uuidBytes(fileId), "sealcase/1 metadata");
  }

  /** What the manifest says of this key: no second key fits the same manifest. */
  commitment(fileId) {
    return hkdf(this.#raw, uuidBytes(fileId), "sealcase/1 commitment");
  }

  /** Throws `WrongKey` unless the manifest was made with this key. */
  async checkCommitment(fileId, commitment) {
    if (!equal(await this.commitment(fileId), commitment)) throw new WrongKey();
  }
}

/** What a sealed part is bound to: this file, this place in it. */
export const partContext = (fileId, index) => concat(utf8("sealcase/1 part\0"), uuidBytes(fileId), u64(index));

/** What stands behind `#`: the link's key, and whether a password is asked for. Throws `FormatError`. */
export function parseFragment(fragment) {
  const [key, flag, more] = fragment.split(".");
  if (more !== undefined || (flag !== undefined && flag !== "p")) throw new FormatError("the link's key is wrong");
  return { linkKey: unb64u(key, "the link's key", 32), needsPassword: flag === "p" };
}

/** The link's id in its URL: the name that all its grants have. */
export const linkId = async (linkKey) => b64u(await hkdf(linkKey, null, "sealcase/1 link id"));

/** What a link key, and its password (null: none), unlock. */
export class LinkKeys {
  #wrappingKey;

  static async derive(linkKey, password) {
    const salt = await hkdf(linkKey, null, "sealcase/1 link salt");
    const secret = password === null ? linkKey : concat(linkKey, await stretch(password, salt));
    const keys = new LinkKeys();
    keys.recipient = await hkdf(linkKey, null, "sealcase/1 link id");
    keys.access = await hkdf(secret, salt, "sealcase/1 link access");
    const raw = await hkdf(secret, salt, "sealcase/1 link key");
    keys.#wrappingKey = await crypto.subtle.importKey("raw", raw, "AES-KW", false, ["unwrapKey"]);
    return keys;
  }

  /** The grant that is for me; undefined where there is none. */
  find(grants) {
    return grants.find((grant) => grant.type === "link" && equal(grant.recipient, this.recipient));
  }

  /** AES Key Wrap (RFC 3394). Throws `WrongKey` for another link's key, and for a wrong password. */
  async unwrap(grant) {
    const hmac = { name: "HMAC", hash: "SHA-256", length: 256 }; // only a name for 32 bytes that may be read
    try {
      const key = await crypto.subtle.unwrapKey(
        "raw", grant.wrappedKey, this.#wrappingKey, "AES-KW", hmac, true, ["sign"],
      );
      return new FileKey(new Uint8Array(await crypto.subtle.exportKey("raw", key)));
    } catch {
      throw new WrongKey();
    }
  }
}
