// A part on its way out: read from the file, sealed, sent. Runs in a worker.

import { equal, unb64u } from "./bytes.js";
import { seal } from "./cobblestone.js";
import { Unreadable } from "./errors.js";
import { refusalOf, Refused, Unreachable } from "./http.js";
import { partContext } from "./keys.js";
import { sha256 } from "./webcrypto.js";

const STALL_MS = 30_000; // no byte for so long: the line is dead
const ANSWER_MS = 120_000; // the server writes it down, and may send it on to a store

/** The sealed part and its hash. `job`: key, fileId, index, `content` (a slice of the file), `length` with its padding. */
export async function sealPart({ key, fileId, index, content, length }) {
  const plain = new Uint8Array(length);
  plain.set(await read(content));
  const sealed = await seal(key, partContext(fileId, index), plain);
  return { sealed, hash: await sha256(sealed) };
}

/** Seals a part and sends it; gives its hash. Throws `Unreadable`, `Unreachable` or `Refused`. */
export async function sendPart(job, target, signal, arrived) {
  const { sealed, hash } = await sealPart(job);
  signal.throwIfAborted();
  const answer = await put(sealed, hash, target, signal, arrived);
  if (!equal(digestIn(answer), hash)) throw new Refused(400, "digest_mismatch", 0);
  return hash;
}

async function read(content) {
  let bytes;
  try {
    bytes = new Uint8Array(await content.arrayBuffer());
  } catch {
    throw new Unreadable("the file can't be read any more");
  }
  if (bytes.length !== content.size) throw new Unreadable("the file became shorter");
  return bytes;
}

/** By XMLHttpRequest, since fetch does not tell how much has left. */
function put(sealed, hash, { url, headers }, signal, arrived) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let sent = 0;
    let watch;
    const wait = (milliseconds) => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), milliseconds);
    };
    const hangUp = () => request.abort();
    const end = (then) => () => {
      clearTimeout(watch);
      signal.removeEventListener("abort", hangUp);
      then();
    };
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Content-Digest", `sha-256=:${btoa(String.fromCharCode(...hash))}:`);
    request.upload.onprogress = ({ loaded }) => {
      arrived(loaded - sent);
      sent = loaded;
      wait(loaded < sealed.length ? STALL_MS : ANSWER_MS);
    };
    request.onload = end(() => {
      if (request.status === 200) resolve(request.responseText);
      else reject(refusalOf(request.status, request.responseText, request.getResponseHeader("Retry-After")));
    });
    request.onerror = request.onabort = end(() => reject(signal.aborted ? signal.reason : new Unreachable("the line broke")));
    signal.addEventListener("abort", hangUp);
    wait(STALL_MS);
    request.send(sealed);
  });
}

function digestIn(answer) {
  try {
    return unb64u(JSON.parse(answer).digest, "digest", 32);
  } catch {
    return new Uint8Array();
  }
}
