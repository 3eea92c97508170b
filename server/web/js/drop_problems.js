// What goes wrong while leaving files, in words.

import { CanNotCheck, SwappedCard } from "./box.js";
import { FormatError, TooLarge, Unreadable } from "./errors.js";
import { Unreachable } from "./http.js";
import { explain } from "./problems.js";

const CODES = ["not_found", "expired", "revoked", "box_full", "too_large", "quota_exceeded", "storage_full"];
const KINDS = [
  [SwappedCard, "swapped"],
  [CanNotCheck, "canNotCheck"],
  [TooLarge, "tooLargeParts"],
  [FormatError, "malformed"],
  [Unreadable, "unreadable"],
  [Unreachable, "unreachable"],
];

/** What to say of an error, in the speaker's language. */
export const words = (speaker, error) => explain(speaker, error, CODES, KINDS);
