// How far a transfer has come, and how fast it is.

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
