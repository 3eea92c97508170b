// The page for one's own disk: opens a sealed file with its link. Asks no server for anything.

import { b64u } from "./bytes.js";
import { HEADER, readContainer } from "./container.js";
import { SealcaseError, Truncated, WrongKey } from "./errors.js";
import { linkId, LinkKeys, parseFragment } from "./keys.js";
import { LINK_TEXTS, words } from "./link_words.js";
import { openFile } from "./opening.js";
import { openPart } from "./parts.js";
import { saveFile } from "./saving.js";
import { Sinks } from "./sinks.js";
import { language, speaker as speakerOf } from "./speaker.js";
import { Tasks } from "./tasks.js";
import { View } from "./view.js";

// What it says besides.
const EN = {
  openFile: "The sealed file",
  openFileLead: "Opens a .sealed file with the link that it belongs to, on this computer. Nothing leaves it.",
  passwordIfAny: "Password, if the link has one",
  theLink: "The link",
  sealedFirst: "If you do not have the sealed file yet: this address fetches it, without the key.",
  makeAddress: "Show its address",
  halfLink: "This is not a whole link. Paste all of it, with what stands behind the #.",
  noPassword: "This link needs its password.",
  wrongPassword: "The password is wrong, or this link does not belong to the file.",
  malformed: "This is no sealed file, or it is damaged. It was refused. Fetch it again.",
  altered: "This is not what the sender sealed, or not all of it. It was refused. Fetch it again, or ask the sender to send it again.",
};

const DE = {
  openFile: "Die versiegelte Datei",
  openFileLead: "Öffnet eine .sealed-Datei mit dem Link, zu dem sie gehört, auf diesem Rechner. Nichts verlässt ihn.",
  passwordIfAny: "Passwort, falls der Link eines hat",
  theLink: "Der Link",
  sealedFirst: "Falls Sie die versiegelte Datei noch nicht haben: Diese Adresse holt sie, ohne den Schlüssel.",
  makeAddress: "Adresse zeigen",
  halfLink: "Das ist kein ganzer Link. Fügen Sie ihn vollständig ein, mit dem, was hinter dem # steht.",
  noPassword: "Dieser Link braucht sein Passwort.",
  wrongPassword: "Das Passwort ist falsch, oder dieser Link gehört nicht zu der Datei.",
  malformed: "Das ist keine versiegelte Datei, oder sie ist beschädigt. Sie wurde abgelehnt. Holen Sie sie noch einmal.",
  altered: "Das ist nicht, was der Absender versiegelt hat, oder nicht alles davon. Es wurde abgelehnt. Holen Sie es noch einmal, oder bitten Sie den Absender, es noch einmal zu senden.",
};

const TEXTS = { en: { ...LINK_TEXTS.en, ...EN }, de: { ...LINK_TEXTS.de, ...DE } };
const speaker = speakerOf(language(), TEXTS);
const { say } = speaker;
const view = new View(speaker);
const byId = (id) => document.getElementById(id);

view.title("Sealcase", say("openFileLead"), false);
view.only();
byId("open").onsubmit = (event) => {
  event.preventDefault();
  attempt(openIt);
};
byId("address").onclick = () => attempt(showAddress);

/** What is wrong with what was typed: the name of its text. */
class Mistyped extends SealcaseError {}

async function attempt(what) {
  view.problem();
  byId("fetch").hidden = true;
  try {
    await what();
  } catch (error) {
    view.problem(error instanceof Mistyped ? say(error.message) : words(speaker, error));
  }
}

/** Where the sealed file is fetched: with the right to it, without the key. */
async function showAddress() {
  const { url, keys } = await keysOfLink();
  const link = byId("fetch");
  link.href = `${url.origin}${url.pathname}#sealed.${b64u(keys.access)}`;
  link.textContent = link.href;
  link.hidden = false;
}

async function openIt() {
  const file = byId("sealed").files[0];
  const [{ keys, needsPassword }, { manifest, grants, partHashes }] = [await keysOfLink(), await readContainer(file)];
  const opened = await openFile(manifest.raw, grants, keys).catch((error) => {
    throw needsPassword && error instanceof WrongKey ? new Mistyped("wrongPassword") : error;
  });
  const only = { ...opened, partHashes };
  byId("open").hidden = true;
  const back = () => view.only("file", "actions");
  const tasks = new Tasks({ view, speaker, server: NO_SERVER, sinks: await Sinks.prepare(null), crew: new Shelf(file), back });
  const save = () => tasks.run((work) => saveFile(only, work), true);
  await view.offer(asSingle(only), NO_TERMS, "", { save, saveAll: save });
}

async function keysOfLink() {
  const [text, password] = [byId("whole").value.trim(), byId("password").value];
  const url = URL.canParse(text) ? new URL(text) : null;
  const { linkKey, needsPassword } = linkIn(url?.hash ?? "");
  if ((await linkId(linkKey)) !== url.pathname.split("/").pop()) throw new Mistyped("halfLink");
  if (needsPassword && !password) throw new Mistyped("noPassword");
  return { url, needsPassword, keys: await LinkKeys.derive(linkKey, needsPassword ? password : null) };
}

function linkIn(hash) {
  try {
    return parseFragment(hash.slice(1));
  } catch {
    throw new Mistyped("halfLink");
  }
}

/** Whatever is in the file is shown as the one thing that it is, a folder's list included. */
const asSingle = (only) => ({
  single: only,
  list: null,
  files: [only],
  size: only.metadata.size,
  signature: only.signature,
  sender: only.manifest.sender,
});

const NO_TERMS = { fromEmail: null, expiresAt: null, downloadLimit: null };
const NO_SERVER = { claim() {}, giveBack() {}, done() {}, content: () => null, isClaimed: false };

/** Parts from a file on this disk, opened here: WebCrypto does its work beside the page anyway. */
class Shelf {
  constructor(file) {
    this.file = file;
  }

  async part(job, _source, { signal }) {
    signal.throwIfAborted();
    const start = HEADER.length + job.offset;
    const sealed = new Uint8Array(await this.file.slice(start, start + job.length).arrayBuffer());
    if (sealed.length !== job.length) throw new Truncated("the file became shorter");
    const pieces = [];
    for await (const piece of openPart(job, sealed)) pieces.push(piece);
    return pieces;
  }
}
