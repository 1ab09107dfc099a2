import type { ExternalSeries } from "../result/result.ts";
import { parseExposition } from "./exposition.ts";
import type { ExposedSample, Exposition } from "./exposition.ts";
import { basicAuthorization, readText, ReadingFailed } from "./http.ts";
import type { Endpoint } from "./http.ts";
import { Polling } from "./polling.ts";
import { CounterRates, SeriesCollector } from "./series.ts";

/** Supabase renews its metrics once a minute; asked more often, a minute's values are met soon after they appear. */
const EVERY_MS = 15_000;

/**
 * The metrics endpoint of a Supabase project: `https://<project>.supabase.co/customer/v1/privileged/metrics`, user `service_role`, password a
 * secret API key.
 */
export function supabaseEndpoint(url: string, secretKey: string): Endpoint {
  return { url, authorization: basicAuthorization("service_role", secretKey) };
}

/**
 * Makes sure that the endpoint is there, lets us in, and has figures that we know.
 *
 * @throws ReadingFailed
 */
export async function checkSupabase(endpoint: Endpoint): Promise<void> {
  const { samples } = parse(await readText(endpoint), endpoint);
  if (!samples.some(({ name }) => KNOWN.test(name)))
    throw new ReadingFailed(`${endpoint.url} has none of the metrics that Supabase's endpoint is known for.`);
}

/** Reads the endpoint until it is stopped. */
export function watchSupabase(
  endpoint: Endpoint,
  everyMs = EVERY_MS,
): { stop(): Promise<{ readonly series: readonly ExternalSeries[]; readonly problems: readonly string[] }> } {
  const reader = new SupabaseReader();
  const polling = new Polling(async () => reader.take(parse(await readText(endpoint), endpoint), Date.now()), everyMs);
  return {
    stop: async () => ({
      problems: (await polling.stop()).map((problem) => `Supabase's metrics: ${problem}`),
      series: reader.series(),
    }),
  };
}

const KNOWN = /^(?:node_cpu_seconds_total|node_memory_MemTotal_bytes|node_disk_|pg_stat_database_)/;

/** What is read of Supabase's metrics: CPU, memory, disk and connections. Names are those of node_exporter and postgres_exporter. */
export class SupabaseReader {
  readonly #collector = new SeriesCollector("supabase");
  readonly #rates = new CounterRates();
  #lastCpuSeconds: number | null = null;

  /** Takes a reading; one that holds the same values as the last is the last again, and not a minute without work. */
  take({ samples }: Exposition, atMs: number): void {
    const cpuSeconds = sum(samples, "node_cpu_seconds_total");
    if (cpuSeconds !== null && cpuSeconds === this.#lastCpuSeconds) return;
    this.#lastCpuSeconds = cpuSeconds;
    const add = (name: string, unit: string, value: number | null) => {
      if (value !== null) this.#collector.add({ name, labels: {}, unit }, { atMs, value });
    };
    const rate = (name: string, value: number | null) =>
      value === null ? null : this.#rates.rate(name, { atMs, value });
    const busy = rate(
      "busy",
      sum(samples, "node_cpu_seconds_total", ({ mode }) => mode !== "idle" && mode !== "iowait"),
    );
    const all = rate("all", cpuSeconds);
    add("cpu_busy", "share", busy === null || all === null || all === 0 ? null : busy / all);
    const total = sum(samples, "node_memory_MemTotal_bytes");
    const available = sum(samples, "node_memory_MemAvailable_bytes");
    add("memory_used", "bytes", total === null || available === null ? null : total - available);
    add("disk_read", "bytes/s", rate("read", sum(samples, "node_disk_read_bytes_total")));
    add("disk_written", "bytes/s", rate("written", sum(samples, "node_disk_written_bytes_total")));
    add("disk_busy", "disks", rate("disk", sum(samples, "node_disk_io_time_seconds_total")));
    add(
      "connections",
      "connections",
      sum(samples, "pg_stat_database_num_backends") ?? sum(samples, "pg_stat_database_numbackends"),
    );
  }

  series(): readonly ExternalSeries[] {
    return this.#collector.series();
  }
}

/** Of every series of a metric; null when there is none. */
function sum(
  samples: readonly ExposedSample[],
  name: string,
  matches: (labels: ExposedSample["labels"]) => boolean = () => true,
): number | null {
  const found = samples.filter((sample) => sample.name === name && matches(sample.labels));
  return found.length === 0 ? null : found.reduce((total, { value }) => total + value, 0);
}

function parse(text: string, { url }: Endpoint): Exposition {
  try {
    return parseExposition(text);
  } catch {
    // The line may hold anything; it is not repeated.
    throw new ReadingFailed(`${url} does not answer with metrics in Prometheus' text format.`);
  }
}
