// Folders and several files: the folder's sealed list (as client/actions/folder_list.py), and all of them as one archive.
//
// Loaded by a page whose link leads to more than one file, before it shows them.

import { concat, parseFileId } from "./bytes.js";
import { Altered, FormatError, Missing, TooLarge } from "./errors.js";
import { isSafePath, nameToSave, unique } from "./names.js";
import { from, into } from "./saving.js";
import { asObject, integer, onlyKeys, parseObject, text } from "./strict_json.js";
import { transfer } from "./transfer.js";
import { zipLength, ZipWriter } from "./zip.js";

const MAX_LIST = 32 * 2 ** 20;

/** All files of an offer as one ZIP archive, as saveFile does; of folders, after their lists were fetched and compared with what is there. */
export function saveAll(offer, work) {
  const name = `${nameToSave(offer.list?.metadata.name ?? "files")}.zip`;
  const sealed = offer.all.reduce((sum, file) => sum + file.manifest.bodySize, 0);
  return into(name, offer.size, sealed, work, async (begin) => {
    const entries = await entriesOf(offer, work);
    const zip = new ZipWriter(await begin(zipLength(entries)));
    for (const { path, size, file } of entries) {
      await zip.begin(path, size, file?.metadata.modifiedAt ?? null);
      if (file) await transfer(file, { ...work, ...from(file, work), write: (piece) => zip.data(piece) });
      await zip.end();
    }
    await zip.finish();
  });
}

/** What the lists name stands in its folder, and every other file beside them. */
async function entriesOf({ lists, files }, work) {
  const [entries, taken] = [[], new Set()];
  const known = new Map(files.map((file) => [file.manifest.fileId, file]));
  const loose = new Set(files);
  for (const list of lists) {
    const folder = await fetchFolder(list, work);
    checkFolder(folder, list, files);
    const root = unique(folder.name, taken);
    for (const path of folder.emptyFolders) entries.push({ path: `${root}/${path}/`, size: 0 });
    for (const { path, size, fileId } of folder.files) {
      const file = known.get(fileId);
      entries.push({ path: `${root}/${path}`, size, file });
      loose.delete(file);
    }
  }
  if (!entries.every(({ path }) => isSafePath(path.replace(/\/$/, "")))) throw new Altered("a hostile path");
  for (const file of loose) {
    entries.push({ path: unique(nameToSave(file.metadata.name), taken), size: file.metadata.size, file });
  }
  return entries;
}

async function fetchFolder(list, work) {
  if (list.metadata.size > MAX_LIST) throw new TooLarge("the folder's list is too long");
  const pieces = [];
  await transfer(list, { ...work, ...from(list, work), write: (piece) => void pieces.push(piece.slice()) });
  return parseFolder(concat(...pieces));
}

/** Throws `FormatError` for anything unknown, missing, of a wrong type, or named twice. */
export function parseFolder(raw) {
  const record = parseObject(raw, MAX_LIST, "the folder list");
  if (record.format !== "sealcase-folder/1") throw new FormatError("the folder list is of an unknown format");
  onlyKeys(record, ["format", "name", "files", "empty_folders"], [], "the folder list");
  const files = list(record, "files").map((each) => {
    const file = asObject(each, "a file of the folder list");
    onlyKeys(file, ["path", "file_id", "size"], [], "a file of the folder list");
    return { path: text(file, "path", 16_384), fileId: parseFileId(file.file_id), size: integer(file, "size") };
  });
  const emptyFolders = list(record, "empty_folders").map((path) => text({ path }, "path", 16_384));
  const paths = [...files.map((file) => file.path), ...emptyFolders];
  if (new Set(paths).size !== paths.length || new Set(files.map((file) => file.fileId)).size !== files.length) {
    throw new FormatError("the folder list names something twice");
  }
  return { name: text(record, "name", 4_096), files, emptyFolders };
}

/**
 * Throws unless the files at hand are the very files of the folder: each there (`Missing`), at its place, of the list's own
 * sender (`Altered`). So neither a server nor another sender can take one out or put another in its place.
 */
export function checkFolder(folder, list, files) {
  if (folder.name !== list.metadata.name) throw new Altered("the folder list has another name than its file");
  const known = new Map(files.map((file) => [file.manifest.fileId, file]));
  for (const each of folder.files) {
    const file = known.get(each.fileId);
    if (!file) throw new Missing("a file of the folder is missing");
    const fits =
      file.metadata.path === `${folder.name}/${each.path}` && file.metadata.size === each.size &&
      String(file.manifest.sender) === String(list.manifest.sender);
    if (!fits) throw new Altered("a file is not the one that the folder's list names");
  }
}

function list(record, key) {
  if (!Array.isArray(record[key])) throw new FormatError(`${key} is not a list`);
  return record[key];
}
