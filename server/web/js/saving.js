// Saving what a link leads to: choose a place, claim a download, fetch, verify, write, and only then call it a file.

import { nameToSave } from "./names.js";
import { unlessStopped } from "./pace.js";
import { transfer } from "./transfer.js";

const GIVING_UP_MS = 5_000; // a disk that takes nothing may not let go of it either

/**
 * One file. `work`: `server` (claim, giveBack, content), `sinks`, `crew`, `patience`, `signal`, `stop(reason)`,
 * `began(name, bytes)`, `arrived(bytes)`, `finishing()`. Throws whatever went wrong; then nothing was kept.
 */
export function saveFile(file, work) {
  const name = nameToSave(file.metadata.name);
  return into(name, file.metadata.size, file.manifest.bodySize, work, async (begin) => {
    await transfer(file, { ...work, ...from(file, work), write: await begin(file.metadata.size) });
  });
}

/** Chooses a place, claims a download, lets `give(begin)` write, and makes a file of it; `begin(exactSize)` gives `write(bytes)`. */
export async function into(name, size, sealed, work, give) {
  const open = await work.sinks.choose(name, size, work.stop);
  let sink = null;
  try {
    work.began(name, sealed);
    await work.server.claim(work.signal);
    await give(async (exactSize) => {
      const opening = open(exactSize);
      try {
        sink = await unlessStopped(opening, work.signal);
      } catch (error) {
        opening.then((late) => late.abort(), () => {});
        throw error;
      }
      return (bytes) => unlessStopped(sink.write(bytes), work.signal);
    });
    work.finishing();
    work.signal.throwIfAborted();
    await sink.close();
  } catch (error) {
    await Promise.race([sink?.abort() ?? open.forget?.(), new Promise((go) => setTimeout(go, GIVING_UP_MS))]);
    work.server.giveBack();
    throw work.signal.aborted ? work.signal.reason : error;
  }
  return name;
}

/** Where a part of a file comes from. */
export const from = (file, { server }) => ({ source: () => server.content(file.manifest.fileId) });
