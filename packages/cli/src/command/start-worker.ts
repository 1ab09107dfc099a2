import { JournalUnavailable } from "@meshhook/journal";
import { sharedDoor, startServer, type MetricsSnapshot, type Siblings } from "@meshhook/server";

import { CommandError, type ExitName } from "../exit-codes.ts";
import { HOME } from "../installation.ts";
import type { Assignment, ToWorker, ToSupervisor } from "../start/worker-messages.ts";
import { consoleDirectory } from "../start/console-build.ts";
import { endOnDefects } from "../start/defects.ts";
import { trustIssuersIn } from "../start/extra-issuers.ts";
import { assemble, openStore, whenReady } from "../start/parts.ts";
import { loadSecretKeys } from "../start/secret-key.ts";
import { openSecrets } from "../start/secret-source.ts";
import { loadSignInWays } from "../start/sign-in.ts";
import { stopRequested } from "../start/stop-signal.ts";
import { openTls } from "../start/tls.ts";
import { openTracing } from "../start/tracing.ts";
import { createLogger } from "../terminal/log.ts";

/**
 * One of several processes on a port, started by `start` (start/supervisor.ts), which has prepared everything that they share.
 *
 * It listens only when it is ready, so that the others get the requests until then.
 */
export async function startWorker(): Promise<ExitName> {
  if (process.send === undefined)
    throw new CommandError("badInput", "This command is for `meshhook start --processes`, which runs it by itself.");
  const supervisor = talkToSupervisor();
  const { number, config, secrets, port, databaseUrl } = await supervisor.assignment;
  const log = createLogger(config.logLevel, process.stdout, { process: number });
  endOnDefects(log);
  const stop = stopRequested(() => {
    log.warn({}, "asked to stop a second time: exiting immediately");
    process.exit(1);
  });
  const stopping = new AbortController();
  void stop.then(() => stopping.abort());
  const closers: (() => Promise<void>)[] = [];
  try {
    if (config.extraCaFile !== null) await trustIssuersIn(config.extraCaFile);
    const confidential = {
      secretKeys: await loadSecretKeys(config),
      secrets: openSecrets(config.secretsFile, new Map(secrets)),
      signIn: await loadSignInWays(config),
    };
    const store = openStore(config, databaseUrl, log);
    closers.push(() => store.close());
    const tracing = await openTracing(log);
    if (tracing !== null) closers.push(() => tracing.close());
    const { runtime, serverOptions } = assemble(config, store, confidential, log, tracing);
    runtime.start();
    closers.push(() => runtime.drain(config.drainMs));
    await whenReady(runtime, stopping.signal);
    if (!stopping.signal.aborted) {
      const { host } = config;
      const files = await openTls(config, log);
      if (files !== null) closers.push(() => Promise.resolve(files.close()));
      const tls = files === null ? {} : { tls: files };
      const server = await startServer({
        ...serverOptions,
        host,
        port,
        ...tls,
        door: sharedDoor({ host, port, ...tls }),
        siblings: supervisor.siblings,
        console:
          config.console === "on"
            ? { directory: consoleDirectory(HOME), built: supervisor.consoleBuilt }
            : { absentBecause: "MESHHOOK_CONSOLE is off" },
      });
      closers.push(() => server.close());
      supervisor.serve(() => server.metrics());
      log.info({ pid: process.pid }, "listening");
    }
    const reason = await stop;
    log.info({ reason, drainMs: config.drainMs }, "stopping: finishing work in progress");
  } catch (error) {
    // After a request to stop, an unfinished start is not an error.
    if (stopping.signal.aborted) log.debug({ error: String(error) }, "stopped before the start was complete");
    else if (error instanceof JournalUnavailable)
      throw new CommandError("unreachable", error.message, { cause: error });
    else throw error;
  } finally {
    stopping.abort();
    for (const close of closers.reverse()) await close();
    // The channel would keep the process alive, and its end no longer is a request to stop.
    process.removeAllListeners("disconnect");
    if (process.connected) process.disconnect();
  }
  log.info({}, "stopped");
  return "ok";
}

/** The channel to the process that started this one. */
function talkToSupervisor(): {
  readonly assignment: Promise<Assignment>;
  readonly consoleBuilt: Promise<string | null>;
  readonly siblings: Siblings;
  /** Says that this process accepts webhooks, and gives its metrics to others from now on. */
  serve(metrics: () => Promise<MetricsSnapshot>): void;
} {
  const assigned = Promise.withResolvers<Assignment>();
  const built = Promise.withResolvers<string | null>();
  const gatherings = new Map<number, (snapshots: ReadonlyMap<number, MetricsSnapshot>) => void>();
  let requests = 0;
  let ownMetrics: () => Promise<MetricsSnapshot> = () => Promise.resolve([]);
  const send = (message: ToSupervisor): void => {
    // Without a supervisor this process is about to stop.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  process.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "begin":
        return assigned.resolve(message.assignment);
      case "console":
        return built.resolve(message.absentBecause);
      case "metrics_wanted":
        return void ownMetrics().then((metrics) => send({ kind: "metrics", request: message.request, metrics }));
      case "gathered_metrics":
        gatherings.get(message.request)?.(new Map(message.snapshots));
        gatherings.delete(message.request);
    }
  });
  return {
    assignment: assigned.promise,
    consoleBuilt: built.promise,
    siblings: {
      gatherMetrics: () =>
        new Promise((resolve) => {
          const request = ++requests;
          gatherings.set(request, resolve);
          if (process.connected) send({ kind: "gather_metrics", request });
          else resolve(new Map());
        }),
    },
    serve: (metrics) => {
      ownMetrics = metrics;
      send({ kind: "listening" });
    },
  };
}
