// What is seen of a link: what it leads to, and how saving it goes.

import { toHex } from "./bytes.js";
import { byId, element, Face } from "./face.js";
import { isSafe, nameToSave, shown, shownLines } from "./names.js";
import { noteOf } from "./opening.js";
import { sha256 } from "./webcrypto.js";

export class View extends Face {
  #offered = () => {}; // shows again what can be saved

  /** `isAll`: there is nothing else to save. */
  done(lead, isAll) {
    this.title(this.speaker.say("done"), lead);
    document.body.classList.add("done");
    this.only("file", "actions");
    if (!isAll) return;
    byId("save").className = "";
    byId("save").textContent = this.speaker.say("saveAgain");
    byId("how").textContent = "";
  }

  // -- what the link leads to

  /** `terms`: fromEmail, expiresAt, downloads, downloadLimit. Buttons call `save(file)` or `saveAll()`; `tooMuch`: why not all. */
  async offer(offer, terms, how, { save, saveAll, tooMuch }) {
    const { say, size, date } = this.speaker;
    const { single, list, files, all, lists } = offer;
    const counted = (count) => ({ count: count.toLocaleString(this.speaker.lang) });
    const first = single ?? lists[0];
    const whose = offer.sender && (await fingerprint(offer.sender)); // before anything is shown: all of it at once
    const name = first ? shown(first.metadata.name) : say("files", counted(files.length));
    const lead = list ? say("folder", counted(files.length)) : "";
    this.title(single || list || !first ? name : say("andMore", { name, ...counted(offer.tops - 1) }), lead);
    this.only("file", "actions");
    this.note(shownLines(noteOf((first ?? all[0]).metadata)));
    this.facts([
      ...(terms.fromEmail === null ? [] : [["from", say("toThis", { email: shown(terms.fromEmail) })]]),
      ["size", size(offer.size)],
      ...(terms.expiresAt === null ? [] : [["expires", date(terms.expiresAt)]]),
      ...(terms.downloadLimit === null ? [] : [["left", String(Math.max(0, terms.downloadLimit - terms.downloads))]]),
      ["signature", say(offer.signature, { email: terms.fromEmail === null ? say("theSender") : shown(terms.fromEmail) }), offer.signature === "signed" ? "good" : "warning"],
      ...(whose ? [["fingerprint", whose, "mono"]] : []),
    ]);
    const refused = single ? !isSafe(single.metadata.name) : !offer.isSafe;
    const warning = single ? say("hostileName", { name: nameToSave(single.metadata.name) }) : say("hostilePath");
    this.#offered = () => {
      if (tooMuch) return this.tooMuch(tooMuch);
      this.#button(single ? say("save") : say("saveAll"), single ? () => save(single) : saveAll, refused && !single);
      this.#how([refused && warning, how, terms.downloadLimit !== null && say("counts")]);
    };
    this.#offered();
    this.#files(single ? [] : files, (file) => shown(offer.placeOf(file)), (file) => size(file.metadata.size), save);
  }

  /** The same where there is no key: files that can be fetched as they are. */
  offerSealed(files, terms, save) {
    const { say, size, date } = this.speaker;
    this.title(say("saveSealed"), say("onlySealed"));
    this.only("file");
    this.#offered = () => (byId("save").hidden = true);
    this.#offered();
    this.note("");
    this.facts([
      ["from", say("toThis", { email: shown(terms.fromEmail) })],
      ["expires", date(terms.expiresAt)],
    ]);
    this.#files(files, (file) => `${file.manifest.fileId}.sealed`, (file) => size(file.manifest.bodySize), save);
  }

  /** That this browser can't, and what can. */
  tooMuch(text) {
    byId("save").hidden = true;
    byId("how").textContent = text;
    byId("command").textContent = "sealcase get LINK";
    byId("command").hidden = false;
  }

  /** How it failed, and what is left of it; another try only where that may help. `isAll` as in `done`. */
  failed(name, reason, kept, again, isAll) {
    const { say } = this.speaker;
    this.title(say("failed"), shown(name));
    this.problem(reason, kept);
    if (!again && !isAll) return;
    this.#how([]);
    if (again) this.#button(say("retry"), again, false);
    else byId("save").hidden = true;
  }

  // -- while it goes on

  began(name, total, cancel) {
    this.title(this.speaker.say("saving", { name: shown(name) }));
    this.problem();
    this.#offered();
    this.only("file", "running");
    for (const button of byId("files").querySelectorAll("button")) button.disabled = true;
    byId("cancel").onclick = cancel;
    this.measure(total);
  }

  ended() {
    for (const button of byId("files").querySelectorAll("button")) button.disabled = false;
    this.whisper("");
  }

  // -- pieces

  #button(text, click, disabled) {
    const button = byId("save");
    button.hidden = false;
    button.className = "main";
    button.textContent = text;
    button.disabled = disabled;
    button.onclick = click;
  }

  #how(lines) {
    byId("how").textContent = lines.filter(Boolean).join(" ");
    byId("command").hidden = true;
  }

  #files(files, name, size, save) {
    byId("list").hidden = !files.length;
    byId("files").replaceChildren(
      ...files.map((file) => {
        const row = element("li");
        const button = element("button", this.speaker.say("save"));
        button.setAttribute("aria-label", this.speaker.say("saveOne", { name: name(file) }));
        button.onclick = () => save(file);
        row.append(element("span", name(file)), element("span", size(file), "quiet"), button);
        return row;
      }),
    );
  }
}

/** As client and server write it: the first 80 bits of the key's SHA-256 in hex, in groups of four. */
async function fingerprint(key) {
  return toHex(await sha256(key)).slice(0, 20).match(/..../g).join(" ");
}
