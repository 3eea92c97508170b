// HTTP as the pages speak it: nothing but AUTH, which follows from the key in the address, ever goes to the server.

import { b64u } from "./bytes.js";
import { FormatError, SealcaseError } from "./errors.js";
import { parseObject } from "./strict_json.js";

const MAX_ANSWER = 64 * 2 ** 20;
const ANSWER_MS = 120_000;
const STALL_MS = 30_000; // no byte for so long: the line is dead
const FAREWELL_MS = 5_000;
export const SECRET_FREE = { cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" };

/** The server said no. `code` is one of its stable words. */
export class Refused extends SealcaseError {
  constructor(status, code, retryAfter) {
    super(`the server refused: ${code}`);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Whether asking again later may help. */
  get passes() {
    if (this.code === "content_damaged") return false; // what is lost does not come back
    return this.status >= 500 || this.status === 408 || ["too_many", "http_429"].includes(this.code);
  }
}

/** The network did not get through, or broke off; `filled`: after so many bytes of a part. */
export class Unreachable extends SealcaseError {
  constructor(message, filled = 0) {
    super(message);
    this.filled = filled;
  }
}

/** The server's word on why not. */
export async function refusal(response) {
  const text = await response.text().catch(() => "");
  return refusalOf(response.status, text, response.headers.get("Retry-After"));
}

/** The same of an answer taken apart. */
export function refusalOf(status, text, retryAfter) {
  let code = `http_${status}`;
  try {
    const problem = JSON.parse(text);
    if (typeof problem.code === "string" && /^[a-z_]{1,40}$/.test(problem.code)) code = problem.code;
  } catch {
    // a proxy's own page
  }
  return new Refused(status, code, Number(retryAfter) || 0);
}

/** All of a body, at most `maxBytes`; `goOn()` is told of whatever comes. */
async function readAll(body, maxBytes, goOn) {
  const pieces = [];
  let left = maxBytes;
  goOn();
  for (const reader = body?.getReader(); reader; goOn()) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    left -= value.length;
    if (left < 0) throw new FormatError("the server's answer is too long");
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** What lies behind one address of the server, for whoever shows AUTH. */
export class Door {
  #base;
  #access;

  constructor(base, access) {
    this.#base = base;
    this.#access = `Link ${b64u(access)}`;
  }

  /** An address behind it, and what to show there. */
  at(path, headers = {}) {
    return { url: new URL(path, this.#base).href, headers: { Authorization: this.#access, ...headers } };
  }

  /**
   * The JSON object of a good answer. `json` is sent where it is given; after `wait` milliseconds nobody answers any more,
   * and after `stall` without a byte nobody goes on. Throws `Refused`, `Unreachable` or `FormatError`, and at once why
   * `signal` was given.
   */
  async ask(method, path, { json, signal, wait = ANSWER_MS, stall = STALL_MS, keepalive = false, maxBytes = MAX_ANSWER } = {}) {
    const sent = json === undefined ? {} : { body: JSON.stringify(json) };
    const { url, headers } = this.at(path, { Accept: "application/json", ...(sent.body && { "Content-Type": "application/json" }) });
    const line = new AbortController();
    const hangUp = () => line.abort();
    let watch = setTimeout(hangUp, wait);
    const goOn = () => {
      clearTimeout(watch);
      watch = setTimeout(hangUp, stall);
    };
    signal?.addEventListener("abort", hangUp);
    try {
      signal?.throwIfAborted();
      const response = await fetch(url, { method, headers, keepalive, signal: line.signal, ...sent, ...SECRET_FREE });
      const bytes = await readAll(response.body, maxBytes, goOn);
      if (!response.ok) throw refusalOf(response.status, new TextDecoder().decode(bytes), response.headers.get("Retry-After"));
      return parseObject(bytes, maxBytes, "the server's answer");
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof SealcaseError ? error : new Unreachable("the server can't be reached, or its answer broke off");
    } finally {
      clearTimeout(watch);
      signal?.removeEventListener("abort", hangUp);
      hangUp(); // on what was not read
    }
  }

  /** The same, for what helps others and is no matter of this page any more: whether it was heard. It holds nobody up for long. */
  tell(method, path) {
    return this.ask(method, path, { keepalive: true, signal: AbortSignal.timeout(FAREWELL_MS) }).then(
      () => true,
      (error) => error instanceof Refused,
    );
  }
}
