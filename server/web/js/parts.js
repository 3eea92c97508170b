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
  const sealed = await fetchRange(job, source, signal, arrived, spare.pop());
  try {
    const pieces = [];
    for await (const piece of openPart(job, sealed)) pieces.push(piece);
    return pieces;
  } finally {
    spare.push(sealed.buffer);
  }
}

/** The sealed bytes as they are, in the front of a buffer: `kept`, if it is large enough. Throws `Unreachable`, `Refused` or `Truncated`. */
export async function fetchRange({ offset, length }, { url, headers }, signal, arrived, kept) {
  const line = new AbortController();
  const hangUp = () => line.abort();
  signal.addEventListener("abort", hangUp);
  let watch = setTimeout(hangUp, STALL_MS);
  let buffer = kept?.byteLength > length ? kept : new ArrayBuffer(length + 1); // room to notice a byte too many
  let filled = 0;
  try {
    signal.throwIfAborted();
    const range = `bytes=${offset}-${offset + length - 1}`;
    const response = await fetch(url, { headers: { ...headers, Range: range }, signal: line.signal, ...SECRET_FREE });
    if (response.status !== 206) throw response.ok ? new Refused(response.status, "no_ranges", 0) : await refusal(response);
    for (const read = readerOf(response.body); ; ) {
      const { done, count, moved } = await read(buffer, filled);
      clearTimeout(watch);
      buffer = moved;
      if (done) break;
      watch = setTimeout(hangUp, STALL_MS);
      filled += count;
      if (filled > length) throw new Truncated("the server sent more than was asked for");
      arrived(count);
    }
    if (filled < length) throw new Truncated("the server sent less than was asked for");
    return new Uint8Array(buffer, 0, length);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof TypeError || error.name === "AbortError" ? new Unreachable("the line broke", filled) : error;
  } finally {
    clearTimeout(watch);
    signal.removeEventListener("abort", hangUp);
  }
}

/** `read(buffer, start)` puts what comes next into a buffer, which may move: with no copy on the way where the browser can. */
function readerOf(body) {
  try {
    const reader = body.getReader({ mode: "byob" });
    return async (buffer, start) => {
      const { done, value } = await reader.read(new Uint8Array(buffer, start));
      return { done, count: value.length, moved: value.buffer };
    };
  } catch {
    const reader = body.getReader(); // of a browser whose bodies are no streams of bytes
    return async (buffer, start) => {
      const { done, value = new Uint8Array() } = await reader.read();
      new Uint8Array(buffer, start).set(value.subarray(0, buffer.byteLength - start));
      return { done, count: value.length, moved: buffer };
    };
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
