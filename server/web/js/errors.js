// What can go wrong. Names are those of shared/crypto/errors.py; messages are for people who read logs, never secrets.

export class SealcaseError extends Error {
  get name() {
    return this.constructor.name;
  }
}

/** The bytes are not a well-formed record of this format. */
export class FormatError extends SealcaseError {}

/** No key at hand opens this file; never said why. */
export class WrongKey extends SealcaseError {
  constructor() {
    super("this key does not open the file");
  }
}

/** The sender's signature does not hold, or is missing where there must be one. */
export class BadSignature extends SealcaseError {}

/** The bytes are not what the sender sealed. */
export class Altered extends SealcaseError {}

/** They end early. */
export class Truncated extends Altered {}

/** A file on this machine changed, went away, or may not be read. */
export class Unreadable extends SealcaseError {}

/** A part is too large for a browser's memory. */
export class TooLarge extends SealcaseError {}

/** A file of the folder is not at the server any more. */
export class Missing extends SealcaseError {}
