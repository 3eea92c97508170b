// Seals files with the drop page's own modules, for Python to open: `node seal_files.mjs CARD SIGNATURE KEY TARGET < FILES`.
//
// CARD, its SIGNATURE and the signing KEY that it must have are base64url; FILES is a JSON list of `name`, `size`, `type`,
// `modified` and `comment`. Each becomes TARGET/NUMBER.sealed, its content bytes that count up.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

import { b64u, unb64u } from "../../server/web/js/bytes.js";
import { ownersCard } from "../../server/web/js/box.js";
import { containerEnd, HEADER } from "../../server/web/js/container.js";
import { Drop } from "../../server/web/js/drop.js";
import { Patience } from "../../server/web/js/pace.js";
import { Recipient } from "../../server/web/js/recipient.js";
import { sealPart } from "../../server/web/js/send_part.js";

// Node 20 has no SHA-3 in its WebCrypto, but has it otherwise; ML-KEM it has from 24 on.
const { digest } = crypto.subtle;
crypto.subtle.digest = async function (name, data) {
  return name === "SHA3-256" ? createHash("sha3-256").update(data).digest().buffer : digest.call(this, name, data);
};

const [card, signature, key, target] = process.argv.slice(2);
const recipient = await Recipient.of(await ownersCard(unb64u(card), unb64u(signature), unb64u(key)));

/** Takes what is sent, as the server does. */
class Box {
  parts = new Map();

  start = async () => new Map();
  part = (_fileId, number) => number;
  complete = async (_fileId, manifest, grant) => void Object.assign(this, { manifest, grant });

  async take(job, number) {
    const { sealed, hash } = await sealPart(job);
    this.parts.set(number, { sealed, hash });
    return hash;
  }

  container() {
    const { type, recipient, wrappedKey } = this.grant;
    const grants = [{ type, recipient: b64u(recipient), wrapped_key: b64u(wrappedKey), signature: null }];
    const parts = [...this.parts].sort(([one], [other]) => one - other).map(([, part]) => part);
    const end = containerEnd(this.manifest, grants, Buffer.concat(parts.map(({ hash }) => hash)));
    return Buffer.concat([HEADER, ...parts.map(({ sealed }) => sealed), end]);
  }
}

for (const [number, { name, size, type, modified, comment }] of JSON.parse(readFileSync(0, "utf8")).entries()) {
  const content = new Uint8Array(size).map((_, at) => at);
  const box = new Box();
  const work = {
    server: box,
    recipient,
    comment,
    crew: { part: (job, place) => box.take(job, place) },
    patience: new Patience(() => {}),
    signal: new AbortController().signal,
    arrived() {},
  };
  await new Drop(new File([content], name, { type, lastModified: modified })).send(work);
  writeFileSync(`${target}/${number}.sealed`, box.container());
}
process.stdout.write(recipient.strength);
