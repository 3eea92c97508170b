// A part on its way: asked for, gathered, checked, opened. Runs in a worker.

import { Truncated } from "./errors.js";
import { openPart } from "./parts.js";
import { Refused, SECRET_FREE, Unreachable, refusal } from "./http.js";

const STALL_MS = 30_000; // no byte for so long: the line is dead

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
