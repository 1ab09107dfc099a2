import { hostname } from "node:os";
import { resolve } from "node:path";

import { openPostgresStore } from "@meshhook/journal";
import { DEFAULT_LIMITS, PlanCache, startRuntime } from "@meshhook/runtime";
import { startServer, type Server, type ServerOptions } from "@meshhook/server";
import type { Logger } from "pino";

import type { Resolved } from "../config/resolve.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { ensureAdminKey } from "../start/admin-key.ts";
import { buildConsole, CLONE } from "../start/console-build.ts";
import { dataDirectory, openDatabase } from "../start/database.ts";
import { createFirstWebhook } from "../start/first-webhook.ts";
import { loadSecretKey } from "../start/secret-key.ts";
import { stopRequested } from "../start/stop-signal.ts";
import { welcomeText } from "../start/welcome.ts";
import { createLogger } from "../terminal/log.ts";
import { VERSION } from "../version.ts";

/**
 * Runs MeshHook until it is asked to stop: database, store, runtime, server, put together here and nowhere else.
 *
 * Stopping takes the parts down in the opposite order, so that whatever was accepted has its commit.
 */
export async function start(resolved: Resolved): Promise<ExitName> {
  const { config } = resolved;
  const log = createLogger(config.logLevel, process.stdout);
  endOnDefects(log);
  const stop = stopRequested(() => {
    log.warn({}, "asked to stop a second time: ending at once");
    process.exit(1);
  });
  for (const variable of resolved.unknownVariables)
    log.warn({ variable }, "this variable means nothing to MeshHook: misspelt?");

  const secretKey = await loadSecretKey(config);
  const stopping = new AbortController();
  void stop.then(() => stopping.abort());
  const consoleReady = prepareConsole(config, log, stopping.signal);
  const closers: (() => Promise<void>)[] = [];
  try {
    const database = await openDatabase(config, log);
    closers.push(() => database.release());
    const store = openPostgresStore({
      connectionString: database.url,
      writers: config.writers,
      readers: config.poolSize,
      leaseMs: config.leaseMs,
      onWarning: (message, error) => log.warn({ error: String(error) }, message),
    });
    closers.push(() => store.close());
    const { generatedKey, newProject } = await ensureAdminKey(store.catalog, config.adminKey);
    const firstWebhook =
      newProject === null || config.sample === "off" ? null : await createFirstWebhook(store.catalog, newProject);
    const plans = new PlanCache(store.catalog);
    const runtime = await startRuntime({
      journal: store.journal,
      catalog: store.catalog,
      plans,
      name: `${hostname()}:${process.pid}`,
      egressAllow: config.egressAllow,
      log,
      userAgent: `MeshHook/${VERSION}`,
      limits: {
        writers: config.writers,
        batchRowsMax: config.batchRows,
        leaseMs: config.leaseMs,
        // A third of the lease: one lost heartbeat does not cost the ownership.
        heartbeatMs: Math.min(DEFAULT_LIMITS.heartbeatMs, Math.floor(config.leaseMs / 3)),
      },
    });
    closers.push(() => runtime.drain(config.drainMs));
    const console = await consoleReady;
    const server = await listen(config, {
      engine: runtime,
      journal: store.journal,
      catalog: store.catalog,
      plans,
      log,
      version: VERSION,
      secretKey,
      console,
      reports: { directory: resolve(config.reportsDir) },
    });
    closers.push(() => server.close());
    log.info({ url: server.url, database: database.description }, "ready");
    process.stderr.write(
      welcomeText({
        url: server.url,
        hasConsole: "directory" in console,
        database: database.description,
        dataDir: dataDirectory(config),
        generatedKey,
        isKeyGiven: config.adminKey !== null,
        firstWebhook,
      }),
    );
    const reason = await stop;
    log.info({ reason, drainMs: config.drainMs }, "stopping: what is in flight is finished first");
  } finally {
    stopping.abort();
    for (const close of closers.reverse()) await close();
    await consoleReady;
  }
  log.info({}, "stopped");
  return "ok";
}

/** While the database starts. A console that cannot be built costs the console, not the webhooks. */
async function prepareConsole(
  config: Config,
  log: Logger,
  signal: AbortSignal,
): Promise<NonNullable<ServerOptions["console"]>> {
  if (config.console === "off") return { absentBecause: "MESHHOOK_CONSOLE is off" };
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const console = await buildConsole({ root: CLONE, signal, say });
  if ("absentBecause" in console && !signal.aborted) {
    log.warn(
      { reason: console.absentBecause },
      "no console: correct what the build says and start again, or set MESHHOOK_CONSOLE=off; everything else works",
    );
  }
  return console;
}

async function listen(config: Config, parts: Omit<ServerOptions, "host" | "port">): Promise<Server> {
  const { host, port } = config;
  try {
    return await startServer({ ...parts, host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EADDRINUSE") {
      throw new CommandError(
        "badInput",
        `Port ${port} of ${host} is taken. Stop what listens there, or choose another one with PORT.`,
        { cause: error },
      );
    }
    if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
      throw new CommandError(
        "badInput",
        `Cannot listen on ${host}, port ${port}: ${code}. Choose others with HOST and PORT.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** A defect ends the process: everything acknowledged is in the journal, and the next start goes on from there. */
function endOnDefects(log: Logger): void {
  const end = (kind: string) => (err: unknown) => {
    log.error({ err, kind }, "defect: ending; the next start goes on from the journal");
    process.exit(1);
  };
  process.on("uncaughtException", end("uncaught exception"));
  process.on("unhandledRejection", end("unhandled rejection"));
}
