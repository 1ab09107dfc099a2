import type { Micros } from "@meshhook/core";
import { DurationSketch, type CountOutcome, type Measure, type StoredCount } from "@meshhook/journal";

/** Things of one kind within a minute. */
class Tally {
  readonly sketch = new DurationSketch();
  sumUs = 0;
  maxUs = -1;
  maxRunId = "";

  add(durationUs: number, runId: string): void {
    this.sketch.add(durationUs);
    this.sumUs += durationUs;
    if (durationUs <= this.maxUs) return;
    this.maxUs = durationUs;
    this.maxRunId = runId;
  }
}

/** What is counted of: looked up in a few steps, without making a key of it. */
export interface Subject {
  readonly projectId: string;
  readonly workflowId: string;
  readonly measure: Measure;
  readonly subject: string;
  readonly outcome: CountOutcome;
}

type Kind = `${Measure} ${CountOutcome}`;

/** All that was counted within one minute. */
export class MinuteTallies {
  readonly at: Micros;
  readonly #workflows = new Map<
    string,
    { readonly projectId: string; readonly kinds: Map<Kind, Map<string, Tally>> }
  >();
  #size = 0;

  constructor(at: Micros) {
    this.at = at;
  }

  /** How many there are of different kinds or subjects. */
  get size(): number {
    return this.#size;
  }

  add({ measure, outcome, projectId, subject, workflowId }: Subject, durationUs: number, runId: string): void {
    let workflow = this.#workflows.get(workflowId);
    if (workflow === undefined) this.#workflows.set(workflowId, (workflow = { projectId, kinds: new Map() }));
    const kind: Kind = `${measure} ${outcome}`;
    let subjects = workflow.kinds.get(kind);
    if (subjects === undefined) workflow.kinds.set(kind, (subjects = new Map<string, Tally>()));
    let tally = subjects.get(subject);
    if (tally === undefined) {
      subjects.set(subject, (tally = new Tally()));
      this.#size++;
    }
    tally.add(durationUs, runId);
  }

  counts(newId: () => string): readonly StoredCount[] {
    const counts: StoredCount[] = [];
    for (const [workflowId, { kinds, projectId }] of this.#workflows) {
      for (const [kind, subjects] of kinds) {
        const [measure, outcome] = kind.split(" ") as [Measure, CountOutcome];
        for (const [subject, { maxRunId, maxUs, sketch, sumUs }] of subjects) {
          const of = { projectId, workflowId, measure, subject, outcome, at: this.at };
          counts.push({ id: newId(), ...of, count: sketch.count, sumUs, maxUs, maxRunId, sketch: sketch.encode() });
        }
      }
    }
    return counts;
  }
}
