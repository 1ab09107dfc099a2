import type { ExternalSeries } from "../result/result.ts";
import { readText, ReadingFailed } from "./http.ts";
import type { Endpoint } from "./http.ts";
import type { MetricQuery } from "./queries.ts";
import { SeriesCollector } from "./series.ts";

/** What Prometheus answers to a range query (its HTTP API, "Range queries"). Values are texts; `NaN` and `+Inf` are possible. */
type RangeAnswer =
  | {
      readonly status: "success";
      readonly data: {
        readonly resultType: string;
        readonly result: readonly {
          readonly metric: { readonly [label: string]: string };
          readonly values: readonly (readonly [atSeconds: number, value: string])[];
        }[];
      };
    }
  | { readonly status: "error"; readonly error: string };

const POINTS_MAX = 600;
const STEP_SECONDS_MIN = 1;

/** A stretch of time, Unix milliseconds. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Makes sure that a Prometheus is there and lets us in.
 *
 * @throws ReadingFailed
 */
export async function checkPrometheus(endpoint: Endpoint): Promise<void> {
  const now = Date.now();
  const answer = await ask(endpoint, "vector(1)", { fromMs: now - 1_000, untilMs: now });
  if (answer.status !== "success") throw new ReadingFailed(`${endpoint.url} does not answer as a Prometheus does.`);
}

/** Asks every query for a stretch of time. `problems`: which could not be answered and why, in sentences. */
export async function queryPrometheus(
  endpoint: Endpoint,
  queries: readonly MetricQuery[],
  span: TimeSpan,
): Promise<{ readonly series: readonly ExternalSeries[]; readonly problems: readonly string[] }> {
  const collector = new SeriesCollector("prometheus");
  const problems: string[] = [];
  for (const { name, query, unit } of queries) {
    try {
      const answer = await ask(endpoint, query, span);
      if (answer.status === "error") {
        problems.push(`The query ${name} is refused by Prometheus: ${withoutCredentials(answer.error, endpoint)}.`);
        continue;
      }
      for (const { metric, values } of answer.data.result) {
        const { __name__: _, ...labels } = metric;
        for (const [atSeconds, value] of values)
          collector.add({ name, labels, unit }, { atMs: Math.round(atSeconds * 1_000), value: numberOf(value) });
      }
    } catch (error) {
      if (!(error instanceof ReadingFailed)) throw error;
      problems.push(`The query ${name} has no answer: ${error.message}`);
    }
  }
  if (collector.refused > 0)
    problems.push(
      "Prometheus answered with more series than a result holds; the rest was left out. Aggregate in the queries.",
    );
  return { series: collector.series(), problems };
}

async function ask(endpoint: Endpoint, query: string, { fromMs, untilMs }: TimeSpan): Promise<RangeAnswer> {
  const step = Math.max(STEP_SECONDS_MIN, Math.ceil((untilMs - fromMs) / 1_000 / POINTS_MAX));
  const form = new URLSearchParams({
    query,
    start: (fromMs / 1_000).toFixed(3),
    end: (untilMs / 1_000).toFixed(3),
    step: String(step),
  });
  const text = await readText(endpoint, "/api/v1/query_range", form);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ReadingFailed(`${endpoint.url} does not answer as a Prometheus does: its answer is not JSON.`);
  }
  if (!isRangeAnswer(value))
    throw new ReadingFailed(`${endpoint.url} does not answer as a Prometheus does: its answer has another form.`);
  return value;
}

function isRangeAnswer(value: unknown): value is RangeAnswer {
  if (typeof value !== "object" || value === null) return false;
  const status: unknown = Reflect.get(value, "status");
  if (status === "error") return typeof Reflect.get(value, "error") === "string";
  const data: unknown = Reflect.get(value, "data");
  return (
    status === "success" && typeof data === "object" && data !== null && Array.isArray(Reflect.get(data, "result"))
  );
}

function numberOf(text: string): number {
  if (/^[+-]?Inf$/.test(text)) return Infinity;
  return Number(text);
}

/** A proxy before a Prometheus may repeat what it was sent. */
function withoutCredentials(text: string, { authorization }: Endpoint): string {
  if (authorization === null) return text;
  const secret = authorization.slice(authorization.indexOf(" ") + 1);
  return text.replaceAll(secret, "(hidden)").slice(0, 500);
}
