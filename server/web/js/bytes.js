// Bytes and their spellings, read strictly: one text for one value (RFC 4648, section 5; RFC 9562).

import { FormatError } from "./errors.js";

const ENCODER = new TextEncoder();
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const utf8 = (text) => ENCODER.encode(text);

export function concat(...arrays) {
  const whole = new Uint8Array(arrays.reduce((length, each) => length + each.length, 0));
  let at = 0;
  for (const each of arrays) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

/** Whether two arrays are the same. What is compared here is public: hashes of ciphertext, commitments. */
export function equal(first, second) {
  return first.length === second.length && first.every((byte, i) => byte === second[i]);
}

/** 8 bytes, big-endian. */
export function u64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

export function b64u(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes behind canonical base64url; `length`: how many there must be. Throws `FormatError`. */
export function unb64u(text, what, length) {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw new FormatError(`${what} is not base64url`);
  }
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  if (b64u(bytes) !== text) throw new FormatError(`${what} is not canonical base64url`);
  if (length !== undefined && bytes.length !== length) {
    throw new FormatError(`${what} has ${bytes.length} bytes instead of ${length}`);
  }
  return bytes;
}

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A UUIDv4 in its one spelling. Throws `FormatError`. */
export function parseFileId(text) {
  if (typeof text !== "string" || !UUID4.test(text)) throw new FormatError("file_id is not a UUIDv4");
  return text;
}

/** The 16 bytes of a UUID. */
export const uuidBytes = (text) => Uint8Array.from(text.replaceAll("-", "").match(/../g), (pair) => parseInt(pair, 16));
