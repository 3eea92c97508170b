// Opening, in the order that the format demands. Steps 1 to 4 here; parts.js and content.js do 5 and 6.

import { WrongKey } from "./errors.js";
import { checkSignature, sendersFirst } from "./grant.js";
import { checkPartHashes, parseManifest } from "./manifest.js";
import { checkInflation, checkMetadataLength, openMetadata } from "./metadata.js";

/**
 * Everything that can be said of a file before a part is read.
 * `keys` find their grant and unwrap it (`LinkKeys`). Throws `FormatError`, `WrongKey`, `BadSignature` or `Altered`.
 */
export async function openFile(manifestBytes, grants, keys) {
  // 1. Parse strictly, before any cryptography.
  const manifest = parseManifest(manifestBytes);
  checkMetadataLength(manifest);
  // 2. My grant gives the file key, to which the manifest committed.
  const grant = keys.find(sendersFirst(grants));
  if (!grant) throw new WrongKey();
  const fileKey = await keys.unwrap(grant, manifest.fileId);
  await fileKey.checkCommitment(manifest.fileId, manifest.keyCommitment);
  // 3. The sender signed this manifest, this key, for me.
  const signature = await checkSignature(manifest, grant);
  // 4. The metadata's sizes fit each other and the body.
  const metadata = await openMetadata(manifest, fileKey);
  return { manifest, metadata, signature, grant, partsKey: await fileKey.partsKey(manifest.fileId) };
}

/** Step 5, for the whole list. Throws `Altered` or `FormatError`. */
export async function checkBeforeParts(opened, partHashes) {
  checkInflation(opened.metadata);
  await checkPartHashes(opened.manifest, partHashes);
}
