import type { Vault } from "@meshhook/journal";

import { SecretKeyMissing } from "./keyring.ts";
import type { SecretBox } from "./secret-box.ts";
import { SecretFault } from "./secret-source.ts";

/** The most secrets that are remembered in clear text; beyond that, all are forgotten. */
const ENTRIES_MAX = 1_000;

/**
 * The values of the vault in memory, each decrypted once. They are forgotten when the catalog changes, in whichever process, so that a new
 * version counts from the next call on.
 */
export class VaultSecrets {
  readonly #vault: Pick<Vault, "findSecret">;
  readonly #box: SecretBox;
  /** Null: the project has no secret of this name. */
  #values = new Map<string, string | null>();
  #loading = new Map<string, Promise<string | null>>();

  constructor(vault: Pick<Vault, "findSecret">, box: SecretBox) {
    this.#vault = vault;
    this.#box = box;
  }

  /** Null when the project has no such secret, undefined when it must be loaded first. */
  peek(projectId: string, name: string): string | null | undefined {
    return this.#values.get(keyOf(projectId, name));
  }

  /**
   * Null when the project has no such secret.
   *
   * @throws SecretFault  when it cannot be decrypted.
   * @throws JournalUnavailable
   */
  load(projectId: string, name: string): Promise<string | null> {
    const key = keyOf(projectId, name);
    const known = this.#loading.get(key);
    if (known !== undefined) return known;
    // What was read before a change must not be remembered after it.
    const [values, loading] = [this.#values, this.#loading];
    const load = this.#read(projectId, name)
      .then((value) => {
        if (values.size >= ENTRIES_MAX) values.clear();
        values.set(key, value);
        return value;
      })
      .finally(() => loading.delete(key));
    loading.set(key, load);
    return load;
  }

  /** Something changed: every value is read again when it is needed. */
  forget(): void {
    this.#values = new Map();
    this.#loading = new Map();
  }

  async #read(projectId: string, name: string): Promise<string | null> {
    const found = await this.#vault.findSecret(projectId, name);
    if (found === null) return null;
    const { version, sealed } = found;
    try {
      return this.#box.open(projectId, sealed, { name, version }).toString("utf8");
    } catch (error) {
      const reason = error instanceof SecretKeyMissing ? error.message : "It was changed in the database, or moved";
      throw new SecretFault("secret_invalid", `The secret ${name} cannot be read. ${reason}. The request was not sent`);
    }
  }
}

function keyOf(projectId: string, name: string): string {
  return `${projectId} ${name}`;
}
