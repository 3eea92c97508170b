// Errors as people read them: what happened, and what to do next.

import { Altered, BadSignature, FormatError, WrongKey } from "./errors.js";
import { Missing } from "./folder.js";
import { Refused, Unreachable } from "./server.js";
import { NoRoom, NotWritten, MAX_IN_MEMORY } from "./sinks.js";
import { TooLarge } from "./transfer.js";

const OF_CODES = ["not_found", "expired", "used_up", "revoked", "gone", "places_taken"];
const KINDS = [
  [BadSignature, "badSignature"],
  [WrongKey, "wrongKey"],
  [Altered, "altered"],
  [FormatError, "malformed"],
  [Missing, "missing"],
  [Unreachable, "unreachable"],
  [NotWritten, "notWritten"],
];

/** Whether somebody thought better of it. */
export const isCancelled = (error) => error?.name === "AbortError";

/** Whether trying the same again may help. */
export const mayPass = (error) =>
  error instanceof Unreachable || error instanceof NotWritten || (error instanceof Refused && (error.passes || error.code === "places_taken"));

/** What to say of an error, in the speaker's language. */
export function words({ say, size }, error) {
  if (error instanceof Refused) {
    if (OF_CODES.includes(error.code)) return say(error.code);
    if (error.status === 429) return say("too_many", { seconds: error.retryAfter || 60 });
    return say("refused", { code: error.code });
  }
  if (error instanceof NoRoom) return say("tooLarge", { limit: size(MAX_IN_MEMORY) });
  if (error instanceof TooLarge) return say("tooLargeParts");
  const kind = KINDS.find(([each]) => error instanceof each);
  return kind ? say(kind[1]) : say("unknown", { message: String(error?.message ?? error).slice(0, 200) });
}
