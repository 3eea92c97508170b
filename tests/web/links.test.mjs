// What a link leads to, and saving it: what the archive has in it, how it ends.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Altered } from "../../server/web/js/errors.js";
import { contentTo } from "../../server/web/js/transfer.js";
import { saveAll } from "../../server/web/js/folder.js";
import { Offer } from "../../server/web/js/opening.js";
import { saveFile } from "../../server/web/js/saving.js";
import { listOf, sealed, workWith } from "./sealing.mjs";

const bytes = (text) => new TextEncoder().encode(text);

/** What an archive has in it: this one is stored, so that names and contents stand in it as they are. */
function contentsOf(pieces) {
  const zip = Buffer.concat(pieces);
  const found = {};
  for (let at = zip.indexOf("PK\x01\x02"); at >= 0; at = zip.indexOf("PK\x01\x02", at + 4)) {
    const [size, length, start] = [zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
    const from = start + 30 + zip.readUInt16LE(start + 26) + zip.readUInt16LE(start + 28);
    found[zip.toString("utf8", at + 46, at + 46 + length)] = zip.toString("utf8", from, from + size);
  }
  return found;
}

async function archived(all) {
  const work = workWith(all);
  const name = await saveAll(new Offer(all), work);
  assert.equal(work.ended, "closed");
  return { name, contents: contentsOf(work.kept) };
}

test("folders and whatever else a link leads to are all in its archive", async () => {
  const [first, second] = [await sealed("a.txt", bytes("one"), { path: "Trip/a.txt" }), await sealed("a.txt", bytes("two"), { path: "Work/a.txt" })];
  const loose = [await sealed("plan.txt", bytes("three")), await sealed("trip", bytes("four"))];
  const lists = [await listOf("Trip", { "a.txt": first }, ["empty"]), await listOf("Work", { "a.txt": second })];
  const { name, contents } = await archived([lists[0], first, loose[0], lists[1], second, loose[1]]);
  assert.equal(name, "files.zip");
  assert.deepEqual(contents, {
    "Trip/empty/": "", "Trip/a.txt": "one", "Work/a.txt": "two", "plan.txt": "three", "trip (2)": "four",
  });
});

test("a file that no list names is beside the folder, not lost", async () => {
  const [named, other] = [await sealed("a.txt", bytes("one"), { path: "Trip/a.txt" }), await sealed("b.txt", bytes("two"), { path: "Trip/b.txt" })];
  const { contents } = await archived([await listOf("Trip", { "a.txt": named }), named, other]);
  assert.deepEqual(contents, { "Trip/a.txt": "one", "b.txt": "two" });
});

test("two folders of the same name are two in the archive", async () => {
  const [first, second] = [await sealed("a.txt", bytes("one"), { path: "Trip/a.txt" }), await sealed("a.txt", bytes("two"), { path: "Trip/a.txt" })];
  const lists = [await listOf("Trip", { "a.txt": first }), await listOf("Trip", { "a.txt": second })];
  const { contents } = await archived([lists[0], first, lists[1], second]);
  assert.deepEqual(contents, { "Trip/a.txt": "one", "Trip (2)/a.txt": "two" });
});

test("a folder's hostile name is in no archive", async () => {
  const file = await sealed("a.txt", bytes("one"), { path: "../a.txt" });
  const all = [await listOf("..", { "a.txt": file }), file];
  const work = workWith(all);
  await assert.rejects(saveAll(new Offer(all), work), Altered);
  assert.deepEqual([work.ended, work.kept], [null, []]);
});

test("a link is called by what it leads to", async () => {
  const file = await sealed("a.txt", bytes("one"), { path: "Trip/a.txt" });
  const [list, loose] = [await listOf("Trip", { "a.txt": file }), await sealed("b.txt", bytes("two"))];
  const [folder, mixed, files, single] = [[list, file], [list, file, loose], [file, loose], [loose]].map((all) => new Offer(all));
  assert.deepEqual([folder.list, folder.files.map((each) => folder.placeOf(each))], [list, ["a.txt"]]);
  assert.deepEqual([mixed.list, mixed.tops, mixed.files.map((each) => mixed.placeOf(each))], [null, 2, ["Trip/a.txt", "b.txt"]]);
  assert.deepEqual([files.list, files.tops, files.single, single.single], [null, 2, null, loose]);
});

test("what inflates to more than its sender said is noticed before it fills the memory", async () => {
  const { DecompressionStream } = globalThis;
  let made = 0;
  globalThis.DecompressionStream = class extends TransformStream {
    constructor() {
      const block = new Uint8Array(2 ** 16); // as Chromium: all that a piece becomes is made before any of it can be read
      super({
        transform(piece, out) {
          for (let left = piece.length * 1_000; left > 0; left -= block.length, made += block.length) out.enqueue(block);
        },
      });
    }
  };
  try {
    const content = contentTo({ compression: "gzip", size: 2 ** 20 }, () => {});
    await assert.rejects(content.take(new Uint8Array(2 ** 20)), Altered);
    await content.abandon();
  } finally {
    Object.assign(globalThis, { DecompressionStream });
  }
  assert.ok(made < 2 ** 24, `${made} bytes were made`);
});

const never = () => new Promise(() => {});
const soon = (promise) => Promise.race([promise, new Promise((_, late) => setTimeout(late, 2_000, new Error("it still waits")))]);

for (const [where, changes] of Object.entries({
  "a sink that takes nothing": { sink: { write: never, abort: async () => {} } },
  "a sink that does not open": { sinks: { choose: async () => never } },
  "a sink that can't be given up either": { sink: { write: never, abort: never } },
})) {
  test(`cancelling ends a save that waits for ${where}`, { timeout: 20_000 }, async () => {
    const file = await sealed("a.bin", new Uint8Array(70_000));
    let givenBack = 0;
    const server = { claim: async () => {}, giveBack: () => void givenBack++, content: () => null };
    const work = workWith([file], { server, ...changes });
    const saved = saveFile(file, work);
    setTimeout(() => work.stop(new DOMException("cancelled", "AbortError")), 50);
    await assert.rejects(changes.sink?.abort === never ? saved : soon(saved), { name: "AbortError" });
    assert.equal(givenBack, 1);
  });
}

test("a sink that opens after the save was cancelled is given up", async () => {
  const file = await sealed("a.bin", new Uint8Array(7));
  let open;
  const work = workWith([file], { sinks: { choose: async () => () => new Promise((go) => (open = go)) } });
  const saved = saveFile(file, work);
  while (!open) await new Promise((go) => setTimeout(go, 1));
  work.stop(new DOMException("cancelled", "AbortError"));
  await assert.rejects(saved, { name: "AbortError" });
  open(work.sink);
  await new Promise((go) => setTimeout(go, 1));
  assert.equal(work.ended, "aborted");
});
