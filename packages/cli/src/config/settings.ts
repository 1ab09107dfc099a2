import { egressList } from "./egress-list.ts";
import {
  commaList,
  decimal,
  flagWord,
  integer,
  matching,
  oneOf,
  optional,
  text,
  url,
  type Setting,
} from "./setting.ts";

/**
 * Everything that can be configured, in one table. Help, `meshhook config` and docs/reference/configuration.md come from here.
 *
 * A flag beats a variable, a variable beats the default. Secrets have no flag: the list of processes shows flags to everybody.
 */
export const SETTINGS = {
  port: setting({
    env: "PORT",
    flag: "--port <number>",
    fallback: 3000,
    group: "start",
    description: "Port that MeshHook listens on; 0 takes a free one.",
    parse: integer(0, 65_535),
  }),
  host: setting({
    env: "HOST",
    flag: "--host <address>",
    fallback: "127.0.0.1",
    group: "start",
    description: "Address that MeshHook listens on; 0.0.0.0 opens it to the network.",
    parse: text,
  }),
  dataDir: setting({
    env: "MESHHOOK_DATA_DIR",
    flag: "--data-dir <folder>",
    fallback: "./.meshhook",
    group: "start",
    description: "Folder of the embedded database and of the generated keys.",
    parse: text,
  }),
  databaseUrl: setting<string | null>({
    env: "DATABASE_URL",
    flag: null,
    fallback: null,
    fallbackText: "an embedded PostgreSQL 18 in the data directory",
    group: "start",
    isSecret: true,
    description:
      "PostgreSQL 15 or later to use instead of the embedded one: directly, or through a pooler in session mode.",
    parse: optional(url("postgres:", "postgresql:")),
  }),
  adminKey: setting<string | null>({
    env: "MESHHOOK_ADMIN_KEY",
    flag: null,
    fallback: null,
    fallbackText: "generated at the first start, file `admin.key` in the data directory",
    group: "start",
    isSecret: true,
    description: "API key with all rights. `start` makes it valid; every other command sends it.",
    parse: optional(matching(/^mh_[A-Za-z0-9_-]{20,100}$/, "`mh_` and 20 to 100 letters, digits, `-` or `_`")),
  }),
  secretKey: setting<string | null>({
    env: "MESHHOOK_SECRET_KEY",
    flag: null,
    fallback: null,
    fallbackText: "generated into the data directory, file `secret.key`",
    group: "start",
    isSecret: true,
    description: "32 bytes in base64 that seal stored signing secrets. The same for all processes on one database.",
    parse: optional(
      matching(/^[A-Za-z0-9+/]{43}=$/, "32 bytes in base64: 44 characters, as `openssl rand -base64 32` prints"),
    ),
  }),
  console: setting<"on" | "off">({
    env: "MESHHOOK_CONSOLE",
    flag: "--console <on|off>",
    fallback: "on",
    group: "start",
    description: "Whether the console is built, when its sources changed, and delivered.",
    parse: oneOf("on", "off"),
  }),
  reportsDir: setting({
    env: "MESHHOOK_REPORTS_DIR",
    flag: "--reports-dir <folder>",
    fallback: "./bench-results",
    group: "start",
    description: "Folder whose folders are reports of the benchmark: `bench` adds to it, `start` shows them.",
    parse: text,
  }),
  sample: setting<"on" | "off">({
    env: "MESHHOOK_SAMPLE",
    flag: "--sample <on|off>",
    fallback: "on",
    group: "start",
    description: "Whether the first start on an empty database publishes the sample workflow first-webhook.",
    parse: oneOf("on", "off"),
  }),
  egressAllow: setting<readonly string[]>({
    env: "MESHHOOK_EGRESS_ALLOW",
    flag: "--egress-allow <list>",
    fallback: [],
    fallbackText: "public addresses only",
    group: "start",
    description:
      "Private targets that http_call may reach all the same: host, host:port or CIDR range, separated by commas.",
    parse: egressList,
  }),
  logLevel: setting<"debug" | "info" | "warn" | "error">({
    env: "MESHHOOK_LOG_LEVEL",
    flag: "--log-level <level>",
    fallback: "info",
    group: "start",
    description: "Least important log lines that are written: debug, info, warn or error.",
    parse: oneOf("debug", "info", "warn", "error"),
  }),
  allowUnsafeDatabase: setting({
    env: "MESHHOOK_ALLOW_UNSAFE_DATABASE",
    flag: "--allow-unsafe-database",
    fallback: false,
    group: "start",
    description: "Start on a database that may lose commits (fsync or synchronous_commit off).",
    parse: flagWord,
  }),
  drainMs: setting({
    env: "MESHHOOK_DRAIN_MS",
    flag: "--drain-ms <ms>",
    fallback: 10_000,
    unit: "ms",
    group: "start",
    description:
      "How long a stopping process waits for what is in flight. What does not finish goes on after the next start.",
    parse: integer(0, 600_000),
  }),
  writers: setting({
    env: "MESHHOOK_WRITERS",
    flag: "--writers <count>",
    fallback: 2,
    unit: "batches",
    group: "start",
    description: "Batches on their way to the database at the same time.",
    parse: integer(1, 32),
  }),
  batchRows: setting({
    env: "MESHHOOK_BATCH_ROWS",
    flag: "--batch-rows <count>",
    fallback: 100,
    unit: "rows",
    group: "start",
    description: "Rows in one batch at most.",
    parse: integer(1, 1_000),
  }),
  poolSize: setting({
    env: "MESHHOOK_POOL_SIZE",
    flag: "--pool-size <count>",
    fallback: 6,
    unit: "connections",
    group: "start",
    description: "Database connections for everything but appends; each writer has its own on top.",
    parse: integer(1, 200),
  }),
  leaseMs: setting({
    env: "MESHHOOK_LEASE_MS",
    flag: "--lease-ms <ms>",
    fallback: 6_000,
    unit: "ms",
    group: "start",
    description:
      "A process silent for longer is taken for dead, and others take its work over. The same for all processes.",
    parse: integer(1_000, 120_000),
  }),
  url: setting<string | null>({
    env: "MESHHOOK_URL",
    flag: "--url <url>",
    fallback: null,
    fallbackText: "http://HOST:PORT",
    group: "client",
    description: "Where the running MeshHook is.",
    parse: optional(url("http:", "https:")),
  }),
  apiKey: setting<string | null>({
    env: "MESHHOOK_API_KEY",
    flag: null,
    fallback: null,
    fallbackText: "MESHHOOK_ADMIN_KEY",
    group: "client",
    isSecret: true,
    description: "API key that this command sends.",
    parse: optional(matching(/^mh_[A-Za-z0-9_-]+$/, "`mh_` and letters, digits, `-` or `_`")),
  }),
  signingSecret: setting<string | null>({
    env: "MESHHOOK_SIGNING_SECRET",
    flag: null,
    fallback: null,
    fallbackText: "no signature is sent",
    group: "client",
    isSecret: true,
    description: "Signs what `run` sends, for endpoints that check `x-hub-signature-256`.",
    parse: optional(text),
  }),
  benchOut: setting<string | null>({
    env: "MESHHOOK_BENCH_OUT",
    flag: "--out <folder>",
    fallback: null,
    fallbackText: "MESHHOOK_REPORTS_DIR/<time>",
    group: "bench",
    description: "Folder for report.html, report.md, result.json and the dataset.",
    parse: optional(text),
  }),
  benchSuite: setting<"quick">({
    env: "MESHHOOK_BENCH_SUITE",
    flag: "--suite <name>",
    fallback: "quick",
    group: "bench",
    description: "Named set of scenarios: quick.",
    parse: oneOf("quick"),
  }),
  benchScenarios: setting<readonly string[]>({
    env: "MESHHOOK_BENCH_SCENARIOS",
    flag: "--scenarios <list>",
    fallback: [],
    fallbackText: "the whole suite",
    group: "bench",
    description: "Only these scenarios, by name, separated by commas.",
    parse: commaList,
  }),
  benchSeed: setting({
    env: "MESHHOOK_BENCH_SEED",
    flag: "--seed <number>",
    fallback: 1,
    group: "bench",
    description: "Chooses the payloads. Arrivals are evenly spaced and have nothing random.",
    parse: integer(0, 2_147_483_647),
  }),
  benchDurationScale: setting({
    env: "MESHHOOK_BENCH_DURATION_SCALE",
    flag: "--duration-scale <factor>",
    fallback: 1,
    group: "bench",
    description: "Multiplies every measured duration; below 1 the figures are a smoke test and not to be quoted.",
    parse: decimal(0.01, 100),
  }),
} as const;

/** The name of a setting within the program. */
export type SettingName = keyof typeof SETTINGS;

/** All settings, read and checked. */
export type Config = { readonly [N in SettingName]: (typeof SETTINGS)[N] extends Setting<infer T> ? T : never };

function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}
