import { SETTINGS } from "./settings.ts";

const SECRET = /^MESHHOOK_SECRET_([A-Za-z_][A-Za-z0-9_]{0,63})$/;

/** Variables that look the same, but are settings: the key that encrypts stored secrets, above all. */
const TAKEN: ReadonlySet<string> = new Set(Object.values(SETTINGS).map(({ env }) => env));

/** Says whether a variable holds a secret of the project `default`: `MESHHOOK_SECRET_<NAME>`. */
export function isSecretVariable(variable: string): boolean {
  return SECRET.test(variable) && !TAKEN.has(variable);
}

/** The secrets that variables hold, by name. An empty variable counts as not set. */
export function secretVariables(environment: {
  readonly [name: string]: string | undefined;
}): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  for (const [variable, value] of Object.entries(environment)) {
    const name = SECRET.exec(variable)?.[1];
    if (name !== undefined && value !== undefined && value !== "" && isSecretVariable(variable))
      secrets.set(name, value);
  }
  return secrets;
}
