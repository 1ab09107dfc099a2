import { readFileSync, statSync } from "node:fs";

import { SecretFault, type SecretSource } from "./secret-source.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** Others than the owner may read, write or run. */
const OPEN_TO_OTHERS = 0o077;

type Projects = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The file of secrets cannot be used. The message names the file and the remedy, and holds no value. */
export class SecretFileError extends Error {
  override readonly name = "SecretFileError";
}

/**
 * Secrets from a JSON file: `{ "<project's slug>": { "<NAME>": "value" } }`. Only its owner may have access.
 *
 * The file is read again after it has changed, so that a secret can be replaced without a restart.
 */
export class SecretFile implements SecretSource {
  readonly #path: string;
  #projects: Projects;
  #version: string;

  /** @throws SecretFileError */
  constructor(path: string) {
    this.#path = path;
    this.#version = this.#look();
    this.#projects = this.#read();
  }

  find(project: string, name: string): string | null {
    try {
      const version = this.#look();
      if (version !== this.#version) {
        this.#projects = this.#read();
        this.#version = version;
      }
    } catch (error) {
      if (error instanceof SecretFileError)
        throw new SecretFault("secret_missing", `The secret ${name} cannot be read. ${error.message}`);
      throw error;
    }
    return this.#projects.get(project)?.get(name) ?? null;
  }

  /** What changes when the file does. */
  #look(): string {
    let mode: number;
    let version: string;
    try {
      const stat = statSync(this.#path, { bigint: true });
      mode = Number(stat.mode);
      version = `${stat.dev} ${stat.ino} ${stat.mtimeNs} ${stat.size}`;
    } catch (error) {
      throw new SecretFileError(`The file of secrets ${this.#path} cannot be opened: ${reasonOf(error)}`);
    }
    if ((mode & OPEN_TO_OTHERS) !== 0) {
      throw new SecretFileError(
        `Others than its owner have access to the file of secrets ${this.#path} (mode ${(mode & 0o777).toString(8)}); run chmod 600 ${this.#path}`,
      );
    }
    return version;
  }

  #read(): Projects {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(this.#path, "utf8"));
    } catch (error) {
      // The parser's message shows a part of the text.
      const reason = error instanceof SyntaxError ? "it is not JSON" : reasonOf(error);
      throw new SecretFileError(`The file of secrets ${this.#path} cannot be read: ${reason}`);
    }
    return new Map(
      this.#members(value, "the file").map(([project, secrets]) => [
        project,
        new Map(
          this.#members(secrets, `"${project}"`).map(([name, secret]) => {
            if (!NAME.test(name))
              throw this.#wrong(`"${name}" of "${project}" is not a name; use letters, digits and underscores`);
            if (typeof secret !== "string") throw this.#wrong(`the value of "${name}" of "${project}" is not a text`);
            return [name, secret];
          }),
        ),
      ]),
    );
  }

  #members(value: unknown, what: string): [string, unknown][] {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#wrong(`${what} is not an object; write {"<project>": {"<NAME>": "value"}}`);
    }
    return Object.entries(value);
  }

  #wrong(what: string): SecretFileError {
    return new SecretFileError(`The file of secrets ${this.#path} cannot be used: ${what}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
