// What is seen: one card that shows one state. Whatever others wrote becomes text, never markup.

import { toHex } from "./bytes.js";
import { noteOf } from "./folder.js";
import { sha256 } from "./keys.js";
import { isSafe, nameToSave, shown, shownLines } from "./names.js";

const byId = (id) => document.getElementById(id);

export class View {
  #reader = null;

  constructor(speaker) {
    this.speaker = speaker;
    document.documentElement.lang = speaker.lang;
    for (const each of document.querySelectorAll("[data-say]")) each.textContent = speaker.say(each.dataset.say);
    this.title(speaker.say("opening"), "", false);
  }

  /** Head and lead of what is shown now; the keyboard's focus goes there, so that a screen reader reads it. */
  title(text, lead = "", focus = true) {
    byId("title").textContent = text;
    document.title = `${text} – Sealcase`;
    byId("lead").textContent = lead;
    byId("lead").hidden = !lead;
    document.body.classList.remove("done");
    if (focus) byId("title").focus();
  }

  /** Shows exactly these of the card's areas. */
  only(...ids) {
    for (const id of ["paste", "ask", "file", "actions", "running"]) {
      const area = byId(id); // a page has those that it needs
      if (area) area.hidden = !ids.includes(id);
    }
  }

  problem(...lines) {
    byId("problem").replaceChildren(...lines.filter(Boolean).map((line) => element("p", line)));
  }

  /** For screen readers only, when they have time. */
  whisper(text) {
    byId("status").textContent = text;
  }

  done(lead) {
    this.title(this.speaker.say("done"), lead);
    document.body.classList.add("done");
    this.only("file", "actions");
    byId("save").className = "";
    byId("save").textContent = this.speaker.say("saveAgain");
    byId("how").textContent = "";
  }

  // -- forms

  /** Asks for the whole link. `use(text)` gets it. */
  askLink(use) {
    this.title(this.speaker.say("pasteTitle"), this.speaker.say("pasteLead"));
    this.only("paste");
    onSubmit(byId("paste"), () => use(byId("whole").value.trim()));
  }

  /** Asks for the password. `use(text)` gets it and may take its time. */
  askPassword(use) {
    const [field, reveal] = [byId("password"), byId("reveal")];
    this.title(this.speaker.say("password"), this.speaker.say("passwordLead"), false);
    this.only("ask");
    field.focus();
    reveal.onclick = () => {
      const show = field.type === "password";
      field.type = show ? "text" : "password";
      reveal.setAttribute("aria-pressed", String(show));
      reveal.textContent = this.speaker.say(show ? "hide" : "show");
    };
    const button = byId("ask").querySelector(".main");
    onSubmit(byId("ask"), async () => {
      this.problem();
      button.disabled = true;
      button.textContent = this.speaker.say("checking");
      await use(field.value);
      button.disabled = false;
      button.textContent = this.speaker.say("open");
    });
  }

  passwordWrong(text) {
    this.problem(text);
    byId("password").select();
    byId("password").focus();
  }

  // -- what the link leads to

  /** `terms`: fromEmail, expiresAt, downloads, downloadLimit. Buttons call `save(file)` or `saveAll()`. */
  async offer(offer, terms, how, { save, saveAll }) {
    const { say, size, date } = this.speaker;
    const { single, list, files } = offer;
    const count = { count: files.length.toLocaleString(this.speaker.lang) };
    const name = single ? shown(single.metadata.name) : shown(list?.metadata.name ?? say("files", count));
    const lead = list ? say("folder", count) : "";
    this.title(name, lead);
    this.only("file", "actions");
    this.#note(shownLines(noteOf((single ?? list ?? files[0]).metadata)));
    this.#facts([
      ...(terms.fromEmail === null ? [] : [["from", say("toThis", { email: shown(terms.fromEmail) })]]),
      ["size", size(offer.size)],
      ...(terms.expiresAt === null ? [] : [["expires", date(terms.expiresAt)]]),
      ...(terms.downloadLimit === null ? [] : [["left", String(Math.max(0, terms.downloadLimit - terms.downloads))]]),
      ["signature", say(offer.signature, { email: terms.fromEmail === null ? say("theSender") : shown(terms.fromEmail) }), offer.signature === "signed" ? "good" : "warning"],
      ...(offer.sender ? [["fingerprint", await fingerprint(offer.sender), "mono"]] : []),
    ]);
    const refused = single ? !isSafe(single.metadata.name) : !offer.isSafe;
    const warning = single ? say("hostileName", { name: nameToSave(single.metadata.name) }) : say("hostilePath");
    this.#button(single ? say("save") : say("saveAll"), single ? () => save(single) : saveAll, refused && !single);
    this.#how([refused && warning, how, terms.downloadLimit !== null && say("counts")]);
    this.#files(single ? [] : files, (file) => shown(offer.placeOf(file)), (file) => size(file.metadata.size), save);
  }

  /** The same where there is no key: files that can be fetched as they are. */
  offerSealed(files, terms, save) {
    const { say, size, date } = this.speaker;
    this.title(say("saveSealed"), say("onlySealed"));
    this.only("file");
    this.#note("");
    this.#facts([
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

  /** How it failed; another try only where that may help. */
  failed(name, reason, again) {
    const { say } = this.speaker;
    this.title(say("failed"), shown(name));
    this.problem(reason, say("nothingKept"));
    this.#how([]);
    if (again) this.#button(say("retry"), again, false);
    else byId("save").hidden = true;
  }

  // -- while it goes on

  began(name, total, cancel) {
    this.title(this.speaker.say("saving", { name: shown(name) }));
    this.problem();
    this.only("file", "running");
    for (const button of byId("files").querySelectorAll("button")) button.disabled = true;
    byId("cancel").onclick = cancel;
    this.#reader = { total, told: 0 };
    this.progress(0, null);
  }

  /** `done` of all sealed bytes; `rate` in bytes a second, or null where nobody knows yet. */
  progress(done, rate) {
    const { say, size, duration } = this.speaker;
    const { total } = this.#reader;
    byId("bar").value = total ? Math.min(1, done / total) : 1;
    byId("amount").textContent = say("ofTotal", { done: size(Math.min(done, total)), total: size(total) });
    byId("rate").textContent = rate ? say("rate", { rate: size(rate), time: duration((total - done) / rate) }) : "";
    const tenth = Math.floor((done / total) * 10);
    if (tenth > this.#reader.told && tenth < 10) {
      this.#reader.told = tenth;
      this.whisper(say("percent", { percent: tenth * 10 }));
    }
  }

  /** In place of the rate. */
  meanwhile(text) {
    byId("rate").textContent = text;
    this.whisper(text);
  }

  ended() {
    for (const button of byId("files").querySelectorAll("button")) button.disabled = false;
    this.whisper("");
  }

  // -- pieces

  #note(text) {
    const note = byId("note");
    note.textContent = text;
    note.hidden = !text;
    if (note.scrollHeight > note.clientHeight) note.tabIndex = 0; // else the keyboard could not scroll it
  }

  #facts(rows) {
    byId("facts").replaceChildren(
      ...rows.flatMap(([key, text, kind = ""]) => [element("dt", this.speaker.say(key)), element("dd", text, kind)]),
    );
  }

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

function onSubmit(form, use) {
  form.onsubmit = (event) => {
    event.preventDefault();
    use();
  };
}

function element(tag, text = "", kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}
