import { availableParallelism } from "node:os";

import { JournalUnavailable } from "@meshhook/journal";
import { KERNEL_SHARES_PORTS, openDoor, startServer, type Door, type TlsFiles } from "@meshhook/server";
import type { Logger } from "pino";

import type { Resolved } from "../config/resolve.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { HOME } from "../installation.ts";
import { ensureAdminKey, type AdminKey } from "../start/admin-key.ts";
import { buildConsole, consoleDirectory } from "../start/console-build.ts";
import { consoleIsThere } from "../start/console-wait.ts";
import { realtimeTarget } from "../start/realtime-target.ts";
import { dataDirectory, openDatabase, type Database } from "../start/database.ts";
import { endOnDefects } from "../start/defects.ts";
import { trustIssuersIn } from "../start/extra-issuers.ts";
import { createFirstWebhook, type FirstWebhook } from "../start/first-webhook.ts";
import { assemble, openStore, whenReady } from "../start/parts.ts";
import { retainRegularly } from "../start/retention.ts";
import { loadSecretKeys } from "../start/secret-key.ts";
import { openSecrets } from "../start/secret-source.ts";
import { loadSignInWays } from "../start/sign-in.ts";
import { stopRequested } from "../start/stop-signal.ts";
import { openTls } from "../start/tls.ts";
import { openTracing } from "../start/tracing.ts";
import { Supervisor } from "../start/supervisor.ts";
import { welcomeText } from "../start/welcome.ts";
import { createLogger } from "../terminal/log.ts";

/** With `auto`, so that their connections fit into a database server with its usual 100. */
const PROCESSES_AUTO_MAX = 8;

/**
 * Runs MeshHook until it is asked to stop, in this process or in several that it starts: address, database, store, runtime and server are
 * assembled only here and in `start-worker.ts`.
 *
 * Stopping takes the parts down in the opposite order, so that everything accepted is committed.
 */
export async function start(resolved: Resolved): Promise<ExitName> {
  const { config } = resolved;
  const log = createLogger(config.logLevel, process.stdout);
  endOnDefects(log);
  let onSecondRequest = (): void => undefined;
  const stop = stopRequested(() => {
    log.warn({}, "asked to stop a second time: exiting immediately");
    onSecondRequest();
    process.exit(1);
  });
  for (const variable of resolved.unknownVariables)
    log.warn({ variable }, "unknown variable: not a MeshHook setting, possibly misspelt");

  const stopping = new AbortController();
  void stop.then(() => stopping.abort());
  const closers: (() => Promise<void>)[] = [];
  let consoleBuilt: Promise<string | null> = Promise.resolve("MESHHOOK_CONSOLE is off");
  const outcome: { exit: ExitName } = { exit: "ok" };
  try {
    realtimeTarget(config);
    // Before anything is changed, so that a start on a port in use ends here.
    const tls = await openTls(config, log);
    if (tls !== null) closers.push(() => Promise.resolve(tls.close()));
    const door = await takeAddress(config, tls);
    let isDoorOurs = true;
    closers.push(async () => {
      if (isDoorOurs) await door.close();
    });
    requireMailAddress(config);
    if (config.extraCaFile !== null) await trustIssuersIn(config.extraCaFile);
    const secretKeys = await loadSecretKeys(config);
    const secrets = openSecrets(config.secretsFile, resolved.secrets);
    const signIn = await loadSignInWays(config);
    if (config.console === "on") consoleBuilt = prepareConsole(log, stopping.signal);
    const database = await openDatabase(config, log, stopping.signal);
    closers.push(() => database.release());
    const store = openStore(config, database.url, log);
    closers.push(() => store.close());
    const adminKey = await ensureAdminKey(store.catalog, config);
    const { newProject } = adminKey;
    const firstWebhook =
      newProject === null || config.sample === "off" ? null : await createFirstWebhook(store.catalog, newProject);
    const processes =
      config.processes === "auto" ? Math.min(availableParallelism(), PROCESSES_AUTO_MAX) : config.processes;
    const welcome = { config, processes, database, adminKey, firstWebhook, url: door.url };
    let end: Promise<unknown> = stop;
    if (processes === 1) {
      const tracing = await openTracing(log);
      if (tracing !== null) closers.push(() => tracing.close());
      const { runtime, serverOptions } = assemble(config, store, { secretKeys, secrets, signIn }, log, tracing);
      const server = await startServer({
        ...serverOptions,
        host: config.host,
        port: door.port,
        door,
        ...(tls === null ? {} : { tls }),
        // Webhooks do not wait for the console.
        console:
          config.console === "on"
            ? { directory: consoleDirectory(HOME), built: consoleBuilt }
            : { absentBecause: "MESHHOOK_CONSOLE is off" },
      });
      isDoorOurs = false;
      runtime.start();
      closers.push(
        () => runtime.drain(config.drainMs),
        () => server.close(),
      );
      // This may take long: meanwhile the server answers that it is not ready, and the log says what it is waiting for.
      await whenReady(runtime, stopping.signal);
    } else {
      if (!door.isShareable) throw unshareable(config, door.port);
      const assignment = { config, secrets: [...resolved.secrets], port: door.port, databaseUrl: database.url };
      const supervisor = new Supervisor({ count: processes, assignment, consoleBuilt, log });
      onSecondRequest = () => supervisor.kill();
      closers.push(async () => {
        if (!(await supervisor.stop()) && outcome.exit === "ok") outcome.exit = "failed";
      });
      await startProcesses(supervisor, door);
      end = Promise.race([
        stop,
        supervisor.refused.then(() => {
          outcome.exit = "badInput";
          return "a process that cannot use its settings";
        }),
      ]);
      await Promise.race([supervisor.allListening, end]);
    }
    // The console is printed only once it can be opened.
    const hasConsole = await consoleIsThere(consoleBuilt, door.url, say);
    if (!stopping.signal.aborted && outcome.exit === "ok") {
      sayWelcome(log, { ...welcome, hasConsole });
      void retainRegularly(store, config, log, stopping.signal);
    }
    const reason = await end;
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
  return outcome.exit;
}

/** Requests are answered 503 until the first process listens; from then on the processes have the port, and this one only its claim. */
async function startProcesses(supervisor: Supervisor, door: Door): Promise<void> {
  if (!KERNEL_SHARES_PORTS) await door.giveWay();
  supervisor.start();
  if (KERNEL_SHARES_PORTS) void supervisor.firstListening.then(() => door.giveWay());
}

function requireMailAddress({ mailFrom, smtpUrl }: Config): void {
  if (smtpUrl !== null && mailFrom === null)
    throw new CommandError(
      "badInput",
      "MESHHOOK_SMTP_URL is set, but MESHHOOK_MAIL_FROM is not: set it to the address that alerts come from, such as `MeshHook <alerts@example.com>`.",
    );
}

function unshareable({ host }: Config, port: number): CommandError {
  return new CommandError(
    "badInput",
    `Port ${port} is also used by another MeshHook, on another address than ${host}, so that several processes cannot share it. Choose another port with PORT, or start with MESHHOOK_PROCESSES=1.`,
  );
}

function sayWelcome(
  log: Logger,
  start: {
    readonly config: Config;
    readonly processes: number;
    readonly database: Database;
    readonly adminKey: AdminKey;
    readonly firstWebhook: FirstWebhook | null;
    readonly url: string;
    readonly hasConsole: boolean;
  },
): void {
  const { config, processes, database, adminKey, url } = start;
  log.info({ url, database: database.description, ...(processes === 1 ? {} : { processes }) }, "ready");
  process.stderr.write(
    welcomeText({
      url,
      hasConsole: start.hasConsole,
      processes,
      database: database.description,
      dataDir: dataDirectory(config),
      generatedKey: adminKey.generatedKey,
      isKeyGiven: config.adminKey !== null,
      keyFile: adminKey.keyFile,
      firstWebhook: start.firstWebhook,
      retentionDays: config.retentionDays,
    }),
  );
}

/**
 * Builds the console, if it is not current, while everything else starts. If the build fails, MeshHook runs without the console.
 *
 * @returns Null when the console is built; otherwise why it is not.
 */
async function prepareConsole(log: Logger, signal: AbortSignal): Promise<string | null> {
  const console = await buildConsole({ root: HOME, signal, say });
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

async function takeAddress({ host, port }: Config, tls: TlsFiles | null): Promise<Door> {
  try {
    return await openDoor({ host, port, ...(tls === null ? {} : { tls }) });
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
