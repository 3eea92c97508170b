// The service worker as a page feeds it: no more waits in it than it has room for, however slowly it is read.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mock, test } from "node:test";
import vm from "node:vm";

import { NotWritten, Sinks } from "../../server/web/js/sinks.js";

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
  return { page: port1, response, ping: (id) => heard.message({ data: { type: "ping", id }, ports: [] }) };
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

test("the service worker answers for a stream that it has, and for no other", async () => {
  const { page, ping, response } = streamOf(10);
  let alive = 0;
  const answers = async () => {
    const before = alive;
    for (let i = 0; i < 50 && alive === before; i++) await settled();
    return alive - before;
  };
  page.onmessage = ({ data }) => void (alive += data === "alive");
  ping("another");
  ping(undefined); // by the page of an earlier version
  assert.equal(await answers(), 0);
  ping("one");
  assert.equal(await answers(), 1);
  page.postMessage("abort");
  await assert.rejects(response.body.getReader().read(), /given up/);
  ping("one");
  assert.equal(await answers(), 0);
  page.close();
});

/** A page whose service worker is `answer(data, port)`; what its sink opens, and what it was told. */
async function sinkWith(answer) {
  let port;
  const worker = Object.assign(new EventTarget(), {
    state: "activated",
    postMessage: (data, ports) => answer(data, (port = ports?.[0] ?? port)),
  });
  const registration = { active: worker, scope: "https://host.example/web/stream/" };
  Object.defineProperty(globalThis, "navigator", { value: { serviceWorker: { register: async () => registration } }, configurable: true });
  globalThis.document = { createElement: () => ({ remove() {} }), body: { append() {} } };
  const lost = [];
  const sinks = await Sinks.prepare("https://host.example/", (url) => url);
  assert.equal(sinks.kind, "stream");
  const open = await sinks.choose("a.bin", 9, (reason) => lost.push(reason));
  return { open, lost, end: () => port.close() };
}

const tick = async (seconds) => {
  for (let at = 0; at < seconds; at += 10) {
    mock.timers.tick(10_000);
    for (let i = 0; i < 5; i++) await new Promise((go) => setImmediate(go));
  }
};

for (const [kind, speaks, isLost] of [
  ["was lost", (at) => at < 3, true],
  ["stands still, but lives", () => true, false],
  ["is of an earlier version, and never answers", () => false, false],
]) {
  test(`a write that waits for a download that ${kind} ${isLost ? "fails" : "goes on waiting"}`, async () => {
    mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
    let pings = 0;
    const { open, lost, end } = await sinkWith((data, port) => {
      if (data.type === "stream") port.postMessage("ready");
      else if (speaks(pings++)) port.postMessage("alive");
    });
    const sink = await open(9);
    let ended = null;
    sink.write(new Uint8Array(9)).then(() => (ended = "written"), (error) => (ended = error));
    await tick(600);
    assert.equal(ended instanceof NotWritten, isLost);
    assert.equal(lost.length, isLost ? 1 : 0);
    assert.ok(isLost || ended === null);
    end();
    mock.timers.reset();
  });
}

test("a service worker that does not answer at all is not waited for", async () => {
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const { open, end } = await sinkWith(() => {});
  const opening = assert.rejects(open(9), NotWritten);
  await tick(60);
  await opening;
  end();
  mock.timers.reset();
});
