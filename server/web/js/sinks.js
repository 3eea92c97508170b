// Where content goes on this machine: straight to disk where the browser can, else through a service worker, else memory.
//
// A sink has `write(bytes)`, `close()` and `abort()`; only `close` makes a file of it. `lost` is told if the browser's
// own download was cancelled.

import { SealcaseError } from "./errors.js";

export const MAX_IN_MEMORY = 2 ** 30;
const PING_MS = 10_000;
const SILENCE = 3; // pings
const READY_MS = 30_000;

/** The browser can't keep a file of this size. */
export class NoRoom extends SealcaseError {}

/** The browser or its disk would not take what was written. */
export class NotWritten extends SealcaseError {}

/** The ways that this browser has; prepared when the page opens, used at a click. */
export class Sinks {
  #registration = null;

  /** `base`: where the server's pages lie; null where there is no server (the page as a file). */
  static async prepare(base, trusted) {
    const sinks = new Sinks();
    if (base && !("showSaveFilePicker" in globalThis) && "serviceWorker" in navigator) {
      try {
        const script = trusted(new URL("web/sw.js", base).href);
        const scope = new URL("web/stream/", base).href;
        sinks.#registration = await active(await navigator.serviceWorker.register(script, { scope }));
      } catch {
        // private windows of some browsers have none
      }
    }
    return sinks;
  }

  /** "disk", "stream" or "memory". */
  get kind() {
    if ("showSaveFilePicker" in globalThis) return "disk";
    return this.#registration ? "stream" : "memory";
  }

  canKeep(size) {
    return this.kind !== "memory" || size <= MAX_IN_MEMORY;
  }

  /**
   * Called at a click: asks where to, if this browser does. Gives a function that opens the sink when the exact size is
   * known. Throws `AbortError` where somebody thinks better of it, `NoRoom` for more than memory may hold.
   */
  async choose(name, size, lost) {
    const check = (bytes) => {
      if (!this.canKeep(bytes)) throw new NoRoom("too large for this browser's memory");
    };
    check(size);
    if (this.kind === "disk") return DiskSink.choose(name);
    if (this.kind === "stream") return (exact) => StreamSink.open(this.#registration, name, exact, lost);
    return async (exact) => {
      check(exact);
      return new MemorySink(name);
    };
  }
}

class DiskSink {
  static async choose(name) {
    const handle = await showSaveFilePicker({ suggestedName: name });
    const isNew = (await handle.getFile()).size === 0;
    const forget = async () => {
      if (isNew) await handle.remove?.().catch(() => {}); // the empty file that the picker made
    };
    const open = async () => new DiskSink(await handle.createWritable().catch(notWritten), forget);
    return Object.assign(open, { forget });
  }

  constructor(stream, forget) {
    this.stream = stream;
    this.forget = forget;
  }

  async write(bytes) {
    await this.stream.write(bytes).catch(notWritten);
  }

  async close() {
    await this.stream.close().catch(notWritten);
  }

  async abort() {
    await this.stream.abort().catch(() => {});
    await this.forget();
  }
}

/**
 * The browser's own download, fed by us; one that is given up fails there, and is never just shorter. It begins with the
 * first bytes: Firefox reports one that fails before them in a window of its own. A worker that is lost is told from one whose
 * download stands still: it answered for this stream, and does not any more.
 */
class StreamSink {
  static async open(registration, name, size, lost) {
    const sink = new StreamSink();
    const { port1, port2 } = new MessageChannel();
    sink.port = port1;
    sink.wanted = [];
    sink.open = 0;
    sink.lost = lost;
    sink.silence = -Infinity; // workers of earlier versions never answer
    const id = crypto.randomUUID();
    const ready = new Promise((resolve, reject) => {
      setTimeout(reject, READY_MS, new NotWritten("no service worker"));
      port1.onmessage = ({ data }) => {
        if (data === "ready") resolve();
        else if (data === "alive") sink.silence = 0;
        else if (data === "pull") (sink.wanted.shift() ?? (() => sink.open++))();
        else if (data === "cancel") sink.#lose(new DOMException("the browser's download was cancelled", "AbortError"));
      };
    });
    const worker = registration.active;
    worker.postMessage({ type: "stream", id, name, size }, [port2]);
    await ready;
    const ping = () => {
      if (sink.silence++ === SILENCE) sink.#lose(new NotWritten("the service worker is gone"));
      worker.postMessage({ type: "ping", id }); // else it is put to sleep, too
    };
    sink.ping = setInterval(ping, PING_MS);
    ping();
    sink.url = new URL(id, registration.scope).href;
    return sink;
  }

  #lose(reason) {
    this.gone = true;
    this.wanted.splice(0).forEach((go) => go());
    this.lost(reason);
  }

  #begin() {
    if (this.frame) return;
    this.frame = document.createElement("iframe");
    this.frame.hidden = true;
    this.frame.title = "download";
    this.frame.src = this.url;
    document.body.append(this.frame);
  }

  async write(bytes) {
    this.#begin();
    if (this.open > 0) this.open--;
    else await new Promise((resolve) => this.wanted.push(resolve));
    if (this.gone) throw new NotWritten("the browser's download is gone");
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    this.port.postMessage(own, [own.buffer]);
  }

  async close() {
    this.#begin(); // of an empty file
    this.port.postMessage("close");
    this.#end();
  }

  async abort() {
    this.port.postMessage("abort");
    this.#end();
  }

  #end() {
    clearInterval(this.ping);
    setTimeout(() => this.frame?.remove(), 60_000); // what is in it goes on as a download
  }
}

class MemorySink {
  #blobs = [];
  #name;

  constructor(name) {
    this.#name = name;
  }

  async write(bytes) {
    this.#blobs.push(new Blob([bytes])); // which a browser may keep on disk
  }

  async close() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(this.#blobs, { type: "application/octet-stream" }));
    link.download = this.#name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  async abort() {
    this.#blobs = [];
  }
}

function notWritten(error) {
  throw new NotWritten(error.message);
}

/** A registration whose worker runs. */
async function active(registration) {
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  await new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("no service worker"));
    };
    worker.addEventListener("statechange", look);
    look();
  });
  return registration;
}
