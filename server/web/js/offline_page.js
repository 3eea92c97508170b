// The page for one's own disk: opens a sealed file with its link. Asks no server for anything.

import { b64u } from "./bytes.js";
import { HEADER, readContainer } from "./container.js";
import { FormatError, Truncated } from "./errors.js";
import { linkId, LinkKeys, parseFragment } from "./link.js";
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
};

const DE = {
  openFile: "Die versiegelte Datei",
  openFileLead: "Öffnet eine .sealed-Datei mit dem Link, zu dem sie gehört, auf diesem Rechner. Nichts verlässt ihn.",
  passwordIfAny: "Passwort, falls der Link eines hat",
  theLink: "Der Link",
  sealedFirst: "Falls Sie die versiegelte Datei noch nicht haben: Diese Adresse holt sie, ohne den Schlüssel.",
  makeAddress: "Adresse zeigen",
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

async function attempt(what) {
  view.problem();
  byId("fetch").hidden = true;
  try {
    await what();
  } catch (error) {
    view.problem(words(speaker, error));
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
  const [{ keys }, { manifest, grants, partHashes }] = [await keysOfLink(), await readContainer(file)];
  const opened = await openFile(manifest.raw, grants, keys);
  const only = { ...opened, partHashes };
  byId("open").hidden = true;
  const back = () => view.only("file", "actions");
  const tasks = new Tasks({ view, speaker, server: NO_SERVER, sinks: await Sinks.prepare(null), crew: new Shelf(file), back });
  const save = () => tasks.run((work) => saveFile(only, work), true);
  await view.offer(asSingle(only), NO_TERMS, "", { save, saveAll: save });
}

async function keysOfLink() {
  const url = URL.canParse(byId("whole").value.trim()) ? new URL(byId("whole").value.trim()) : null;
  if (!url) throw new FormatError("no link");
  const { linkKey, needsPassword } = parseFragment(url.hash.slice(1));
  if ((await linkId(linkKey)) !== url.pathname.split("/").pop()) throw new FormatError("half a link");
  return { url, keys: await LinkKeys.derive(linkKey, needsPassword ? byId("password").value : null) };
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
