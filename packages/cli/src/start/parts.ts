import { hostname } from "node:os";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { openPostgresStore, type PostgresStore } from "@meshhook/journal";
import { DEFAULT_LIMITS, Keyring, PlanCache, Runtime, SecretBox, type SecretSource } from "@meshhook/runtime";
import type { ServerOptions } from "@meshhook/server";
import type { Logger } from "pino";

import type { Config } from "../config/settings.ts";
import { VERSION } from "../version.ts";
import { dataDirectory } from "./database.ts";
import { linkSource } from "./link-source.ts";
import { realtimeTarget } from "./realtime-target.ts";
import type { Tracing } from "./tracing.ts";
import type { SecretKeyList } from "./secret-key.ts";
import type { SignInWays } from "./sign-in.ts";

const READY_LOOK_MS = 5;

/** A store on a database that is ready for it. */
export function openStore(config: Config, databaseUrl: string, log: Logger): PostgresStore {
  return openPostgresStore({
    connectionString: databaseUrl,
    writers: config.writers,
    readers: config.poolSize,
    leaseMs: config.leaseMs,
    allowUnsafe: config.allowUnsafeDatabase,
    onWarning: (message, error) => log.warn({ error: String(error) }, message),
  });
}

/** What runs on a store in one process. */
export interface Parts {
  readonly runtime: Runtime;
  /** For `startServer`, without the address and the console. */
  readonly serverOptions: Omit<ServerOptions, "host" | "port" | "console">;
}

/** What only this process may know. */
export interface Confidential {
  /** Protect what is stored: the current key, then former ones. */
  readonly secretKeys: SecretKeyList;
  /** For calls, beside the vault. */
  readonly secrets: SecretSource;
  readonly signIn: SignInWays;
}

/** Puts the engine together; nothing is started. */
export function assemble(
  config: Config,
  store: PostgresStore,
  { secretKeys, secrets, signIn }: Confidential,
  log: Logger,
  tracing: Tracing | null,
): Parts {
  const { journal, catalog, jobs, vault, audit, answers, monitor, statistics, alerts, people } = store;
  const name = `${hostname()}:${process.pid}`;
  const [secretKey, ...formerSecretKeys] = secretKeys;
  const plans = new PlanCache(catalog);
  const runtime = new Runtime({
    journal,
    catalog,
    plans,
    name,
    egressAllow: config.egressAllow,
    vault: { store: vault, box: new SecretBox(new Keyring(secretKeys)) },
    secrets,
    links: linkSource(config, secretKey),
    statistics,
    ...(tracing === null ? {} : { spans: tracing.sink }),
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
  const realtime = realtimeTarget(config);
  const reports = { directory: resolve(config.reportsDir) };
  return {
    runtime,
    serverOptions: {
      engine: runtime,
      journal,
      catalog,
      jobs,
      vault,
      audit,
      answers,
      monitor,
      statistics,
      alerts,
      ...(config.smtpUrl === null || config.mailFrom === null
        ? {}
        : { mail: { smtpUrl: config.smtpUrl, from: config.mailFrom } }),
      people,
      plans,
      log,
      version: VERSION,
      secretKey,
      formerSecretKeys,
      reports,
      processName: name,
      ...(config.databaseUrl === null ? { databaseDirectory: dataDirectory(config) } : {}),
      egressAllow: config.egressAllow,
      trustedProxies: config.trustedProxies,
      ...(realtime === null ? {} : { realtime }),
      ...signIn,
    },
  };
}

/** Resolves when the engine accepts deliveries, or `signal` is aborted. */
export async function whenReady(runtime: Runtime, signal: AbortSignal): Promise<void> {
  while (!runtime.isReady && !signal.aborted) await delay(READY_LOOK_MS);
}
