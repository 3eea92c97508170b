// The folder list: a small sealed file that says which files make a folder. As client/actions/folder_list.py.

import { parseFileId } from "./bytes.js";
import { Altered, FormatError, SealcaseError } from "./errors.js";
import { asObject, integer, onlyKeys, parseObject, text } from "./strict_json.js";

export const MEDIA_TYPE = "application/vnd.sealcase.folder+json";
export const MAX_LIST = 32 * 2 ** 20;
const COUNTED = /^[0-9]{1,9} files, [0-9]{1,16} bytes(?:\n\n(.*))?$/s;

/** A file of the folder is not at the server any more. */
export class Missing extends SealcaseError {}

export const isFolder = (metadata) => metadata.mediaType === MEDIA_TYPE;

/** What the sender wrote to the recipients. */
export function noteOf(metadata) {
  const comment = metadata.comment ?? "";
  const match = isFolder(metadata) && COUNTED.exec(comment);
  return match ? (match[1] ?? "") : comment;
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
