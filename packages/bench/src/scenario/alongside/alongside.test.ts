import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@meshhook/testkit";
import { afterAll, afterEach, expect, test } from "vitest";
import { startAlongside } from "./alongside.ts";
import type { RunningAlongside } from "./alongside.ts";
import type { AlongsideStep } from "./step.ts";

const directory = mkdtempSync(join(tmpdir(), "meshhook-alongside-"));
afterAll(() => rmSync(directory, { recursive: true }));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => answer(request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function start(port: number, steps: readonly AlongsideStep[]): Promise<RunningAlongside> {
  return startAlongside(
    steps,
    {
      url: `http://127.0.0.1:${String(port)}`,
      port,
      apiKey: "mh_key",
      createNeighbour: () => Promise.resolve("/hooks/neighbour"),
    },
    { payloads: [{ body: "{}", headers: {} }], directory },
  );
}

test("the run list is read at its rate with the key, and pages that fail are counted", async () => {
  const seen: string[] = [];
  const port = await serve((request, response) => {
    seen.push(`${request.url ?? ""} ${request.headers.authorization ?? ""}`);
    const status = seen.length === 3 ? 500 : 200;
    response.writeHead(status, { "content-type": "application/json" }).end('{"items":[],"next":null}');
  });
  const running = await start(port, [{ kind: "run-list", rate: 100 }]);
  await waitFor("ten pages are read", () => seen.length >= 10);
  const { list, neighbour } = await running.stop();
  expect(neighbour).toBeNull();
  expect(seen[0]).toBe("/api/v1/runs?limit=50 Bearer mh_key");
  expect(list).toMatchObject({ failed: 1, latency: { count: seen.length - 1, failed: 1 } });
  const after = seen.length;
  expect(await running.stop()).toMatchObject({ list: { failed: 1 } });
  expect(seen).toHaveLength(after);
});

test("pages that are held up by a slow one are late by what they waited for", async () => {
  const held: ServerResponse[] = [];
  let isHolding = true;
  let answered = 0;
  const end = (response: ServerResponse) => {
    answered += 1;
    response.writeHead(200, { "content-type": "application/json" }).end('{"items":[],"next":null}');
  };
  const port = await serve((_, response) => {
    if (isHolding) held.push(response);
    else end(response);
  });
  const running = await start(port, [{ kind: "run-list", rate: 200 }]);
  await waitFor("as many pages are under way as may be", () => held.length === 8);
  const heldAtMs = performance.now();
  await waitFor("others have been due for a while", () => performance.now() - heldAtMs > 300);
  isHolding = false;
  for (const response of held) end(response);
  await waitFor("some that were due meanwhile are read", () => answered >= 20);
  const { list } = await running.stop();
  // Dozens were due while eight were held; none of them was sent before, and their waiting counts.
  expect(list?.latency.summary().maxMs).toBeGreaterThan(300);
});

test("a neighbour sends to its own endpoint until it is stopped, and what became of its webhooks is counted", async () => {
  let count = 0;
  const port = await serve((request, response) => {
    expect(request.url).toMatch(/^\/hooks\/neighbour\?n=\d+$/);
    count += 1;
    response.writeHead(count % 10 === 0 ? 503 : count % 10 === 1 ? 500 : 202).end('{"runId":"x"}');
  });
  const running = await start(port, [{ kind: "neighbour", rate: 200 }]);
  expect(Object.keys(running.pids)).toEqual(["neighbour 1"]);
  await waitFor("a hundred webhooks are sent", () => count >= 100, { timeoutMs: 30_000 });
  const { neighbour, list } = await running.stop();
  expect(list).toBeNull();
  if (neighbour === null) throw new Error("The neighbour has no report.");
  const { due, accepted, shed, failed } = neighbour;
  expect(due).toBe(accepted + shed + failed);
  expect(accepted).toBeGreaterThanOrEqual(75);
  expect(shed).toBeGreaterThanOrEqual(9);
  expect(failed).toBeGreaterThanOrEqual(9);
});

test("without steps nothing happens", async () => {
  const running = await start(9, []);
  expect(await running.stop()).toEqual({ list: null, neighbour: null });
});
