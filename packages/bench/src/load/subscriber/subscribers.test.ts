import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Subscribers } from "./subscribers.ts";

const RUNS = ["01890000-0000-7000-8000-000000000001", "01890000-0000-7000-8000-000000000002"] as const;

function line(runId: string, seq: number, position: number, type: string): string {
  const at = `${new Date().toISOString().slice(0, -1)}000Z`;
  const event = { runId, seq, position, at, level: "info", type, message: 'text with "seq":9 in it' };
  return `id: x\ndata: ${JSON.stringify(event)}\n\n`;
}

test("subscribers say for every run at every viewer what was missing, repeated or late", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-subscribers-"));
  const streams: ServerResponse[] = [];
  const server = createServer((request, response) => {
    expect(request.headers.authorization).toBe("Bearer key");
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": welcome\n\n");
    streams.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const subscribers = await Subscribers.start({
      meshhookUrl: `http://127.0.0.1:${String(port)}`,
      apiKey: "key",
      count: 2,
    });
    expect(streams.length).toBe(2);
    const [first, second] = streams;
    const healthy = [line(RUNS[0], 0, 0, "run.started"), line(RUNS[0], 0, 1, "run.succeeded")].join("");
    // Cut in the middle of a message, as networks do.
    first?.write(healthy.slice(0, 100));
    first?.write(healthy.slice(100));
    const started = line(RUNS[1], 0, 0, "run.started");
    second?.write(`${healthy}event: gap\ndata: {}\n\n${started}${started}${line(RUNS[1], 0, 2, "run.failed")}`);
    const report = await subscribers.finish(join(directory, "lines.tsv"), { ends: 3, timeoutMs: 10_000 });
    expect(report).toMatchObject({ viewers: 2, lines: 7, announcedGaps: 1, broken: 0 });
    const { views } = report;
    expect(
      views.map(({ viewer, runId, gaps, duplicates, misordered }) => [viewer, runId, gaps, duplicates, misordered]),
    ).toEqual([
      [0, RUNS[0], 0, 0, 0],
      [1, RUNS[0], 0, 0, 0],
      [1, RUNS[1], 1, 1, 0],
    ]);
    for (const { endUs } of views) expect(Math.abs((endUs ?? 0) / 1_000 - Date.now())).toBeLessThan(10_000);
    expect([...report.lastLineUs.keys()]).toEqual([RUNS[0]]);
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  }
});
