import { callbackify } from "node:util";
import { Client, Pool, TypeOverrides } from "pg";
import type { ClientConfig, PoolClient, PoolConfig, QueryResult, QueryResultRow } from "pg";

import { JournalUnavailable, OwnerLost } from "../journal.ts";
import { queries } from "./queries.ts";
import type { Query } from "./queries.ts";
import { classify, sqlstateOf, unavailable } from "./sqlstate.ts";
import { microsOf } from "./time.ts";

export interface ConnectionsOptions {
  readonly connectionString: string;
  /** Connections kept for appends alone. */
  readonly writers: number;
  /** Connections for everything else. */
  readonly readers: number;
  /** Longest time for one statement. */
  readonly statementTimeoutMs: number;
  /** How long to go on trying what may be repeated, before `JournalUnavailable`. */
  readonly retryMs: number;
  /** Hears of connections that broke while idle, for the log. */
  readonly onWarning: (message: string, error: unknown) => void;
}

type Values = readonly unknown[];

/** What can run a statement: the pools, or one connection within a transaction. */
export interface Runner {
  query<R extends QueryResultRow>(query: Query | string, values?: Values): Promise<QueryResult<R>>;
}

/**
 * The connections of one store: a pool that only appends use, a pool for the rest, and one connection per owner.
 *
 * All of them work as the role meshhook_engine; tenant reads change the role for their transaction.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #writers: Pool;
  readonly #readers: Pool;
  #isClosed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#writers = this.#pool(options.writers);
    this.#readers = this.#pool(options.readers);
  }

  /** Runs one statement of the append path, in its own transaction, once. */
  async write<R extends QueryResultRow>(query: Query, values: Values): Promise<QueryResult<R>> {
    const sent = statement(query, values);
    try {
      return await this.#writers.query<R>(sent);
    } finally {
      // The driver's objects outlive their query until a full collection, and with them a batch's whole text (decision 11).
      sent.values.length = 0;
    }
  }

  /** Runs one statement that may be repeated without harm; repeats it while the database cannot work. */
  read<R extends QueryResultRow>(doing: string, query: Query, values: Values): Promise<QueryResult<R>> {
    return this.retry(doing, () => this.#readers.query<R>(statement(query, values)));
  }

  /** Runs statements in one transaction, once. A failure that says nothing about the statements becomes `JournalUnavailable`. */
  async transaction<T>(doing: string, work: (runner: Runner) => Promise<T>): Promise<T> {
    return this.#once(doing, "begin", work);
  }

  /** Runs statements in one transaction that sees and changes nothing but the rows of a project. */
  async asTenant<T>(doing: string, projectId: string, work: (runner: Runner) => Promise<T>): Promise<T> {
    return this.#once(doing, "begin; set local role meshhook_tenant", async (runner) => {
      await runner.query(queries["set-project"], [projectId]);
      return work(runner);
    });
  }

  /** Like `asTenant`, for changes of the catalog: raises its revision in the same transaction. */
  async changeAsTenant<T>(doing: string, projectId: string, work: (runner: Runner) => Promise<T>): Promise<T> {
    return this.asTenant(doing, projectId, async (runner) => {
      const result = await work(runner);
      // Tenants have no right on revisions.
      await runner.query("set local role meshhook_engine");
      await runner.query(queries["raise-revision"], ["catalog"]);
      return result;
    });
  }

  /** Repeats `work` while it fails for reasons that pass, with growing pauses; then rejects with `JournalUnavailable`. */
  async retry<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.#options.retryMs;
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 3, 250)) {
      try {
        return await work();
      } catch (thrown) {
        if (thrown instanceof OwnerLost) throw thrown;
        const error = thrown instanceof JournalUnavailable ? thrown.cause : thrown;
        const failure = classify(error);
        if (failure === "data") throw error;
        if (failure === "refused" || this.#isClosed || performance.now() + pauseMs > until)
          throw unavailable(doing, error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** Opens a connection of its own; the caller ends it. `queryTimeoutMs`: without an answer by then a query rejects. */
  async openDedicated(queryTimeoutMs: number): Promise<Client> {
    const client = new Client({ ...this.#config(), query_timeout: queryTimeoutMs });
    // Without a listener a broken connection would end the process; the next query on it rejects anyway.
    client.on("error", () => undefined);
    await client.connect();
    await prepareSession(client, this.#options.statementTimeoutMs);
    return client;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([this.#writers.end(), this.#readers.end()]);
  }

  async #once<T>(doing: string, begin: string, work: (runner: Runner) => Promise<T>): Promise<T> {
    let client: PoolClient;
    try {
      client = await this.#readers.connect();
    } catch (error) {
      throw unavailable(doing, error);
    }
    let broken: Error | undefined;
    try {
      await client.query(begin);
      const result = await work(runnerOf(client));
      await client.query("commit");
      return result;
    } catch (error) {
      // A connection that cannot even roll back is of no use to anybody.
      await client.query("rollback").catch((rollbackError: unknown) => {
        broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
      });
      const isDatabaseError = sqlstateOf(error) !== null || broken !== undefined;
      if (isDatabaseError && classify(error) !== "data") throw unavailable(doing, error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  #pool(size: number): Pool {
    const pool = new Pool({
      ...this.#config(),
      max: size,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 60_000,
      query_timeout: this.#options.statementTimeoutMs + 1_000,
      verify: callbackify((client: PoolClient) => prepareSession(client, this.#options.statementTimeoutMs)),
    });
    pool.on("error", (error) =>
      this.#options.onWarning("An idle database connection broke; it is replaced when needed", error),
    );
    return pool;
  }

  #config(): ClientConfig & PoolConfig {
    return {
      connectionString: this.#options.connectionString,
      application_name: "meshhook",
      keepAlive: true,
      types: TYPES,
    };
  }
}

const INT8_OID = 20;
const TIMESTAMPTZ_OID = 1184;
/** int8 as number (all of ours are counts and revisions), timestamptz as `Micros`. */
const TYPES = new TypeOverrides();
TYPES.setTypeParser(INT8_OID, Number);
TYPES.setTypeParser(TIMESTAMPTZ_OID, microsOf);

/**
 * Generic plans: a custom plan would fold a batch's whole text into constants, again and again. No sequential scans: a plan made
 * while a partition was empty must still do when it is full (a scan stays possible where no index serves). No JIT: statements are
 * short.
 * An idle transaction holds fence locks that a takeover waits for, so it must not last.
 */
async function prepareSession(client: Pick<Client, "query">, statementTimeoutMs: number): Promise<void> {
  await client.query(
    `set role meshhook_engine; set timezone = 'UTC'; set datestyle = 'ISO'; set jit = off; set enable_seqscan = off;
     set plan_cache_mode = force_generic_plan; set default_transaction_isolation = 'read committed';
     set lock_timeout = '5s'; set idle_in_transaction_session_timeout = '5s'; set statement_timeout = ${Math.ceil(statementTimeoutMs)}`,
  );
}

function runnerOf(client: PoolClient): Runner {
  return {
    query: <R extends QueryResultRow>(query: Query | string, values: Values = []) =>
      typeof query === "string" ? client.query<R>(query, [...values]) : client.query<R>(statement(query, values)),
  };
}

function statement(query: Query, values: Values): { name: string; text: string; values: unknown[] } {
  return { name: query.name, text: query.text, values: [...values] };
}
