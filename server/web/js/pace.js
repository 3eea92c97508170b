// How a transfer goes: how many parts are on their way at a time, how long one waits for a network that is away, how fast it is.

const LEAST = 2;
const MOST = 6;
const MEMORY = 256 * 2 ** 20;
const GIVE_UP_MS = 10 * 60_000;
const LONGEST_PAUSE_MS = 30_000;
const LONGEST_TRY_MS = 120_000;

/** Two parts side by side, one more for as long as that makes it faster, up to six; fewer where parts are large. */
export class Lanes {
  constructor(partSize, now = () => performance.now()) {
    this.most = Math.max(1, Math.min(MOST, Math.floor(MEMORY / (2 * partSize))));
    this.count = Math.min(LEAST, this.most);
    this.now = now;
    this.best = 0;
    this.#begin();
  }

  /** A part of that many bytes is here. */
  arrived(bytes) {
    this.bytes += bytes;
    if (++this.parts < 2 * this.count) return;
    const rate = this.bytes / Math.max(1, this.now() - this.began);
    if (rate > this.best * 1.05) this.count = Math.min(this.most, this.count + 1);
    else if (rate < this.best * 0.7) this.count = Math.max(Math.min(LEAST, this.most), this.count - 1);
    this.best = Math.max(rate, this.best * 0.9);
    this.#begin();
  }

  /** The line broke: begin small again. */
  broke() {
    this.count = Math.min(LEAST, this.most);
    this.best = 0;
    this.#begin();
  }

  #begin() {
    this.bytes = this.parts = 0;
    this.began = this.now();
  }
}

/** Belongs to a whole transfer: as long as any part gets through, all go on trying. Time that the machine slept does not count. */
export class Patience {
  #waited = 0; // milliseconds, since something last went through
  #seen = null; // when that was last added to; null while all is well
  #tries = 0;

  constructor(told, giveUpMs = GIVE_UP_MS) {
    this.told = told;
    this.giveUpMs = giveUpMs;
  }

  wentThrough() {
    if (this.#seen !== null) this.told(null);
    this.#seen = null;
    this.#waited = this.#tries = 0;
  }

  /** Waits before the next try, less long when the network comes back. Throws `error` when it took too long. */
  async afterFailure(error, signal) {
    this.#seen ??= Date.now();
    this.#addUp(LONGEST_TRY_MS);
    const pause = Math.max((error.retryAfter ?? 0) * 1000, Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#tries++));
    if (this.#waited + pause > this.giveUpMs) throw error;
    this.told(error);
    await new Promise((resolve, reject) => {
      const end = (then) => () => {
        clearTimeout(timer);
        globalThis.removeEventListener?.("online", wake);
        signal.removeEventListener("abort", stop);
        then();
      };
      const wake = end(() => resolve(this.#addUp(2 * pause)));
      const stop = end(() => reject(signal.reason));
      const timer = setTimeout(wake, pause * (0.75 + Math.random() / 2));
      if (!error.retryAfter) globalThis.addEventListener?.("online", wake);
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
    });
  }

  /** Counts the time since this was last done, of which `most` may be no sleep. */
  #addUp(most) {
    if (this.#seen === null) return;
    const now = Date.now();
    this.#waited += Math.min(now - this.#seen, most);
    this.#seen = now;
  }
}

/** What `promise` gives, or at once why `signal` said stop. */
export function unlessStopped(promise, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** `attempt()`, again while waiting may help; `mayPass(error)` says whether. Throws what stays wrong. */
export async function insist(attempt, { patience, signal, mayPass }) {
  for (;;) {
    try {
      signal.throwIfAborted();
      const result = await attempt();
      patience.wentThrough();
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error)) throw error;
      await patience.afterFailure(error, signal);
    }
  }
}

const DRAW_EVERY_MS = 100;
const RATE_OVER_MS = 4_000;

/** Counts bytes; draws now and then; knows the rate of the last seconds. */
export class Meter {
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
