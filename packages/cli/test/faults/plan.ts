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
] as const;

/** The failpoints of one life of a process: mostly one that ends it, sometimes a pause, a cut connection or a wrong clock before. */
export function drawFailpoints(random: SeededRandom): string {
  const name = random.pick([...KILLING]);
  const count = 1 + random.int(name === "shards.claimed" || name === "watermarks.storing" ? 2 : 60);
  const ending = THROWING.has(name) && random.int(4) === 0 ? "throw" : "kill";
  const before = random.pick([
    "",
    "",
    `append.sent=drop-connection@${1 + random.int(40)}`,
    `append.answered=delay:${random.int(400)}@${1 + random.int(40)}`,
    `call.sent=stop:${LEASE_MS + random.int(1_500)}@${1 + random.int(60)}`,
    `call.answered=clock:${random.int(7_200_000) - 3_600_000}@${1 + random.int(30)}`,
  ]);
  return [before, `${name}=${ending}@${count}`].filter((entry) => entry !== "").join(", ");
}

/** @param can  What the machine allows. */
export function drawOutsideFault(
  random: SeededRandom,
  processes: number,
  can: { readonly stopPostgres: boolean; readonly fillDisk: boolean },
): OutsideFault {
  const process = random.int(processes);
  const ms = 200 + random.int(2_500);
  switch (random.int(can.fillDisk ? 11 : can.stopPostgres ? 10 : 8)) {
    case 0:
      return { kind: "none" };
    case 1:
      return { kind: "kill", process };
    case 2:
      return { kind: "kill-all" };
    case 3:
      return { kind: "pause", process, ms: LEASE_MS + ms };
    case 4:
      return { kind: "stop", process };
    case 5:
      return { kind: "cut", process, ms };
    case 6:
      return { kind: "half-open", process, ms };
    case 7:
      return { kind: "slow", process, ms, delayMs: 5 + random.int(150) };
    case 10:
      return { kind: "full-disk", ms };
    default:
      return { kind: "postgres", ms: random.int(1_500) };
  }
}
