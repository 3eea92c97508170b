// One save at a time: its progress, its end, and its cancelling, shown by a view.

import { Patience } from "./patience.js";
import { isCancelled, mayPass, words } from "./problems.js";
import { NoRoom } from "./sinks.js";
import { TooLarge } from "./transfer.js";

const DRAW_EVERY_MS = 100;
const RATE_OVER_MS = 4_000;

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
      view.done(speaker.say(text === "done" ? "doneLead" : text, { name }));
    } catch (error) {
      meter.end();
      this.#failed(error, () => this.run(save, isLast, doneText));
    } finally {
      this.#running = null;
      view.ended();
    }
  }

  #failed(error, again) {
    const { view, speaker } = this;
    this.back();
    if (isCancelled(error)) return view.title(speaker.say("cancelled"), speaker.say("cancelledLead"));
    view.failed(this.#name, words(speaker, error), mayPass(error) ? again : null);
    if (error instanceof NoRoom || error instanceof TooLarge) view.tooMuch(words(speaker, error));
  }

  /** The page is closed: say so, as far as that still gets through. */
  #leave() {
    if (this.#running) this.server.giveBack();
    else if (this.server.isClaimed) this.server.done();
  }
}

/** Counts bytes; draws now and then; knows the rate of the last seconds. */
class Meter {
  #done = 0;
  #drawn = 0;
  #samples = [];
  #isPaused = false;

  constructor(draw) {
    this.draw = draw;
  }

  arrived(bytes) {
    this.#done += bytes;
    const now = performance.now();
    if (this.#isPaused || now - this.#drawn < DRAW_EVERY_MS) return;
    this.#drawn = now;
    this.#samples.push([now, this.#done]);
    while (this.#samples.length > 2 && this.#samples[0][0] < now - RATE_OVER_MS) this.#samples.shift();
    const [[since, before]] = this.#samples;
    this.draw(this.#done, now - since > 500 ? Math.max(0, ((this.#done - before) / (now - since)) * 1000) : null);
  }

  /** `say` instead of drawing, until all is well (null). */
  pause(say) {
    this.#isPaused = say !== null;
    this.#samples = [];
    if (say) say();
    else this.draw(this.#done, null);
  }

  end() {
    this.#isPaused = true;
  }
}
