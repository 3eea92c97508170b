// How texts, sizes and times are said in the browser's language.

import { TEXTS } from "./texts.js";

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
