// The worker: fetches and opens parts, so that the page stays quick. It is told the key of the parts, no other.

import { serve } from "./crew.js";
import { fetchPart, fetchRange } from "./parts.js";

const spare = []; // allocating costs more than AES does

serve(async ({ job, source, sealed }, signal, arrived) => {
  const pieces = sealed
    ? [await fetchRange(job, source, signal, arrived)]
    : await fetchPart(job, source, signal, arrived, spare);
  return { result: pieces, handed: [...new Set(pieces.map((piece) => piece.buffer))] };
});
