import { parseTime, type FactResource } from "@meshhook/contract";
import { decodeFacts, type Fact } from "@meshhook/core";

/** Facts that became durable together, as the engine reads them. */
export interface RecordedSegment {
  readonly seq: number;
  readonly facts: readonly Fact[];
}

/** How many facts are read at a time: reading each separately costs twice as much, and all at once would block the page. */
const FACTS_AT_ONCE = 250;

/**
 * Converts facts from the API for the fold, segment by segment, on demand.
 *
 * They pass through the engine's own reader, so that every field is checked and expressions see values without prototypes, as on the
 * server.
 *
 * @param after  The last known segment; only later ones are read.
 * @throws HistoryError  when a fact is unknown to this engine.
 */
export function* readRecordedFacts(resources: readonly FactResource[], after: number): Generator<RecordedSegment> {
  const isNew = ({ seq }: FactResource): boolean => seq > after;
  let waiting: FactResource[] = [];
  for (const resource of resources.filter(isNew)) {
    if (waiting.length >= FACTS_AT_ONCE && waiting.at(-1)?.seq !== resource.seq) {
      yield* readTogether(waiting);
      waiting = [];
    }
    waiting.push(resource);
  }
  if (waiting.length > 0) yield* readTogether(waiting);
}

/** @param resources  The facts of whole segments. */
function readTogether(resources: readonly FactResource[]): Iterable<RecordedSegment> {
  const bySeq = new Map<number, Fact[]>();
  for (const [index, fact] of decodeFacts(JSON.stringify(resources.map(storedForm))).entries()) {
    const seq = resources[index]?.seq ?? 0;
    const segment = bySeq.get(seq);
    if (segment === undefined) bySeq.set(seq, [fact]);
    else segment.push(fact);
  }
  return Array.from(bySeq, ([seq, facts]) => ({ seq, facts }));
}

function storedForm({ kind, at, data }: FactResource): object {
  return { kind, at: parseTime(at), ...data };
}
