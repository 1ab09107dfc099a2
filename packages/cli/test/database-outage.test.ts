import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { createClient } from "@meshhook/contract";
import { startEmbeddedPostgres } from "@meshhook/embedded";
import { waitFor } from "@meshhook/testkit";
import { expect, test, vi } from "vitest";

import { runCli, startMeshHook } from "@meshhook/testkit/process";

vi.setConfig({ testTimeout: 120_000 });

/** Between two requests of one sender: load, but not so much that nothing else gets a processor. */
const PAUSE_MS = 5;
/** A new database with the usual settings writes 256 MB of log files first. */
const settings = { min_wal_size: "32MB" };
const ADMIN_KEY = "mh_outage-test-0123456789abcdef";
const WAITING = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "outage",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    pause: { type: "delay@1", config: { durationMs: 300 } },
    end: { type: "terminate@1", config: { output: { $jmes: "input.n" } } },
  },
  edges: [
    { from: "hook", to: "pause" },
    { from: "pause", to: "end" },
  ],
};

test("a database that crashes under load loses no accepted delivery: 503 with Retry-After during the outage, then ready again without help", async () => {
  const directory = await mkdtemp("/tmp/meshhook-outage-");
  await chmod(directory, 0o711);
  const dataDir = join(directory, "postgres");
  let database = await startEmbeddedPostgres({ dataDir, settings });
  const meshhook = await startMeshHook({
    DATABASE_URL: database.url,
    MESHHOOK_DATA_DIR: join(directory, "data"),
    MESHHOOK_CONSOLE: "off",
    MESHHOOK_SAMPLE: "off",
    MESHHOOK_ADMIN_KEY: ADMIN_KEY,
    PORT: "0",
  });
  const environment = { MESHHOOK_URL: meshhook.url, MESHHOOK_API_KEY: ADMIN_KEY };
  try {
    const path = join(directory, "outage.json");
    await writeFile(path, JSON.stringify(WAITING));
    expect(await runCli(["apply", path], environment)).toMatchObject({ code: 0 });
    const client = createClient({ url: meshhook.url, key: ADMIN_KEY });
    const { token } = (await client.listEndpoints()).items[0]!;

    const accepted = new Map<string, number>();
    const unknown = new Set<number>();
    const refusedNumbers = new Set<number>();
    const refusals = new Set<number>();
    let sent = 0;
    let refused = 0;
    const load = { isOn: true };
    const sender = async (): Promise<void> => {
      while (load.isOn) {
        const n = sent++;
        const response = await fetch(`${meshhook.url}/hooks/${token}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ n }),
        });
        const body = (await response.json()) as { runId?: string; code?: string };
        if (response.status === 202) accepted.set(body.runId!, n);
        else if (response.status === 504) {
          // It was in flight when the database crashed, so its outcome is unknown.
          expect(body.code).toBe("outcome_unknown");
          unknown.add(n);
        } else {
          refused++;
          refusedNumbers.add(n);
          refusals.add(response.status);
          expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
        }
        await delay(PAUSE_MS);
      }
    };
    // People read runs at the same time: their connections break within transactions.
    const reader = async (): Promise<void> => {
      while (load.isOn) {
        await client.listRuns({ limit: 5 }).catch(() => undefined);
        await delay(PAUSE_MS);
      }
    };
    const senders = Promise.all([...Array.from({ length: 8 }, sender), reader(), reader()]);

    for (let round = 0; round < 2; round++) {
      const before = accepted.size;
      await waitFor("deliveries are accepted", () => accepted.size > before + 100);
      await database.stop("immediate");
      const refusedBefore = refused;
      await waitFor("deliveries are refused", () => refused > refusedBefore);
      await waitFor("not ready", async () => (await fetch(`${meshhook.url}/readyz`)).status === 503);
      expect((await fetch(`${meshhook.url}/healthz`)).status).toBe(200);
      database = await startEmbeddedPostgres({ dataDir, settings });
      await waitFor("ready again", async () => (await fetch(`${meshhook.url}/readyz`)).ok);
    }
    const before = accepted.size;
    await waitFor("deliveries are accepted again", () => accepted.size > before + 50);
    load.isOn = false;
    await senders;

    expect([...refusals]).toEqual([503]);
    await waitFor(
      "every accepted run has ended",
      async () => (await client.listRuns({ status: "running", limit: 1 })).items.length === 0,
      { timeoutMs: 60_000 },
    );
    const found = new Map<string, string>();
    let cursor: string | undefined;
    do {
      const page = await client.listRuns({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      for (const { id, status } of page.items) found.set(id, status);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    for (const runId of accepted.keys()) expect([runId, found.get(runId)]).toEqual([runId, "succeeded"]);
    // Any other run was reported as unknown; refused ones do not exist.
    const others = [...found.keys()].filter((runId) => !accepted.has(runId));
    const results = await Promise.all(others.map((runId) => client.getRun({ runId })));
    for (const { result } of results) {
      expect(refusedNumbers).not.toContain(result?.output);
      expect(unknown).toContain(result?.output);
    }
  } finally {
    await meshhook.end("SIGKILL");
    await database.stop("immediate");
    await rm(directory, { recursive: true, force: true });
  }
});
