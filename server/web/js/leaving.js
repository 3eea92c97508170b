// Files chosen, sent one after the other, and told of: one that fails never stops the rest.

import { Drop, mayPass, sealedSize } from "./drop.js";
import { words } from "./drop_words.js";
import { Meter, Patience } from "./pace.js";
import { isCancelled } from "./speaker.js";

export class Leaving {
  #entries = [];
  #running = null;

  /** `terms` as BoxServer.open gives them; `recipient`: who can open what is left. */
  constructor({ view, speaker, server, crew, recipient, email, terms }) {
    Object.assign(this, { view, speaker, server, crew, recipient, email, terms });
    addEventListener("beforeunload", (event) => this.#running && event.preventDefault());
    addEventListener("pagehide", () => this.#entries.forEach((entry) => this.#giveUp(entry)));
  }

  get isRunning() {
    return this.#running !== null;
  }

  begin() {
    const { say } = this.speaker;
    this.view.welcome(this.email, this.terms, this.recipient);
    this.view.onFiles((files) => this.#add(files), () => this.view.problem(say("folder")));
    this.#show();
  }

  #add(files) {
    if (this.#running || !files.length) return;
    if (this.#isOver) this.#entries = [];
    this.#entries.push(...files.map((file) => ({ file, drop: null, state: "waiting", reason: null })));
    this.view.ready(this.email);
    this.#show();
  }

  /** Whether all that was chosen has arrived. */
  get #isOver() {
    return this.#entries.every((entry) => entry.state === "sent");
  }

  #show() {
    const { say } = this.speaker;
    const open = this.#entries.filter((entry) => entry.state !== "sent");
    this.view.list(this.#entries, (entry) => {
      this.#entries = this.#entries.filter((each) => each !== entry);
      this.#giveUp(entry);
      this.#show();
    });
    this.view.problem(this.#objection(open));
    const text = open.length === 1 ? say("sendOne") : say("sendMany", { count: open.length.toLocaleString(this.speaker.lang) });
    this.view.button(open.length ? text : null, () => this.#send());
    this.view.pickers(!this.#isFull);
  }

  get #isFull() {
    return this.terms.filesLeft === 0 || this.terms.bytesLeft === 0;
  }

  /** Why the box would not take all of them. It is the server that decides; this only says so before. */
  #objection(entries) {
    const { say, size } = this.speaker;
    const { filesLeft, bytesLeft } = this.terms;
    if (this.#isFull) return say("full");
    if (filesLeft !== null && entries.length > filesLeft) return say("tooMany", { count: filesLeft });
    const needed = entries.reduce((sum, { file }) => sum + sealedSize(file.size), 0);
    return bytesLeft !== null && needed > bytesLeft ? say("tooManyBytes", { room: size(bytesLeft), size: size(needed) }) : "";
  }

  async #send() {
    const entries = this.#entries.filter((entry) => entry.state !== "sent");
    const { view, speaker } = this;
    const stop = (this.#running = new AbortController());
    const meter = new Meter((done, rate) => view.progress(done, rate));
    const work = {
      server: this.server,
      recipient: this.recipient,
      crew: this.crew,
      signal: stop.signal,
      patience: new Patience((trouble) => meter.pause(trouble && (() => view.meanwhile(speaker.say("waiting"))))),
      arrived: (bytes) => meter.arrived(bytes),
      comment: view.comment,
    };
    const total = entries.reduce((sum, { file }) => sum + sealedSize(file.size), 0);
    view.began(entries, total, () => stop.abort(new DOMException("cancelled", "AbortError")));
    for (const entry of entries) this.#mark(entry, "waiting");
    for (const entry of entries) await this.#sendOne(entry, work);
    meter.end();
    this.#running = null;
    const sent = this.#entries.filter((entry) => entry.state === "sent").length;
    if (sent) await this.server.done();
    await this.#tell(sent, stop.signal.aborted);
  }

  async #sendOne(entry, work) {
    if (work.signal.aborted) return;
    this.#mark(entry, "sending");
    try {
      entry.drop ??= new Drop(entry.file);
      await entry.drop.send(work);
      entry.drop = null;
      this.#mark(entry, "sent");
    } catch (error) {
      if (!mayPass(error)) await this.#giveUp(entry);
      if (isCancelled(error)) this.#mark(entry, "waiting");
      else this.#mark(entry, "failed", words(this.speaker, error));
    }
  }

  /** Its room is somebody else's; what comes of it later begins anew. */
  async #giveUp(entry) {
    const { drop } = entry;
    entry.drop = null;
    if (drop) await this.server.giveUp(drop.fileId);
  }

  #mark(entry, state, reason = null) {
    Object.assign(entry, { state, reason });
    this.view.update(entry);
  }

  async #tell(sent, isStopped) {
    const { view, speaker, email } = this;
    const { say } = speaker;
    const count = this.#entries.length;
    const values = { sent: sent.toLocaleString(speaker.lang), count: count.toLocaleString(speaker.lang), email };
    await this.#renew();
    const isAll = sent === count;
    if (isAll) view.ended(count === 1 ? say("allOne") : say("allMany", values), say("allLead", values), true);
    else if (isStopped) view.ended(say("stopped"), say("stoppedLead", values), false);
    else view.ended(sent ? say("some", values) : say("none"), say(sent ? "someLead" : "noneLead"), false);
    this.#show();
    if (!isAll) return view.button(say(sent ? "sendRest" : "retry"), () => this.#send());
    view.problem();
    view.pickers(false);
    view.button(this.#isFull ? null : say("more"), () => this.#again());
  }

  #again() {
    this.#entries = [];
    this.view.ready(this.email);
    this.#show();
  }

  /** What room is left now, as far as the server can be asked. */
  async #renew() {
    try {
      const { filesLeft, bytesLeft, expiresAt } = await this.server.open();
      this.terms = { ...this.terms, filesLeft, bytesLeft, expiresAt };
      this.view.terms(this.terms, this.recipient);
    } catch {
      // it stays as it was
    }
  }
}
