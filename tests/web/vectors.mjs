// Reads and runs the vectors in tests/vectors with the page's own modules; tests/vectors/README.md describes them.

import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";

import { equal, unb64u } from "../../server/web/js/bytes.js";
import { readContainer, HEADER } from "../../server/web/js/container.js";
import { contentTo } from "../../server/web/js/transfer.js";
import { WrongKey } from "../../server/web/js/errors.js";
import { FileKey, LinkKeys } from "../../server/web/js/keys.js";
import { checkBeforeParts, openFile } from "../../server/web/js/opening.js";
import { openPart, partJob } from "../../server/web/js/parts.js";

export const FOLDER = new URL("../vectors/", import.meta.url);
const file = (name) => readFileSync(new URL(name, FOLDER));
export const load = (name) => JSON.parse(file(name));

export function containerOf(vector, bases) {
  if ("container" in vector) return Buffer.from(vector.container, "base64url");
  return Buffer.concat(vector.build.map((piece) => {
    if ("bytes" in piece) return Buffer.concat(Array(piece.repeat ?? 1).fill(Buffer.from(piece.bytes, "base64url")));
    const whole = piece.file ? file(piece.file) : Buffer.from(bases[piece.base], "base64url");
    return whole.subarray(piece.offset, piece.offset + piece.length);
  }));
}

/** The content that vectors call `counter`. */
export function contentOf({ content }) {
  if (!("counter" in content)) return Buffer.from(content.bytes, "base64url");
  const blocks = [];
  for (let i = 0; i * 32 < content.counter; i++) {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(i));
    blocks.push(createHash("sha256").update("sealcase test content").update(number).digest());
  }
  return Buffer.concat(blocks).subarray(0, content.counter);
}

/** A person's RSA key, which the page itself never has: it shows that opening is the same for every kind of grant. */
class RsaKeys {
  constructor(pem) {
    this.pkcs8 = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
    const spki = createPublicKey(pem).export({ type: "spki", format: "der" });
    this.recipient = new Uint8Array(createHash("sha256").update(spki).digest());
  }

  find(grants) {
    return grants.find((grant) => grant.type === "rsa-oaep-256" && equal(grant.recipient, this.recipient));
  }

  async unwrap(grant) {
    const algorithm = { name: "RSA-OAEP", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("pkcs8", this.pkcs8, algorithm, false, ["decrypt"]);
    let raw;
    try {
      raw = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, grant.wrappedKey));
    } catch {
      throw new WrongKey();
    }
    return new FileKey(raw);
  }
}

const people = load("keys.json");
const known = new Map();

export async function keysOf(opener) {
  const name = JSON.stringify(opener);
  if (!known.has(name)) {
    known.set(name, opener.link_key
      ? await LinkKeys.derive(unb64u(opener.link_key, "link_key", 32), opener.password)
      : new RsaKeys(people[opener.person].rsa_pem));
  }
  return known.get(name);
}

/** Runs a container through to its content. `trial.at` says how far it came, `trial.content` what was written. */
export async function run(bytes, opener, trial) {
  const pieces = [];
  trial.at = "read";
  const container = await readContainer(new Blob([bytes]));
  trial.grants = container.grants;
  trial.at = "open";
  const opened = await openFile(container.manifest.raw, container.grants, await keysOf(opener));
  trial.opened = opened;
  trial.at = "restore";
  await checkBeforeParts(opened, container.partHashes);
  const content = contentTo(opened.metadata, (piece) => void pieces.push(Buffer.from(piece)));
  try {
    for (let index = 0; index < opened.manifest.geometry.partCount; index++) {
      const job = partJob(opened, container.partHashes, index);
      const sealed = bytes.subarray(HEADER.length + job.offset, HEADER.length + job.offset + job.length);
      for await (const piece of openPart(job, new Uint8Array(sealed))) await content.take(piece);
    }
    await content.finish();
  } catch (error) {
    await content.abandon();
    throw error;
  } finally {
    trial.content = Buffer.concat(pieces);
  }
  trial.at = "done";
}

/** Whether the page can be tried with this vector: it has no ML-KEM yet, and nobody's earlier keys. */
export const isForUs = (vector, trial) =>
  !vector.open_with[0].reader &&
  (trial.at === "read" || trial.grants.every((grant) => grant.type !== "mlkem768-rsa-oaep-256"));
