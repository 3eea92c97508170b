// Workers: as one thing that works on parts side by side, a worker's own end of it, and what a page may start at all.

import * as errors from "./errors.js";
import { Refused, Unreachable } from "./http.js";

const TOLD_EVERY = 2 ** 21; // bytes
const TOLD_AFTER = 200; // milliseconds

/** All of it is loaded when it is made: a page that stays open needs nothing more of the server that made it. */
export class Crew {
  #workers;
  #waiting = new Map();
  #next = 0;

  /** `makeWorker()` gives a `Worker` that serves, with `serve`. */
  constructor(makeWorker, count = Math.max(2, Math.min(4, navigator.hardwareConcurrency || 2))) {
    this.#workers = Array.from({ length: count }, makeWorker);
    for (const worker of this.#workers) worker.onmessage = ({ data }) => this.#heard(data);
  }

  /** What a worker makes of a part: of worker.js opened pieces, with `sealed` its bytes as they are; of drop_worker.js its hash. */
  part(job, source, { signal, arrived, sealed = false }) {
    const number = this.#next++;
    const worker = this.#workers[number % this.#workers.length];
    return new Promise((resolve, reject) => {
      const stop = () => {
        worker.postMessage({ number, stop: true });
        this.#waiting.delete(number);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      const settle = (then) => (value) => {
        signal.removeEventListener("abort", stop);
        then(value);
      };
      this.#waiting.set(number, { resolve: settle(resolve), reject: settle(reject), arrived });
      worker.postMessage({ number, job, source, sealed });
    });
  }

  #heard({ number, arrived, result, failure }) {
    const waiting = this.#waiting.get(number);
    if (!waiting) return;
    if (arrived !== undefined) return waiting.arrived(arrived);
    this.#waiting.delete(number);
    if (failure) waiting.reject(revived(failure));
    else waiting.resolve(result);
  }
}

function revived({ name, message, status, code, retryAfter, filled }) {
  if (name === "Refused") return new Refused(status, code, retryAfter);
  if (name === "Unreachable") return new Unreachable(message, filled);
  const kind = errors[name] ?? Error;
  return kind === errors.WrongKey ? new kind() : new kind(message);
}

/**
 * In a worker: does what it is told, several things at once, and says how it goes.
 * `work(order, signal, arrived)` gives a result and what of it is handed over instead of copied.
 */
export function serve(work) {
  const running = new Map();
  self.onmessage = async ({ data: { number, stop, ...order } }) => {
    if (stop) return running.get(number)?.abort();
    const line = new AbortController();
    running.set(number, line);
    let untold = 0;
    let told = 0;
    const arrived = (bytes) => {
      untold += bytes;
      if (untold < TOLD_EVERY && performance.now() - told < TOLD_AFTER) return;
      self.postMessage({ number, arrived: untold });
      [untold, told] = [0, performance.now()];
    };
    try {
      const { result, handed } = await work(order, line.signal, arrived);
      self.postMessage({ number, result }, handed);
    } catch ({ name, message, status, code, retryAfter, filled }) {
      self.postMessage({ number, failure: { name, message, status, code, retryAfter, filled } });
    } finally {
      running.delete(number);
    }
  };
}

/** Makes an address of a script acceptable where the browser asks (Trusted Types), if it lies in the folder of ours below `base`. */
export function trustedFrom(base) {
  const ours = new URL("web/", base).href;
  const createScriptURL = (url) => {
    if (!url.startsWith(ours)) throw new TypeError("not one of our scripts");
    return url;
  };
  const policy = globalThis.trustedTypes?.createPolicy("sealcase", { createScriptURL });
  return (url) => policy?.createScriptURL(url) ?? url;
}
