import { isSecretVariable, secretVariables } from "./secret-variables.ts";
import { SETTINGS, type Config, type SettingName } from "./settings.ts";
import type { Setting } from "./setting.ts";

/** Where a value came from. */
export type Source = "flag" | "environment" | "default";

/** A value that cannot be used. */
export interface Mistake {
  /** The flag or variable as people write it. */
  readonly where: string;
  /** What was given; `(hidden)` for a secret. */
  readonly value: string;
  readonly expected: string;
}

/** Settings with their origin. */
export interface Resolved {
  readonly config: Config;
  readonly sources: { readonly [N in SettingName]: Source };
  /** Variables that begin with MESHHOOK_ but are not settings: most likely misspelt. */
  readonly unknownVariables: readonly string[];
  /** The secrets that variables hold, by name. */
  readonly secrets: ReadonlyMap<string, string>;
}

const NAMES = Object.keys(SETTINGS).filter((name): name is SettingName => name in SETTINGS);

/**
 * Reads all settings from flags and environment, once.
 *
 * An empty variable counts as not set, as in `PORT= npm start`.
 *
 * @param flags  What was given on the command line, by setting name; `true` for a flag without a value.
 * @returns The settings, or every mistake at once.
 */
export function resolveConfig(
  flags: { readonly [N in SettingName]?: string | true },
  environment: { readonly [name: string]: string | undefined },
): Resolved | { readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = [];
  const values: [SettingName, unknown][] = [];
  const sources: [SettingName, Source][] = [];
  for (const name of NAMES) {
    const setting: Setting<unknown> = SETTINGS[name];
    const given = findGiven(setting, flags[name], environment[setting.env]);
    sources.push([name, given.source]);
    if (given.text === null) {
      values.push([name, setting.fallback]);
      continue;
    }
    const parsed = setting.parse(given.text);
    if ("value" in parsed) values.push([name, parsed.value]);
    else
      mistakes.push({
        where: given.where,
        value: setting.isSecret === true || parsed.hidesValue === true ? "(hidden)" : given.text,
        expected: parsed.expected,
      });
  }
  if (mistakes.length > 0) return { mistakes };
  const known = new Set<string>(NAMES.map((name) => SETTINGS[name].env));
  return {
    // Every name is there with a value that its own parser or its default gave.
    config: Object.freeze(Object.fromEntries(values)) as Config,
    sources: Object.fromEntries(sources) as Resolved["sources"],
    unknownVariables: Object.keys(environment).filter(
      (variable) => variable.startsWith("MESHHOOK_") && !known.has(variable) && !isSecretVariable(variable),
    ),
    secrets: secretVariables(environment),
  };
}

/** All mistakes as text, one per line. */
export function mistakesText(mistakes: readonly Mistake[]): string {
  return mistakes.map(({ where, value, expected }) => `  ${where}: "${value}" is not ${expected}`).join("\n");
}

interface Given {
  readonly text: string | null;
  readonly source: Source;
  readonly where: string;
}

function findGiven(setting: Setting<unknown>, flag: string | true | undefined, variable: string | undefined): Given {
  if (flag !== undefined) {
    return { text: flag === true ? "1" : flag, source: "flag", where: setting.flag?.split(" ")[0] ?? setting.env };
  }
  if (variable !== undefined && variable !== "") return { text: variable, source: "environment", where: setting.env };
  return { text: null, source: "default", where: setting.env };
}
