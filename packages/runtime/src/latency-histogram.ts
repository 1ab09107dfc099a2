/** Upper bounds in microseconds: what a webhook or an append takes, up to what a call or a run may take. */
const BOUNDS_US = [
  500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
  10_000_000, 30_000_000, 60_000_000, 300_000_000, 1_800_000_000, 7_200_000_000, 86_400_000_000,
] as const;

/** Durations for /metrics: a count for each of a few buckets. */
export class LatencyHistogram implements LatencyCounts {
  readonly boundsUs: readonly number[] = BOUNDS_US;
  /** One more than bounds: the last one is of what is longer than all of them. */
  readonly counts: number[] = Array.from({ length: BOUNDS_US.length + 1 }, () => 0);
  sumUs = 0;

  add(durationUs: number): void {
    let at = 0;
    while (at < BOUNDS_US.length && durationUs > (BOUNDS_US[at] ?? Infinity)) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sumUs += durationUs;
  }
}

export interface LatencyCounts {
  readonly boundsUs: readonly number[];
  readonly counts: readonly number[];
  readonly sumUs: number;
}
