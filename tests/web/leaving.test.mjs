// A file is being made of what was sent when somebody clicks on Cancel: it is said to have arrived where it has.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { DROP_TEXTS } from "../../server/web/js/drop_words.js";
import { Unreachable } from "../../server/web/js/http.js";
import { Leaving } from "../../server/web/js/leaving.js";
import { Recipient } from "../../server/web/js/recipient.js";
import { sealPart } from "../../server/web/js/send_part.js";
import { speaker } from "../../server/web/js/speaker.js";

globalThis.addEventListener = () => {};
const SPEAKER = speaker("en", DROP_TEXTS);
let recipient;

before(async () => {
  const algorithm = { name: "RSA-OAEP", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const { publicKey } = await crypto.subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
  recipient = await Recipient.of({ rsaKey: new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)), mlkemKey: null });
});

/** A page with a file chosen. `complete` answers as the server; what it was told stands in `box`. */
function pageWith(complete) {
  const [box, page] = [{ completed: [], givenUp: [] }, { titles: [], said: [], states: [], buttons: [] }];
  const terms = { filesLeft: null, bytesLeft: null, expiresAt: 9 };
  const server = {
    open: async () => terms,
    start: async () => new Map(),
    part: () => null,
    complete: (fileId, _manifest, _grant, signal) => {
      box.completed.push(fileId);
      return complete(signal);
    },
    giveUp: async (fileId) => Boolean(box.givenUp.push(fileId)),
    done: async () => {},
  };
  const hear = {
    onFiles: (chosen) => (page.choose = chosen),
    button: (text, click) => Object.assign(page, { send: click, text }),
    began: (_entries, _total, cancel) => (page.cancel = cancel),
    meanwhile: (text) => page.said.push(text),
    update: ({ state }) => page.states.push(state),
    ended: (title) => {
      page.titles.push(title);
      page.over?.();
    },
  };
  const view = new Proxy(hear, { get: (target, name) => (name === "comment" ? "" : (target[name] ?? (() => {}))) });
  const crew = { part: async (job) => (await sealPart(job)).hash };
  new Leaving({ view, speaker: SPEAKER, server, crew, recipient, email: "o@x", terms }).begin();
  page.choose([new File(["secret"], "a.txt")]);
  page.end = () => new Promise((go) => (page.over = go));
  return { page, box };
}

test("a file that arrives while the page is cancelled has arrived", async () => {
  let arrive;
  const { page, box } = pageWith((signal) => new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
    arrive = resolve;
  }));
  const ended = page.end();
  page.send();
  while (!arrive) await new Promise((go) => setTimeout(go, 5));
  page.cancel();
  await new Promise((go) => setTimeout(go, 20));
  assert.deepEqual([page.titles, page.said], [[], ["Waiting for the server’s last word …"]]);
  arrive();
  await ended;
  assert.deepEqual(page.titles, ["The file has arrived"]);
  assert.deepEqual([page.states.at(-1), box.givenUp], ["sent", []]);
});

test("of a file whose last answer was lost it is not said that nothing was kept, and another try makes no second one", async () => {
  let tries = 0;
  const { page, box } = pageWith(async () => {
    if (++tries === 1) throw new Unreachable("the answer broke off");
  });
  let ended = page.end();
  page.send();
  while (!tries) await new Promise((go) => setTimeout(go, 5));
  await new Promise((go) => setTimeout(go, 20));
  page.cancel();
  await ended;
  assert.deepEqual([page.titles, page.states.at(-1), box.givenUp], [["Nothing has arrived"], "failed", []]);
  ended = page.end();
  page.send();
  await ended;
  assert.equal(page.titles.at(-1), "The file has arrived");
  assert.equal(new Set(box.completed).size, 1);
});
