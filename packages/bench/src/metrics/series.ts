import type { ExternalPoint, ExternalSeries } from "../result/result.ts";

const POINTS_MAX = 600;
const SERIES_MAX = 100;

/** Series that grow while a benchmark runs, bounded whatever its length: a series that is full keeps every second point from then on. */
export class SeriesCollector {
  readonly #source: ExternalSeries["source"];
  readonly #series = new Map<string, GrowingSeries>();
  #refused = 0;

  constructor(source: ExternalSeries["source"]) {
    this.#source = source;
  }

  /** Points in the order of time. Values that are not finite numbers are left out. */
  add(of: Pick<ExternalSeries, "name" | "labels" | "unit">, point: ExternalPoint): void {
    if (!Number.isFinite(point.value)) return;
    const key = JSON.stringify([of.name, Object.entries(of.labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= SERIES_MAX) {
        this.#refused += 1;
        return;
      }
      series = { ...of, points: [], every: 1, seen: 0 };
      this.#series.set(key, series);
    }
    if (series.seen % series.every === 0) series.points.push(point);
    series.seen += 1;
    if (series.points.length <= POINTS_MAX) return;
    series.points = series.points.filter((_, index) => index % 2 === 0);
    series.every *= 2;
  }

  /** Points that belonged to more series than are kept. */
  get refused(): number {
    return this.#refused;
  }

  series(): readonly ExternalSeries[] {
    return [...this.#series.values()].map(({ name, labels, unit, points }) => ({
      source: this.#source,
      name,
      labels,
      unit,
      points,
    }));
  }
}

interface GrowingSeries extends Pick<ExternalSeries, "name" | "labels" | "unit"> {
  points: ExternalPoint[];
  /** Of the points seen, every so many is kept. */
  every: number;
  seen: number;
}

/** Turns the readings of a counter into what came per second. */
export class CounterRates {
  readonly #last = new Map<string, ExternalPoint>();

  /** The rate since the last reading; null at the first, and after a restart of what counts. */
  rate(key: string, { atMs, value }: ExternalPoint): number | null {
    const last = this.#last.get(key);
    this.#last.set(key, { atMs, value });
    if (last === undefined || value < last.value || atMs <= last.atMs) return null;
    return ((value - last.value) * 1_000) / (atMs - last.atMs);
  }
}
