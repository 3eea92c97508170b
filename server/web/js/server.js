// What the server is asked by whoever has a link.

import { unb64u } from "./bytes.js";
import { FormatError } from "./errors.js";
import { parseGrant } from "./grant.js";
import { Door } from "./http.js";
import { unlessStopped } from "./pace.js";
import { asObject, integer, optional, text } from "./strict_json.js";

/** One link at the server whose pages lie under `base`. */
export class LinkServer {
  #door;
  #claim = null;
  #givenBack = Promise.resolve();
  isClaimed = false;

  constructor(base, linkId, access) {
    this.#door = new Door(new URL(`links/${linkId}/`, base), access);
  }

  /** What the link leads to. Uses nothing up. Throws `Refused`, `Unreachable` or `FormatError`. */
  async open() {
    const record = await this.#door.ask("GET", "open");
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

  /**
   * Takes a place among those who may download: the same for as long as this page lives, also after it was given back. So
   * whoever has some of the files gets the others, too.
   */
  async claim(signal) {
    await unlessStopped(this.#givenBack, signal); // or it would be given back under what begins now
    if (!this.#claim) {
      const taken = this.#take();
      try {
        await unlessStopped(taken, signal);
      } catch (error) {
        // Whoever cancels does not wait for the answer, and the place that it may bring is given back all the same.
        if (signal.aborted) this.#givenBack = taken.then(() => this.#return(), () => {});
        throw error;
      }
    }
    this.isClaimed = true;
  }

  async #take() {
    this.#claim = text(await this.#door.ask("POST", "claim", { maxBytes: 4_096 }), "claim", 64);
  }

  #return() {
    return this.#door.tell("DELETE", `claims/${this.#claim}`);
  }

  /** Where the sealed body of a file is, and what to show there. */
  content(fileId) {
    return this.#door.at(`files/${fileId}/content`, { "Sealcase-Claim": this.#claim });
  }

  /** All that was wanted is here; said even while the page closes. Whatever goes wrong now harms nobody. */
  async done() {
    await this.#door.tell("POST", `claims/${this.#claim}/done`);
  }

  /** It broke off: the place is somebody else's. */
  giveBack() {
    if (!this.isClaimed) return;
    this.isClaimed = false;
    this.#givenBack = this.#return();
  }
}
