// What the server is asked by whoever has a link. Nothing but AUTH, which follows from the link's key, ever goes there.

import { b64u, unb64u } from "./bytes.js";
import { FormatError, SealcaseError } from "./errors.js";
import { parseGrant } from "./grant.js";
import { asObject, integer, optional, parseObject, text } from "./strict_json.js";

const MAX_ANSWER = 64 * 2 ** 20;
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
    return this.status >= 500 || this.code === "too_many" || this.status === 408;
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
  let code = `http_${response.status}`;
  try {
    const problem = JSON.parse(await response.text());
    if (typeof problem.code === "string" && /^[a-z_]{1,40}$/.test(problem.code)) code = problem.code;
  } catch {
    // a proxy's own page
  }
  return new Refused(response.status, code, Number(response.headers.get("Retry-After")) || 0);
}

/** One link at the server whose pages lie under `base`. */
export class LinkServer {
  #base;
  #access;
  #claim = null;

  constructor(base, linkId, access) {
    this.#base = new URL(`links/${linkId}/`, base);
    this.#access = `Link ${b64u(access)}`;
  }

  /** What the link leads to. Uses nothing up. Throws `Refused`, `Unreachable` or `FormatError`. */
  async open() {
    const response = await this.#ask("GET", "open");
    const record = parseObject(await body(response), MAX_ANSWER, "the server's answer");
    if (!Array.isArray(record.items) || !record.items.length) throw new FormatError("the link leads to nothing");
    return {
      fromEmail: text(record, "from_email", 320),
      expiresAt: integer(record, "expires_at"),
      downloads: integer(record, "downloads"),
      downloadLimit: optional(record, "download_limit", integer),
      items: record.items.map((value) => {
        const item = asObject(value, "an item");
        return {
          fileId: text(item, "file_id", 36),
          manifest: unb64u(item.manifest, "manifest"),
          grant: parseGrant(item.grant),
          partHashes: unb64u(item.part_hashes, "part_hashes"),
        };
      }),
    };
  }

  /** Takes a place among those who may download, once for as long as this page lives. */
  async claim() {
    if (this.#claim) return;
    const record = parseObject(await body(await this.#ask("POST", "claim")), 4_096, "the claim");
    this.#claim = text(record, "claim", 64);
  }

  /** Where the sealed body of a file is, and what to show there. */
  content(fileId) {
    const headers = { Authorization: this.#access, "Sealcase-Claim": this.#claim };
    return { url: new URL(`files/${fileId}/content`, this.#base).href, headers };
  }

  /** All that was wanted is here; said even while the page closes. Whatever goes wrong now harms nobody. */
  async done() {
    await this.#end("POST", `claims/${this.#claim}/done`);
  }

  /** It broke off: the place is somebody else's. */
  async giveBack() {
    const claim = this.#claim;
    this.#claim = null;
    if (claim) await this.#end("DELETE", `claims/${claim}`);
  }

  get isClaimed() {
    return this.#claim !== null;
  }

  async #end(method, path) {
    await this.#ask(method, path, true).catch(() => {});
  }

  async #ask(method, path, keepalive = false) {
    let response;
    try {
      const headers = { Authorization: this.#access, Accept: "application/json" };
      response = await fetch(new URL(path, this.#base), { method, headers, keepalive, ...SECRET_FREE });
    } catch {
      throw new Unreachable("the server can't be reached");
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }
}

async function body(response) {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new Unreachable("the answer broke off");
  }
}
