// What goes wrong with a link, in words.

import { Altered, BadSignature, FormatError, TooLarge, WrongKey } from "./errors.js";
import { Missing } from "./folder.js";
import { Refused, Unreachable } from "./http.js";
import { explain, mayPass } from "./problems.js";
import { NoRoom, NotWritten, MAX_IN_MEMORY } from "./sinks.js";

const CODES = ["not_found", "expired", "used_up", "revoked", "gone", "places_taken", "content_damaged"];
const KINDS = [
  [BadSignature, "badSignature"],
  [WrongKey, "wrongKey"],
  [Altered, "altered"],
  [FormatError, "malformed"],
  [Missing, "missing"],
  [Unreachable, "unreachable"],
  [NotWritten, "notWritten"],
  [TooLarge, "tooLargeParts"],
];

/** Whether trying the same again may help. */
export const isWorthAnother = (error) =>
  mayPass(error) || error instanceof NotWritten || (error instanceof Refused && error.code === "places_taken");

/** What to say of an error, in the speaker's language. */
export function words(speaker, error) {
  if (error instanceof NoRoom) return speaker.say("tooLarge", { limit: speaker.size(MAX_IN_MEMORY) });
  return explain(speaker, error, CODES, KINDS);
}
