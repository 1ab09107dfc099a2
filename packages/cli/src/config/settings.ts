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
 * Everything that can be configured, in one table. Help, `meshhook config` and docs/reference/configuration.md are generated from it.
 *
 * A flag beats a variable, a variable beats the default. Secrets have no flag: every user of the machine can read the flags of a process.
 */
export const SETTINGS = {
  port: setting({
    env: "PORT",
    flag: "--port <number>",
    fallback: 3000,
    group: "start",
    description: "Port to listen on; 0 picks a free port.",
    parse: integer(0, 65_535),
  }),
  host: setting({
    env: "HOST",
    flag: "--host <address>",
    fallback: "127.0.0.1",
    group: "start",
    description: "Address to listen on; 0.0.0.0 accepts connections from the network.",
    parse: text,
  }),
  dataDir: setting({
    env: "MESHHOOK_DATA_DIR",
    flag: "--data-dir <folder>",
    fallback: "./.meshhook",
    group: "start",
    description: "Folder for the embedded database and the generated keys.",
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
      "Connection string of a PostgreSQL 15 or later to use instead of the embedded one. Connect directly or through a pooler in session mode.",
    parse: optional(url("postgres:", "postgresql:")),
  }),
  adminKey: setting<string | null>({
    env: "MESHHOOK_ADMIN_KEY",
    flag: null,
    fallback: null,
    fallbackText: "generated at the first start and kept in `admin.key` in the data directory",
    group: "start",
    isSecret: true,
    description: "API key with full access. `start` makes it valid; the other commands send it.",
    parse: optional(matching(/^mh_[A-Za-z0-9_-]{20,100}$/, "`mh_` and 20 to 100 letters, digits, `-` or `_`")),
  }),
  secretKey: setting<string | null>({
    env: "MESHHOOK_SECRET_KEY",
    flag: null,
    fallback: null,
    fallbackText: "generated at the first start and kept in `secret.key` in the data directory",
    group: "start",
    isSecret: true,
    description:
      "Key that encrypts stored signing secrets: 32 bytes in base64. Must be the same for all processes on one database.",
    parse: optional(
      matching(/^[A-Za-z0-9+/]{43}=$/, "32 bytes in base64: 44 characters, as `openssl rand -base64 32` prints"),
    ),
  }),
  console: setting<"on" | "off">({
    env: "MESHHOOK_CONSOLE",
    flag: "--console <on|off>",
    fallback: "on",
    group: "start",
    description: "Whether to serve the console, and build it first if its sources changed.",
    parse: oneOf("on", "off"),
  }),
  reportsDir: setting({
    env: "MESHHOOK_REPORTS_DIR",
    flag: "--reports-dir <folder>",
    fallback: "./bench-results",
    group: "start",
    description: "Folder for benchmark reports, one subfolder each. `bench` writes them, the console shows them.",
    parse: text,
  }),
  sample: setting<"on" | "off">({
    env: "MESHHOOK_SAMPLE",
    flag: "--sample <on|off>",
    fallback: "on",
    group: "start",
    description: "Whether the first start on an empty database publishes the sample workflow `first-webhook`.",
    parse: oneOf("on", "off"),
  }),
  egressAllow: setting<readonly string[]>({
    env: "MESHHOOK_EGRESS_ALLOW",
    flag: "--egress-allow <list>",
    fallback: [],
    fallbackText: "public addresses only",
    group: "start",
    description:
      "Private targets that http_call may reach: hosts, host:port pairs or CIDR ranges, separated by commas.",
    parse: egressList,
  }),
  logLevel: setting<"debug" | "info" | "warn" | "error">({
    env: "MESHHOOK_LOG_LEVEL",
    flag: "--log-level <level>",
    fallback: "info",
    group: "start",
    description: "Lowest level of log lines to write: debug, info, warn or error.",
    parse: oneOf("debug", "info", "warn", "error"),
  }),
  allowUnsafeDatabase: setting({
    env: "MESHHOOK_ALLOW_UNSAFE_DATABASE",
    flag: "--allow-unsafe-database",
    fallback: false,
    group: "start",
    description: "Start even on a database that may lose commits, for example with fsync or synchronous_commit off.",
    parse: flagWord,
  }),
  drainMs: setting({
    env: "MESHHOOK_DRAIN_MS",
    flag: "--drain-ms <ms>",
    fallback: 10_000,
    unit: "ms",
    group: "start",
    description:
      "How long a stopping process waits for work in progress. Unfinished work continues after the next start.",
    parse: integer(0, 600_000),
  }),
  writers: setting({
    env: "MESHHOOK_WRITERS",
    flag: "--writers <count>",
    fallback: 2,
    unit: "batches",
    group: "start",
    description: "Number of batches written to the database at the same time.",
    parse: integer(1, 32),
  }),
  batchRows: setting({
    env: "MESHHOOK_BATCH_ROWS",
    flag: "--batch-rows <count>",
    fallback: 100,
    unit: "rows",
    group: "start",
    description: "Maximum number of rows in a batch.",
    parse: integer(1, 1_000),
  }),
  poolSize: setting({
    env: "MESHHOOK_POOL_SIZE",
    flag: "--pool-size <count>",
    fallback: 6,
    unit: "connections",
    group: "start",
    description: "Number of database connections, not counting one for each writer.",
    parse: integer(1, 200),
  }),
  leaseMs: setting({
    env: "MESHHOOK_LEASE_MS",
    flag: "--lease-ms <ms>",
    fallback: 6_000,
    unit: "ms",
    group: "start",
    description:
      "A process that sends no heartbeat for this long is considered dead, and other processes take over its work. Must be the same for all processes.",
    parse: integer(1_000, 120_000),
  }),
  url: setting<string | null>({
    env: "MESHHOOK_URL",
    flag: "--url <url>",
    fallback: null,
    fallbackText: "http://HOST:PORT",
    group: "client",
    description: "URL of the running MeshHook.",
    parse: optional(url("http:", "https:")),
  }),
  apiKey: setting<string | null>({
    env: "MESHHOOK_API_KEY",
    flag: null,
    fallback: null,
    fallbackText: "MESHHOOK_ADMIN_KEY",
    group: "client",
    isSecret: true,
    description: "API key to send.",
    parse: optional(matching(/^mh_[A-Za-z0-9_-]+$/, "`mh_` and letters, digits, `-` or `_`")),
  }),
  signingSecret: setting<string | null>({
    env: "MESHHOOK_SIGNING_SECRET",
    flag: null,
    fallback: null,
    fallbackText: "no signature is sent",
    group: "client",
    isSecret: true,
    description: "Secret with which `run` signs the payload, for endpoints that check `x-hub-signature-256`.",
    parse: optional(text),
  }),
  benchOut: setting<string | null>({
    env: "MESHHOOK_BENCH_OUT",
    flag: "--out <folder>",
    fallback: null,
    fallbackText: "MESHHOOK_REPORTS_DIR/<time>",
    group: "bench",
    description: "Folder for `report.html`, `report.md`, `result.json` and the dataset.",
    parse: optional(text),
  }),
  benchSuite: setting<"quick">({
    env: "MESHHOOK_BENCH_SUITE",
    flag: "--suite <name>",
    fallback: "quick",
    group: "bench",
    description: "Set of scenarios to run: quick.",
    parse: oneOf("quick"),
  }),
  benchScenarios: setting<readonly string[]>({
    env: "MESHHOOK_BENCH_SCENARIOS",
    flag: "--scenarios <list>",
    fallback: [],
    fallbackText: "the whole suite",
    group: "bench",
    description: "Names of the scenarios to run, separated by commas.",
    parse: commaList,
  }),
  benchSeed: setting({
    env: "MESHHOOK_BENCH_SEED",
    flag: "--seed <number>",
    fallback: 1,
    group: "bench",
    description: "Seed that selects the payloads. Arrivals are evenly spaced and not random.",
    parse: integer(0, 2_147_483_647),
  }),
  benchDurationScale: setting({
    env: "MESHHOOK_BENCH_DURATION_SCALE",
    flag: "--duration-scale <factor>",
    fallback: 1,
    group: "bench",
    description: "Factor for every measured duration. Below 1, the run is a smoke test; do not quote its figures.",
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
