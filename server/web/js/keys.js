// A file's key, and what follows from it.

import { concat, equal, u64, utf8, uuidBytes } from "./bytes.js";
import { WrongKey } from "./errors.js";
import { hkdf } from "./webcrypto.js";

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
