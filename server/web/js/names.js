// Names that came from somebody else: which may become a file here, and how any may be shown. As client/local/names.py.

import { utf8 } from "./bytes.js";

const MAX_BYTES = 255;
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[1-9¹²³])$/;
// Control, format (direction marks, zero-width), surrogates, line and paragraph separators; not the joiners, which are
// used inside words of Persian and Hindi, and inside emoji.
const DECEPTIVE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text for people: what could fake what is read is replaced. */
export const shown = (text) => text.replace(DECEPTIVE, "\ufffd");

/** Like `shown`, for text of several lines. */
export const shownLines = (text) => text.split(/\r\n|\r|\n/).map(shown).join("\n");

/** Whether `name` is a plain file name on every system. */
export function isSafe(name) {
  const stem = name.split(".", 1)[0].replace(/ +$/, "").toLowerCase();
  return (
    name !== "" && name !== "." && name !== ".." && !/[/\\]/.test(name) && name.search(DECEPTIVE) < 0 &&
    !RESERVED.test(stem) && !/[. ]$/.test(name) && utf8(name).length <= MAX_BYTES
  );
}

/** Whether every step of a relative path is one. */
export const isSafePath = (path) => path.split("/").every(isSafe);

/** `name` where it can be used, else a name of ours: nothing of a hostile one is kept. */
export const nameToSave = (name) => (isSafe(name) ? name : "sealcase-file");

/** `path`, or the first of "NAME (2).EXT", ... that is not in `taken` yet; names that differ only in case are the same. */
export function unique(path, taken) {
  const [, stem, end] = /^(.*?)(\.[^./]*)?$/s.exec(path);
  let name = path;
  for (let number = 2; taken.has(fold(name)); number++) name = `${stem} (${number})${end ?? ""}`;
  taken.add(fold(name));
  return name;
}

const fold = (name) => name.normalize("NFC").toLowerCase();
