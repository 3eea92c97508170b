// Files sealed by the page's own modules, and a link's way of saving them without a browser or a server.

import { concat } from "../../server/web/js/bytes.js";
import { seal } from "../../server/web/js/cobblestone.js";
import { Geometry, padme, partSizeFor } from "../../server/web/js/geometry.js";
import { FileKey, partContext } from "../../server/web/js/keys.js";
import { openPart } from "../../server/web/js/parts.js";
import { encodeManifest, sealMetadata } from "../../server/web/js/records.js";
import { parseManifest } from "../../server/web/js/manifest.js";
import { sha256 } from "../../server/web/js/webcrypto.js";

/** A file as `openItems` gives it, with its sealed parts. */
export async function sealed(name, content, { path = null, mediaType = null, size = content.length, compression = "none" } = {}) {
  const [fileId, fileKey, storedSize] = [crypto.randomUUID(), FileKey.draw(), padme(content.length)];
  const geometry = new Geometry(partSizeFor(storedSize), storedSize);
  const partsKey = await fileKey.partsKey(fileId);
  const plain = new Uint8Array(storedSize);
  plain.set(content);
  const parts = [];
  for (let i = 0; i < geometry.partCount; i++) {
    const [start, length] = [geometry.plainOffset(i), geometry.plainLength(i)];
    parts.push(await seal(partsKey, partContext(fileId, i), plain.subarray(start, start + length)));
  }
  const partHashes = concat(...(await Promise.all(parts.map(sha256))));
  const { partSize, bodySize } = geometry;
  const bound = { fileId, partSize, bodySize, partsDigest: await sha256(partHashes) };
  const metadata = { name, mediaType, size, packedSize: content.length, storedSize, modifiedAt: null, compression, comment: null };
  const records = { keyCommitment: await fileKey.commitment(fileId), metadata: await sealMetadata(metadata, fileKey, bound) };
  const { raw } = encodeManifest({ ...bound, createdAt: 1, ...records });
  return { manifest: parseManifest(raw), metadata: { ...metadata, path }, signature: "unsigned", partsKey, partHashes, parts };
}

/** A folder's list. */
export function listOf(name, files, emptyFolders = []) {
  const listed = Object.entries(files).map(([path, { manifest, metadata }]) => ({ path, file_id: manifest.fileId, size: metadata.size }));
  const record = { format: "sealcase-folder/1", name, files: listed, empty_folders: emptyFolders };
  return sealed(name, new TextEncoder().encode(JSON.stringify(record)), { mediaType: "application/vnd.sealcase.folder+json" });
}

/** What saving.js asks for; `kept` is what was written, `ended` how: "closed" or "aborted". `changes` replace what it has. */
export function workWith(files, changes = {}) {
  const work = {
    kept: [],
    ended: null,
    stopped: new AbortController(),
    server: { claim: async () => {}, giveBack() {}, content: () => null },
    sinks: { choose: async () => async () => work.sink },
    sink: {
      write: async (bytes) => void work.kept.push(bytes.slice()),
      close: async () => (work.ended = "closed"),
      abort: async () => (work.ended = "aborted"),
    },
    crew: {
      async part(job) {
        const file = files.find(({ manifest }) => manifest.fileId === job.fileId);
        const pieces = [];
        for await (const piece of openPart(job, file.parts[job.index])) pieces.push(piece);
        return pieces;
      },
    },
    patience: { wentThrough() {}, afterFailure: (error) => Promise.reject(error) },
    stop: (reason) => work.stopped.abort(reason),
    began() {},
    arrived() {},
    finishing() {},
    ...changes,
  };
  return Object.assign(work, { signal: work.stopped.signal });
}
