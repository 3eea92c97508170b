// One file on its way into a drop box: sealed part by part, sent side by side, and whole or not at all.

import { concat, equal } from "./bytes.js";
import { TooLarge } from "./errors.js";
import { Geometry, MAX_PART, padme, partSizeFor } from "./geometry.js";
import { Refused, Unreachable } from "./http.js";
import { FileKey } from "./keys.js";
import { insist, Lanes } from "./pace.js";
import { encodeManifest, sealMetadata } from "./records.js";
import { sha256 } from "./webcrypto.js";

const REPAIRS = 3;
const HOPELESS = ["storage_full"];
const ON_THE_WAY = ["digest_mismatch", "interrupted"]; // what the line did to the bytes

/** Whether sending it again may help. */
export const mayPass = (error) =>
  error instanceof Unreachable ||
  (error instanceof Refused && ((error.passes && !HOPELESS.includes(error.code)) || ON_THE_WAY.includes(error.code)));

/** Whether a file is a single part, which leaves the line room for others. */
export const isSmall = (size) => geometryOf(size).partCount === 1;

/** Bytes that a file of `size` bytes takes in a box: sealed, with its padding. */
export const sealedSize = (size) => geometryOf(size).bodySize;

function geometryOf(size) {
  const stored = padme(size);
  return new Geometry(partSizeFor(stored), stored);
}

export class Drop {
  /** It was asked for as a file, and nobody has said what became of that: it may have arrived. */
  isInDoubt = false;

  #fileKey = FileKey.draw();
  #hashes = [];
  #ending = null;

  /** `file`: a File of the browser. Throws `FormatError` beyond 5 TB. */
  constructor(file) {
    this.file = file;
    this.fileId = crypto.randomUUID();
    this.geometry = geometryOf(file.size);
  }

  /**
   * Sends what has not arrived yet. `work`: server, recipient, crew, patience, signal, arrived(bytes), `comment`
   * to the box's owner, sealed like the file.
   * Throws what waiting could not mend. After `Unreachable`, and in doubt, it may be called again, and goes on where it was.
   */
  async send(work) {
    const { partSize, bodySize } = this.geometry;
    if (partSize > MAX_PART) throw new TooLarge("its parts are too large for a browser");
    const firmly = (attempt) => insist(attempt, { ...work, mayPass });
    const key = await this.#fileKey.partsKey(this.fileId);
    for (let repairs = 0; ; repairs++) {
      const there = this.#ending ? null : await firmly(() => work.server.start(this.fileId, partSize, bodySize, work.signal));
      if (there) await this.#sendParts(key, there, work);
      this.#ending ??= await this.#seal(work);
      try {
        const { manifest, grant } = this.#ending;
        return await firmly(() => this.#complete(work.server, manifest.raw, grant));
      } catch (error) {
        const isMendable = error instanceof Refused && ["digest_mismatch", "parts_missing"].includes(error.code);
        if (!isMendable || repairs === REPAIRS) throw error;
        this.#ending = null; // an earlier try of a part came last: compare, and send what differs
      }
    }
  }

  /** Never broken off: the server would make a file of it all the same. */
  async #complete(server, manifest, grant) {
    this.isInDoubt = true;
    try {
      await server.complete(this.fileId, manifest, grant);
    } catch (error) {
      this.isInDoubt = mayPass(error);
      throw error;
    }
  }

  async #sendParts(key, there, { server, crew, patience, signal, arrived }) {
    const { geometry, fileId, file } = this;
    const lanes = new Lanes(geometry.partSize);
    const stop = new AbortController();
    const stopAll = () => stop.abort(signal.reason);
    signal.addEventListener("abort", stopAll);
    const onTheWay = new Set();
    let failure = null;
    const begin = (index) => {
      const offset = geometry.plainOffset(index);
      const length = geometry.plainLength(index);
      const content = file.slice(offset, Math.min(offset + length, file.size));
      const job = { key, fileId, index, content, length, sealedLength: geometry.sealedLength(index) };
      const part = onePart(job, server.part(fileId, index), { crew, patience, lanes, arrived, signal: stop.signal })
        .then((hash) => (this.#hashes[index] = hash))
        .catch((error) => (failure ??= error))
        .finally(() => onTheWay.delete(part));
      onTheWay.add(part);
    };
    try {
      signal.throwIfAborted();
      for (let index = 0; index < geometry.partCount && !failure; index++) {
        const [mine, theirs] = [this.#hashes[index], there.get(index)];
        if (mine && theirs && equal(mine, theirs)) {
          arrived(geometry.sealedLength(index));
          continue;
        }
        begin(index);
        while (onTheWay.size >= lanes.count && !failure) await Promise.race(onTheWay);
      }
      while (onTheWay.size && !failure) await Promise.race(onTheWay);
      if (failure) throw failure;
    } finally {
      signal.removeEventListener("abort", stopAll);
      stop.abort(new DOMException("no longer wanted", "AbortError"));
    }
  }

  /** Manifest and grant, once all parts are there. */
  async #seal({ recipient, comment }) {
    const { file, fileId, geometry } = this;
    const { partSize, bodySize, storedSize } = geometry;
    const partsDigest = await sha256(concat(...this.#hashes));
    const metadata = {
      name: wellFormed(file.name),
      mediaType: file.type && file.type.length <= 256 ? wellFormed(file.type) : null,
      size: file.size,
      packedSize: file.size,
      storedSize,
      modifiedAt: Number.isFinite(file.lastModified) ? Math.floor(file.lastModified / 1000) : null,
      compression: "none",
      comment: comment ? wellFormed(comment) : null,
    };
    const manifest = encodeManifest({
      fileId,
      createdAt: Math.floor(Date.now() / 1000),
      keyCommitment: await this.#fileKey.commitment(fileId),
      partSize,
      bodySize,
      partsDigest,
      metadata: await sealMetadata(metadata, this.#fileKey, { fileId, partSize, bodySize, partsDigest }),
    });
    return { manifest, grant: await recipient.grant(this.#fileKey, fileId) };
  }
}

/** One part, sent again while that may help; its hash is that of the try that arrived. */
function onePart(job, target, { crew, patience, lanes, arrived, signal }) {
  const attempt = async () => {
    let here = 0;
    const count = (bytes) => {
      here += bytes;
      arrived(bytes);
    };
    try {
      const hash = await crew.part(job, target, { signal, arrived: count });
      count(job.sealedLength - here);
      lanes.arrived(job.sealedLength);
      return hash;
    } catch (error) {
      arrived(-here);
      if (mayPass(error)) lanes.broke();
      throw error;
    }
  };
  return insist(attempt, { patience, signal, mayPass });
}

/** Half characters, which some systems allow in names, are replaced: they can't be written as UTF-8. */
const wellFormed = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");
