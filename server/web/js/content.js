// From opened parts to the content: inflated where it was compressed, and exactly as long as its sender said.

import { concat } from "./bytes.js";
import { Altered } from "./errors.js";

const SLICE = 4_096; // becomes 4 MiB at most

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
