// The page of a drop box: reads the keys from the address, checks whose it is, takes files, seals and sends them.

import { boxAccess, boxId, checkCanCheck, ownersCard, parseFragment } from "./box.js";
import { BoxServer } from "./box_server.js";
import { Crew, trustedFrom } from "./crew.js";
import { DropView } from "./drop_view.js";
import { DROP_TEXTS, words } from "./drop_words.js";
import { Refused } from "./http.js";
import { Leaving } from "./leaving.js";
import { Recipient } from "./recipient.js";
import { language, mayPass, speaker as speakerOf } from "./speaker.js";

const BASE = new URL("..", location.href); // this page is BASE/d/ID
const ID = location.pathname.split("/").pop();
const speaker = speakerOf(language(), DROP_TEXTS);
const { say } = speaker;
const view = new DropView(speaker);

// What the page will need is loaded now: it goes on working when the server has other files tomorrow.
const trusted = trustedFrom(BASE);
const canSeal = globalThis.isSecureContext && !!crypto.subtle;
const crew = canSeal ? new Crew(() => new Worker(trusted(import.meta.resolve("./drop_worker.js")), { type: "module" })) : null;
let leaving = null;

addEventListener("hashchange", start);
start();

async function start() {
  const fragment = location.hash.slice(1);
  if (fragment) history.replaceState(null, "", location.pathname); // nobody looks over the shoulder at a key
  if (!leaving?.isRunning) await open(fragment);
}

async function open(fragment) {
  view.problem();
  try {
    if (!canSeal) return view.notOpened(say("noCrypto"));
    await checkCanCheck();
    await begin(fragment);
  } catch (error) {
    failed(error, () => open(fragment));
  }
}

async function begin(fragment) {
  let box;
  try {
    box = parseFragment(fragment);
  } catch {
    return askForAddress(fragment !== "");
  }
  if ((await boxId(box.boxKey)) !== ID) return askForAddress(true);
  if (!box.needsPassword) return enter(box, null);
  view.askPassword(async (password) => {
    try {
      await enter(box, password);
    } catch (error) {
      const isWrong = error instanceof Refused && error.code === "not_found";
      if (isWrong || mayPass(error)) view.askAgain(isWrong ? say("wrongPassword") : words(speaker, error));
      else failed(error);
    }
  });
}

/** Behind the door: nothing can be chosen before the owner's card was checked. */
async function enter({ boxKey, signingKey }, password) {
  const server = new BoxServer(BASE, ID, await boxAccess(boxKey, password));
  const terms = await server.open();
  const card = await ownersCard(terms.card, terms.signature, signingKey);
  const recipient = await Recipient.of(card);
  leaving = new Leaving({ view, speaker, server, crew, recipient, email: card.email, terms });
  leaving.begin();
}

function askForAddress(wasTried) {
  if (wasTried) view.problem(say("not_found"));
  view.askLink((text) => {
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) location.assign(text);
    else view.problem(say("not_found"));
  });
}

/** Nothing can be shown; `again` is offered where that may help. */
function failed(error, again) {
  view.notOpened(words(speaker, error), mayPass(error) && again);
}
