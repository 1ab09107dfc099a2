import type { Durations, RunFigures } from "@meshhook/contract";
import { DurationSketch, type Count } from "@meshhook/journal";

const MS = 1_000;
const SLOWEST = 5;

/** Counts of one kind, put together. */
export class Sum {
  readonly #sketch = new DurationSketch();
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  add({ count, maxUs, sketch, sumUs }: Count): void {
    this.#sketch.addEncoded(sketch);
    this.#count += count;
    this.#sumUs += sumUs;
    this.#maxUs = Math.max(this.#maxUs, maxUs);
  }

  get count(): number {
    return this.#count;
  }

  get durations(): Durations {
    if (this.#count === 0) return { p50: null, p90: null, p95: null, p99: null, max: null, mean: null };
    const of = (share: number): number => Math.min(this.#maxUs, this.#sketch.quantile(share) ?? 0) / MS;
    return {
      p50: rounded(of(0.5)),
      p90: rounded(of(0.9)),
      p95: rounded(of(0.95)),
      p99: rounded(of(0.99)),
      max: rounded(this.#maxUs / MS),
      mean: rounded(this.#sumUs / this.#count / MS),
    };
  }
}

/** Runs of whatever it is, by outcome. */
export class RunSum {
  readonly #ends = new Sum();
  readonly #turns = new Sum();
  readonly #outcomes = { succeeded: 0, failed: 0, canceled: 0 };
  #slow: { readonly runId: string; readonly durationUs: number }[] = [];

  add(count: Count): void {
    if (count.measure === "turn") return this.#turns.add(count);
    this.#ends.add(count);
    const { outcome } = count;
    if (outcome === "succeeded" || outcome === "failed" || outcome === "canceled")
      this.#outcomes[outcome] += count.count;
    this.#slow.push({ runId: count.maxRunId, durationUs: count.maxUs });
    if (this.#slow.length > 10 * SLOWEST) this.#slow = slowestOf(this.#slow);
  }

  get figures(): RunFigures {
    return { ...this.#outcomes, durationMs: this.#ends.durations, turnMs: this.#turns.durations };
  }

  get slowest(): { runId: string; durationMs: number }[] {
    return slowestOf(this.#slow).map(({ durationUs, runId }) => ({ runId, durationMs: rounded(durationUs / MS) }));
  }
}

function slowestOf<T extends { readonly durationUs: number }>(runs: readonly T[]): T[] {
  return [...runs].sort((one, other) => other.durationUs - one.durationUs).slice(0, SLOWEST);
}

/** To a microsecond, the resolution of what is counted. */
function rounded(ms: number): number {
  return Math.round(ms * MS) / MS;
}
