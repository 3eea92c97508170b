// A worker's end of a crew: does what it is told, several things at once, and says how it goes.

const TOLD_EVERY = 2 ** 21; // bytes
const TOLD_AFTER = 200; // milliseconds

/** `work(order, signal, arrived)` gives a result and what of it is handed over instead of copied. */
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
