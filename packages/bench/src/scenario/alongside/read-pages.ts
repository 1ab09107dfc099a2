import { createClient } from "@meshhook/contract";
import type { Client } from "@meshhook/contract";
import { LatencyRecorder } from "../../measure/latency.ts";

/** What reading pages of the console was like. */
export interface ReadReport {
  /** From the instant at which a page was due. */
  readonly latency: LatencyRecorder;
  readonly failed: number;
}

export interface PageOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly ratePerSecond: number;
}

/** A list has so many runs, as in the console. */
const PAGE = 50;
const UNDER_WAY_MAX = 8;

/** Reads the newest page of a project's run list, as somebody with the console open does. */
export function readRunList(options: PageOptions): { stop(): Promise<ReadReport> } {
  return readPages(options, (client) => client.listRuns({ limit: PAGE }));
}

/** Reads single runs, each with its log, as somebody does who looks at one after the other: the newest fifty in turns. */
export function readRunDetails(options: PageOptions): { stop(): Promise<ReadReport> } {
  const ids: string[] = [];
  return readPages(options, async (client) => {
    if (ids.length === 0) {
      const { items } = await client.listRuns({ limit: PAGE });
      ids.push(...items.map(({ id }) => id));
    }
    const runId = ids.pop();
    if (runId === undefined) return;
    await Promise.all([client.getRun({ runId }), client.listFacts({ runId })]);
  });
}

/**
 * Reads a page at an even rate until it is stopped. Latency counts from the instant at which a page is due, so pages that wait for a slow
 * one are late as well; at most 8 are under way.
 */
function readPages(
  { url, apiKey, ratePerSecond }: PageOptions,
  readPage: (client: Client) => Promise<unknown>,
): { stop(): Promise<ReadReport> } {
  const client = createClient({ url, key: apiKey });
  const latency = new LatencyRecorder();
  const startedMs = performance.now();
  const everyMs = 1_000 / ratePerSecond;
  const underWay = new Set<Promise<void>>();
  let next = 0;
  let failed = 0;
  const stopping = new AbortController();
  const read = async (dueMs: number) => {
    try {
      await readPage(client);
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
