import type { SeededRandom } from "@meshhook/testkit";

/** What is done from outside to the running system in one cycle. */
export type OutsideFault =
  | { readonly kind: "none" }
  /** `kill -9` of a process, whatever it does. */
  | { readonly kind: "kill"; readonly process: number }
  /** `kill -9` of all processes at once. */
  | { readonly kind: "kill-all" }
  /** SIGSTOP of a process for longer than its lease. */
  | { readonly kind: "pause"; readonly process: number; readonly ms: number }
  /** SIGTERM under load. */
  | { readonly kind: "stop"; readonly process: number }
  /** PostgreSQL is stopped without a checkpoint, and started again. */
  | { readonly kind: "postgres"; readonly ms: number }
  /** The file system with the database's files is full. */
  | { readonly kind: "full-disk"; readonly ms: number }
  /** A process's connections to the database are cut, and new ones refused. */
  | { readonly kind: "cut"; readonly process: number; readonly ms: number }
  /** Requests reach the database, and answers are held back: half-open connections. */
  | { readonly kind: "half-open"; readonly process: number; readonly ms: number }
  /** Everything between a process and the database takes longer. */
  | { readonly kind: "slow"; readonly process: number; readonly ms: number; readonly delayMs: number };

export const LEASE_MS = 1_500;
/**
 * How wrong the clock of a process is at most, in milliseconds. A run whose facts a fast clock has dated waits until the right time has come,
 * so that this is a part of how long it may take.
 */
export const SKEW_MS = 60_000;

/** Only where an error that nobody expects ends the process. */
const THROWING: ReadonlySet<string> = new Set(["timer.fired", "call.answered", "events.published"]);
const KILLING = [
  "intake.read",
  "append.sending",
  "append.sent",
  "append.answered",
  "intake.answered",
  "shards.claimed",
  "run.loaded",
  "call.sending",
  "call.sent",
  "call.answered",
  "timer.fired",
  "signal.sent",
  "signal.read",
  "watermarks.storing",
  "events.published",
  "drain.started",
  "drain.leaving",
] as const;
/** They are passed less often than the others. */
const RARE: ReadonlySet<string> = new Set(["shards.claimed", "watermarks.storing", "signal.sent", "signal.read"]);

/**
 * The failpoints of one life of a process: mostly one that ends it, sometimes a pause, a cut connection or a wrong clock before. One with a
 * failpoint of stopping has to be asked to stop.
 */
export function drawFailpoints(random: SeededRandom, may: { readonly setClocks: boolean }): string {
  const name = random.pick([...KILLING]);
  const count = isOfStopping(name) ? 1 : 1 + random.int(RARE.has(name) ? 2 : random.pick([5, 60]));
  const ending = THROWING.has(name) && random.int(4) === 0 ? "throw" : "kill";
  const before = random.pick([
    "",
    "",
    `append.sent=drop-connection@${1 + random.int(40)}`,
    `append.answered=delay:${random.int(400)}@${1 + random.int(40)}`,
    `call.sent=stop:${LEASE_MS + random.int(1_500)}@${1 + random.int(60)}`,
    ...(may.setClocks ? [`call.answered=clock:${random.int(2 * SKEW_MS) - SKEW_MS}@${1 + random.int(30)}`] : []),
  ]);
  return [before, `${name}=${ending}@${count}`].filter((entry) => entry !== "").join(", ");
}

export function isOfStopping(failpoints: string): boolean {
  return failpoints.includes("drain.");
}

/** The kinds of faults from outside; one that comes twice is drawn twice as often. */
export const OUTSIDE_KINDS = [
  "none",
  "kill",
  "kill-all",
  "pause",
  "stop",
  "cut",
  "half-open",
  "slow",
  "postgres",
  "postgres",
  "full-disk",
] as const satisfies readonly OutsideFault["kind"][];

/** @param kinds  Those that may be drawn. */
export function drawOutsideFault(
  random: SeededRandom,
  processes: number,
  kinds: readonly OutsideFault["kind"][],
): OutsideFault {
  const process = random.int(processes);
  const ms = 200 + random.int(2_500);
  const kind = kinds[random.int(kinds.length)] ?? "none";
  switch (kind) {
    case "none":
    case "kill-all":
      return { kind };
    case "kill":
    case "stop":
      return { kind, process };
    case "pause":
      return { kind, process, ms: LEASE_MS + ms };
    case "cut":
    case "half-open":
      return { kind, process, ms };
    case "slow":
      return { kind, process, ms, delayMs: 5 + random.int(150) };
    case "postgres":
      return { kind, ms: random.int(1_500) };
    case "full-disk":
    default:
      return { kind: "full-disk", ms };
  }
}
