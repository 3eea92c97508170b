// Names, archives, waiting: what the page does around the cryptography.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Altered, Missing } from "../../server/web/js/errors.js";
import { checkFolder, parseFolder } from "../../server/web/js/folder.js";
import { isSafe, isSafePath, nameToSave, shown, unique } from "../../server/web/js/names.js";
import { Lanes, Patience } from "../../server/web/js/pace.js";
import { DROP_TEXTS } from "../../server/web/js/drop_words.js";
import { LINK_TEXTS } from "../../server/web/js/link_words.js";
import { language, speaker, TEXTS } from "../../server/web/js/speaker.js";
import { transfer } from "../../server/web/js/transfer.js";
import { Refused, Unreachable } from "../../server/web/js/http.js";
import { ZipWriter, crc32, zipLength } from "../../server/web/js/zip.js";

const bytes = (text) => new TextEncoder().encode(text);

test("hostile names are no file names, plain ones of any language are", () => {
  const hostile = [
    "", ".", "..", "../x", "a/b", "a\\b", "con", "CON.txt", "com1", "LPT³.log", "a.", "a ", "a\u202eb", "a\u0000", "a\nb",
    "\u2066x", "\ud800", "x".repeat(256), "conin$", "nul .txt",
  ];
  for (const name of hostile) {
    assert.equal(isSafe(name), false, JSON.stringify(name));
    assert.equal(nameToSave(name), "sealcase-file");
  }
  for (const name of ["a.txt", ".bashrc", "ü 😀.pdf", "نامه\u200cها.txt", "console.log", "a..b", "com10"]) {
    assert.equal(isSafe(name), true, name);
  }
  assert.equal(isSafePath("a/b/c.txt"), true);
  for (const path of ["/a", "a//b", "a/../b", "a/", "a/con"]) assert.equal(isSafePath(path), false, path);
  assert.equal(shown("a\u202eb\u0007"), "a\ufffdb\ufffd");
});

test("names that meet in an archive are told apart, also where only their case differs", () => {
  const taken = new Set();
  assert.deepEqual(["a.txt", "A.TXT", "a.txt", "a"].map((name) => unique(name, taken)), ["a.txt", "A (2).TXT", "a (3).txt", "a"]);
});

test("an archive is as long as was said beforehand, also beyond 4 GiB", async () => {
  const small = [{ path: "a.txt", size: 3 }, { path: "ü/", size: 0 }];
  const pieces = [];
  const zip = new ZipWriter((piece) => void pieces.push(piece));
  await zip.begin("a.txt", 3, 1_700_000_000);
  await zip.data(bytes("abc"));
  await zip.end();
  await zip.begin("ü/", 0, null);
  await zip.end();
  await zip.finish();
  assert.equal(Buffer.concat(pieces).length, zipLength(small));

  const large = [{ path: "big.bin", size: 2 ** 32 + 5 }, { path: "behind.bin", size: 1 }];
  let length = 0;
  const block = new Uint8Array(2 ** 26);
  const zip64 = new ZipWriter((piece) => void (length += piece.length), () => 0); // its checksum is not the matter here
  for (const { path, size } of large) {
    await zip64.begin(path, size, null);
    for (let left = size; left > 0; left -= block.length) await zip64.data(block.subarray(0, Math.min(left, block.length)));
    await zip64.end();
  }
  await zip64.finish();
  assert.equal(length, zipLength(large));
});

test("the checksum is that of the ZIP format", () => {
  assert.equal(crc32(bytes("123456789")), 0xcbf43926);
  assert.equal(crc32(bytes("6789"), crc32(bytes("12345"))), 0xcbf43926);
});

test("a folder is what its list says, or it is not called one", () => {
  const id = (digit) => `00000000-0000-4000-8000-00000000000${digit}`;
  const raw = { format: "sealcase-folder/1", name: "F", files: [{ path: "a", file_id: id(1), size: 1 }], empty_folders: [] };
  const folder = parseFolder(bytes(JSON.stringify(raw)));
  const list = { metadata: { name: "F" }, manifest: { sender: new Uint8Array([1]) } };
  const file = { manifest: { fileId: id(1), sender: new Uint8Array([1]) }, metadata: { path: "F/a", size: 1 } };
  checkFolder(folder, list, [file]);
  assert.throws(() => checkFolder(folder, list, []), Missing);
  for (const metadata of [{ path: "F/b", size: 1 }, { path: "F/a", size: 2 }]) {
    assert.throws(() => checkFolder(folder, list, [{ ...file, metadata }]), Altered);
  }
  const other = { ...file, manifest: { ...file.manifest, sender: new Uint8Array([2]) } };
  assert.throws(() => checkFolder(folder, list, [other]), Altered);
  const twice = { ...raw, files: [...raw.files, { path: "a", file_id: id(2), size: 1 }] };
  assert.throws(() => parseFolder(bytes(JSON.stringify(twice))), /twice/);
});

test("lanes: two at first, more while that helps, two again when the line breaks, one for huge parts", () => {
  let now = 0;
  const lanes = new Lanes(8 * 2 ** 20, () => now);
  assert.equal(lanes.count, 2);
  for (let round = 0; round < 40; round++) {
    now += 100 / lanes.count; // each lane brings its own
    lanes.arrived(8 * 2 ** 20);
  }
  assert.equal(lanes.count, 6);
  lanes.broke();
  assert.equal(lanes.count, 2);
  assert.equal(new Lanes(512 * 2 ** 20).count, 1);
});

test("patience ends some time after the first failure, and begins anew with every success", async () => {
  const said = [];
  const patience = new Patience((error) => said.push(error && error.message), 100);
  const failure = new Unreachable("away");
  await assert.rejects(patience.afterFailure(failure, new AbortController().signal), failure); // 500 ms are too long
  const stop = new AbortController();
  const waiting = new Patience(() => {}, 60_000).afterFailure(failure, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  patience.wentThrough();
  assert.deepEqual(said, [null]);
});

test("time that a machine slept is no time that was waited", async () => {
  const { now } = Date;
  const failure = new Unreachable("away");
  const signal = new AbortController().signal;
  let slept = 0;
  Date.now = () => now() + slept;
  try {
    const patience = new Patience(() => {});
    const woken = patience.afterFailure(failure, signal);
    slept += 11 * 60_000; // while a pause is waited for
    await woken;
    slept += 11 * 60_000; // while a part is on its way
    await patience.afterFailure(failure, signal);
    const impatient = AbortSignal.abort(new Error("no pause"));
    let minutes = 0;
    for (let error; error !== failure; minutes++) {
      slept += 60_000;
      error = await patience.afterFailure(failure, impatient).catch((why) => why);
    }
    assert.ok(minutes > 3 && minutes < 11, `${minutes} minutes`); // all else was waited for
  } finally {
    Date.now = now;
  }
});

test("a part that the server does not have whole is not asked for without end", async () => {
  const { readContainer } = await import("../../server/web/js/container.js");
  const { openFile } = await import("../../server/web/js/opening.js");
  const { containerOf, keysOf, load } = await import("./vectors.mjs");
  const vector = load("opens.json").vectors.find((each) => each.open_with[0].link_key);
  const container = await readContainer(new Blob([containerOf(vector)]));
  const opened = await openFile(container.manifest.raw, container.grants, await keysOf(vector.open_with[0]));
  const file = { ...opened, partHashes: container.partHashes };
  const run = (failures) => {
    let asked = 0;
    const work = {
      crew: { part: () => Promise.reject(failures[Math.min(asked++, failures.length - 1)]) },
      source: () => null,
      patience: { wentThrough() {}, afterFailure: async () => {} },
      signal: new AbortController().signal,
      write() {},
      arrived() {},
    };
    return transfer(file, work).then(() => assert.fail("it opened"), (error) => ({ error, asked }));
  };
  const cut = await run([new Unreachable("the line broke", 77)]);
  assert.deepEqual([cut.error.name, cut.asked], ["Truncated", 4]);
  const altered = await run([new Unreachable("away"), new Altered("other bytes")]);
  assert.deepEqual([altered.error.name, altered.asked], ["Altered", 4]);
  const gone = await run([new Refused(503, "unavailable", 0), new Refused(410, "revoked", 0)]);
  assert.deepEqual([gone.error.code, gone.asked], ["revoked", 2]);
});

test("both languages say the same things, with the same blanks to fill", () => {
  const blanks = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const { en, de } of [TEXTS, LINK_TEXTS, DROP_TEXTS]) {
    assert.deepEqual(Object.keys(de), Object.keys(en));
    for (const key of Object.keys(en)) assert.deepEqual(blanks(de[key]), blanks(en[key]), key);
  }
  assert.deepEqual([language(["fr", "de-CH", "en"]), language(["fr"])], ["de", "en"]);
  assert.equal(speaker("de", LINK_TEXTS).size(1_572_864).replace("\u00a0", " "), "1,5 MiB");
});
