import type { AlongsideReport } from "./alongside.ts";

/** What became of those beside the measured load who have no latency of their own, each in a sentence. */
export function alongsideNotes({ neighbour, slowSenders }: AlongsideReport): string[] {
  const count = (value: number) => value.toLocaleString("en-US");
  const notes: string[] = [];
  if (neighbour !== null)
    notes.push(
      `Of the neighbours' ${count(neighbour.due)} webhooks, ${count(neighbour.accepted)} were accepted, ${count(neighbour.shed)} were shed with 503, and ${count(neighbour.failed)} failed.`,
    );
  if (slowSenders !== null)
    notes.push(
      `Of the ${count(slowSenders.ended)} webhooks whose bodies came slowly, ${count(slowSenders.accepted)} were accepted, ${count(slowSenders.cutOff)} were cut off, and ${count(slowSenders.failed)} failed.`,
    );
  return notes;
}
