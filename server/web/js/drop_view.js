// What is seen of a drop box: whose it is, what was chosen, and how sending it goes.

import { byId, element, Face } from "./face.js";
import { shown, shownLines } from "./names.js";

export class DropView extends Face {
  #rows = new Map();

  /** What the owner says, and what holds for the box. `terms` as BoxServer.open gives them, checked. */
  welcome(email, terms, recipient) {
    this.note(shownLines(terms.note));
    this.terms(terms, recipient);
    this.ready(email);
  }

  /** Files can be chosen. */
  ready(email) {
    const { say } = this.speaker;
    this.title(say("leaveTitle", { email: shown(email) }), say("leaveLead", { email: shown(email) }));
    this.only("leave");
  }

  terms({ expiresAt, filesLeft, bytesLeft }, { strength, missing }) {
    const { say, size, date } = this.speaker;
    const files = filesLeft === null ? [] : [filesLeft === 1 ? say("roomOne") : say("roomFiles", { count: this.#number(filesLeft) })];
    const room = [...files, ...(bytesLeft === null ? [] : [size(bytesLeft)])].join(", ");
    const how = { quantum: say("quantum"), rsa: say("rsa"), "left out": say("leftOut", { what: missing.join(", ") }) }[strength];
    this.facts([
      ...(room ? [["room", room]] : []),
      ["until", date(expiresAt)],
      ["owner", say("ownerIs"), "good"],
      ["encryption", how, strength === "left out" ? "warning" : ""],
      ["sender", say("senderIs")],
    ]);
  }

  /** `chosen` calls back with files as they come; `folders` with how many folders were among what was dropped. */
  onFiles(chosen, folders) {
    const input = byId("input");
    byId("choose").onclick = () => input.click();
    input.onchange = () => {
      chosen([...input.files]);
      input.value = ""; // so that the same file can be chosen again
    };
    const zone = byId("zone");
    const over = (is) => (event) => {
      event.preventDefault();
      zone.classList.toggle("over", is && !zone.hidden);
    };
    document.ondragover = over(true);
    document.ondragleave = over(false);
    document.ondrop = (event) => {
      over(false)(event);
      const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
      const isFolder = (item) => item.webkitGetAsEntry?.()?.isDirectory === true;
      const count = items.filter(isFolder).length;
      chosen(items.filter((item) => !isFolder(item)).map((item) => item.getAsFile()));
      if (count) folders(count);
    };
  }

  /** The list anew: entries have `file`, `state` and `reason`. */
  list(entries, remove) {
    this.#rows.clear();
    byId("list").hidden = !entries.length;
    byId("files").replaceChildren(...entries.map((entry) => this.#row(entry, remove)));
    byId("choose").textContent = this.speaker.say(entries.length ? "chooseMore" : "choose");
  }

  /** How one of them fares. */
  update(entry) {
    const { say } = this.speaker;
    const { row, mark, reason } = this.#rows.get(entry);
    row.className = entry.state;
    mark.textContent = { sending: say("stateSending"), sent: say("stateSent"), failed: say("stateFailed") }[entry.state] ?? "";
    reason.textContent = entry.reason ?? "";
    reason.hidden = !entry.reason;
  }

  /** The large button; null: none. */
  button(text, click) {
    const button = byId("send");
    button.hidden = text === null;
    button.textContent = text ?? "";
    button.onclick = click;
  }

  began(entries, total, cancel) {
    const { say } = this.speaker;
    const [first] = entries;
    const title = entries.length === 1 ? say("sendingOne", { name: shown(first.file.name) }) : say("sendingMany", { count: this.#number(entries.length) });
    this.title(title);
    this.problem();
    this.only("leave", "running");
    this.pickers(false);
    this.button(null);
    byId("cancel").onclick = cancel;
    this.measure(total);
  }

  /** All of them, or some, or none; `lead` says more. */
  ended(title, lead, isAll) {
    this.title(title, lead);
    this.only("leave");
    document.body.classList.toggle("done", isAll);
    this.whisper("");
  }

  get comment() {
    return byId("comment").value.trim();
  }

  /** Whether files can be chosen, taken back and said something to. */
  pickers(can) {
    byId("zone").hidden = !can;
    byId("message").hidden = !can || !this.#rows.size;
    for (const [entry, { button }] of this.#rows) button.hidden = !can || entry.state === "sent";
  }

  #row(entry, remove) {
    const { say, size } = this.speaker;
    const name = shown(entry.file.name);
    const row = element("li");
    const label = element("span", name);
    const reason = element("span", "", "reason");
    label.append(reason);
    const mark = element("span", "", "mark");
    const button = element("button", say("remove"));
    button.setAttribute("aria-label", say("removeOne", { name }));
    button.onclick = () => {
      remove(entry);
      byId("choose").focus();
    };
    row.append(label, element("span", size(entry.file.size), "quiet"), mark, button);
    this.#rows.set(entry, { row, mark, reason, button });
    this.update(entry);
    return row;
  }

  #number = (count) => count.toLocaleString(this.speaker.lang);
}
