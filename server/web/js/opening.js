// What a link leads to, opened as far as can be without fetching content: every file's records, checked.

import { FormatError } from "./errors.js";
import { isFolder } from "./folder.js";
import { isSafePath } from "./names.js";
import { openFile } from "./open.js";

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

/** One file, or several: those of a folder, whose list comes first, or some that belong to nothing. */
export class Offer {
  constructor(opened) {
    this.list = opened.find((file) => isFolder(file.metadata)) ?? null;
    this.files = opened.filter((file) => file !== this.list);
    this.all = opened;
  }

  /** The one file, where there is just one and no folder. */
  get single() {
    return !this.list && this.files.length === 1 ? this.files[0] : null;
  }

  get size() {
    return this.files.reduce((sum, file) => sum + file.metadata.size, 0);
  }

  /** A file's path, as its sender wrote it. */
  pathOf(file) {
    return (this.list && file.metadata.path) || file.metadata.name;
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
