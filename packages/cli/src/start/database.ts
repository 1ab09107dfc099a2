import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { EmbeddedPostgresError, startEmbeddedPostgres } from "@meshhook/embedded";
import { checkDatabaseSafety, migrate, MigrationFailed, SharedSessions, UnsafeDatabase } from "@meshhook/journal";
import type { Logger } from "pino";

import type { Config } from "../config/settings.ts";
import { CommandError } from "../exit-codes.ts";
import { ensureFolder } from "./folder.ts";

/** A database with the current schema whose commits are durable. */
export interface Database {
  readonly url: string;
  /** Where it is, for people; never with a password. */
  readonly description: string;
  /** Stops the embedded server unless another process uses it; leaves any other database alone. */
  release(): Promise<void>;
}

const RETRY_MS_MAX = 30_000;
const PAUSE_MS = { first: 250, last: 4_000 };

/**
 * Starts the embedded database or connects to the given one, checks that it can be used and that its commits are safe, and updates its schema.
 *
 * @param signal  Stops waiting for a database that cannot be reached.
 */
export async function openDatabase(
  config: Config,
  log: Logger,
  signal: AbortSignal = new AbortController().signal,
): Promise<Database> {
  const database = config.databaseUrl === null ? await startEmbedded(config, log) : external(config.databaseUrl);
  try {
    await untilReachable(log, signal, async () => {
      const safety = await checkDatabaseSafety(database.url, { allowUnsafe: config.allowUnsafeDatabase });
      for (const risk of safety.risks) log.warn({}, `unsafe database: ${risk}`);
      const applied = await migrate(database.url);
      if (applied.length > 0) log.info({ migrations: applied.length }, "database schema updated");
    });
  } catch (error) {
    await database.release();
    throw error;
  }
  return database;
}

/** The data directory as an absolute path. */
export function dataDirectory(config: Pick<Config, "dataDir">): string {
  return resolve(config.dataDir);
}

async function startEmbedded(config: Config, log: Logger): Promise<Database> {
  await ensureFolder(dataDirectory(config), ", or set DATABASE_URL to use your own PostgreSQL");
  try {
    const server = await startEmbeddedPostgres({
      dataDir: join(dataDirectory(config), "postgres"),
      log: (line) => log.info({}, line),
    });
    return {
      url: server.url,
      description: `embedded PostgreSQL in ${server.dataDir}`,
      release: async () => {
        await server.stopIfUnused();
      },
    };
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw new CommandError("unreachable", error.message, { cause: error });
    throw error;
  }
}

function external(url: string): Database {
  const { host, pathname } = new URL(url);
  return { url, description: `PostgreSQL at ${host}${pathname}`, release: () => Promise.resolve() };
}

/** Repeats `work` for half a minute while the database cannot be reached or is still starting. Other errors are not retried. */
async function untilReachable(log: Logger, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const until = performance.now() + RETRY_MS_MAX;
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS.last)) {
    try {
      await work();
      return;
    } catch (error) {
      const message = describe(error);
      if (error instanceof UnsafeDatabase || error instanceof SharedSessions)
        throw new CommandError("unreachable", message, { cause: error });
      if (!mayPass(error)) {
        if (error instanceof MigrationFailed)
          throw new CommandError("unreachable", `The database schema could not be updated: ${message}.`, {
            cause: error,
          });
        throw new CommandError("unreachable", `The database refused the connection: ${message}. Check DATABASE_URL.`, {
          cause: error,
        });
      }
      if (performance.now() + pauseMs > until) {
        throw new CommandError(
          "unreachable",
          `The database could not be reached within ${RETRY_MS_MAX / 1_000} s: ${message}. Check DATABASE_URL.`,
          {
            cause: error,
          },
        );
      }
      log.warn({ error: message, retryInMs: pauseMs }, "the database cannot be reached yet, retrying");
      await delay(pauseMs, undefined, { signal });
    }
  }
}

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "EPIPE",
]);
/** SQLSTATE: connection trouble, too many connections, shutting down, starting up. */
const SQLSTATES = /^(08...|53300|57P0[123])$/;

/** What the driver says without a code: the connection broke, or there was no answer. */
const NOT_ANSWERED = /Connection terminated|timeout expired|Query read timeout/;

/** True when the same connection may work a little later. Looks through wrapped errors. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(mayPass)) return true;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return NETWORK_CODES.has(code) || SQLSTATES.test(code) || NOT_ANSWERED.test(error.message) || mayPass(error.cause);
}

/** If a connection fails on several addresses of one name, the messages are one level down. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(describe).join("; ");
  return error instanceof Error ? error.message : String(error);
}
