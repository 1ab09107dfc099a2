import { hostname } from "node:os";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { JournalUnavailable, openPostgresStore } from "@meshhook/journal";
import { DEFAULT_LIMITS, PlanCache, Runtime } from "@meshhook/runtime";
import { openDoor, startServer, type Door } from "@meshhook/server";
import type { Logger } from "pino";

import type { Resolved } from "../config/resolve.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { ensureAdminKey } from "../start/admin-key.ts";
import { buildConsole, CLONE, consoleDirectory } from "../start/console-build.ts";
import { consoleIsThere } from "../start/console-wait.ts";
import { dataDirectory, openDatabase } from "../start/database.ts";
import { createFirstWebhook } from "../start/first-webhook.ts";
import { loadSecretKey } from "../start/secret-key.ts";
import { openSecrets } from "../start/secret-source.ts";
import { stopRequested } from "../start/stop-signal.ts";
import { welcomeText } from "../start/welcome.ts";
import { createLogger } from "../terminal/log.ts";
import { VERSION } from "../version.ts";

const READY_LOOK_MS = 5;

/**
 * Runs MeshHook until it is asked to stop: address, database, store, runtime and server are assembled only here.
 *
 * Stopping takes the parts down in the opposite order, so that everything accepted is committed.
 */
export async function start(resolved: Resolved): Promise<ExitName> {
  const { config } = resolved;
  const log = createLogger(config.logLevel, process.stdout);
  endOnDefects(log);
  const stop = stopRequested(() => {
    log.warn({}, "asked to stop a second time: exiting immediately");
    process.exit(1);
  });
  for (const variable of resolved.unknownVariables)
    log.warn({ variable }, "unknown variable: not a MeshHook setting, possibly misspelt");

  const stopping = new AbortController();
  void stop.then(() => stopping.abort());
  const closers: (() => Promise<void>)[] = [];
  let consoleBuilt: Promise<string | null> = Promise.resolve("MESHHOOK_CONSOLE is off");
  try {
    // Before anything is changed, so that a start on a port in use ends here.
    const door = await takeAddress(config);
    let isDoorOurs = true;
    closers.push(async () => {
      if (isDoorOurs) await door.close();
    });
    const secretKey = await loadSecretKey(config);
    const secrets = openSecrets(config.secretsFile, resolved.secrets);
    if (config.console === "on") consoleBuilt = prepareConsole(log, stopping.signal);
    const database = await openDatabase(config, log, stopping.signal);
    closers.push(() => database.release());
    const store = openPostgresStore({
      connectionString: database.url,
      writers: config.writers,
      readers: config.poolSize,
      leaseMs: config.leaseMs,
      allowUnsafe: config.allowUnsafeDatabase,
      onWarning: (message, error) => log.warn({ error: String(error) }, message),
    });
    closers.push(() => store.close());
    const { generatedKey, keyFile, newProject } = await ensureAdminKey(store.catalog, config);
    const firstWebhook =
      newProject === null || config.sample === "off" ? null : await createFirstWebhook(store.catalog, newProject);
    const plans = new PlanCache(store.catalog);
    const runtime = new Runtime({
      journal: store.journal,
      catalog: store.catalog,
      plans,
      name: `${hostname()}:${process.pid}`,
      egressAllow: config.egressAllow,
      secrets,
      log,
      userAgent: `MeshHook/${VERSION}`,
      limits: {
        writers: config.writers,
        batchRowsMax: config.batchRows,
        leaseMs: config.leaseMs,
        // A third of the lease, so that one lost heartbeat does not cost the ownership.
        heartbeatMs: Math.min(DEFAULT_LIMITS.heartbeatMs, Math.floor(config.leaseMs / 3)),
      },
    });
    const server = await startServer({
      engine: runtime,
      journal: store.journal,
      catalog: store.catalog,
      plans,
      host: config.host,
      port: door.port,
      door,
      log,
      version: VERSION,
      secretKey,
      // Webhooks do not wait for the console.
      console:
        config.console === "on"
          ? { directory: consoleDirectory(CLONE), built: consoleBuilt }
          : { absentBecause: "MESHHOOK_CONSOLE is off" },
      reports: { directory: resolve(config.reportsDir) },
    });
    isDoorOurs = false;
    runtime.start();
    closers.push(
      () => runtime.drain(config.drainMs),
      () => server.close(),
    );
    // This may take long: meanwhile the server answers that it is not ready, and the log says what it is waiting for.
    while (!runtime.isReady && !stopping.signal.aborted) await delay(READY_LOOK_MS);
    // The console is printed only once it can be opened.
    const hasConsole = await consoleIsThere(consoleBuilt, server.url, say);
    if (!stopping.signal.aborted) {
      log.info({ url: server.url, database: database.description }, "ready");
      process.stderr.write(
        welcomeText({
          url: server.url,
          hasConsole,
          database: database.description,
          dataDir: dataDirectory(config),
          generatedKey,
          isKeyGiven: config.adminKey !== null,
          keyFile,
          firstWebhook,
        }),
      );
    }
    const reason = await stop;
    log.info({ reason, drainMs: config.drainMs }, "stopping: finishing work in progress");
  } catch (error) {
    // After a request to stop, an unfinished start is not an error.
    if (stopping.signal.aborted) log.debug({ error: String(error) }, "stopped before the start was complete");
    else if (error instanceof JournalUnavailable)
      throw new CommandError("unreachable", `${error.message}. Start MeshHook again when the database is available.`, {
        cause: error,
      });
    else throw error;
  } finally {
    stopping.abort();
    for (const close of closers.reverse()) await close();
    await consoleBuilt;
  }
  log.info({}, "stopped");
  return "ok";
}

/**
 * Builds the console, if it is not current, while everything else starts. If the build fails, MeshHook runs without the console.
 *
 * @returns Null when the console is built; otherwise why it is not.
 */
async function prepareConsole(log: Logger, signal: AbortSignal): Promise<string | null> {
  const console = await buildConsole({ root: CLONE, signal, say });
  if ("directory" in console) return null;
  if (!signal.aborted) {
    log.warn(
      { reason: console.absentBecause },
      "running without the console: fix the build error and start again, or set MESHHOOK_CONSOLE=off",
    );
  }
  return console.absentBecause;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function takeAddress({ host, port }: Config): Promise<Door> {
  try {
    return await openDoor({ host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EADDRINUSE") {
      throw new CommandError(
        "badInput",
        `Port ${port} on ${host} is already in use. Stop the process that is using it, or choose another port with PORT.`,
        { cause: error },
      );
    }
    if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
      throw new CommandError(
        "badInput",
        `Cannot listen on ${host}, port ${port}: ${code}. Choose another address or port with HOST and PORT.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** A defect ends the process: everything acknowledged is in the journal, and the next start continues from there. */
function endOnDefects(log: Logger): void {
  const end = (kind: string) => (err: unknown) => {
    log.error({ err, kind }, "defect: exiting; the next start continues from the journal");
    process.exit(1);
  };
  process.on("uncaughtException", end("uncaught exception"));
  process.on("unhandledRejection", end("unhandled rejection"));
}
