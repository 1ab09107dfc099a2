import { createClient } from "@meshhook/contract";
import { LatencyRecorder } from "../../measure/latency.ts";

/** What reading the run list was like. */
export interface ReadReport {
  /** From the instant at which a page was due. */
  readonly latency: LatencyRecorder;
  readonly failed: number;
}

/** How many runs a page has, as in the console. */
const PAGE = 50;

/**
 * Reads the newest page of a project's run list at an even rate, as somebody with the console open does, until it is stopped. Latency
 * counts from the instant at which a page is due, so pages that wait for a slow one are late as well; at most 8 are under way.
 */
export function readRuns(options: { readonly url: string; readonly apiKey: string; readonly ratePerSecond: number }): {
  stop(): Promise<ReadReport>;
} {
  const client = createClient({ url: options.url, key: options.apiKey });
  const latency = new LatencyRecorder();
  const startedMs = performance.now();
  const everyMs = 1_000 / options.ratePerSecond;
  const underWay = new Set<Promise<void>>();
  let next = 0;
  let failed = 0;
  const stopping = new AbortController();
  const read = async (dueMs: number) => {
    try {
      await client.listRuns({ limit: PAGE });
      latency.record((performance.now() - dueMs) * 1_000);
    } catch {
      failed += 1;
      latency.fail();
    }
  };
  const pump = () => {
    while (
      !stopping.signal.aborted &&
      underWay.size < UNDER_WAY_MAX &&
      startedMs + next * everyMs <= performance.now()
    ) {
      const reading = read(startedMs + next * everyMs).finally(() => {
        underWay.delete(reading);
        pump();
      });
      next += 1;
      underWay.add(reading);
    }
  };
  const timer = setInterval(pump, Math.max(1, Math.min(20, everyMs / 4)));
  return {
    stop: async () => {
      stopping.abort();
      clearInterval(timer);
      await Promise.all(underWay);
      return { latency, failed };
    },
  };
}

const UNDER_WAY_MAX = 8;
