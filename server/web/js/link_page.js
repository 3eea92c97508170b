// The page behind a link: reads the key from the address, asks what is needed, shows what is there, saves it.

import { unb64u } from "./bytes.js";
import { Crew, trustedFrom } from "./crew.js";
import { MAX_PART } from "./geometry.js";
import { Refused, Unreachable } from "./http.js";
import { linkId, LinkKeys, parseFragment } from "./keys.js";
import { LINK_TEXTS, words } from "./link_words.js";
import { parseManifest } from "./manifest.js";
import { openItems } from "./opening.js";
import { saveFile } from "./saving.js";
import { LinkServer } from "./server.js";
import { MAX_IN_MEMORY, Sinks } from "./sinks.js";
import { language, mayPass, speaker as speakerOf } from "./speaker.js";
import { Tasks } from "./tasks.js";
import { View } from "./view.js";

const BASE = new URL("..", location.href); // this page is BASE/s/ID
const speaker = speakerOf(language(), LINK_TEXTS);
const { say } = speaker;
const view = new View(speaker);

// What the page will need is loaded now: it goes on working when the server has other files tomorrow.
const trusted = trustedFrom(BASE);
const canDecrypt = globalThis.isSecureContext && !!crypto.subtle && "DecompressionStream" in globalThis;
const crew = canDecrypt ? new Crew(() => new Worker(trusted(import.meta.resolve("./worker.js")), { type: "module" })) : null;
const sinks = canDecrypt ? Sinks.prepare(BASE, trusted) : null;

addEventListener("hashchange", start);
start();

async function start() {
  const fragment = location.hash.slice(1);
  if (fragment) history.replaceState(null, "", location.pathname); // nobody looks over the shoulder at a key
  await open(fragment);
}

async function open(fragment) {
  view.problem();
  try {
    if (!canDecrypt) cannot();
    else if (fragment.startsWith("sealed.")) await showSealed(unb64u(fragment.slice(7), "the access", 32));
    else await begin(fragment);
  } catch (error) {
    failed(error, () => open(fragment));
  }
}

async function begin(fragment) {
  let link;
  try {
    link = parseFragment(fragment);
  } catch {
    return askForLink(fragment !== "");
  }
  const { linkKey, needsPassword } = link;
  if ((await linkId(linkKey)) !== location.pathname.split("/").pop()) return askForLink(true);
  if (!needsPassword) return enter(await LinkKeys.derive(linkKey, null));
  several().catch(() => {}); // while somebody types: a server may be renewed meanwhile
  view.askPassword(async (password) => {
    try {
      await enter(await LinkKeys.derive(linkKey, password));
    } catch (error) {
      const isWrong = error instanceof Refused && error.code === "not_found";
      if (isWrong || mayPass(error)) view.askAgain(isWrong ? say("wrongPassword") : words(speaker, error));
      else failed(error);
    }
  });
}

/** Behind the door: what is there is shown, and nothing is used up yet. */
async function enter(keys) {
  const server = new LinkServer(BASE, location.pathname.split("/").pop(), keys.access);
  const terms = await server.open();
  const offer = await openItems(terms.items, keys);
  const saveAll = offer.single ? null : (await several()).saveAll;
  const ways = await sinks;
  const limit = speaker.size(MAX_IN_MEMORY);
  const how = say({ disk: "howDisk", stream: "howStream", memory: "howMemory" }[ways.kind], { limit });
  const isTooLarge = offer.all.some((file) => file.manifest.partSize > MAX_PART);
  const tasks = new Tasks({ view, speaker, server, sinks: ways, crew, back: () => view.only("file", "actions") });
  await view.offer(offer, terms, how, {
    save: (file) => tasks.run((work) => saveFile(file, work), offer.single !== null),
    saveAll: () => tasks.run((work) => saveAll(offer, work), true),
    tooMuch: isTooLarge ? say("tooLargeParts") : !ways.canKeep(offer.size) && say("tooLarge", { limit }),
  });
}

/** For those who open it elsewhere: with the right to fetch, and no key. */
async function showSealed(access) {
  const server = new LinkServer(BASE, location.pathname.split("/").pop(), access);
  const terms = await server.open();
  const files = terms.items.map((item) => ({
    manifest: parseManifest(item.manifest),
    metadata: { packedSize: 0 },
    grant: item.grant,
    partHashes: item.partHashes,
  }));
  const { saveSealed } = await arrived(import("./sealed.js"));
  const tasks = new Tasks({ view, speaker, server, sinks: await sinks, crew, back: () => view.only("file") });
  view.offerSealed(files, terms, (file) => tasks.run((work) => saveSealed(file, work), files.length === 1, "doneSealed"));
}

/** What only few links need; loaded before such a one is shown, so that a page that stays open needs nothing later. */
const several = () => arrived(import("./folder.js"));

const arrived = (script) =>
  script.catch(() => {
    throw new Unreachable("a script did not arrive");
  });

function askForLink(wasTried) {
  if (wasTried) view.problem(say("not_found"));
  view.askLink((text) => {
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) location.assign(text);
    else view.problem(say("not_found"));
  });
}

function cannot() {
  view.title(say("notOpened"));
  view.only("file", "actions");
  view.tooMuch(say("noCrypto"));
}

/** Nothing can be shown; `again` is offered where that may help. */
function failed(error, again) {
  view.notOpened(words(speaker, error), mayPass(error) && again);
}
