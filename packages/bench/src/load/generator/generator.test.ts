import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAccepted, Outcome, outcomeName } from "../ledger.ts";
import type { Ledger } from "../ledger.ts";
import { constant, steps } from "../profile/profile.ts";
import { startLoad } from "./generator.ts";
import type { LoadReport } from "./generator.ts";
import type { LoadPlan } from "./protocol.ts";

const directory = mkdtempSync(join(tmpdir(), "meshhook-generator-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A target whose behaviour is a function of the request's number. */
class ScriptedTarget {
  readonly seen: {
    readonly n: number;
    readonly url: string;
    readonly body: string;
    readonly key: string | undefined;
  }[] = [];
  readonly #server: Server;
  constructor(answer: (n: number, response: ServerResponse) => void) {
    this.#server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const n = Number(new URL(request.url ?? "", "http://x").searchParams.get("n"));
        const key = request.headers["x-delivery"];
        this.seen.push({ n, url: request.url ?? "", body, key: typeof key === "string" ? key : undefined });
        answer(n, response);
      });
    });
  }
  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => resolve((this.#server.address() as AddressInfo).port));
    });
  }
  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function accept(n: number, response: ServerResponse): void {
  response.writeHead(202).end(JSON.stringify({ runId: runIdOf(n), status: "running", duplicate: false }));
}

function runIdOf(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

async function load(port: number, changes: Partial<LoadPlan>): Promise<LoadReport> {
  const running = await startLoad(
    {
      target: { host: "127.0.0.1", port, path: "/hooks/token" },
      model: { kind: "open", profile: constant(100, 1_000), inFlightMax: 64, unsentAfterMs: 5_000 },
      payloads: [{ body: '{"a":"ü"}', headers: { "x-github-event": "issues" } }],
      timeoutMs: 5_000,
      requestsMax: 1_000_000,
      ledgerPath: join(directory, `${String(Math.random())}.ledger`),
      ...changes,
    },
    () => undefined,
  );
  return running.finished;
}

function outcomes(ledger: Ledger): { readonly [name: string]: number } {
  const counts: Record<string, number> = {};
  for (let n = 0; n < ledger.count; n += 1) {
    const name = outcomeName(ledger.outcome[n] ?? 0);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe("open load", () => {
  let target: ScriptedTarget;
  let port = 0;
  beforeAll(async () => {
    target = new ScriptedTarget(accept);
    port = await target.listen();
  });
  afterAll(() => target.close());

  test("sends every request once, with its number and bytes, and keeps the run each answer names", async () => {
    const { ledger } = await load(port, {});
    expect(outcomes(ledger)).toEqual({ status_202: 100 });
    expect(target.seen.map((request) => request.n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
    expect(target.seen.find((request) => request.n === 0)).toMatchObject({
      url: "/hooks/token?n=0",
      body: '{"a":"ü"}',
    });
    for (let n = 0; n < 100; n += 1) {
      expect(ledger.runIdOf(n)).toBe(runIdOf(n));
      expect(ledger.intendedUs[n]).toBe(n * 10_000);
      expect(ledger.sentUs[n]).toBeGreaterThanOrEqual(n * 10_000);
      expect(ledger.answeredUs[n]).toBeGreaterThanOrEqual(ledger.sentUs[n] ?? 0);
    }
  });

  test("deliveries with a key are sent as often as they are repeated, each time with the same key and body", async () => {
    const bodies = ['{"d":0}', '{"d":1}'];
    target.seen.length = 0;
    await load(port, {
      model: { kind: "open", profile: constant(100, 120), inFlightMax: 64, unsentAfterMs: 5_000 },
      payloads: bodies.map((body) => ({ body, headers: {} })),
      key: { header: "x-delivery", prefix: "run", repeats: 3 },
    });
    const sent = target.seen.toSorted((a, b) => a.n - b.n);
    expect(sent.map(({ key, body }) => `${key ?? ""} ${body}`)).toEqual(
      [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3].map((delivery) => `run-${String(delivery)} {"d":${String(delivery % 2)}}`),
    );
  });

  test("a changing rate is sent at its instants", async () => {
    const { ledger } = await load(port, {
      model: { kind: "open", profile: steps([20, 100], 300), inFlightMax: 64, unsentAfterMs: 5_000 },
    });
    expect(outcomes(ledger)).toEqual({ status_202: 36 });
    expect([0, 5, 6, 7, 35].map((n) => ledger.intendedUs[n])).toEqual([0, 250_000, 300_000, 310_000, 590_000]);
    for (let n = 0; n < 36; n += 1) expect(ledger.sentUs[n]).toBeGreaterThanOrEqual(ledger.intendedUs[n] ?? 0);
  });

  test("a load that nobody can carry is refused by its length", async () => {
    const endless = { kind: "open", profile: constant(1, 3_600_000), inFlightMax: 1, unsentAfterMs: 1 } as const;
    await expect(load(port, { model: endless })).rejects.toThrow("longer than its ledger can hold");
  });
});

test("a target that stands still for a second is seen by every request that was due meanwhile (no coordinated omission)", async () => {
  let openAgain: (() => void)[] | null = [];
  const target = new ScriptedTarget((n, response) => {
    const answer = () => accept(n, response);
    if (n < 20 || openAgain === null) answer();
    else {
      // Everything from request 20 on waits until the stall that request 20 began is over.
      if (openAgain.push(answer) > 1) return;
      setTimeout(() => {
        const waiting = openAgain ?? [];
        openAgain = null;
        for (const release of waiting) release();
      }, 1_000);
    }
  });
  const port = await target.listen();
  // Four connections: the rest of the second's requests cannot even be sent, as with any client that waits for answers.
  const { ledger } = await load(port, {
    model: { kind: "open", profile: constant(100, 2_000), inFlightMax: 4, unsentAfterMs: 5_000 },
  });
  target.close();
  expect(outcomes(ledger)).toEqual({ status_202: 200 });
  const latenciesMs = (from: Int32Array) =>
    Array.from({ length: ledger.count }, (_, n) => ((ledger.answeredUs[n] ?? 0) - (from[n] ?? 0)) / 1_000);
  const slow = (values: readonly number[]) => values.filter((value) => value > 500).length;
  // Half of the requests due within the second waited longer than half a second; only the four in flight took that long themselves.
  expect(slow(latenciesMs(ledger.intendedUs))).toBeGreaterThanOrEqual(45);
  expect(slow(latenciesMs(ledger.sentUs))).toBeLessThanOrEqual(4);
});

test("requests that wait too long for a connection are counted as unsent, and nothing is sent for them", async () => {
  const target = new ScriptedTarget((n, response) => {
    setTimeout(() => accept(n, response), 400);
  });
  const port = await target.listen();
  const { ledger } = await load(port, {
    model: { kind: "open", profile: constant(50, 1_000), inFlightMax: 2, unsentAfterMs: 200 },
  });
  target.close();
  const counts = outcomes(ledger);
  expect(counts["unsent"]).toBeGreaterThan(30);
  expect((counts["unsent"] ?? 0) + (counts["status_202"] ?? 0)).toBe(50);
  expect(target.seen.length).toBe(counts["status_202"]);
});

test("every way to fail has its name: statuses, timeouts, broken connections, nonsense, nobody there", async () => {
  const target = new ScriptedTarget((n, response) => {
    if (n % 5 === 0) accept(n, response);
    else if (n % 5 === 1) response.writeHead(503, { "retry-after": "1" }).end("busy");
    else if (n % 5 === 2) response.socket?.destroy();
    else if (n % 5 === 3) response.socket?.end("nonsense\r\n\r\n");
    // The fifth never gets an answer.
  });
  const port = await target.listen();
  const { ledger } = await load(port, { timeoutMs: 300 });
  target.close();
  expect(outcomes(ledger)).toEqual({ status_202: 20, status_503: 20, reset: 20, malformed: 20, timeout: 20 });
  expect(isAccepted(ledger.outcome[0] ?? 0)).toBe(true);
  const nobody = await load(port, {});
  expect(outcomes(nobody.ledger)).toEqual({ refused: 100 });
  expect(nobody.ledger.sentUs.every((sent) => sent === -1)).toBe(true);
  expect(Outcome.refused).toBeLessThan(0);
});

test("a closed load keeps every sender busy and stops when told", async () => {
  const target = new ScriptedTarget(accept);
  const port = await target.listen();
  let acked = 0;
  const running = await startLoad(
    {
      target: { host: "127.0.0.1", port, path: "/hooks/token" },
      model: { kind: "closed", senders: 8, durationMs: 60_000 },
      payloads: [{ body: "{}", headers: {} }],
      timeoutMs: 5_000,
      requestsMax: 1_000_000,
      ledgerPath: join(directory, "closed.ledger"),
    },
    (interval) => {
      acked = interval.acked;
      if (acked > 100) running.stop();
    },
  );
  const { ledger } = await running.finished;
  target.close();
  expect(acked).toBeGreaterThan(100);
  expect(outcomes(ledger)).toEqual({ status_202: ledger.count });
  expect(target.seen.length).toBe(ledger.count);
});

test.runIf(process.platform === "linux")("a ledger that finds no room is told with the disk's own code", async () => {
  const target = new ScriptedTarget(accept);
  const port = await target.listen();
  const load = await startLoad(
    {
      target: { host: "127.0.0.1", port, path: "/hooks/full" },
      model: { kind: "open", profile: constant(100, 20), inFlightMax: 4, unsentAfterMs: 1_000 },
      payloads: [{ body: "{}", headers: {} }],
      timeoutMs: 1_000,
      requestsMax: 10,
      ledgerPath: "/dev/full",
    },
    () => undefined,
  );
  await expect(load.finished).rejects.toMatchObject({
    code: "ENOSPC",
    message: expect.stringMatching(/^The benchmark's generator process failed: ENOSPC/) as string,
  });
  target.close();
});
