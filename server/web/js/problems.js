// Errors as people read them: what happened, and what to do next.

import { Refused, Unreachable } from "./http.js";

/** Whether somebody thought better of it. */
export const isCancelled = (error) => error?.name === "AbortError";

/** Whether it was the network's or the server's doing, and trying the same again may help. */
export const mayPass = (error) => error instanceof Unreachable || (error instanceof Refused && error.passes);

/** What to say of an error, in the speaker's language. `codes` of the server and `kinds` of errors have a text of their own. */
export function explain({ say }, error, codes, kinds) {
  if (error instanceof Refused) {
    if (codes.includes(error.code)) return say(error.code);
    if (error.status === 429) return say("too_many", { seconds: error.retryAfter || 60 });
    return say("refused", { code: error.code });
  }
  const kind = kinds.find(([each]) => error instanceof each);
  return kind ? say(kind[1]) : say("unknown", { message: String(error?.message ?? error).slice(0, 200) });
}
