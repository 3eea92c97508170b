// A drop box's address, taken apart, and what its key unlocks. As shared/crypto/drop_box.py.

import { b64u, concat, equal, unb64u } from "./bytes.js";
import { verifiedCard } from "./card.js";
import { FormatError, SealcaseError } from "./errors.js";
import { hasEd25519, hkdf, stretch } from "./webcrypto.js";

const KEY = 32;

/** The server shows another card than that of the box's owner. */
export class SwappedCard extends SealcaseError {}

/** This browser can't tell whose card it is, and so must not seal to it. */
export class CanNotCheck extends SealcaseError {}

/** What stands behind `#`: the box's key, its owner's signing key, and whether a password is asked for. Throws `FormatError`. */
export function parseFragment(fragment) {
  const [both, flag, more] = fragment.split(".");
  if (more !== undefined || (flag !== undefined && flag !== "p")) throw new FormatError("the box's keys are wrong");
  const keys = unb64u(both, "the box's keys", 2 * KEY);
  return { boxKey: keys.slice(0, KEY), signingKey: keys.slice(KEY), needsPassword: flag === "p" };
}

/** The box's id in its address. */
export const boxId = async (boxKey) => b64u(await hkdf(boxKey, null, "sealcase/1 drop box id"));

/** AUTH, which is shown to the server; `password` is null where there is none. */
export async function boxAccess(boxKey, password) {
  const salt = await hkdf(boxKey, null, "sealcase/1 drop box salt");
  const secret = password === null ? boxKey : concat(boxKey, await stretch(password, salt));
  return hkdf(secret, salt, "sealcase/1 drop box access");
}

/** Throws `CanNotCheck` where this browser lacks Ed25519. */
export async function checkCanCheck() {
  if (!(await hasEd25519())) throw new CanNotCheck("this browser lacks Ed25519");
}

/** The owner's card, if it is. Throws `SwappedCard`, and as `checkCanCheck` does. */
export async function ownersCard(raw, signature, signingKey) {
  await checkCanCheck();
  let card;
  try {
    card = await verifiedCard(raw, signature);
  } catch (error) {
    throw new SwappedCard(error.message);
  }
  if (!equal(card.signingKey, signingKey)) throw new SwappedCard("the card is not that of the box's owner");
  return card;
}
