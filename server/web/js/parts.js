// One sealed part: its hash first, then opened, its padding checked. Runs in a worker.

import { equal } from "./bytes.js";
import { open } from "./cobblestone.js";
import { Altered, Truncated } from "./errors.js";
import { partContext, sha256 } from "./keys.js";

/** What a worker must know to open part `index` of a file: no key but the one of its parts. */
export function partJob(opened, partHashes, index) {
  const { geometry, fileId } = opened.manifest;
  const left = opened.metadata.packedSize - geometry.plainOffset(index);
  return {
    key: opened.partsKey,
    fileId,
    index,
    offset: geometry.sealedOffset(index),
    length: geometry.sealedLength(index),
    hash: partHashes.slice(index * 32, index * 32 + 32),
    content: Math.max(0, Math.min(left, geometry.plainLength(index))),
  };
}

/** The (compressed) content in a part, in pieces, in order. Throws `Altered` before anything else is given out. */
export async function* openPart(job, sealed) {
  if (sealed.length !== job.length) throw new Truncated("a part is shorter than it should be");
  if (!equal(await sha256(sealed), job.hash)) throw new Altered("a part is not the one that the sender sealed");
  let left = job.content;
  for await (const piece of open(job.key, partContext(job.fileId, job.index), sealed)) {
    const content = piece.subarray(0, left);
    if (!isZero(piece.subarray(content.length))) throw new Altered("the padding is not empty");
    left -= content.length;
    if (content.length) yield content;
  }
}

const isZero = (bytes) => bytes.every((byte) => byte === 0);
