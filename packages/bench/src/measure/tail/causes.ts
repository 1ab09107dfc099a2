import type { CauseName, CauseShare } from "../../result/result.ts";
import type { Attribution } from "./attribute.ts";
import type { Evidence } from "./evidence.ts";

/** Less of a share is chance. */
const SHARE_MIN = 0.01;
/** A disk that was slow for somebody else in part of the wait was slow for the commits in the rest of it. */
const DISK_SHARE_MIN = 0.2;

/** Requests that are told together: an episode, a single request, or the whole tail. */
export interface Explained {
  readonly excessUs: number;
  readonly causes: readonly CauseShare[];
  readonly unexplainedShare: number;
}

/**
 * Sums up attributions.
 *
 * @param seen  Evidence that overlaps the requests; its longest stretch of each cause gives the words their figure.
 */
export function explain(attributions: readonly Attribution[], seen: readonly Evidence[]): Explained {
  const excessUs = attributions.reduce((sum, attribution) => sum + attribution.excessUs, 0);
  const sums = new Map<CauseName, number>();
  for (const { byCause } of attributions)
    for (const [cause, us] of byCause) sums.set(cause, (sums.get(cause) ?? 0) + us);
  mergeDisk(sums, excessUs);
  const causes = [...sums]
    .map(([cause, us]) => ({ cause, share: excessUs === 0 ? 0 : us / excessUs }))
    .filter(({ share }) => share >= SHARE_MIN)
    .sort((a, b) => b.share - a.share)
    .map(({ cause, share }) => ({ cause, share, text: inWords(cause, longestOf(cause, seen)) }));
  const explained = causes.reduce((sum, { share }) => sum + share, 0);
  return { excessUs, causes, unexplainedShare: excessUs === 0 ? 0 : Math.max(0, 1 - explained) };
}

function mergeDisk(sums: Map<CauseName, number>, excessUs: number): void {
  const [disk = 0, flush = 0] = [sums.get("disk"), sums.get("wal-flush")];
  if (flush === 0 || disk < DISK_SHARE_MIN * excessUs) return;
  sums.set("disk", disk + flush);
  sums.delete("wal-flush");
}

/** Shares of the causes that lie outside MeshHook and its database: generator, processor and disk. */
export function machineShare(causes: readonly CauseShare[]): number {
  return causes.filter(({ cause }) => OF_MACHINE.has(cause)).reduce((sum, { share }) => sum + share, 0);
}

const OF_MACHINE: ReadonlySet<CauseName> = new Set(["generator", "steal", "cpu", "disk"]);

interface Longest {
  readonly ms: number;
  readonly what: string;
}

function longestOf(cause: CauseName, seen: readonly Evidence[]): Longest {
  let longest: Longest = { ms: 0, what: "" };
  for (const item of seen) {
    const ms = ((item.untilUs - item.fromUs) * item.weight) / 1_000;
    if (item.cause === cause && ms > longest.ms) longest = { ms, what: item.what };
  }
  return longest;
}

function inWords(cause: CauseName, { ms, what }: Longest): string {
  const long = `${ms < 10 ? ms.toFixed(1) : String(Math.round(ms))} ms`;
  return WORDS[cause]({ long, what, detail: what === "" ? "" : ` (${what})` });
}

interface Figures {
  readonly long: string;
  readonly what: string;
  readonly detail: string;
}

const WORDS: { readonly [Cause in CauseName]: (figures: Figures) => string } = {
  fault: ({ detail }) => `The scenario's own fault${detail} was in effect.`,
  generator: () => "The load generator sent these requests late.",
  steal: () => "Other guests of the hypervisor had the CPU.",
  cpu: ({ what, long }) => `${what} was ready to run and had no CPU, for up to ${long} at a time.`,
  disk: ({ long }) => `A flush of the database's disk by the benchmark, independent of MeshHook, took ${long}.`,
  checkpoint: ({ detail }) => `PostgreSQL was writing a checkpoint${detail}.`,
  vacuum: () => "PostgreSQL was vacuuming a table of its own accord.",
  "wal-file": ({ detail }) => `PostgreSQL was creating a file of the write-ahead log${detail}.`,
  lock: ({ detail }) => `MeshHook's statements waited for a lock${detail}.`,
  collection: ({ detail, long }) => `MeshHook was collecting garbage${detail}, for up to ${long} at a time.`,
  "event-loop": ({ long }) =>
    `MeshHook's event loop did not turn for up to ${long}, and it was not collecting garbage.`,
  "wal-flush": ({ detail }) =>
    `MeshHook's commits waited for the write-ahead log${detail}, while a flush beside them was not slow.`,
  database: ({ detail }) => `MeshHook's statements were at work in PostgreSQL or waited there${detail}.`,
};
