// A part on its way: asked for, gathered, checked, opened. Runs in a worker.

import { Truncated } from "./errors.js";
import { openPart } from "./parts.js";
import { Refused, SECRET_FREE, Unreachable, refusal } from "./http.js";

const STALL_MS = 30_000; // no byte for so long: the line is dead

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
