// The content of a file: parts fetched side by side, used in order, each verified before a byte of it goes on.

import { contentTo } from "./content.js";
import { Altered, TooLarge, Truncated } from "./errors.js";
import { MAX_PART } from "./geometry.js";
import { Refused, Unreachable } from "./http.js";
import { checkBeforeParts } from "./opening.js";
import { Lanes } from "./pace.js";
import { partJob } from "./parts.js";

const TRIES_OF_ALTERED = 3;
const SAME_BREAKS = 4; // no network breaks so often after the very same byte: the server has no more

/**
 * Gives all content of a file to `write`, in order. Throws what the server, the network or the bytes are to blame for;
 * what was written by then is genuine, and must be thrown away by the caller.
 */
export async function transfer(file, { crew, source, patience, signal, write, arrived }) {
  await checkBeforeParts(file, file.partHashes);
  const content = contentTo(file.metadata, write);
  try {
    await inOrder(file, { crew, source, patience, signal, arrived }, (piece) => content.take(piece));
    await content.finish();
  } catch (error) {
    await content.abandon();
    throw error;
  }
}

/** The sealed parts as they are, in order, their hashes left to whoever opens them. */
export const transferSealed = (file, { write, ...more }) => inOrder(file, { ...more, sealed: true }, write);

async function inOrder(file, { crew, source, patience, signal, arrived, sealed }, take) {
  const { partCount, partSize } = file.manifest.geometry;
  if (partSize > MAX_PART) throw new TooLarge("its parts are too large for a browser");
  const lanes = new Lanes(partSize);
  const stop = new AbortController();
  const stopAll = () => stop.abort(signal.reason);
  signal.addEventListener("abort", stopAll);
  const onTheWay = [];
  let next = 0;
  const begin = () => {
    const part = onePart(partJob(file, file.partHashes, next++), { crew, source, patience, lanes, arrived, sealed }, stop.signal);
    part.catch(() => {}); // heard of when its turn comes
    onTheWay.push(part);
  };
  try {
    signal.throwIfAborted();
    for (let index = 0; index < partCount; index++) {
      while (next < partCount && onTheWay.length < lanes.count) begin();
      const pieces = await onTheWay.shift();
      while (next < partCount && onTheWay.length < lanes.count) begin();
      for (const piece of pieces) await take(piece);
    }
  } finally {
    signal.removeEventListener("abort", stopAll);
    stop.abort(new DOMException("no longer wanted", "AbortError"));
  }
}

/** One part, asked for again while that may help. */
async function onePart(job, { crew, source, patience, lanes, arrived, sealed }, signal) {
  const breaks = new Map();
  for (let altered = 0; ; ) {
    let here = 0;
    const count = (bytes) => {
      here += bytes;
      arrived(bytes);
    };
    try {
      const pieces = await crew.part(job, source(), { signal, arrived: count, sealed });
      count(job.length - here);
      patience.wentThrough();
      lanes.arrived(job.length);
      return pieces;
    } catch (error) {
      arrived(-here);
      if (error instanceof Altered && ++altered < TRIES_OF_ALTERED) continue;
      if (!(error instanceof Unreachable || (error instanceof Refused && error.passes))) throw error;
      if (error.filled) breaks.set(error.filled, (breaks.get(error.filled) ?? 0) + 1);
      if (breaks.get(error.filled) >= SAME_BREAKS) throw new Truncated("the server has less than the sender sealed");
      lanes.broke();
      await patience.afterFailure(error, signal);
    }
  }
}
