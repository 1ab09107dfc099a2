/** Where the values of secrets come from. */
export interface SecretSource {
  /**
   * The value of a project's secret; null when there is none of this name.
   *
   * @param project  The project's slug.
   * @throws SecretFault when the source cannot be read.
   */
  find(project: string, name: string): string | null;
}

/** A secret cannot be used. Becomes the failure of a call that was not sent; the message names the secret, but never holds its value. */
export class SecretFault extends Error {
  override readonly name = "SecretFault";
  readonly code: "secret_missing" | "secret_invalid" | "link_unavailable";

  constructor(code: SecretFault["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Several sources; the first that has the secret gives it. */
export function firstSource(sources: readonly SecretSource[]): SecretSource {
  return {
    find: (project, name) => {
      for (const source of sources) {
        const value = source.find(project, name);
        if (value !== null) return value;
      }
      return null;
    },
  };
}

/** Secrets of one project from variables of the environment, which were read when the process started. */
export class EnvironmentSecrets implements SecretSource {
  readonly #project: string;
  readonly #values: ReadonlyMap<string, string>;

  constructor(project: string, values: ReadonlyMap<string, string>) {
    this.#project = project;
    this.#values = values;
  }

  find(project: string, name: string): string | null {
    return project === this.#project ? (this.#values.get(name) ?? null) : null;
  }
}
