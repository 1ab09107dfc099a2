import { parseTime, type FactResource } from "@meshhook/contract";
import { decodeFacts, type Fact } from "@meshhook/core";

/** Facts that became durable together, as the engine reads them. */
export interface RecordedSegment {
  readonly seq: number;
  readonly facts: readonly Fact[];
}

/**
 * Makes facts as the API gives them into facts as the fold takes them, segment by segment.
 *
 * They go through the engine's own reader, so that every field is checked and expressions see values without prototypes, as they did
 * on the server.
 *
 * @param after  The last segment that is known already; only later ones are read.
 * @throws HistoryError  when a fact is not one that this engine knows.
 */
export function readRecordedFacts(resources: readonly FactResource[], after: number): RecordedSegment[] {
  const bySeq = new Map<number, FactResource[]>();
  for (const resource of resources) {
    if (resource.seq <= after) continue;
    const segment = bySeq.get(resource.seq);
    if (segment === undefined) bySeq.set(resource.seq, [resource]);
    else segment.push(resource);
  }
  return Array.from(bySeq, ([seq, segment]) => ({ seq, facts: decodeFacts(JSON.stringify(segment.map(storedForm))) }));
}

function storedForm({ kind, at, data }: FactResource): object {
  return { kind, at: parseTime(at), ...data };
}
