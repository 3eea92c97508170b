// For those who open it elsewhere: a file fetched as it lies at the server. Loaded by a page that has no key.

import { b64u } from "./bytes.js";
import { containerEnd, HEADER } from "./container.js";
import { from, into } from "./saving.js";
import { transferSealed } from "./transfer.js";

/** A file as it lies at the server, with its records: a `.sealed` container. Needs no key, and checks nothing. */
export function saveSealed(file, work) {
  const end = containerEnd(file.manifest.raw, [grantRecord(file.grant)], file.partHashes);
  const size = HEADER.length + file.manifest.bodySize + end.length;
  return into(`${file.manifest.fileId}.sealed`, size, file.manifest.bodySize, work, async (begin) => {
    const write = await begin(size);
    await write(HEADER.slice());
    await transferSealed(file, { ...work, ...from(file, work), write });
    await write(end);
  });
}

function grantRecord({ type, recipient, wrappedKey, signature, by }) {
  const record = { type, recipient: b64u(recipient), wrapped_key: b64u(wrappedKey), signature: signature && b64u(signature) };
  return by ? { ...record, by: b64u(by) } : record;
}
