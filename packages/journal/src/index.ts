/**
 * @packageDocumentation
 *
 * Where facts are stored: one interface, two implementations (memory, Postgres), one conformance suite for both.
 *
 * It never reads the content of facts, decides what a run does next, or updates or deletes a row of the journal.
 *
 * Invariants:
 * 1. `append` resolves after the commit, and a row that it reports as appended is stored permanently.
 * 2. `(shard, run_id, seq)` is unique: the same segment is never written twice.
 * 3. A token that does not own a shard stores nothing in it, however long ago the append was prepared. A takeover waits for appends in
 *    flight, so it sees everything that the old owner stored.
 * 4. One idempotency key of an endpoint becomes one run.
 * 5. A project cannot see another project's rows, even when a query forgets to filter by project.
 *
 * Start reading at `journal.ts` (the interface), then `postgres/append.ts` and `sql/queries/append-segments.sql` (the hot path),
 * `postgres/ownership.ts` (who may append) and `sql/migrations` (the tables).
 */

export * from "./acceptance.ts";
export * from "./alerts.ts";
export type * from "./audit.ts";
export * from "./catalog.ts";
export { type Condition, underCondition } from "./current-condition.ts";
export { isUuid } from "./id.ts";
export type { Announced, FeedLog, FeedPosition } from "./feed-log.ts";
export * from "./jobs.ts";
export * from "./journal.ts";
export { answeredBy, ClaimLost, type Claim, type KeptAnswers } from "./kept-answers.ts";
export type * from "./monitor.ts";
export * from "./people.ts";
export type * from "./redaction.ts";
export type * from "./retention.ts";
export { DurationSketch, SKETCH_ERROR } from "./duration-sketch.ts";
export * from "./statistics.ts";
export type { Store } from "./store.ts";
export * from "./vault.ts";

export { createMemoryStore, type MemoryStoreOptions } from "./memory/store.ts";
export { listMigrations, migrate, type Migration, MigrationFailed } from "./postgres/migrate.ts";
export { SharedSessions } from "./postgres/pooler.ts";
export { checkDatabaseSafety, SERVER_VERSION_MIN, UnsafeDatabase, type DatabaseSafety } from "./postgres/safety.ts";
export { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from "./postgres/store.ts";
