// A person's public card: keys, as exact bytes that their owner signed. As shared/sealed/card.py.

import { concat, unb64u, utf8 } from "./bytes.js";
import { BadSignature, FormatError } from "./errors.js";
import { integer, onlyKeys, optional, parseObject, text } from "./strict_json.js";
import { verify } from "./webcrypto.js";

const FORMAT = "sealcase-card/1";
const MAX_CARD = 16_384;
const MLKEM_PUBLIC = 1_184;
const KEYS = ["format", "email", "signing_key", "rsa_key", "mlkem_key", "sequence", "previous", "created_at"];

/** The card that `raw` encodes, if the key in it signed it. Throws `FormatError` or `BadSignature`. Needs Ed25519. */
export async function verifiedCard(raw, signature) {
  const card = parseCard(raw);
  if (!(await verify(card.signingKey, signature, concat(utf8("sealcase/1 card\0"), raw)))) {
    throw new BadSignature("the card is not signed by its own key: it was altered");
  }
  return card;
}

function parseCard(raw) {
  const record = parseObject(raw, MAX_CARD, "card");
  if (record.format !== FORMAT) throw new FormatError(`card is not of format ${FORMAT}`);
  onlyKeys(record, KEYS, [], "card");
  const card = Object.freeze({
    email: text(record, "email", 254),
    signingKey: unb64u(record.signing_key, "signing_key", 32),
    rsaKey: unb64u(record.rsa_key, "rsa_key"),
    mlkemKey: optional(record, "mlkem_key", (r, k) => unb64u(r[k], k, MLKEM_PUBLIC)),
    sequence: integer(record, "sequence"),
    previous: optional(record, "previous", (r, k) => unb64u(r[k], k, 32)),
    createdAt: integer(record, "created_at"),
  });
  if (card.rsaKey.length < 200 || card.rsaKey.length >= 700) throw new FormatError("rsa_key has an impossible length");
  if ((card.sequence === 0) !== (card.previous === null)) throw new FormatError("a card has a previous one exactly if it is not the first");
  return card;
}
