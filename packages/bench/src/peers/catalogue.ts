import { readFileSync } from "node:fs";
import type { Peer } from "./peer.ts";

type Versions = { readonly [peer: string]: { readonly [packageName: string]: string } };

/** Exact versions, one place to raise them. */
const VERSIONS = JSON.parse(readFileSync(new URL("./versions.json", import.meta.url), "utf8")) as Versions;

const POSTGRES = "PostgreSQL, the same server and settings as MeshHook (fsync and synchronous_commit on)";

/**
 * What people would pick instead and what npm brings. Each has the settings that its own documentation recommends for speed, or that were
 * fastest when variants were measured; where neither is known, the source says so. A job queue runs the whole workflow in one job: it may
 * repeat the call after a crash, as MeshHook may, but it keeps no record of the steps.
 */
export const PEERS: readonly Peer[] = [
  {
    name: "pg-boss",
    title: "pg-boss",
    packages: versionsOf("pg-boss"),
    program: null,
    durability: `The job, in ${POSTGRES}`,
    isOnPostgres: true,
    end: "completed_on of the job, which is when its completion began",
    settings: [
      {
        name: "useListenNotify, notify",
        value: "true",
        reason:
          "A worker is woken when a job is created. Polling every 0.5 s, the least it allows, makes half of the runs wait 0.2 s.",
        source: "types.d.ts of the package, useListenNotify; both measured on 2026-11-23",
      },
      {
        name: "batchSize, localConcurrency, burstWhenBatchFull",
        value: "100, 2, true",
        reason: "Jobs are fetched and completed a hundred at a time, and again at once while there are more.",
        source: "types.d.ts of the package, JobPollingOptions",
      },
      {
        name: "max",
        value: "20 connections",
        reason: "The pool of 10 is shared by 32 senders and the workers.",
        source: "types.d.ts of the package, DatabaseOptions.max; not tried with others",
      },
    ],
    engine: new URL("./engine/pg-boss.ts", import.meta.url),
  },
  {
    name: "graphile-worker",
    title: "Graphile Worker",
    packages: versionsOf("graphile-worker"),
    program: null,
    durability: `The job, in ${POSTGRES}; a completed job is deleted`,
    isOnPostgres: true,
    end: "its event job:complete, which comes shortly before the batch of completions is committed",
    settings: [
      {
        name: "concurrentJobs, maxPoolSize",
        value: "24, 25",
        reason: "The configuration of its published figures.",
        source: "https://worker.graphile.org/docs/performance",
      },
      {
        name: "localQueue.size",
        value: "500",
        reason: "Jobs are fetched in batches; the configuration of its published figures.",
        source: "https://worker.graphile.org/docs/performance",
      },
      {
        name: "completeJobBatchDelay, failJobBatchDelay",
        value: "0",
        reason: "Completions are committed in batches; the configuration of its published figures.",
        source: "https://worker.graphile.org/docs/performance",
      },
    ],
    engine: new URL("./engine/graphile-worker.ts", import.meta.url),
  },
  {
    name: "dbos",
    title: "DBOS Transact",
    packages: versionsOf("dbos"),
    program: null,
    durability: `The workflow and each step, in ${POSTGRES}`,
    isOnPostgres: true,
    end: "completed_at of the workflow, which is when its last transaction began",
    settings: [
      {
        name: "steps",
        value: "the HTTP call only",
        reason: "A step is for what may come out differently the next time; the transforms and the branch cannot.",
        source: "https://docs.dbos.dev/typescript/tutorials/step-tutorial",
      },
      {
        name: "queue",
        value: "none (startWorkflow)",
        reason: "The workflow starts in this process as soon as it is recorded, without waiting for a poll.",
        source: "https://docs.dbos.dev/typescript/tutorials/workflow-tutorial",
      },
      {
        name: "systemDatabasePoolSize",
        value: "20 connections",
        reason: "The pool of 10 is shared by 32 senders and their workflows.",
        source: "dbos-executor.d.ts of the package, DBOSConfig; not tried with others",
      },
      { name: "logLevel", value: "error", reason: "Nothing is written for each run.", source: "DBOSConfig" },
    ],
    engine: new URL("./engine/dbos.ts", import.meta.url),
  },
  {
    name: "bullmq",
    title: "BullMQ",
    packages: versionsOf("bullmq"),
    program: "redis-server",
    durability: "The job, in a Redis of its own that flushes its log before it answers (appendfsync always)",
    isOnPostgres: false,
    end: "its event completed, after Redis has recorded the completion",
    settings: [
      {
        name: "appendonly, appendfsync",
        value: "yes, always",
        reason:
          "An answered webhook must be on disk, as it is with everybody else here. Redis loses up to a second without it.",
        source: "https://docs.bullmq.io/guide/going-to-production recommends the append-only file",
      },
      {
        name: "concurrency",
        value: "100",
        reason: "Jobs mostly wait for the call.",
        source: "https://docs.bullmq.io/guide/workers/concurrency",
      },
      {
        name: "removeOnComplete",
        value: "true",
        reason: "Completed jobs do not fill the memory; nothing is kept of a run.",
        source: "https://docs.bullmq.io/guide/queues/auto-removal-of-jobs",
      },
    ],
    engine: new URL("./engine/bullmq.ts", import.meta.url),
  },
  {
    name: "restate",
    title: "Restate",
    packages: versionsOf("restate"),
    program: null,
    durability: "The invocation and each step, in the log of its own server, flushed before it answers",
    isOnPostgres: false,
    end: "the end of the handler, which is shortly before the server records it",
    settings: [
      {
        name: "ingress",
        value: "/send",
        reason: "It answers when the invocation is durable, and does not wait for the result.",
        source: "https://docs.restate.dev/services/invocation/http",
      },
      {
        name: "steps (ctx.run)",
        value: "the HTTP call only",
        reason: "A step is for what may come out differently the next time; the transforms and the branch cannot.",
        source: "https://docs.restate.dev/develop/ts/journaling-results",
      },
      {
        name: "rocksdb-disable-wal-fsync",
        value: "false (the default)",
        reason: "An answered webhook must be on disk.",
        source: "restate-server --dump-config",
      },
    ],
    engine: new URL("./engine/restate.ts", import.meta.url),
  },
];

function versionsOf(name: string): Peer["packages"] {
  return VERSIONS[name] ?? {};
}
