// Saving what a link leads to: choose a place, claim a download, fetch, verify, write, and only then call it a file.

import { b64u, concat } from "./bytes.js";
import { HEADER, containerEnd } from "./container.js";
import { checkFolder, MAX_LIST, parseFolder } from "./folder.js";
import { Altered, TooLarge } from "./errors.js";
import { isSafePath, nameToSave, unique } from "./names.js";
import { transfer, transferSealed } from "./transfer.js";
import { ZipWriter, zipLength } from "./zip.js";

/**
 * Each takes `work`: `server` (claim, giveBack, content), `sinks`, `crew`, `patience`, `signal`, `stop(reason)`,
 * `began(name, bytes)`, `arrived(bytes)`, `finishing()`. Each throws whatever went wrong; then nothing was kept.
 */
export function saveFile(file, work) {
  const name = nameToSave(file.metadata.name);
  return into(name, file.metadata.size, file.manifest.bodySize, work, async (begin) => {
    await transfer(file, { ...work, ...from(file, work), write: await begin(file.metadata.size) });
  });
}

/** All files of an offer as one ZIP archive; of a folder, after its list was fetched and compared with what is there. */
export function saveAll(offer, work) {
  const name = `${nameToSave(offer.list?.metadata.name ?? "files")}.zip`;
  const sealed = offer.all.reduce((sum, file) => sum + file.manifest.bodySize, 0);
  return into(name, offer.size, sealed, work, async (begin) => {
    const entries = offer.list ? await entriesOfFolder(offer, work) : entriesOf(offer.files);
    const zip = new ZipWriter(await begin(zipLength(entries)));
    for (const { path, size, file } of entries) {
      await zip.begin(path, size, file?.metadata.modifiedAt ?? null);
      if (file) await transfer(file, { ...work, ...from(file, work), write: (piece) => zip.data(piece) });
      await zip.end();
    }
    await zip.finish();
  });
}

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

async function into(name, size, sealed, work, give) {
  const open = await work.sinks.choose(name, size, work.stop);
  let sink = null;
  try {
    work.began(name, sealed);
    await work.server.claim();
    await give(async (exactSize) => {
      sink = await open(exactSize);
      return (bytes) => sink.write(bytes);
    });
    work.finishing();
    work.signal.throwIfAborted();
    await sink.close();
  } catch (error) {
    await (sink?.abort() ?? open.forget?.());
    await work.server.giveBack();
    throw work.signal.aborted ? work.signal.reason : error;
  }
  return name;
}

const from = (file, { server }) => ({ source: () => server.content(file.manifest.fileId) });

async function entriesOfFolder(offer, work) {
  const { list } = offer;
  if (list.metadata.size > MAX_LIST) throw new TooLarge("the folder's list is too long");
  const pieces = [];
  await transfer(list, { ...work, ...from(list, work), write: (piece) => void pieces.push(piece.slice()) });
  const folder = parseFolder(concat(...pieces));
  checkFolder(folder, list, offer.files);
  const files = new Map(offer.files.map((file) => [file.manifest.fileId, file]));
  const entries = [
    ...folder.emptyFolders.map((path) => ({ path: `${folder.name}/${path}/`, size: 0 })),
    ...folder.files.map(({ path, size, fileId }) => ({ path: `${folder.name}/${path}`, size, file: files.get(fileId) })),
  ];
  if (!entries.every(({ path }) => isSafePath(path.replace(/\/$/, "")))) throw new Altered("a hostile path");
  return entries;
}

function entriesOf(files) {
  const taken = new Set();
  return files.map((file) => ({ path: unique(nameToSave(file.metadata.name), taken), size: file.metadata.size, file }));
}

function grantRecord({ type, recipient, wrappedKey, signature, by }) {
  const record = { type, recipient: b64u(recipient), wrapped_key: b64u(wrappedKey), signature: signature && b64u(signature) };
  return by ? { ...record, by: b64u(by) } : record;
}
