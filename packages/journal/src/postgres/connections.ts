import { callbackify } from "node:util";
import { escapeLiteral, Pool, TypeOverrides } from "pg";
import type { Client, ClientConfig, PoolClient, PoolConfig, QueryConfig, QueryResult, QueryResultRow } from "pg";

import { JournalUnavailable, OwnerLost } from "../journal.ts";
import type { PoolState, PoolStates } from "../monitor.ts";
import { entryOf, stateOf } from "../audit.ts";
import { actingUserId, unrecordedAct } from "../current-act.ts";
import { answeringAttempt, answerText } from "../kept-answers.ts";
import { failpoint } from "../failpoint.ts";
import { insertEntry, newEntry } from "./audit.ts";
import { keepAnswer } from "./kept-answers.ts";
import { answeredWithin } from "./answered-within.ts";
import { queries } from "./queries.ts";
import type { Query } from "./queries.ts";
import { durabilityRisks, UnsafeDatabase, type DurabilitySettings } from "./safety.ts";
import { endQuietly, GOODBYE_MS_MAX, HeardClient } from "./heard-client.ts";
import { classify, isEndUnknown, unavailable } from "./sqlstate.ts";
import { PREPARE_AS_TENANT, queryAsTenant, type Tenant } from "./tenant-query.ts";
import { microsOf } from "./time.ts";

export interface ConnectionsOptions {
  readonly connectionString: string;
  /** Connections kept for appends alone. */
  readonly writers: number;
  /** Connections for everything else. */
  readonly readers: number;
  /** Longest time for one statement. */
  readonly statementTimeoutMs: number;
  /** How long operations that may be repeated are tried before `JournalUnavailable`. */
  readonly retryMs: number;
  /** How long an append may take altogether, once a part of it may have been committed. */
  readonly resolveMs: number;
  /** Sessions take `synchronous_commit = off` from the server. Otherwise they commit to disk whatever the server's settings become. */
  readonly allowUnsafe: boolean;
  /** Is told of connections that broke while idle, for the log. */
  readonly onWarning: (message: string, error: unknown) => void;
}

type Values = readonly unknown[];

/** How long a new connection may take to be usable. */
const CONNECT_MS_MAX = 5_000;
const PAUSE_MS = { first: 5, last: 250 };

/** Something that runs statements: the pools, or one connection within a transaction. */
export interface Runner {
  query<R extends QueryResultRow>(query: Query | string, values?: Values): Promise<QueryResult<R>>;
}

/**
 * The connections of one store: a pool that only appends use, a pool for the rest, and one connection per owner.
 *
 * All of them use the role meshhook_engine; what is done for a tenant changes the role for its transaction.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #writers: Pool;
  readonly #readers: Pool;
  readonly #readerClients = new Set<HeardClient>();
  /** Why commits are not safe on the server now; empty: they are. */
  #risks = "";
  #isClosed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    // The server gives an append up before this process does: its error says that nothing was stored, a silence says nothing.
    this.#writers = this.#pool(options.writers, Math.min(options.statementTimeoutMs, options.resolveMs * 0.8), {});
    this.#readers = this.#pool(options.readers, options.statementTimeoutMs, {
      query_timeout: options.statementTimeoutMs + 1_000,
    });
    this.#readers.on("connect", (client) => {
      if (client instanceof HeardClient) this.#readerClients.add(client);
    });
    this.#readers.on("remove", (client) => {
      if (client instanceof HeardClient) this.#readerClients.delete(client);
    });
  }

  get retryMs(): number {
    return this.#options.retryMs;
  }

  get resolveMs(): number {
    return this.#options.resolveMs;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get pools(): PoolStates {
    return { appends: stateOfPool(this.#writers), others: stateOfPool(this.#readers) };
  }

  /** Takes the server's settings from time to time: while commits are not safe, nothing is appended unless `allowUnsafe` permits it. */
  noteDurability(settings: DurabilitySettings): void {
    if (this.#options.allowUnsafe) return;
    const risks = durabilityRisks(settings).join(" ");
    if (risks === this.#risks) return;
    this.#risks = risks;
    if (risks === "")
      this.#options.onWarning("commits are safe again; webhooks are accepted", "fsync and full_page_writes are on");
    else this.#options.onWarning("commits are no longer safe; webhooks are refused", new UnsafeDatabase(risks));
  }

  /**
   * Runs one statement of the append path, in its own transaction, once, and gives up after `timeoutMs`.
   *
   * @throws JournalUnavailable  when it failed for another reason than its values; `mayHaveCommitted` says whether it may have been
   * committed.
   */
  async write<R extends QueryResultRow>(
    doing: string,
    query: Query,
    values: Values,
    timeoutMs: number,
  ): Promise<QueryResult<R>> {
    if (this.#risks !== "") throw unavailable(doing, new UnsafeDatabase(this.#risks));
    let client: PoolClient;
    try {
      client = await this.#writers.connect();
    } catch (error) {
      throw unavailable(doing, error);
    }
    const sent = statement(query, values);
    let broken: Error | undefined;
    try {
      failpoint("append.sending");
      const answer = answeredWithin(timeoutMs, client.query<R>(sent));
      failpoint("append.sent", client instanceof HeardClient ? client : null);
      const result = await answer;
      failpoint("append.answered");
      return result;
    } catch (error) {
      const mayHaveCommitted = isEndUnknown(error);
      // The server may still be working on a statement that was given up.
      if (mayHaveCommitted) broken = errorOf(error);
      if (classify(error) === "data") throw error;
      throw unavailable(doing, error, mayHaveCommitted);
    } finally {
      client.release(broken);
      // The driver's objects survive their query until a full collection, and with them the whole text of a batch (decision 11).
      sent.values.length = 0;
    }
  }

  /** Runs one statement that may be repeated without harm; repeats it for `retryMs` while the database cannot work. */
  read<R extends QueryResultRow>(
    doing: string,
    query: Query,
    values: Values,
    retryMs = this.#options.retryMs,
  ): Promise<QueryResult<R>> {
    return this.retry(doing, () => this.#readers.query<R>(statement(query, values)), retryMs);
  }

  /** Runs statements in one transaction, once. A failure that says nothing about the statements becomes `JournalUnavailable`. */
  async transaction<T>(doing: string, work: (runner: Runner) => Promise<T>): Promise<T> {
    return this.#once(doing, "begin", work);
  }

  /**
   * Like `read`, for a statement that sees and changes nothing but the rows of a project. It costs no more round trips than one that sees
   * all.
   */
  readAsTenant<R extends QueryResultRow>(
    doing: string,
    projectId: string,
    query: Query,
    values: Values,
  ): Promise<QueryResult<R>> {
    return this.retry(doing, () => queryAsTenant<R>(this.#readers, tenantOf(projectId), query, values));
  }

  /** Like `readAsTenant`, for a statement that must not be repeated: once, in its own transaction. */
  async writeAsTenant(doing: string, projectId: string, query: Query, values: Values): Promise<void> {
    try {
      await queryAsTenant(this.#readers, tenantOf(projectId), query, values);
    } catch (error) {
      if (classify(error) === "data") throw error;
      throw unavailable(doing, error, isEndUnknown(error));
    }
  }

  /** Runs statements once, in one transaction that sees and changes nothing but the rows of a project. */
  async asTenant<T>(doing: string, projectId: string, work: (runner: Runner) => Promise<T>): Promise<T> {
    const { userId } = tenantOf(projectId);
    const settings = `${escapeLiteral(projectId)}, ${escapeLiteral(userId)}`;
    return this.#once(doing, `begin; execute as_tenant (${settings})`, work);
  }

  /**
   * Like `asTenant`, for changes of the catalog: raises its revision in the same transaction, and records the act that the change belongs
   * to. `work` may note what it changes, as it was before.
   */
  async changeAsTenant<T>(
    doing: string,
    projectId: string,
    work: (runner: Runner, note: (before: object) => void) => Promise<T>,
  ): Promise<T> {
    return this.#recorded((record) =>
      this.asTenant(doing, projectId, async (runner) => {
        let before: object | null = null;
        const result = await work(runner, (noted) => (before = noted));
        // Tenants have no right on revisions, nor on the audit log.
        await runner.query("set local role meshhook_engine");
        await runner.query(queries["raise-revision"], ["catalog"]);
        await record(runner, before, result);
        return result;
      }),
    );
  }

  /** Like `changeAsTenant`, for what belongs to no project. */
  async changeCatalog<T>(
    doing: string,
    work: (runner: Runner, note: (before: object) => void) => Promise<T>,
  ): Promise<T> {
    return this.#recorded((record) =>
      this.transaction(doing, async (runner) => {
        let before: object | null = null;
        const result = await work(runner, (noted) => (before = noted));
        await runner.query(queries["raise-revision"], ["catalog"]);
        await record(runner, before, result);
        return result;
      }),
    );
  }

  /** Repeats `work` while it fails for temporary reasons, with growing pauses; then rejects with `JournalUnavailable`. */
  async retry<T>(doing: string, work: () => Promise<T>, retryMs = this.#options.retryMs): Promise<T> {
    const until = performance.now() + retryMs;
    for (let pauseMs = nextPause(), attempt = 1; ; pauseMs = nextPause(pauseMs), attempt += 1) {
      try {
        return await work();
      } catch (thrown) {
        if (thrown instanceof OwnerLost) throw thrown;
        const error = thrown instanceof JournalUnavailable ? thrown.cause : thrown;
        const failure = classify(error);
        if (failure === "data") throw error;
        // At least one repetition, because a process that stood still finds its connections cut and its time up at once.
        const isOver = performance.now() + pauseMs > until && attempt > 1;
        if (failure === "refused" || this.#isClosed || isOver) throw unavailable(doing, error);
        await pause(pauseMs);
      }
    }
  }

  /** Opens a connection of its own; the caller ends it, and sees to it that its queries are answered in time. */
  async openDedicated(): Promise<Client> {
    const client = new HeardClient({ ...this.#config(), connectionTimeoutMillis: CONNECT_MS_MAX });
    try {
      await client.connect();
      await this.#prepare(client, this.#options.statementTimeoutMs);
    } catch (error) {
      await endQuietly(client);
      throw error;
    }
    return client;
  }

  /** Closes all connections. What is still being read is given up after a moment, so that a server that does not answer holds up nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const timer = setTimeout(() => {
      for (const client of this.#readerClients) client.giveUp();
    }, GOODBYE_MS_MAX);
    await Promise.all([this.#writers.end(), this.#readers.end()]);
    clearTimeout(timer);
  }

  /** Makes a change with which the current act is recorded and the answer to it is kept, unless nothing was changed. */
  async #recorded<T>(
    change: (record: (runner: Runner, before: object | null, result: unknown) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const open = unrecordedAct();
    const attempt = answeringAttempt();
    let hasChanged = false;
    const result = await change(async (runner, before, changed) => {
      if (changed === null || changed === false || typeof changed === "string") return;
      if (open !== null) await insertEntry(runner, entryOf(open.act, newEntry(), stateOf(before), stateOf(changed)));
      if (attempt !== null) await keepAnswer(runner, attempt.claim, answerText(attempt, changed));
      hasChanged = true;
    });
    // Not before the commit.
    if (open !== null && hasChanged) open.isRecorded = true;
    if (attempt !== null && hasChanged) attempt.isKept = true;
    return result;
  }

  async #once<T>(doing: string, begin: string, work: (runner: Runner) => Promise<T>): Promise<T> {
    let client: PoolClient;
    try {
      client = await this.#readers.connect();
    } catch (error) {
      throw unavailable(doing, error);
    }
    let broken: Error | undefined;
    let isCommitting = false;
    // Statements fail with the driver's errors, `work` with its own. Only the former say something about the connection.
    let failed: unknown;
    const runner = runnerOf(client, (error) => (failed = error));
    try {
      await runner.query(begin);
      const result = await work(runner);
      isCommitting = true;
      await runner.query("commit");
      return result;
    } catch (error) {
      const isDatabaseError = error === failed;
      if (isDatabaseError && isEndUnknown(error)) {
        // The connection is gone, or busy with a statement that was given up, so nothing can be rolled back on it.
        broken = errorOf(error);
      } else {
        // A connection that cannot even roll back is useless.
        await client.query("rollback").catch((rollbackError: unknown) => {
          broken = errorOf(rollbackError);
        });
      }
      if (isDatabaseError && classify(error) !== "data") {
        throw unavailable(doing, error, isCommitting && isEndUnknown(error));
      }
      throw error;
    } finally {
      client.release(broken);
    }
  }

  #pool(size: number, statementTimeoutMs: number, more: PoolConfig): Pool {
    const pool = new Pool({
      ...this.#config(),
      ...more,
      Client: HeardClient,
      max: size,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      idleTimeoutMillis: 60_000,
      verify: callbackify((client: PoolClient) => this.#prepare(client, statementTimeoutMs)),
    });
    pool.on("error", (error) =>
      this.#options.onWarning("an idle database connection broke; it will be replaced when needed", error),
    );
    return pool;
  }

  async #prepare(client: Pick<Client, "query">, statementTimeoutMs: number): Promise<void> {
    const text = `${sessionSettings(statementTimeoutMs)}; ${PREPARE_AS_TENANT}${this.#options.allowUnsafe ? "" : `; ${COMMIT_TO_DISK}`}`;
    const sent: QueryConfig & { readonly query_timeout: number } = { text, query_timeout: CONNECT_MS_MAX };
    await client.query(sent);
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
/** int8 as number (only counts and revisions are int8), timestamptz as `Micros`. */
const TYPES = new TypeOverrides();
TYPES.setTypeParser(INT8_OID, Number);
TYPES.setTypeParser(TIMESTAMPTZ_OID, microsOf);

/**
 * Generic plans: a custom plan would fold a batch's whole text into constants, again and again. No sequential scans: a plan made while a
 * partition was empty must still be good when it is full (a scan remains possible where there is no index). No JIT: statements are short.
 * Row security that is turned off for the role or the database would make the reads of tenants fail. An idle transaction holds fence locks
 * that a takeover waits for, so it must not last.
 */
function sessionSettings(statementTimeoutMs: number): string {
  return `set role meshhook_engine; set timezone = 'UTC'; set datestyle = 'ISO'; set jit = off; set enable_seqscan = off;
     set row_security = on; set plan_cache_mode = force_generic_plan; set default_transaction_isolation = 'read committed';
     set lock_timeout = '5s'; set idle_in_transaction_session_timeout = '5s'; set statement_timeout = ${Math.ceil(statementTimeoutMs)}`;
}

/**
 * Fixes `synchronous_commit` for the session: the value is checked at the start, but somebody may turn it off for the role, the database or
 * the whole server while MeshHook runs. A stronger value, such as `remote_apply`, stays.
 */
const COMMIT_TO_DISK = `select set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false)`;

/** The project, and the person who acts in it. */
function tenantOf(projectId: string): Tenant {
  return { projectId, userId: actingUserId() ?? "" };
}

function stateOfPool(pool: Pool): PoolState {
  return { connectionsMax: pool.options.max, inUse: pool.totalCount - pool.idleCount, waiting: pool.waitingCount };
}

function runnerOf(client: PoolClient, onFailed: (error: unknown) => void): Runner {
  return {
    query: async <R extends QueryResultRow>(query: Query | string, values: Values = []) => {
      try {
        return await (typeof query === "string"
          ? client.query<R>(query, [...values])
          : client.query<R>(statement(query, values)));
      } catch (error) {
        onFailed(error);
        throw error;
      }
    },
  };
}

function statement(query: Query, values: Values): { name: string; text: string; values: unknown[] } {
  return { name: query.name, text: query.text, values: [...values] };
}

/** Waits before a retry. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The pause after a pause of `ms`; without an argument the first one. */
export function nextPause(ms?: number): number {
  return ms === undefined ? PAUSE_MS.first : Math.min(ms * 3, PAUSE_MS.last);
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
