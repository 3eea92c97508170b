// One sealed part: fetched, its hash compared, then opened, its padding checked. All but its job runs in a worker.

import { equal } from "./bytes.js";
import { open } from "./cobblestone.js";
import { Altered, Truncated } from "./errors.js";
import { refusal, Refused, SECRET_FREE, Unreachable } from "./http.js";
import { partContext } from "./keys.js";
import { sha256 } from "./webcrypto.js";

const STALL_MS = 30_000; // no byte for so long: the line is dead

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

/** Opened pieces of one part. `arrived(bytes)` is told of what comes in. `spare` keeps buffers for the next part. */
export async function fetchPart(job, source, signal, arrived, spare) {
  const kept = spare.pop();
  const buffer = kept?.length >= job.length ? kept : new Uint8Array(job.length);
  try {
    const sealed = await fetchRange(job, source, signal, arrived, buffer);
    const pieces = [];
    for await (const piece of openPart(job, sealed)) pieces.push(piece);
    return pieces;
  } finally {
    spare.push(buffer);
  }
}

/** The sealed bytes as they are, in the front of `buffer`. Throws `Unreachable`, `Refused` or `Truncated`. */
export async function fetchRange({ offset, length }, { url, headers }, signal, arrived, buffer = new Uint8Array(length)) {
  const line = new AbortController();
  const hangUp = () => line.abort();
  signal.addEventListener("abort", hangUp);
  let watch = setTimeout(hangUp, STALL_MS);
  let filled = 0;
  try {
    signal.throwIfAborted();
    const range = `bytes=${offset}-${offset + length - 1}`;
    const response = await fetch(url, { headers: { ...headers, Range: range }, signal: line.signal, ...SECRET_FREE });
    if (response.status !== 206) throw response.ok ? new Refused(response.status, "no_ranges", 0) : await refusal(response);
    const sealed = buffer.subarray(0, length);
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      clearTimeout(watch);
      if (done) break;
      watch = setTimeout(hangUp, STALL_MS);
      if (filled + value.length > length) throw new Truncated("the server sent more than was asked for");
      sealed.set(value, filled);
      filled += value.length;
      arrived(value.length);
    }
    if (filled < length) throw new Truncated("the server sent less than was asked for");
    return sealed;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof TypeError || error.name === "AbortError" ? new Unreachable("the line broke", filled) : error;
  } finally {
    clearTimeout(watch);
    signal.removeEventListener("abort", hangUp);
  }
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
