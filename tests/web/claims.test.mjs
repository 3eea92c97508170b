// A page's place among those who may download, and its answers from the server.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { LinkServer } from "../../server/web/js/server.js";

let asked = [];
let answer = () => ({});
const host = createServer((request, response) => {
  asked.push(`${request.method} ${request.url.replace(/^.*?\/links\/id\//, "")}`);
  Promise.resolve(answer(request, response)).then((json) => json && response.end(JSON.stringify(json)));
});

before(() => new Promise((go) => host.listen(0, "127.0.0.1", go)));
after(() => (host.closeAllConnections(), host.close()));

const signal = new AbortController().signal;

function linkServer() {
  asked = [];
  answer = ({ url }) => (url.endsWith("/claim") ? { claim: "mine", expires_in: 90 } : {});
  return new LinkServer(new URL(`http://127.0.0.1:${host.address().port}/`), "id", new Uint8Array(32));
}

test("a page has one claim for as long as it lives: what was counted under it can be gone on with", async () => {
  const server = linkServer();
  await server.claim(signal);
  assert.equal(server.isClaimed, true);
  server.giveBack();
  server.giveBack();
  assert.equal(server.isClaimed, false);
  await server.claim(signal);
  assert.equal(server.isClaimed, true);
  assert.deepEqual(asked, ["POST claim", "DELETE claims/mine"]);
  assert.deepEqual(server.content("file").headers["Sealcase-Claim"], "mine");
});

test("who cancels before a place was given gives it back as soon as it comes, and takes it again after that", async () => {
  const server = linkServer();
  const plain = answer;
  let give;
  answer = (request) => (request.method === "POST" ? new Promise((go) => (give = () => go(plain(request)))) : {});
  const stop = new AbortController();
  const stopped = server.claim(stop.signal);
  while (!give) await new Promise((go) => setTimeout(go, 5));
  stop.abort(new DOMException("cancelled", "AbortError"));
  await assert.rejects(stopped, { name: "AbortError" });
  assert.equal(server.isClaimed, false);
  server.giveBack();
  const again = server.claim(signal);
  give();
  await again;
  assert.deepEqual(asked, ["POST claim", "DELETE claims/mine"]);
  assert.equal(server.isClaimed, true);
});

test("a place is taken again only after its return was heard, which a click on Cancel does not wait for", async () => {
  const server = linkServer();
  await server.claim(signal);
  const plain = answer;
  let hear;
  answer = (request) => (request.method === "DELETE" ? new Promise((go) => (hear = () => go({}))) : plain(request));
  server.giveBack();
  const stop = new AbortController();
  const [stopped, again] = [server.claim(stop.signal), server.claim(signal)];
  stop.abort(new DOMException("cancelled", "AbortError"));
  await assert.rejects(stopped, { name: "AbortError" });
  assert.equal(server.isClaimed, false);
  while (!hear) await new Promise((go) => setTimeout(go, 5));
  hear();
  await again;
  assert.equal(server.isClaimed, true);
});
