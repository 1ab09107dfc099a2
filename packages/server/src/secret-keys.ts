import type { SecretKeyResource } from "@meshhook/contract";
import type { SealedEndpointRow, SealedRow, SealedSecretRow, Vault } from "@meshhook/journal";
import { secretKeyIdIn, type Keyring, type Logger, type SealedAs, type SecretBox } from "@meshhook/runtime";

/** How many rows one step reads and wraps. */
const ROWS_PER_STEP = 200;

/** What one step of a rotation did. */
export interface RewrapStep {
  readonly rewrapped: number;
  /** They stay as they are: this process lacks their key, or they are damaged. */
  readonly unreadable: number;
  /** Where the next step begins; null when this was the last. */
  readonly next: string | null;
}

/**
 * The keys under which the secrets of all projects and what endpoints keep sealed are stored, and the way from one to the next: data keys are
 * wrapped anew, row by row, each only if nobody changed it meanwhile. So any process may do any part of it at any time.
 */
export class SecretKeys {
  readonly #vault: Vault;
  readonly #keys: Keyring;
  readonly #box: SecretBox;

  constructor(vault: Vault, keys: Keyring, box: SecretBox) {
    this.#vault = vault;
    this.#keys = keys;
    this.#box = box;
  }

  /** The current key first; then those that values need. */
  async list(): Promise<readonly SecretKeyResource[]> {
    const counts = new Map<string | null, number>(this.#keys.all.map(({ id }) => [id, 0]));
    for (const [prefix, count] of await this.#vault.countSealed())
      counts.set(prefix === null ? null : secretKeyIdIn(prefix), count);
    return [...counts].map(([id, values]) => ({ id, state: this.#stateOf(id), values }));
  }

  /** Says at the start which keys are missing, before a call or a webhook needs one. */
  async warnOfMissing(log: Logger): Promise<void> {
    for (const { id, state, values } of await this.list()) {
      if (state !== "missing") continue;
      log.error(
        { secretKey: id, values, present: this.#keys.all.map((key) => key.id) },
        "secrets were stored under a secret key that this process does not have: put it after the first one in MESHHOOK_SECRET_KEY, separated by a comma, and start again",
      );
    }
  }

  /** Wraps the next values that are not under the current key. */
  async rewrap(after: string | null): Promise<RewrapStep> {
    const rows = await this.#vault.listSealed({ prefix: this.#box.currentPrefix, after, limit: ROWS_PER_STEP });
    const step = { rewrapped: 0, unreadable: 0 };
    for (const row of rows) {
      let changed = 0;
      const wrapped = rewrapRow(row, (text, as) => {
        if (text.startsWith(this.#box.currentPrefix)) return text;
        try {
          const result = this.#box.rewrap(row.projectId, text, as);
          changed++;
          return result;
        } catch {
          step.unreadable++;
          return text;
        }
      });
      if (changed > 0 && (await this.#vault.replaceSealed(row, wrapped))) step.rewrapped += changed;
    }
    return { ...step, next: rows.length < ROWS_PER_STEP ? null : (rows.at(-1)?.id ?? null) };
  }

  #stateOf(id: string | null): SecretKeyResource["state"] {
    if (id === null) return "unknown";
    if (id === this.#keys.current.id) return "current";
    return this.#keys.all.some((key) => key.id === id) ? "former" : "missing";
  }
}

function rewrapRow(row: SealedRow, rewrap: (text: string, as?: SealedAs) => string): SealedRow {
  switch (row.kind) {
    case "secret":
      return rewrapSecret(row, rewrap);
    case "pseudonym-key":
      return { ...row, sealed: rewrap(row.sealed, "pseudonym-key") };
    case "endpoint":
    default:
      return rewrapEndpoint(row, rewrap);
  }
}

function rewrapSecret(row: SealedSecretRow, rewrap: (text: string, as: SealedAs) => string): SealedRow {
  return { ...row, sealed: rewrap(row.sealed, { name: row.name, version: row.version }) };
}

function rewrapEndpoint(row: SealedEndpointRow, rewrap: (text: string) => string): SealedRow {
  const orNull = (text: string | null): string | null => (text === null ? null : rewrap(text));
  return {
    ...row,
    sealedSecret: orNull(row.sealedSecret),
    sealedVerifyToken: orNull(row.sealedVerifyToken),
    formerKeys: row.formerKeys.map((key) => ({ ...key, sealedSecret: rewrap(key.sealedSecret) })),
  };
}
