import type { DatabaseState } from "@meshhook/journal";

import type { Finding } from "./reading.ts";

/** What the database said, and how long that took. */
export interface DatabaseAnswer {
  readonly state: DatabaseState;
  readonly latencyMs: number;
  /** The time here when it answered, in milliseconds since 1970. */
  readonly atMs: number;
}

const SLOW_MS = 250;
const CLOCK_MS = 1_000;
const DAYS_AHEAD_MIN = 2;
const DAY_MS = 86_400_000;

export function databaseFinding({ latencyMs, state }: DatabaseAnswer): Finding {
  const { fsync, fullPageWrites, serverVersion, synchronousCommit } = state;
  const figures = { serverVersion, latencyMs, fsync, fullPageWrites, synchronousCommit };
  const unsafe = fsync !== "on" || fullPageWrites !== "on" || synchronousCommit === "off";
  if (unsafe)
    return {
      status: "degraded",
      summary: "A crash of the database's machine can lose what was committed.",
      remedy:
        "Turn fsync, full_page_writes and synchronous_commit on: alter system set … = on; select pg_reload_conf();",
      figures,
    };
  if (latencyMs >= SLOW_MS)
    return {
      status: "degraded",
      summary: `PostgreSQL ${serverVersion} took ${latencyMs} ms to answer.`,
      remedy: "Look at the database's load, and at the network between it and this process.",
      figures,
    };
  return { status: "ok", summary: `PostgreSQL ${serverVersion} answers.`, remedy: null, figures };
}

export function clockFinding({ atMs, latencyMs, state }: DatabaseAnswer): Finding {
  const offMs = Math.round(atMs - latencyMs / 2 - state.now / 1_000);
  const figures = { offMs };
  if (Math.abs(offMs) < CLOCK_MS + latencyMs)
    return { status: "ok", summary: "The clocks of this process and of the database agree.", remedy: null, figures };
  return {
    status: "degraded",
    summary: `The clock of this machine is ${Math.abs(offMs)} ms ${offMs > 0 ? "ahead of" : "behind"} the database's.`,
    remedy: "Synchronise both machines' clocks (NTP). Schedules and delays go by the clock of the process.",
    figures,
  };
}

export function storageFinding({ atMs, state }: DatabaseAnswer): Finding {
  const { hasStrayRuns, partitionsUntil } = state;
  const daysAhead = partitionsUntil === null ? -1 : Math.floor((Date.parse(partitionsUntil) - atMs) / DAY_MS) + 1;
  const figures = { partitionsUntil, daysAhead };
  if (daysAhead >= DAYS_AHEAD_MIN && !hasStrayRuns)
    return {
      status: "ok",
      summary: `The journal has partitions until ${partitionsUntil ?? ""}.`,
      remedy: null,
      figures,
    };
  return {
    status: "degraded",
    summary: hasStrayRuns
      ? "Runs lie in the default partition, which retention does not empty."
      : `The journal has partitions for ${Math.max(0, daysAhead)} days ahead.`,
    remedy: "See “What grows” in docs/guide/operations.md; `meshhook migrate` creates what is missing.",
    figures,
  };
}

/** `isReady`: this process accepts webhooks. */
export function shardsFinding(
  { state }: DatabaseAnswer,
  own: { readonly isReady: boolean; readonly shardsOwned: number; readonly shardsRecovering: number },
): Finding {
  const { shardsFree, shardsTotal } = state;
  const { isReady, shardsOwned, shardsRecovering } = own;
  const figures = { total: shardsTotal, free: shardsFree, owned: shardsOwned, recovering: shardsRecovering };
  if (!isReady)
    return {
      status: "down",
      summary: "This process owns no shards, so it accepts no webhooks.",
      remedy: "It is starting, stopping, or has lost its heartbeat: its log says which.",
      figures,
    };
  if (shardsFree > 0)
    return {
      status: "degraded",
      summary: `Nobody owns ${shardsFree} of ${shardsTotal} shards; their runs stand still.`,
      remedy: "They are taken over within the lease (MESHHOOK_LEASE_MS). If not, look into the logs of the processes.",
      figures,
    };
  return {
    status: "ok",
    summary:
      shardsRecovering === 0
        ? `This process owns ${shardsOwned} of ${shardsTotal} shards.`
        : `This process owns ${shardsOwned} of ${shardsTotal} shards, and still reads the runs of ${shardsRecovering}.`,
    remedy: null,
    figures,
  };
}

/** Messages about alerts that were tried in vain. */
export interface AlertTroubles {
  readonly waiting: number;
  readonly givenUp: number;
}

export function alertsFinding({ givenUp, waiting }: AlertTroubles): Finding {
  const figures = { waiting, givenUp };
  if (givenUp === 0 && waiting === 0) return { status: "ok", summary: "Alerts are delivered.", remedy: null, figures };
  return {
    status: "degraded",
    summary: `${waiting} messages about alerts could not be delivered yet, and ${givenUp} of the last day were given up.`,
    remedy: "The project's settings, under alerts, show why; send a test to the channel.",
    figures,
  };
}
