// What the server is asked by whoever has a drop box's key.

import { b64u, parseFileId, unb64u } from "./bytes.js";
import { FormatError } from "./errors.js";
import { Door } from "./http.js";
import { asObject, integer, optional, text } from "./strict_json.js";

const ASSEMBLING_MS = 600_000; // a server that keeps files elsewhere reads them back first

/** One drop box at the server whose pages lie under `base`. Methods throw `Refused`, `Unreachable` or `FormatError`. */
export class BoxServer {
  #door;

  constructor(base, boxId, access) {
    this.#door = new Door(new URL(`boxes/${boxId}/`, base), access);
  }

  /** Whose it is, and what it takes. The card is the server's word until it was checked. */
  async open() {
    const record = await this.#door.ask("GET", "open");
    return {
      card: unb64u(record.card, "card"),
      signature: unb64u(record.signature, "signature", 64),
      note: text(record, "note", 65_536),
      expiresAt: integer(record, "expires_at"),
      filesLeft: optional(record, "files_left", integer),
      bytesLeft: optional(record, "bytes_left", integer),
    };
  }

  /** Begins to leave a file; again, it tells what has arrived: hashes by part number. */
  async start(fileId, partSize, bodySize, signal) {
    const json = { file_id: fileId, part_size: partSize, body_size: bodySize };
    return arrivedParts(await this.#door.ask("POST", "uploads", { json, signal }), fileId);
  }

  /** Where a part goes, and what to show there. */
  part(fileId, number) {
    return this.#door.at(`uploads/${fileId}/parts/${number}`);
  }

  /** Makes the parts a file. The same again changes nothing. */
  async complete(fileId, manifest, { type, recipient, wrappedKey }) {
    const grant = { type, recipient: b64u(recipient), wrapped_key: b64u(wrappedKey), signature: null };
    const json = { manifest: b64u(manifest), grants: [grant] };
    await this.#door.ask("POST", `uploads/${fileId}/complete`, { json, wait: ASSEMBLING_MS });
  }

  /** Gives its room back; says whether that was heard. Where it gets lost, the server does so itself after a day. */
  async giveUp(fileId) {
    return this.#door.tell("DELETE", `uploads/${fileId}`);
  }

  /** All have come: the owner is told, where they want to be. That it gets lost changes nothing else. */
  async done() {
    await this.#door.tell("POST", "done");
  }
}

function arrivedParts(record, fileId) {
  if (parseFileId(record.file_id) !== fileId) throw new FormatError("the server named another file");
  if (!Array.isArray(record.parts)) throw new FormatError("parts is not a list");
  return new Map(
    record.parts.map((value) => {
      const part = asObject(value, "a part");
      return [integer(part, "number"), unb64u(part.digest, "digest", 32)];
    }),
  );
}
