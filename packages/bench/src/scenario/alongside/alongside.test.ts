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
let projects = 0;
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
      createNeighbour: () => Promise.resolve(`/hooks/neighbour-${String((projects += 1))}`),
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

test("neighbours send to endpoints of their own in turns until they are stopped, and what became of their webhooks is counted", async () => {
  let count = 0;
  projects = 0;
  const port = await serve((request, response) => {
    const [, project = "", n = ""] = /^\/hooks\/neighbour-(\d)\?n=(\d+)$/.exec(request.url ?? "") ?? [];
    expect(Number(project)).toBe(1 + (Number(n) % 3));
    count += 1;
    response.writeHead(count % 10 === 0 ? 503 : count % 10 === 1 ? 500 : 202).end('{"runId":"x"}');
  });
  const running = await start(port, [{ kind: "neighbour", rate: 200, projects: 3 }]);
  expect(Object.keys(running.pids)).toEqual(["neighbour 1"]);
  await waitFor("a hundred webhooks are sent", () => count >= 100);
  const { neighbour, list } = await running.stop();
  expect(list).toBeNull();
  if (neighbour === null) throw new Error("The neighbour has no report.");
  const { due, accepted, shed, failed } = neighbour;
  expect(due).toBe(accepted + shed + failed);
  expect(accepted).toBeGreaterThanOrEqual(75);
  expect(shed).toBeGreaterThanOrEqual(9);
  expect(failed).toBeGreaterThanOrEqual(9);
});

test("runs are read one by one, each with its facts, after a list has named them", async () => {
  const seen: string[] = [];
  const port = await serve((request, response) => {
    const url = request.url ?? "";
    seen.push(url);
    const items = url.includes("?limit=50") ? [{ id: "run-1" }, { id: "run-2" }] : [];
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ items, next: null }));
  });
  const running = await start(port, [{ kind: "run-detail", rate: 100 }]);
  await waitFor("both runs are read", () => new Set(seen.filter((url) => /run-\d\/facts/.test(url))).size === 2);
  const { detail, list } = await running.stop();
  expect(list).toBeNull();
  expect(detail).toMatchObject({ failed: 0 });
  expect(seen[0]).toBe("/api/v1/runs?limit=50");
  expect(seen.filter((url) => url === "/api/v1/runs/run-2")).not.toHaveLength(0);
});

test("slow senders send whole webhooks in pieces, begin anew, and are told apart by how they ended", async () => {
  const bodies: string[] = [];
  const port = await serve((request, response) => {
    bodies.push(`${request.url ?? ""} ${request.headers["content-length"] ?? ""}`);
    if (bodies.length % 3 === 0) response.destroy();
    else response.writeHead(bodies.length % 3 === 1 ? 202 : 500).end("{}");
  });
  projects = 0;
  const running = await start(port, [{ kind: "slow-senders", count: 3, takes: 40 }]);
  await waitFor("every sender has sent twice", () => bodies.length >= 6);
  await waitFor("their ends are seen", async () => Promise.resolve(bodies.length >= 9));
  const { slowSenders } = await running.stop();
  expect(bodies[0]).toBe("/hooks/neighbour-1 2");
  expect(slowSenders?.ended).toBeGreaterThanOrEqual(6);
  const { ended = 0, accepted = 0, cutOff = 0, failed = 0 } = slowSenders ?? {};
  expect(accepted + cutOff + failed).toBe(ended);
  expect(Math.min(accepted, cutOff, failed)).toBeGreaterThanOrEqual(1);
});

test("slow viewers open their streams with the key and read nothing from them", async () => {
  const piece = "x".repeat(65_536);
  let opened = 0;
  let isHeldUp = false;
  const port = await serve((request, response) => {
    expect(request.url).toBe("/api/v1/events");
    expect(request.headers.authorization).toBe("Bearer mh_key");
    opened += 1;
    const write = () => {
      while (response.write(piece));
      isHeldUp = true;
    };
    response.writeHead(200, { "content-type": "text/event-stream" });
    write();
    response.on("drain", write);
  });
  const running = await start(port, [{ kind: "slow-viewers", count: 2 }]);
  await waitFor("both streams are full", () => opened === 2 && isHeldUp);
  await running.stop();
});

test("without steps nothing happens", async () => {
  const running = await start(9, []);
  expect(await running.stop()).toEqual({ list: null, detail: null, neighbour: null, slowSenders: null });
});
