// A worker of the benchmark `browser`: only what no page can leave out. Fetches its share of the content in parts, hashes
// each, and has as many bytes opened as are in it, in chunks of Cobblestone. Nothing is kept, nothing is written.

const PART = 8 * 2 ** 20;
const CHUNK = 16 * 2 ** 10;
const SEALED_CHUNK = CHUNK + 16;
const SIDE_BY_SIDE = 64;

onmessage = async ({ data: { url, size, first, step } }) => {
  const iv = new Uint8Array(12);
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const chunk = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new Uint8Array(CHUNK)));
  const sealed = new Uint8Array((PART / CHUNK) * SEALED_CHUNK);
  for (let start = 0; start < sealed.length; start += SEALED_CHUNK) sealed.set(chunk, start);
  const open = (number) =>
    crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed.subarray(number * SEALED_CHUNK, (number + 1) * SEALED_CHUNK));
  let buffer = new ArrayBuffer(PART + 1);
  let taken = 0;
  for (let start = first * PART; start < size; start += step * PART) {
    const length = Math.min(PART, size - start);
    const { body } = await fetch(url, { headers: { Range: `bytes=${start}-${start + length - 1}` } });
    const reader = body.getReader({ mode: "byob" });
    for (let filled = 0; ; ) {
      const { done, value } = await reader.read(new Uint8Array(buffer, filled));
      buffer = value.buffer;
      if (done) break;
      filled += value.length;
      taken += value.length;
    }
    await crypto.subtle.digest("SHA-256", new Uint8Array(buffer, 0, length));
    const count = Math.ceil(length / CHUNK);
    for (let number = 0; number < count; number += SIDE_BY_SIDE) {
      await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, count - number) }, (_, i) => open(number + i)));
    }
  }
  postMessage(taken);
};
