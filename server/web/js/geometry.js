// Where the parts of a sealed body lie: arithmetic on sizes, all in bytes. As shared/sealed/geometry.py.

import { FormatError } from "./errors.js";

export const MIB = 2 ** 20;
export const CHUNK = 16_384;
export const HEADER = 56;
export const TAG = 16;
export const MAX_PART = 64 * MIB; // of which a browser can hold some in memory
const MAX_PARTS = 10_000;

/** Bytes of a sealed part that holds `plain` bytes. */
export const sealedLength = (plain) => HEADER + plain + TAG * (Math.floor(plain / CHUNK) + 1);

/** 8 MiB, doubled until 10,000 parts hold `storedSize` bytes. Throws `FormatError` beyond 512 MiB. */
export function partSizeFor(storedSize) {
  let partSize = 8 * MIB;
  while (partSize * MAX_PARTS < storedSize) partSize *= 2;
  checkPartSize(partSize);
  return partSize;
}

/** Padmé (PURBs, PETS 2019): the length that a padded content of `length` bytes has. */
export function padme(length) {
  if (length < 2) return length;
  const e = Math.floor(Math.log2(length)) - (2 ** Math.floor(Math.log2(length)) > length ? 1 : 0);
  const s = Math.floor(Math.log2(e || 1)) + 1;
  const step = 2 ** Math.max(0, e - s);
  return Math.ceil(length / step) * step;
}

/** How `storedSize` plaintext bytes are cut into parts of `partSize`. */
export class Geometry {
  constructor(partSize, storedSize) {
    checkPartSize(partSize);
    this.partSize = partSize;
    this.storedSize = storedSize;
    this.partCount = Math.max(1, Math.ceil(storedSize / partSize));
    if (storedSize < 0 || this.partCount > MAX_PARTS) throw new FormatError("the content has too many parts");
  }

  /** Of a body of `bodySize` sealed bytes. Throws `FormatError` if no content seals to that. */
  static ofBody(partSize, bodySize) {
    checkPartSize(partSize);
    const full = sealedLength(partSize);
    const before = Math.max(0, Math.ceil(bodySize / full) - 1);
    const last = bodySize - before * full;
    const chunks = Math.floor((last - HEADER - TAG) / (CHUNK + TAG));
    const plain = last - HEADER - TAG * (chunks + 1);
    if (last < sealedLength(0) || sealedLength(plain) !== last || (before && plain === 0)) {
      throw new FormatError("no content is sealed to a body of this size");
    }
    return new Geometry(partSize, before * partSize + plain);
  }

  plainOffset(index) {
    return index * this.partSize;
  }

  plainLength(index) {
    return Math.min(this.partSize, this.storedSize - index * this.partSize);
  }

  sealedOffset(index) {
    return index * sealedLength(this.partSize);
  }

  sealedLength(index) {
    return sealedLength(this.plainLength(index));
  }

  get bodySize() {
    return this.sealedOffset(this.partCount - 1) + this.sealedLength(this.partCount - 1);
  }
}

function checkPartSize(partSize) {
  if (partSize < MIB || partSize > 512 * MIB || !Number.isInteger(Math.log2(partSize))) {
    throw new FormatError("part_size is not a power of two from 1 to 512 MiB");
  }
}
