import { flag, number, optional } from "../shape/shape.ts";
import { durationText } from "../shape/units.ts";
import { down, kind, lasts } from "./kind.ts";

/** What can happen to MeshHook's process. */
export const PROCESS_KINDS = {
  "kill-9": kind(
    "MeshHook's process is killed without warning and started again on the same port and database.",
    { down: down("How long the process stays away: from the kill to the new start.") },
    (step) => `MeshHook is killed without warning; it is started again ${later(step.down)}`,
  ),
  pause: kind(
    "MeshHook's process stands still (SIGSTOP) and continues (SIGCONT), as under a paused virtual machine.",
    { for: lasts },
    (step) => `MeshHook's process stands still for ${durationText(step.for)}`,
  ),
};

/** What can happen to PostgreSQL. */
export const DATABASE_KINDS = {
  "postgres-crash": kind(
    "PostgreSQL stops at once, without a checkpoint, and is started again: it recovers from its write-ahead log.",
    { down: down("How long PostgreSQL stays away: from its end to the new start.") },
    (step) => `PostgreSQL crashes; it is started again ${later(step.down)}`,
  ),
  "terminate-backends": kind(
    "PostgreSQL ends every session of MeshHook, as an administrator or a failover does.",
    {},
    () => "PostgreSQL ends every session of MeshHook",
  ),
  "held-transaction": kind(
    "Somebody leaves a transaction open, so that vacuum cannot remove what was deleted since.",
    { for: lasts },
    (step) => `a transaction is left open for ${durationText(step.for)}, so that vacuum removes nothing`,
  ),
  "exhaust-connections": kind(
    "Others take every connection that PostgreSQL has left.",
    {
      for: lasts,
      leave: optional(number("How many to leave.", { min: 0, max: 1_000, isWhole: true }), 0),
      evict: optional(
        flag(
          "Whether MeshHook's own sessions are ended once the others are taken, so that it has to compete for new ones.",
        ),
        true,
      ),
    },
    (step) =>
      `others take every connection to PostgreSQL${step.leave === 0 ? "" : ` but ${String(step.leave)}`}${step.evict ? " and MeshHook's sessions are ended" : ""}, for ${durationText(step.for)}`,
  ),
  "disk-full": kind(
    "The disk of the database is filled up. Only on a small file system that holds nothing else.",
    { for: lasts },
    (step) => `the database's disk is full for ${durationText(step.for)}`,
  ),
};

function later(ms: number): string {
  return ms === 0 ? "at once" : `${durationText(ms)} later`;
}
