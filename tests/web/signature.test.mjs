// The sender's word: over this manifest, this key, this recipient; every bit of it counts.

import assert from "node:assert/strict";
import { test } from "node:test";

import { utf8 } from "../../server/web/js/bytes.js";
import { readContainer } from "../../server/web/js/container.js";
import { BadSignature, WrongKey } from "../../server/web/js/errors.js";
import { checkSignature } from "../../server/web/js/grant.js";
import { openFile } from "../../server/web/js/opening.js";
import { containerOf, keysOf, load } from "./vectors.mjs";

const { vectors } = load("opens.json");
const signed = vectors.find((each) => each.open_with[0].link_key && each.expect.sender);
const { manifest, grants } = await readContainer(new Blob([containerOf(signed)]));
const keys = await keysOf(signed.open_with[0]);
const mine = grants.findIndex((grant) => grant.type === "link");
const with_ = (change) => grants.map((grant, i) => (i === mine ? { ...grant, ...change } : grant));
const flipped = (bytes, bit) => {
  const copy = bytes.slice();
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
};
const open = (changed, raw = manifest.raw) => openFile(raw, changed, keys);

test("it holds as it was made", async () => {
  assert.equal((await open(grants)).signature, "signed");
});

test("any bit of the signature changed, or the signature taken away: refused", async () => {
  const { signature } = grants[mine];
  for (let bit = 0; bit < 512; bit += 7) {
    await assert.rejects(open(with_({ signature: flipped(signature, bit) })), BadSignature);
  }
  await assert.rejects(open(with_({ signature: null })), BadSignature);
  await assert.rejects(open(with_({ by: new Uint8Array(32) })), BadSignature);
});

test("another manifest under the same signature is refused, and so is another sender", async () => {
  const text = new TextDecoder().decode(manifest.raw);
  const later = utf8(text.replace(/"created_at":(\d+)/, (_, seconds) => `"created_at":${Number(seconds) + 1}`));
  await assert.rejects(open(grants, later), BadSignature);
  const nobody = utf8(text.replace(/"sender":"[^"]+"/, '"sender":null'));
  await assert.rejects(open(grants, nobody), BadSignature);
  const other = utf8(text.replace(/"sender":"[^"]+"/, '"sender":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"'));
  await assert.rejects(open(grants, other), BadSignature);
});

test("another key, another recipient, no grant: one error that tells nothing", async () => {
  const { wrappedKey, recipient } = grants[mine];
  await assert.rejects(open(with_({ wrappedKey: flipped(wrappedKey, 9) })), WrongKey);
  await assert.rejects(open(with_({ recipient: flipped(recipient, 0) })), WrongKey);
  await assert.rejects(open([]), WrongKey);
});

test("where a browser has no Ed25519, that is what is said: neither signed nor unsigned", async () => {
  const { importKey } = crypto.subtle;
  crypto.subtle.importKey = function (format, key, algorithm, ...more) {
    if (algorithm === "Ed25519") throw new DOMException("Unrecognized name.", "NotSupportedError");
    return importKey.call(this, format, key, algorithm, ...more);
  };
  try {
    assert.equal(await checkSignature(manifest, grants[mine]), "unchecked");
  } finally {
    delete crypto.subtle.importKey;
  }
});
