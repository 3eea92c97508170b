// Files chosen, sent, and told of: one that fails never stops the rest.

import { Drop, isSmall, mayPass, sealedSize } from "./drop.js";
import { words } from "./drop_words.js";
import { Unreachable } from "./http.js";
import { Meter, Patience, unlessStopped } from "./pace.js";
import { isCancelled } from "./speaker.js";

const SIDE_BY_SIDE = 4;

export class Leaving {
  #entries = [];
  #running = null;
  #told = null;
  #farewells = Promise.resolve();
  #owed = new Set();

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
    this.#ready();
  }

  /** Whether all that was chosen has arrived. */
  get #isOver() {
    return this.#entries.every((entry) => entry.state === "sent");
  }

  /** Files can be chosen, and sent. */
  #ready() {
    this.#told = null;
    this.view.ready(this.email);
    this.#show();
  }

  #show() {
    this.view.list(this.#entries, (entry) => {
      this.#entries = this.#entries.filter((each) => each !== entry);
      this.#giveUp(entry);
      this.#told = null;
      this.#show();
    });
    this.#offer();
  }

  /** What can be done next: depends on what has arrived, and on what room there is. */
  #offer() {
    const { view, speaker } = this;
    const { say } = speaker;
    const open = this.#entries.filter((entry) => entry.state !== "sent");
    const isAll = this.#told !== null && !open.length;
    view.problem(isAll ? "" : this.#objection(open));
    view.pickers(!isAll && !this.#isFull);
    if (isAll) return view.button(this.#isFull ? null : say("more"), () => this.#again());
    const text = open.length === 1 ? say("sendOne") : say("sendMany", { count: open.length.toLocaleString(speaker.lang) });
    const again = this.#told?.sent ? say("sendRest") : say("retry");
    view.button(open.length ? (this.#told ? again : text) : null, () => this.#send());
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
    view.began(entries, total, () => {
      stop.abort(new DOMException("cancelled", "AbortError"));
      if (entries.some(({ drop }) => drop?.isInDoubt)) view.meanwhile(speaker.say("lastWord"));
    });
    for (const entry of entries) this.#mark(entry, "waiting");
    await this.#sendAll(entries, work);
    meter.end();
    this.#running = null;
    await this.#tell(stop.signal.aborted);
  }

  /** Small files side by side, since they wait for answers more than for the line; of a large one its parts are. */
  async #sendAll(entries, work) {
    const onTheWay = new Set();
    let busy = 0;
    for (const fileId of this.#owed) this.#giveBack(fileId);
    await unlessStopped(this.#farewells, work.signal).catch(() => {}); // or there could be no room yet
    for (const entry of entries) {
      const lanes = isSmall(entry.file.size) ? 1 : SIDE_BY_SIDE;
      while (busy && busy + lanes > SIDE_BY_SIDE) await Promise.race(onTheWay);
      busy += lanes;
      const one = this.#sendOne(entry, work).finally(() => {
        busy -= lanes;
        onTheWay.delete(one);
      });
      onTheWay.add(one);
    }
    await Promise.all(onTheWay);
  }

  async #sendOne(entry, work) {
    if (work.signal.aborted) return;
    this.#mark(entry, "sending");
    try {
      entry.drop ??= new Drop(entry.file);
      await entry.drop.send(work);
      entry.drop = null;
      this.#mark(entry, "sent");
    } catch (reason) {
      const error = isCancelled(reason) && entry.drop.isInDoubt ? new Unreachable("no last word") : reason;
      if (!mayPass(error)) this.#giveUp(entry);
      if (isCancelled(error)) this.#mark(entry, "waiting");
      else this.#mark(entry, "failed", words(this.speaker, error));
    }
  }

  /** Its room is somebody else's; what comes of it later begins anew. */
  #giveUp(entry) {
    const { drop } = entry;
    entry.drop = null;
    if (drop) this.#giveBack(drop.fileId);
  }

  #giveBack(fileId) {
    this.#owed.add(fileId);
    this.#farewell(this.server.giveUp(fileId).then((isHeard) => isHeard && this.#owed.delete(fileId)));
  }

  #farewell(said) {
    this.#farewells = Promise.all([this.#farewells, said]);
  }

  #mark(entry, state, reason = null) {
    Object.assign(entry, { state, reason });
    this.view.update(entry);
  }

  /** How it ended, at once; what room there is now, when the server has said so. */
  async #tell(isStopped) {
    const { view, speaker, email } = this;
    const { say } = speaker;
    const [count, sent] = [this.#entries.length, this.#entries.filter((entry) => entry.state === "sent").length];
    const values = { sent: sent.toLocaleString(speaker.lang), count: count.toLocaleString(speaker.lang), email };
    if (sent === count) view.ended(count === 1 ? say("allOne") : say("allMany", values), say("allLead", values), true);
    else if (isStopped && this.#entries.every((entry) => entry.state !== "failed")) view.ended(say("stopped"), say("stoppedLead", values), false);
    else view.ended(sent ? say("some", values) : say("none"), say(sent ? "someLead" : "noneLead"), false);
    const told = (this.#told = { sent });
    this.#show();
    if (sent) this.#farewell(this.server.done());
    await this.#farewells;
    await this.#renew();
    if (this.#told === told && !this.#running) this.#offer();
  }

  #again() {
    this.#entries = [];
    this.#ready();
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
