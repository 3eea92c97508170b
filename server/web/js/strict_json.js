// JSON as a border guard reads and writes it: one meaning or none. The refusals are those of shared/sealed/strict_json.py.

import { FormatError } from "./errors.js";

//
// JSON.parse takes duplicate keys and any number, so this reads by itself. Objects have no prototype.


const MAX_DEPTH = 32;
const MAX_DIGITS = 20;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** A number with a fraction or an exponent: legal JSON, and never an integer of ours. */
class Fraction {}

/** The value that UTF-8 `bytes` encode. Throws `FormatError` for every document with more or less than one meaning. */
export function parse(bytes, maxBytes, what = "JSON") {
  if (bytes.length > maxBytes) throw new FormatError(`${what} has ${bytes.length} bytes, more than ${maxBytes}`);
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError(`${what} is not UTF-8`);
  }
  return new Reader(text, what).document();
}

/** Like `parse`, for a document that must be an object. */
export const parseObject = (bytes, maxBytes, what) => asObject(parse(bytes, maxBytes, what), what);

export function asObject(value, what) {
  if (value === null || typeof value !== "object" || Array.isArray(value) || value instanceof Fraction) {
    throw new FormatError(`${what} is not a JSON object`);
  }
  return value;
}

/** Throws `FormatError` if `record` lacks a required key or has one that nobody defined. */
export function onlyKeys(record, required, optional, what) {
  for (const key of required) if (!(key in record)) throw new FormatError(`${what} lacks ${key}`);
  for (const key of Object.keys(record)) {
    if (!required.includes(key) && !optional.includes(key)) throw new FormatError(`${what} has an unknown key`);
  }
}

/** Text of at most `maxChars` characters (code points) without lone surrogates. */
export function text(record, key, maxChars) {
  const value = record[key];
  if (typeof value !== "string") throw new FormatError(`${key} is not text`);
  if (value.length > maxChars && [...value].length > maxChars) throw new FormatError(`${key} is too long`);
  if (/\p{Surrogate}/u.test(value)) throw new FormatError(`${key} is not valid Unicode`);
  return value;
}

/** An integer (not 1.0) from `low` to `high`. */
export function integer(record, key, low = 0, high = Number.MAX_SAFE_INTEGER) {
  const value = record[key];
  if (typeof value !== "number") throw new FormatError(`${key} is not an integer`);
  if (value < low || value > high) throw new FormatError(`${key} is out of range`);
  return value;
}

/** `read(record, key)`, or null where the key is null or missing. */
export const optional = (record, key, read) => (record[key] === null || record[key] === undefined ? null : read(record, key));

/** A flat record as Python writes it: compact UTF-8 with sorted keys. Throws `FormatError` for what is not Unicode. */
export function dumps(record) {
  const sorted = Object.fromEntries(Object.keys(record).sort().map((key) => [key, record[key]]));
  for (const value of Object.values(sorted)) {
    if (typeof value === "string" && /\p{Surrogate}/u.test(value)) throw new FormatError("a text is not valid Unicode");
  }
  return new TextEncoder().encode(JSON.stringify(sorted));
}

class Reader {
  constructor(text, what) {
    this.text = text;
    this.what = what;
    this.at = 0;
  }

  document() {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) this.fail("something behind its end");
    return value;
  }

  fail(why) {
    throw new FormatError(`${this.what} is not valid JSON: ${why} at character ${this.at}`);
  }

  space() {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at++;
  }

  take(mark) {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  value(depth) {
    if (depth > MAX_DEPTH) this.fail("nested too deeply");
    if (this.take("{")) return this.object(depth + 1);
    if (this.take("[")) return this.array(depth + 1);
    if (this.take('"')) return this.string();
    for (const [word, value] of [["null", null], ["true", true], ["false", false]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  object(depth) {
    if (depth > MAX_DEPTH) this.fail("nested too deeply");
    const record = Object.create(null);
    if (this.take("}")) return record;
    do {
      if (!this.take('"')) this.fail("no key");
      const key = this.string();
      if (key in record) throw new FormatError("a JSON object names the same key twice");
      if (!this.take(":")) this.fail("no colon");
      record[key] = this.value(depth);
    } while (this.take(","));
    if (!this.take("}")) this.fail("an object without end");
    return record;
  }

  array(depth) {
    if (depth > MAX_DEPTH) this.fail("nested too deeply");
    const list = [];
    if (this.take("]")) return list;
    do list.push(this.value(depth));
    while (this.take(","));
    if (!this.take("]")) this.fail("an array without end");
    return list;
  }

  string() {
    let read = "";
    for (;;) {
      PLAIN.lastIndex = this.at;
      const [plain] = PLAIN.exec(this.text);
      read += plain;
      this.at += plain.length;
      const mark = this.text[this.at++];
      if (mark === '"') return read;
      if (mark !== "\\") this.fail("a string without end");
      read += this.escape();
    }
  }

  escape() {
    const mark = this.text[this.at++];
    if (mark in ESCAPES) return ESCAPES[mark];
    const digits = this.text.slice(this.at, this.at + 4);
    if (mark !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) this.fail("an unknown escape");
    this.at += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  number() {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (!match || !match[0]) this.fail("no value");
    this.at += match[0].length;
    const value = Number(match[0]);
    if (match[1] || match[2]) {
      if (!Number.isFinite(value)) throw new FormatError("a JSON number is out of range");
      return new Fraction();
    }
    if (match[0].length > MAX_DIGITS || !Number.isSafeInteger(value)) {
      throw new FormatError("a JSON number is out of range");
    }
    return value;
  }
}
