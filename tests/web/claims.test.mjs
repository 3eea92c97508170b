// A page's place among those who may download, and its answers from the server.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { FormatError } from "../../server/web/js/errors.js";
import { Door, Refused, Unreachable } from "../../server/web/js/http.js";
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

const door = () => new Door(new URL(`http://127.0.0.1:${host.address().port}/links/id/`), new Uint8Array(32));
const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

test("an answer that stops in the middle is one that did not get through; one that is slow is waited for", async () => {
  answer = (request, response) => void response.write('{"a":');
  await assert.rejects(door().ask("GET", "open", { stall: 200 }), Unreachable);
  answer = async (request, response) => {
    for (const piece of ['{"a"', ":", "1", "}"]) {
      response.write(piece);
      await pause(400);
    }
    response.end();
  };
  assert.equal((await door().ask("GET", "open", { wait: 1_000, stall: 2_000 })).a, 1);
});

test("of an answer that is too long no more is read than it may have, whether it is a good one or a refusal", async () => {
  for (const status of [200, 404]) {
    let sent = 0;
    let closed;
    const gone = new Promise((go) => (closed = go));
    answer = async (request, response) => {
      response.on("close", closed);
      response.writeHead(status);
      while (!response.destroyed && sent < 2 ** 28) {
        if (!response.write(Buffer.alloc(2 ** 16, " "))) await pause(1);
        sent += 2 ** 16;
      }
    };
    await assert.rejects(door().ask("GET", "open", { maxBytes: 1_000 }), FormatError);
    await gone;
    assert.ok(sent < 2 ** 26, `${sent} bytes left`);
  }
});

test("a refusal keeps its word and its time", async () => {
  answer = (request, response) => void response.writeHead(429, { "Retry-After": "7" }).end('{"code":"too_many"}');
  await assert.rejects(door().ask("GET", "open"), (error) => error instanceof Refused && error.code === "too_many" && error.retryAfter === 7);
  answer = (request, response) => void response.writeHead(502).end();
  await assert.rejects(door().ask("GET", "open"), (error) => error.code === "http_502" && error.passes);
});

test("a farewell holds nobody up, also where its answer drips for ever", async () => {
  answer = (request, response) => {
    response.write("{");
    const drip = setInterval(() => response.write(" "), 100);
    response.on("close", () => clearInterval(drip));
  };
  const late = new Promise((go) => setTimeout(go, 30_000, "late").unref());
  assert.equal(await Promise.race([door().tell("DELETE", "claims/mine"), late]), false);
});
