import { SETTINGS } from "../config/settings.ts";
import type { Setting } from "../config/setting.ts";
import { isVariable, type NamedValue } from "./named-values.ts";

/** What one side of a comparison does differently. */
export interface SideSettings {
  readonly meshhookEnv: { readonly [name: string]: string };
  readonly postgresSettings: { readonly [name: string]: string };
}

/** Both sides need them as they are: the benchmark finds and reads the systems by them. */
const OF_THE_BENCHMARK: ReadonlySet<string> = new Set([
  "PORT",
  "HOST",
  "PATH",
  "DATABASE_URL",
  "MESHHOOK_ADMIN_KEY",
  "MESHHOOK_SECRET_KEY",
  "MESHHOOK_DATA_DIR",
  "MESHHOOK_EGRESS_ALLOW",
  "port",
  "listen_addresses",
  "unix_socket_directories",
  "shared_preload_libraries",
  "track_commit_timestamp",
]);

/**
 * Sorts the settings of a side: names in capitals are environment variables of MeshHook, others are settings of its PostgreSQL.
 *
 * @param isThisCheckout  Whether the side runs this version, whose settings are known and checked here. Another version checks its own.
 * @returns The settings, or a line for every mistake.
 */
export function sideSettings(
  option: string,
  pairs: readonly NamedValue[],
  isThisCheckout: boolean,
): SideSettings | { readonly mistakes: readonly string[] } {
  const mistakes = pairs.flatMap(({ name, value }) => mistakesOf(option, name, value, isThisCheckout));
  if (mistakes.length > 0) return { mistakes };
  const of = (isWanted: (name: string) => boolean) =>
    Object.fromEntries(pairs.filter(({ name }) => isWanted(name)).map(({ name, value }) => [name, value]));
  return { meshhookEnv: of(isVariable), postgresSettings: of((name) => !isVariable(name)) };
}

function mistakesOf(option: string, name: string, value: string, isThisCheckout: boolean): readonly string[] {
  if (OF_THE_BENCHMARK.has(name)) return [`${option} ${name}: The benchmark itself sets this. Leave it out.`];
  if (!isVariable(name)) {
    return /^[a-z_]+(\.[a-z_]+)?$/.test(name)
      ? []
      : [
          `${option} "${name}" is neither an environment variable, such as MESHHOOK_WRITERS, nor a setting of PostgreSQL, such as wal_compression.`,
        ];
  }
  if (!isThisCheckout || !name.startsWith("MESHHOOK_")) return [];
  const setting: Setting<unknown> | undefined = Object.values(SETTINGS).find(({ env }) => env === name);
  if (setting?.group !== "start")
    return [`${option} ${name}: MeshHook has no such setting. \`meshhook start --help\` lists all of them.`];
  const parsed = setting.parse(value);
  return "value" in parsed ? [] : [`${option} ${name}: "${value}" is not ${parsed.expected}.`];
}
