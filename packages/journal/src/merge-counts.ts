import { DurationSketch } from "./duration-sketch.ts";
import type { StoredCount } from "./statistics.ts";

/**
 * Puts counts of the same thing together that lie in the same span.
 *
 * @param newId  The ids of the new ones.
 */
export function mergeCounts(
  counts: readonly StoredCount[],
  spanUs: number,
  newId: () => string,
): readonly StoredCount[] {
  const groups = new Map<string, StoredCount[]>();
  for (const count of counts) {
    const { projectId, workflowId, measure, subject, outcome, at } = count;
    const key = [projectId, workflowId, measure, outcome, Math.floor(at / spanUs), subject].join(" ");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [count]);
    else group.push(count);
  }
  const merged: StoredCount[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const sketch = new DurationSketch();
    let slowest = first;
    let sumUs = 0;
    for (const one of group) {
      sketch.addEncoded(one.sketch);
      sumUs += one.sumUs;
      if (one.maxUs > slowest.maxUs) slowest = one;
    }
    merged.push({
      ...first,
      id: newId(),
      at: Math.floor(first.at / spanUs) * spanUs,
      count: sketch.count,
      sumUs,
      maxUs: slowest.maxUs,
      maxRunId: slowest.maxRunId,
      sketch: sketch.encode(),
    });
  }
  return merged;
}
