// Opening, in the order that the format demands, of everything that a link leads to: steps 1 to 4 here, before a part is read.

import { FormatError, WrongKey } from "./errors.js";
import { checkSignature, sendersFirst } from "./grant.js";
import { checkInflation, checkMetadataLength, checkPartHashes, openMetadata, parseManifest } from "./manifest.js";
import { isSafePath } from "./names.js";

const MEDIA_TYPE = "application/vnd.sealcase.folder+json";
const COUNTED = /^[0-9]{1,9} files, [0-9]{1,16} bytes(?:\n\n(.*))?$/s;

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

/** The files behind a link, opened with its keys. Throws what `openFile` throws: one bad file spoils all. */
export async function openItems(items, keys) {
  const opened = await Promise.all(
    items.map(async (item) => {
      const file = await openFile(item.manifest, [item.grant], keys);
      if (file.manifest.fileId !== item.fileId) throw new FormatError("the server named another file");
      return { ...file, partHashes: item.partHashes };
    }),
  );
  return new Offer(opened);
}

export const isFolder = (metadata) => metadata.mediaType === MEDIA_TYPE;

/** What the sender wrote to the recipients. */
export function noteOf(metadata) {
  const comment = metadata.comment ?? "";
  const match = isFolder(metadata) && COUNTED.exec(comment);
  return match ? (match[1] ?? "") : comment;
}

/** Files, and folders, each with a list of its own and files whose paths begin with its name: one, or any of them together. */
export class Offer {
  #folders;

  constructor(opened) {
    this.lists = opened.filter((file) => isFolder(file.metadata));
    this.files = opened.filter((file) => !this.lists.includes(file));
    this.all = opened;
    this.#folders = new Set(this.lists.map((list) => list.metadata.name));
  }

  /** The one file, where there is just one and no folder. */
  get single() {
    return this.all.length === 1 && this.files.length ? this.files[0] : null;
  }

  /** The list of the one folder, where there is nothing beside it. */
  get list() {
    return this.lists.length === 1 && this.tops === 1 ? this.lists[0] : null;
  }

  /** How many files and folders there are, not counting what is in a folder. */
  get tops() {
    return this.lists.length + this.files.filter((file) => !this.#isInFolder(file)).length;
  }

  get size() {
    return this.files.reduce((sum, file) => sum + file.metadata.size, 0);
  }

  /** A file's path, as its sender wrote it. */
  pathOf(file) {
    return this.#isInFolder(file) ? file.metadata.path : file.metadata.name;
  }

  #isInFolder({ metadata: { path } }) {
    return path !== null && this.#folders.has(path.split("/", 1)[0]);
  }

  /** The same as it is listed: within the folder. */
  placeOf(file) {
    const [path, root] = [this.pathOf(file), `${this.list?.metadata.name}/`];
    return path.startsWith(root) ? path.slice(root.length) : path;
  }

  get isSafe() {
    return this.files.every((file) => isSafePath(this.pathOf(file)));
  }

  /** The least that can be said of all: "signed", "unchecked", "unsigned", or "mixed" senders. */
  get signature() {
    const states = new Set(this.all.map((file) => file.signature));
    if (states.has("unsigned")) return "unsigned";
    if (new Set(this.all.map((file) => String(file.manifest.sender))).size > 1) return "mixed";
    return states.has("unchecked") ? "unchecked" : "signed";
  }

  get sender() {
    return this.all[0].manifest.sender;
  }
}
