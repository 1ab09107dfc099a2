import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import type { LaunchedMeshHook, MeshHookStart, SystemLauncher } from "@meshhook/bench";
import { EmbeddedPostgresError, startEmbeddedPostgres } from "@meshhook/embedded";
import type { EmbeddedPostgres } from "@meshhook/embedded";

import { CommandError } from "../exit-codes.ts";
import { isAlive } from "./is-alive.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
/** The same file of another checkout. */
const MAIN_IN_CHECKOUT = join("packages", "cli", "src", "main.ts");
/** Several processes start at the same time, and share the cores with whatever else runs. */
const READY_MS_MAX = { one: 60_000, several: 240_000 };
const POLL_MS = 20;
const LOG_LINES_SHOWN = 20;
const DATABASE_LOG_LINES_SHOWN = 4;

/** Where the launched system keeps its files. */
export interface LauncherOptions {
  /**
   * MeshHook's data directory: the benchmark's databases go below it. Not the system's temporary directory, which is in memory
   * on many machines, where `fsync` costs nothing and the figures would be too good.
   */
  readonly dataDir: string;
  /** Gets the output of the MeshHook processes. */
  readonly logFile: string;
}

/** Gives the benchmark its own database and MeshHook processes, and removes what an earlier benchmark left when it was killed. */
export async function createLauncher(options: LauncherOptions): Promise<SystemLauncher> {
  const dataDir = resolve(options.dataDir);
  await removeLeftovers(dataDir);
  const directory = join(dataDir, `bench-${process.pid}`);
  const adminKey = `mh_${randomBytes(32).toString("base64url")}`;
  const secretKey = randomBytes(32).toString("base64");
  const databases: Promise<RunningDatabase>[] = [];
  const meshhooks = new Set<ChildProcess>();
  let ending: Promise<void> | null = null;
  const refuseWhenEnding = () => {
    if (ending !== null) throw new CommandError("failed", "The benchmark is stopping and starts nothing more.");
  };
  const endEverything = async () => {
    for (const child of meshhooks) signalMeshHook(child, "SIGKILL");
    // A database that is still starting can be stopped once it is up.
    await Promise.allSettled(databases.map(async (database) => (await database).remove("immediate")));
    await rm(directory, { recursive: true, force: true });
  };
  return {
    startDatabase: async (settings = {}) => {
      refuseWhenEnding();
      const starting = startDatabase(join(directory, `postgres-${databases.length + 1}`), settings);
      databases.push(starting);
      const database = await starting;
      const { url, dataDir } = database.server();
      return {
        url,
        dataDir,
        get pid() {
          return database.server().pid;
        },
        stopHard: () => database.server().stop("immediate"),
        startAgain: async () => {
          refuseWhenEnding();
          await database.startAgain();
        },
        stop: () => database.remove("fast"),
      };
    },
    startMeshHook: async (start) => {
      refuseWhenEnding();
      const keys = {
        // Each process of its own, should two run at once.
        MESHHOOK_DATA_DIR: join(directory, `meshhook-${String(start.port)}`),
        MESHHOOK_SECRET_KEY: secretKey,
      };
      return startMeshHook(start, options.logFile, adminKey, keys, (child) => {
        meshhooks.add(child);
        child.once("exit", () => meshhooks.delete(child));
        if (ending !== null) signalMeshHook(child, "SIGKILL");
      });
    },
    endNow: () => (ending ??= endEverything()),
  };
}

interface RunningDatabase {
  /** As it was started last. */
  readonly server: () => EmbeddedPostgres;
  /** Starts the server again on its port, or finds it running. */
  readonly startAgain: () => Promise<void>;
  /** Stops the server and removes its files. May be called twice. */
  readonly remove: (mode: "fast" | "immediate") => Promise<void>;
}

async function startDatabase(dataDir: string, settings: { readonly [name: string]: string }): Promise<RunningDatabase> {
  const start = (port?: number) =>
    startEmbeddedPostgres({
      dataDir,
      settings: { ...settings, shared_preload_libraries: "pg_stat_statements", track_commit_timestamp: "on" },
      ...(port === undefined ? {} : { port }),
    }).catch(async (error: unknown) => {
      if (!(error instanceof EmbeddedPostgresError)) throw error;
      // The log goes with everything else of the benchmark, so what it says is said here.
      const log = await readFile(`${dataDir}.log`, "utf8").catch(() => "");
      const lines = log.trimEnd().split("\n").slice(-DATABASE_LOG_LINES_SHOWN).join("\n");
      throw new CommandError("unreachable", lines === "" ? error.message : `${error.message}\n${lines}`, {
        cause: error,
      });
    });
  let server = await start();
  let starting: Promise<void> = Promise.resolve();
  let removing: Promise<void> | null = null;
  const startAgain = async () => {
    server = await start(server.port);
  };
  const remove = async (mode: "fast" | "immediate") => {
    // A server that is still starting can be stopped when it stands.
    await starting.catch(() => undefined);
    await server.stop(mode);
    await removeDatabase(dataDir, server.dataDir);
  };
  return {
    server: () => server,
    startAgain: () => (starting = startAgain()),
    remove: (mode) => (removing ??= remove(mode)),
  };
}

async function startMeshHook(
  start: MeshHookStart,
  logFile: string,
  adminKey: string,
  keys: { readonly [name: string]: string },
  onSpawn: (child: ChildProcess) => void,
): Promise<LaunchedMeshHook> {
  await mkdir(dirname(logFile), { recursive: true });
  const log = await open(logFile, "a");
  // Its own process group: Ctrl-C is for the benchmark, which ends the system when it has its figures. The channel closes
  // when the benchmark dies, and MeshHook stops with it.
  const main = start.checkout === undefined ? MAIN : join(start.checkout, MAIN_IN_CHECKOUT);
  const child = spawn(process.execPath, [main, "start"], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "ipc"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOST: "127.0.0.1",
      MESHHOOK_LOG_LEVEL: "warn",
      // The measured process accepts webhooks and does nothing else.
      MESHHOOK_CONSOLE: "off",
      MESHHOOK_SAMPLE: "off",
      // The benchmark's targets listen on the loopback interface.
      MESHHOOK_EGRESS_ALLOW: "127.0.0.0/8",
      ...keys,
      ...start.env,
      DATABASE_URL: start.databaseUrl,
      PORT: String(start.port),
      MESHHOOK_ADMIN_KEY: adminKey,
    },
  });
  onSpawn(child);
  await log.close();
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code));
  });
  const url = `http://127.0.0.1:${start.port}`;
  const isOne = (start.env["MESHHOOK_PROCESSES"] ?? "1") === "1";
  await untilReady({ url, adminKey, pid: isOne ? null : (child.pid ?? null) }, exited, logFile).catch(
    (error: unknown) => {
      signalMeshHook(child, "SIGKILL");
      throw error;
    },
  );
  return { pid: child.pid ?? 0, url, adminKey, exited, kill: (signal) => signalMeshHook(child, signal) };
}

/**
 * MeshHook may be several processes, which the first one started. It tells them to stop, but it cannot tell them that it was killed or
 * that it stands still: such signals go to all of them.
 */
function signalMeshHook(child: ChildProcess, signal: Parameters<LaunchedMeshHook["kill"]>[0]): void {
  if (signal === "SIGTERM" || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  // Its number may belong to others once it has ended.
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * Of several processes, the first is ready before the others: connections that are opened then would all be the first one's.
 *
 * @param meshhook  `pid` of the process that starts the others; null for a single one.
 */
async function untilReady(
  meshhook: { readonly url: string; readonly adminKey: string; readonly pid: number | null },
  exited: Promise<number | null>,
  logFile: string,
): Promise<void> {
  let hasExited = false;
  const gone = exited.then(() => {
    hasExited = true;
  });
  const readyMsMax = meshhook.pid === null ? READY_MS_MAX.one : READY_MS_MAX.several;
  const until = performance.now() + readyMsMax;
  const listening = new Set<string>();
  for (;;) {
    if ((await answerOf(`${meshhook.url}/readyz`)) !== null && (await doAllListen(meshhook, listening))) return;
    if (hasExited || performance.now() > until) {
      const lines = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-LOG_LINES_SHOWN).join("\n");
      const what = hasExited ? "exited before it was ready" : `was not ready within ${readyMsMax / 1_000} s`;
      throw new CommandError("failed", `MeshHook ${what}. The end of ${logFile}:\n${lines}`);
    }
    await Promise.race([delay(POLL_MS), gone]);
  }
}

/**
 * The metrics name every process that listens, if there are several, unless it is too busy to answer just then.
 *
 * @param listening  The numbers of those that were named so far.
 */
async function doAllListen(
  { url, adminKey, pid }: Parameters<typeof untilReady>[0],
  listening: Set<string>,
): Promise<boolean> {
  if (pid === null) return true;
  const started = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const processes = started.split(" ").filter((each) => each.trim() !== "").length;
  const metrics = (await answerOf(`${url}/metrics`, { authorization: `Bearer ${adminKey}` })) ?? "";
  for (const [, number = ""] of metrics.matchAll(/process="(\d+)"/g)) listening.add(number);
  return listening.size >= processes;
}

/** The body of an answer with a good status; null for any other. */
async function answerOf(url: string, headers: { readonly [name: string]: string } = {}): Promise<string | null> {
  return fetch(url, { headers }).then(
    async (response) => {
      const text = await response.text();
      return response.ok ? text : null;
    },
    () => null,
  );
}

/** Stops and removes the databases of benchmarks that were killed: a database outlives the process that started it. */
async function removeLeftovers(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch(() => []);
  for (const name of names) {
    const pid = Number(/^bench-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const directory = join(dataDir, name);
    for (const file of await readdir(directory)) {
      const database = /^(postgres-\d+)\.connection\.json$/.exec(file)?.[1];
      if (database === undefined) continue;
      const requested = join(directory, database);
      const server = await startEmbeddedPostgres({ dataDir: requested });
      await server.stop("immediate");
      await removeDatabase(requested, server.dataDir);
    }
    await rm(directory, { recursive: true, force: true });
  }
}

async function removeDatabase(requested: string, actual: string): Promise<void> {
  await rm(actual, { recursive: true, force: true });
  await rm(`${actual}.log`, { force: true });
  await rm(`${requested}.connection.json`, { force: true });
  const directory = dirname(requested);
  const left = existsSync(directory) ? (await readdir(directory)).filter((name) => name.startsWith("postgres-")) : [];
  if (left.length === 0) await rm(directory, { recursive: true, force: true });
}
