// A ZIP archive as a stream: stored, its length known before its first byte (APPNOTE 6.3.10, ZIP64 where needed).

import { concat, utf8 } from "./bytes.js";

const FLAGS = 0x0808; // names are UTF-8; checksum and sizes stand behind the data
const BIG = 0xffffffff;
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});

export function crc32(bytes, crc = 0) {
  crc = ~crc;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Bytes of the archive of `entries` ({path, size}); paths that end with "/" are folders. */
export function zipLength(entries) {
  let offset = 0;
  let directory = 0;
  for (const { path, size } of entries) {
    const name = utf8(path).length;
    directory += 46 + name + centralExtra(size, offset).length;
    offset += 30 + name + (size >= BIG ? 20 : 0) + size + (size >= BIG ? 24 : 16);
  }
  return offset + directory + (isLong(entries.length, offset, directory) ? 76 : 0) + 22;
}

/** Writes an archive. For each entry: `begin`, `data` as often as needed, `end`; then `finish`. */
export class ZipWriter {
  #write;
  #offset = 0;
  #entries = [];

  constructor(write, checksum = crc32) {
    this.#write = write;
    this.checksum = checksum;
  }

  /** `modifiedAt`: Unix seconds or null. */
  async begin(path, size, modifiedAt) {
    this.current = { name: utf8(path), size, time: dosTime(modifiedAt), crc: 0, written: 0, offset: this.#offset };
    const { name, time } = this.current;
    const extra = size >= BIG ? record([2, 1], [2, 16], [8, 0], [8, 0]) : new Uint8Array();
    const sizes = size >= BIG ? BIG : 0;
    const version = size >= BIG ? 45 : 20;
    await this.#put(record(
      [4, 0x04034b50], [2, version], [2, FLAGS], [2, 0], [4, time], [4, 0], [4, sizes], [4, sizes], [2, name.length],
      [2, extra.length],
    ));
    await this.#put(concat(name, extra));
  }

  async data(piece) {
    this.current.crc = this.checksum(piece, this.current.crc);
    this.current.written += piece.length;
    await this.#put(piece);
  }

  async end() {
    const { crc, size, written } = this.current;
    if (written !== size) throw new Error("an entry of the archive has another size than it was begun with");
    const wide = size >= BIG ? 8 : 4;
    await this.#put(record([4, 0x08074b50], [4, crc], [wide, size], [wide, size]));
    this.#entries.push(this.current);
  }

  async finish() {
    const start = this.#offset;
    for (const each of this.#entries) await this.#put(central(each));
    const [count, length] = [this.#entries.length, this.#offset - start];
    if (isLong(count, start, length)) {
      const end = this.#offset;
      await this.#put(concat(
        record([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, length], [8, start]),
        record([4, 0x07064b50], [4, 0], [8, end], [4, 1]),
      ));
    }
    const short = Math.min(count, 0xffff);
    await this.#put(record(
      [4, 0x06054b50], [2, 0], [2, 0], [2, short], [2, short], [4, Math.min(length, BIG)], [4, Math.min(start, BIG)], [2, 0],
    ));
  }

  async #put(bytes) {
    this.#offset += bytes.length;
    await this.#write(bytes);
  }
}

const isLong = (count, start, length) => count >= 0xffff || start >= BIG || length >= BIG;

function central({ name, size, time, crc, offset }) {
  const extra = centralExtra(size, offset);
  const attributes = name.at(-1) === 0x2f ? 0x41ed0010 : 0x81a40000; // folder, or file, readable by all
  const head = record(
    [4, 0x02014b50], [2, 0x032d], [2, extra.length ? 45 : 20], [2, FLAGS], [2, 0], [4, time], [4, crc],
    [4, Math.min(size, BIG)], [4, Math.min(size, BIG)], [2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0],
    [4, attributes], [4, Math.min(offset, BIG)],
  );
  return concat(head, name, extra);
}

function centralExtra(size, offset) {
  const fields = [...(size >= BIG ? [[8, size], [8, size]] : []), ...(offset >= BIG ? [[8, offset]] : [])];
  return fields.length ? concat(record([2, 1], [2, fields.length * 8]), record(...fields)) : new Uint8Array();
}

/** Little-endian numbers, each given as [bytes, value]. */
function record(...fields) {
  const bytes = new Uint8Array(fields.reduce((length, [width]) => length + width, 0));
  let at = 0;
  for (const [width, value] of fields) {
    let rest = value;
    for (let i = 0; i < width; i++, rest = Math.floor(rest / 256)) bytes[at++] = rest % 256;
  }
  return bytes;
}

/** Date and time as ZIP has them: local, two seconds fine, from 1980 on. */
function dosTime(seconds) {
  const date = new Date(seconds === null ? Date.now() : seconds * 1000);
  const year = date.getFullYear();
  if (!(year >= 1980 && year <= 2107)) return 0x00210000;
  const day = ((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  return day * 65_536 + time;
}
