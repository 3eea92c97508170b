// The worker: fetches and opens parts, so that the page stays quick. It is told the key of the parts, no other.

import { fetchPart, fetchRange } from "./fetch_part.js";

const TOLD_EVERY = 512 * 2 ** 10; // bytes
const TOLD_AFTER = 200; // milliseconds

const running = new Map();
const spare = []; // allocating costs more than AES does

self.onmessage = async ({ data: { number, job, source, sealed, stop } }) => {
  if (stop) return running.get(number)?.abort();
  const line = new AbortController();
  running.set(number, line);
  let untold = 0;
  let told = 0;
  const arrived = (bytes) => {
    untold += bytes;
    if (untold < TOLD_EVERY && performance.now() - told < TOLD_AFTER) return;
    self.postMessage({ number, arrived: untold });
    [untold, told] = [0, performance.now()];
  };
  try {
    const pieces = sealed
      ? [await fetchRange(job, source, line.signal, arrived)]
      : await fetchPart(job, source, line.signal, arrived, spare);
    self.postMessage({ number, pieces }, [...new Set(pieces.map((piece) => piece.buffer))]);
  } catch ({ name, message, status, code, retryAfter, filled }) {
    self.postMessage({ number, failure: { name, message, status, code, retryAfter, filled } });
  } finally {
    running.delete(number);
  }
};
