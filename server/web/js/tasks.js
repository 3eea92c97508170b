// One save at a time: its progress, its end, and its cancelling, shown by a view.

import { TooLarge } from "./errors.js";
import { isWorthAnother, words } from "./link_words.js";
import { Meter, Patience } from "./pace.js";
import { NoRoom } from "./sinks.js";
import { isCancelled } from "./speaker.js";

export class Tasks {
  #running = null;
  #name = "";

  /** `back()` shows again what can be saved. */
  constructor({ view, speaker, server, sinks, crew, back }) {
    Object.assign(this, { view, speaker, server, sinks, crew, back });
    addEventListener("beforeunload", (event) => this.#running && event.preventDefault());
    addEventListener("pagehide", () => this.#leave());
  }

  /** Runs `save(work)`, one of saving.js, to its end. `isLast`: whether that was all that anybody could want. */
  async run(save, isLast, doneText) {
    if (this.#running) return;
    const { view, speaker } = this;
    const stop = new AbortController();
    this.#running = stop;
    const meter = new Meter((done, rate) => view.progress(done, rate));
    const work = {
      server: this.server,
      sinks: this.sinks,
      crew: this.crew,
      signal: stop.signal,
      stop: (reason) => stop.abort(reason),
      patience: new Patience((trouble) => meter.pause(trouble && (() => view.meanwhile(speaker.say("waiting"))))),
      began: (name, total) => {
        this.#name = name;
        view.began(name, total, () => stop.abort(new DOMException("cancelled", "AbortError")));
      },
      arrived: (bytes) => meter.arrived(bytes),
      finishing: () => view.meanwhile(speaker.say("finishing")),
    };
    try {
      const name = await save(work);
      meter.end();
      if (isLast) await this.server.done();
      const text = doneText ?? (this.sinks.kind === "disk" ? "done" : "doneStream");
      view.done(speaker.say(text === "done" ? "doneLead" : text, { name }), isLast);
    } catch (error) {
      meter.end();
      this.#failed(error, () => this.run(save, isLast, doneText), isLast);
    } finally {
      this.#running = null;
      view.ended();
    }
  }

  #failed(error, again, isLast) {
    const { view, speaker } = this;
    this.back();
    const kept = speaker.say(this.sinks.kind === "stream" ? "noFileKept" : "nothingKept");
    if (isCancelled(error)) return view.title(speaker.say("cancelled"), kept);
    view.failed(this.#name, words(speaker, error), kept, isWorthAnother(error) ? again : null, isLast);
    if (error instanceof NoRoom || error instanceof TooLarge) view.tooMuch(words(speaker, error));
  }

  /** The page is closed: say so, as far as that still gets through. */
  #leave() {
    if (this.#running) this.server.giveBack();
    else if (this.server.isClaimed) this.server.done();
  }
}
