// `NAME.sealed`: body, part hashes, manifest and grants in one file. As shared/crypto/container.py.

import { b64u, concat, equal, u64, unb64u, utf8 } from "./bytes.js";
import { FormatError, Truncated } from "./errors.js";
import { parseGrants } from "./grant.js";
import { checkPartHashes, HASH, parseManifest } from "./manifest.js";
import { onlyKeys, parseObject } from "./strict_json.js";

const MAGIC = utf8("SEALCASE");
export const HEADER = concat(MAGIC, [0x01, 0x0d, 0x0a, 0x1a]);
const FOOTER = 24;
const MAX_TAIL = 8 * 2 ** 20;

/** What stands behind the body. */
export function containerEnd(manifestBytes, grants, partHashes) {
  const tail = utf8(JSON.stringify({ grants, manifest: b64u(manifestBytes) }));
  return concat(partHashes, tail, u64(partHashes.length), u64(tail.length), MAGIC);
}

/** The records of a container. `file`: a Blob. Throws `FormatError` for what is none, `Truncated` for one that was cut. */
export async function readContainer(file) {
  const read = async (start, end) => new Uint8Array(await file.slice(start, end).arrayBuffer());
  if (!equal(await read(0, HEADER.length), HEADER)) throw new FormatError("this is not a sealed file");
  if (file.size < HEADER.length + FOOTER) throw new Truncated("the sealed file is cut short: its end is missing");
  const footer = await read(file.size - FOOTER, file.size);
  if (!equal(footer.subarray(16), MAGIC)) throw new Truncated("the sealed file is cut short, or has something behind it");
  const view = new DataView(footer.buffer);
  const [hashes, tail] = [Number(view.getBigUint64(0)), Number(view.getBigUint64(8))];
  if (tail > MAX_TAIL || hashes > 10_000 * HASH) throw new FormatError("the records of the sealed file are too large");
  const start = file.size - FOOTER - tail - hashes;
  if (start < HEADER.length) throw new FormatError("the records of the sealed file do not fit into it");
  const records = await read(start, file.size - FOOTER);
  const record = parseObject(records.subarray(hashes), MAX_TAIL, "the sealed file's tail");
  onlyKeys(record, ["manifest", "grants"], [], "the sealed file's tail");
  const manifest = parseManifest(unb64u(record.manifest, "manifest"));
  const grants = parseGrants(record.grants);
  if (start !== HEADER.length + manifest.bodySize) throw new Truncated("the sealed file has a wrong length");
  const partHashes = records.slice(0, hashes);
  await checkPartHashes(manifest, partHashes);
  return { manifest, grants, partHashes };
}
