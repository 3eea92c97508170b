// Writes an archive with more than 4 GiB in it as a sparse file, for Python to read: `node write_zip64.mjs TARGET`.

import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

import { ZipWriter } from "../../server/web/js/zip.js";

const file = openSync(process.argv[2], "w");
const zeros = new Uint8Array(2 ** 26);
let at = 0;
const write = (piece) => {
  if (piece.length !== zeros.length) writeSync(file, piece, 0, piece.length, at);
  at += piece.length;
};
const zip = new ZipWriter(write, () => 0xff000000); // CRC-32 of the one byte behind; the zeros are never read
await zip.begin("big.bin", 2 ** 32 + zeros.length, null);
for (let i = 0; i < 65; i++) await zip.data(zeros);
await zip.end();
await zip.begin("behind.bin", 1, null);
await zip.data(new Uint8Array([255]));
await zip.end();
await zip.finish();
ftruncateSync(file, at);
closeSync(file);
