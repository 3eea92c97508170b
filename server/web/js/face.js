// What all pages have: a card that shows one state, its head, its forms, its bar. Whatever others wrote becomes text, never markup.

const AREAS = ["paste", "ask", "file", "actions", "leave", "running"];

export const byId = (id) => document.getElementById(id);

export class Face {
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
    for (const id of AREAS) {
      const area = byId(id); // a page has those that it needs
      if (area) area.hidden = !ids.includes(id);
    }
  }

  problem(...lines) {
    byId("problem").replaceChildren(...lines.filter(Boolean).map((line) => element("p", line)));
  }

  /** Why nothing is shown, and a button where another try (`again`) may help. */
  notOpened(text, again) {
    this.title(this.speaker.say("notOpened"));
    this.only();
    this.problem(text);
    if (!again) return;
    const button = element("button", this.speaker.say("retry"), "main");
    button.onclick = () => {
      this.title(this.speaker.say("opening"));
      again();
    };
    byId("problem").append(button);
  }

  /** For screen readers only, when they have time. */
  whisper(text) {
    byId("status").textContent = text;
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

  /** Why the password did not open it, this time: it can be typed, or just given, again. */
  askAgain(text) {
    this.problem(text);
    byId("password").select();
    byId("password").focus();
  }

  // -- while it goes on

  /** What follows is progress on the way to `total` bytes. */
  measure(total) {
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

  // -- pieces

  note(text) {
    const note = byId("note");
    note.textContent = text;
    note.hidden = !text;
    if (note.scrollHeight > note.clientHeight) note.tabIndex = 0; // else the keyboard could not scroll it
  }

  facts(rows) {
    byId("facts").replaceChildren(
      ...rows.flatMap(([key, text, kind = ""]) => [element("dt", this.speaker.say(key)), element("dd", text, kind)]),
    );
  }
}

function onSubmit(form, use) {
  form.onsubmit = (event) => {
    event.preventDefault();
    use();
  };
}

export function element(tag, text = "", kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}
