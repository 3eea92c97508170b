// How every page speaks, in the browser's language: texts that all of them say, sizes, times, and errors.

import { Refused, Unreachable } from "./http.js";

// {curly} words are filled in.

const EN = {
  checking: "Checking …",
  size: "Size",
  note: "Note",
  password: "Password",
  open: "Open",
  show: "Show",
  hide: "Hide",
  ofTotal: "{done} of {total}",
  rate: "{rate}/s, {time} left",
  seconds: "{n} s",
  minutes: "{n} min",
  hours: "{n} h",
  cancel: "Cancel",
  waiting: "The network is away. It goes on by itself, where it was.",
  percent: "{percent} percent",
  retry: "Try again",
  too_many: "Too many tries. Wait {seconds} seconds, then try again.",
  refused: "The server could not do it just now ({code}). Try again later.",
  unknown: "Something went wrong in this page: {message}",
  about: "What that means, and what it does not",
};

const DE = {
  checking: "Wird geprüft …",
  size: "Größe",
  note: "Nachricht",
  password: "Passwort",
  open: "Öffnen",
  show: "Anzeigen",
  hide: "Verbergen",
  ofTotal: "{done} von {total}",
  rate: "{rate}/s, noch {time}",
  seconds: "{n} s",
  minutes: "{n} min",
  hours: "{n} h",
  cancel: "Abbrechen",
  waiting: "Das Netz ist weg. Es geht von selbst weiter, wo es war.",
  percent: "{percent} Prozent",
  retry: "Noch einmal",
  too_many: "Zu viele Versuche. Warten Sie {seconds} Sekunden, dann noch einmal.",
  refused: "Der Server konnte das gerade nicht ({code}). Versuchen Sie es später noch einmal.",
  unknown: "In dieser Seite ging etwas schief: {message}",
  about: "Was das heißt und was nicht",
};

export const TEXTS = { en: EN, de: DE };

/** The first language of the browser that we speak. */
export function language(wanted = navigator.languages ?? [navigator.language]) {
  return wanted.map((each) => each.slice(0, 2).toLowerCase()).find((each) => each in TEXTS) ?? "en";
}

/** What says things in a language: texts of all pages and of `more`, sizes, times. */
export function speaker(lang, more) {
  const texts = { ...TEXTS[lang], ...more[lang] };
  const number = (value, digits) => value.toLocaleString(lang, { maximumFractionDigits: digits });
  const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  return {
    lang,
    say,
    size(bytes) {
      const units = ["B", "KiB", "MiB", "GiB", "TiB"];
      let unit = 0;
      for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024;
      return `${number(bytes, unit && bytes < 100 ? 1 : 0)}\u00a0${units[unit]}`;
    },
    date: (seconds) => new Date(seconds * 1000).toLocaleString(lang, { dateStyle: "long", timeStyle: "short" }),
    duration(seconds) {
      if (seconds < 90) return say("seconds", { n: number(Math.max(1, seconds), 0) });
      return seconds < 5400 ? say("minutes", { n: number(seconds / 60, 0) }) : say("hours", { n: number(seconds / 3600, 1) });
    },
  };
}

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
