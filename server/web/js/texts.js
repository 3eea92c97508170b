// What all pages say, in English and German. {curly} words are filled in.

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
