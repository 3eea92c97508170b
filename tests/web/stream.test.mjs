// The service worker as a page feeds it: no more waits in it than it has room for, however slowly it is read.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const ROOM = 4;
const SOURCE = readFileSync(new URL("../../server/web/js/sw.js", import.meta.url), "utf8");

/** The page's end of a stream, and the browser's answer. */
function streamOf(size) {
  const heard = {};
  const self = { addEventListener: (kind, hear) => void (heard[kind] = hear) };
  vm.runInNewContext(SOURCE, { self, URL, Response, ReadableStream, encodeURIComponent, Error });
  const { port1, port2 } = new MessageChannel();
  heard.message({ data: { type: "stream", id: "one", name: "a.bin", size }, ports: [port2] });
  let response;
  heard.fetch({ request: { url: "https://host.example/web/stream/one" }, respondWith: (answer) => void (response = answer) });
  return { page: port1, response };
}

const settled = () => new Promise((go) => setTimeout(go, 0));

test("what waits in the service worker is bounded, after a reader who was quick as well", async () => {
  const pieces = 64;
  const { page, response } = streamOf(pieces);
  const reader = response.body.getReader();
  let [sent, taken, most] = [0, 0, 0];
  page.onmessage = ({ data }) => {
    if (data !== "pull" || sent === pieces) return;
    page.postMessage(new Uint8Array([sent++]));
    most = Math.max(most, sent - taken);
    if (sent === pieces) page.postMessage("close");
  };
  while (taken < pieces) {
    const { value } = await reader.read();
    assert.deepEqual([...value], [taken++]); // in order, none lost
    if (taken > pieces / 2) for (let i = 0; i < 20; i++) await settled(); // slow from now on
  }
  assert.equal((await reader.read()).done, true);
  page.close();
  assert.ok(most <= ROOM + 1, `${most} pieces waited`); // and the one that is being read
});

test("a download that is given up fails, and one that the browser cancels is told to the page", async () => {
  const first = streamOf(10);
  first.page.postMessage("abort");
  await assert.rejects(first.response.body.getReader().read(), /given up/);
  first.page.close();
  const second = streamOf(10);
  const told = new Promise((go) => (second.page.onmessage = ({ data }) => data === "cancel" && go(true)));
  await second.response.body.cancel();
  assert.equal(await told, true);
  second.page.close();
});
