import { amount, choice, count, list, nullable, object, optional, text } from "./schema-builder.ts";

/** Why requests were slow, from the outermost reason to the innermost: where several apply at an instant, the first one counts. */
export const CAUSES = [
  "fault",
  "generator",
  "steal",
  "cpu",
  "disk",
  "checkpoint",
  "vacuum",
  "wal-file",
  "lock",
  "collection",
  "event-loop",
  "wal-flush",
  "database",
] as const;

export type CauseName = (typeof CAUSES)[number];

/** The slowest requests of a scenario, joined with what happened while they waited. */
export interface Tail {
  /** Which latency was looked at. */
  readonly of: "ack" | "lag";
  /** Requests above this were examined: p99, or three times the median where that is less. */
  readonly aboveMs: number;
  readonly requests: number;
  /** What they took beyond the median, all together. */
  readonly excessMs: number;
  /** Largest share first. */
  readonly causes: readonly CauseShare[];
  /** Of the excess: nothing that was watched happened meanwhile. */
  readonly unexplainedShare: number;
  /** What nobody watched, so that it cannot be among the causes. */
  readonly notWatched: readonly string[];
  /** At most 10, the slowest first. */
  readonly slowest: readonly SlowRequest[];
}

export interface CauseShare {
  readonly cause: CauseName;
  /** Of the time that the requests took beyond the median. */
  readonly share: number;
  /** In words, with the largest figure. */
  readonly text: string;
}

/** One request. Times are milliseconds since the first request of the load; null for what did not happen or is not known. */
export interface SlowRequest {
  readonly runId: string | null;
  readonly dueMs: number;
  readonly sentMs: number | null;
  readonly receivedMs: number | null;
  readonly committedMs: number | null;
  readonly answeredMs: number | null;
  readonly doneMs: number | null;
  /** Null when it never ended. */
  readonly latencyMs: number | null;
  readonly causes: readonly CauseShare[];
  /** Of its run's own log, at most 20; absent where it has no run, and in results of before December 2026. */
  readonly lines?: readonly LogLine[];
}

export interface LogLine {
  /** On the same timeline. */
  readonly atMs: number;
  readonly text: string;
}

const causeShare = object<CauseShare>("One cause and its share.", {
  cause: choice(
    "`fault`: the scenario's own fault. `generator`: the load generator was late. `steal`: other guests of the hypervisor had the CPU. `cpu`: MeshHook, PostgreSQL or the benchmark waited for a CPU. `disk`: a flush independent of MeshHook was slow too. `checkpoint`, `vacuum`: PostgreSQL ran one. `wal-file`: PostgreSQL created a log file. `lock`: statements waited for a lock. `collection`: MeshHook collected garbage. `event-loop`: MeshHook's code kept its event loop busy. `wal-flush`: commits waited for the log although the disk was fast. `database`: statements ran or waited in PostgreSQL.",
    CAUSES,
  ),
  share: amount("Part of the time that the requests took beyond the median, 0 to 1."),
  text: text("In words."),
});

/** Of an episode or of the whole tail. */
export const causesSchema = list("What happened meanwhile, largest share first.", causeShare);

export const tailSchema = object<Tail>(
  "The slowest requests, joined with what happened at that time in MeshHook, in PostgreSQL and on the machine.",
  {
    of: choice("Which latency was examined.", ["ack", "lag"]),
    aboveMs: amount("Requests above this were examined, milliseconds."),
    requests: count("How many."),
    excessMs: amount("What they took beyond the median, all together, milliseconds."),
    causes: causesSchema,
    unexplainedShare: amount("Part of the excess during which nothing that was watched happened, 0 to 1."),
    notWatched: list("What was not watched and so cannot be among the causes.", text("One part of the system.")),
    slowest: list(
      "At most 10, the slowest first. Times are milliseconds since the first request.",
      object<SlowRequest>("One request.", {
        runId: nullable(text("Its run; null when it was not accepted.")),
        dueMs: amount("When it was due."),
        sentMs: nullable(amount("When it was sent.")),
        receivedMs: nullable(amount("When MeshHook received it.")),
        committedMs: nullable(amount("When PostgreSQL committed it.")),
        answeredMs: nullable(amount("When its sender had the answer.")),
        doneMs: nullable(amount("When its run had ended.")),
        latencyMs: nullable(amount("The latency examined; null when it never ended.")),
        causes: causesSchema,
        lines: optional(
          list(
            "Of its run's own log, at most 20.",
            object<LogLine>("One line.", {
              atMs: amount("When, milliseconds since the first request."),
              text: text("What it says."),
            }),
          ),
        ),
      }),
    ),
  },
);
