// The workers, as one thing that works on parts side by side.

import * as errors from "./errors.js";
import { Refused, Unreachable } from "./http.js";

/** All of it is loaded when it is made: a page that stays open needs nothing more of the server that made it. */
export class Crew {
  #workers;
  #waiting = new Map();
  #next = 0;

  /** `makeWorker()` gives a `Worker` that serves, as hands.js does. */
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
