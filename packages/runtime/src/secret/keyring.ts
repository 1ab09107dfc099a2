import { createHmac } from "node:crypto";

const KEY_BYTES = 32;
const ID_BYTES = 8;

/** One of the installation's secret keys. */
export interface SecretKey {
  /** 16 hexadecimal digits that follow from the key and say nothing about it. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

/**
 * The secret keys of an installation: the first one seals, and each of them opens what it sealed. Others than the first are there while
 * one takes the place of another.
 */
export class Keyring {
  readonly current: SecretKey;
  readonly #keys: ReadonlyMap<string, SecretKey>;

  /** @throws Error when there is no key, or one has not 32 bytes. */
  constructor(keys: readonly Buffer[]) {
    const known = keys.map(secretKeyOf);
    const [current] = known;
    if (current === undefined) throw new Error("There is no secret key");
    this.current = current;
    this.#keys = new Map(known.map((key) => [key.id, key]));
  }

  /** The current key first. */
  get all(): readonly SecretKey[] {
    return [...this.#keys.values()];
  }

  /** @throws SecretKeyMissing */
  get(id: string): SecretKey {
    const key = this.#keys.get(id);
    if (key === undefined) throw new SecretKeyMissing(id, this.all);
    return key;
  }
}

/** A value cannot be read, because the key that it was sealed under is not there. The message names the keys, but holds none. */
export class SecretKeyMissing extends Error {
  override readonly name = "SecretKeyMissing";

  /** `id`: null where it is not known. */
  constructor(id: string | null, present: readonly SecretKey[], options?: ErrorOptions) {
    const which = id === null ? "a secret key that this process does not have" : `the secret key ${id}`;
    const given = `this process has ${present.map((key) => key.id).join(", ")}`;
    super(
      `It was stored under ${which}; ${given}. Put the missing key after the first one in MESHHOOK_SECRET_KEY, separated by a comma, and start again`,
      options,
    );
  }
}

function secretKeyOf(bytes: Buffer): SecretKey {
  if (bytes.length !== KEY_BYTES) throw new Error(`A secret key has ${bytes.length} bytes; it must have ${KEY_BYTES}`);
  const id = createHmac("sha256", bytes)
    .update("meshhook secret key id")
    .digest("hex")
    .slice(0, ID_BYTES * 2);
  return { id, bytes };
}
