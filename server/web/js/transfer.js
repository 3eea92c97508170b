// The content of a file: parts fetched side by side, used in order, each verified before a byte of it goes on; inflated where it
// was compressed, and exactly as long as its sender said.

import { concat } from "./bytes.js";
import { Altered, TooLarge, Truncated } from "./errors.js";
import { MAX_PART } from "./geometry.js";
import { Refused, Unreachable } from "./http.js";
import { checkBeforeParts } from "./opening.js";
import { Lanes } from "./pace.js";
import { partJob } from "./parts.js";

const SLICE = 4_096; // becomes 4 MiB at most, where it was compressed
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

/** A stage between parts and a sink. `take` opened pieces in order, then `finish`; both throw `Altered`. */
export function contentTo(metadata, write) {
  return metadata.compression === "gzip" ? new Inflated(metadata.size, write) : new Plain(metadata.size, write);
}

class Plain {
  constructor(size, write) {
    this.left = size;
    this.write = write;
  }

  async take(piece) {
    this.left -= piece.length;
    if (this.left < 0) throw new Altered("the content is larger than its sender said");
    await this.write(piece);
  }

  async finish() {
    if (this.left) throw new Altered("the content ends early");
  }

  async abandon() {}
}

/**
 * gzip (RFC 1952) through DecompressionStream; a bomb is noticed with the first bytes beyond `size`. It gets a little at a time:
 * a browser may make all that this becomes before any of it can be read.
 * Not every browser minds bytes behind the end, so the last four must be the size, as in a single member.
 */
class Inflated {
  constructor(size, write) {
    this.size = this.left = size;
    this.last = new Uint8Array();
    this.stream = new DecompressionStream("gzip");
    this.input = this.stream.writable.getWriter();
    this.reader = this.stream.readable.getReader();
    this.input.closed.catch(() => {});
    this.reader.closed.catch(() => {});
    this.done = this.#pump(write);
    this.done.catch(() => {});
  }

  async take(piece) {
    this.last = concat(this.last, piece.subarray(-4)).slice(-4);
    await Promise.race([this.#feed(piece), this.done.then(tooMuch)]);
  }

  async #feed(piece) {
    for (let at = 0; at < piece.length && this.left >= 0; at += SLICE) {
      await this.input.write(piece.subarray(at, at + SLICE)).catch(damaged);
    }
    if (this.left < 0) await this.done; // which says so
  }

  async finish() {
    this.input.close().catch(() => {});
    await this.done;
    if (this.left) throw new Altered("the compressed content ends early");
    if (new DataView(this.last.buffer).getUint32(0, true) !== this.size % 2 ** 32) tooMuch();
  }

  async abandon() {
    await this.reader.cancel().catch(() => {});
    await this.input.abort().catch(() => {});
  }

  async #pump(write) {
    for (;;) {
      const { done, value } = await this.reader.read().catch(damaged);
      if (done) return;
      this.left -= value.length;
      if (this.left < 0) throw new Altered("the content is larger than its sender said");
      await write(value);
    }
  }
}

function damaged() {
  throw new Altered("the compressed content is damaged");
}

function tooMuch() {
  throw new Altered("there are bytes behind the compressed content");
}
