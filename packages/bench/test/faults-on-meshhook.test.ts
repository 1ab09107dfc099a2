import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@meshhook/contract";
import { temporaryDatabase } from "@meshhook/testkit";
import type { TemporaryDatabase } from "@meshhook/testkit";
import { startMeshHook } from "@meshhook/testkit/process";
import type { RunningMeshHook } from "@meshhook/testkit/process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditRuns } from "../src/audit/audit.ts";
import { waitForBacklog } from "../src/audit/backlog.ts";
import { connectAsBench, createBenchRole } from "../src/database/connect.ts";
import { runFaults } from "../src/fault/fault.ts";
import { outcomesOf } from "../src/fault/outcome.ts";
import type { FaultStep } from "../src/fault/step.ts";
import { startLoad } from "../src/load/generator/generator.ts";
import { payloadsOf, SMALL } from "../src/load/payload.ts";
import { constant } from "../src/load/profile/profile.ts";
import { Proxy } from "../src/load/proxy/proxy.ts";
import { Sink } from "../src/load/sink/sink.ts";
import { PLAIN } from "../src/scenario/deliveries.ts";
import { expectedOf } from "../src/scenario/workflow/expected.ts";
import { workflowDocument } from "../src/scenario/workflow/document.ts";

const KEY = "mh_0123456789abcdef0123456789abcdef";
const ONE_CALL = { kind: "built-in", name: "one-call" } as const;
const network = { direction: null, toxicity: 1 } as const;

let directory: string;
let database: TemporaryDatabase;
let sink: Sink;
let proxies: { readonly client: Proxy; readonly database: Proxy; readonly target: Proxy };
let meshhook: RunningMeshHook;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-faults-"));
  database = await temporaryDatabase();
  await createBenchRole(database.url);
  sink = await Sink.start();
  const toDatabase = new URL(database.url);
  const databaseProxy = await Proxy.start({ host: toDatabase.hostname, port: Number(toDatabase.port) });
  toDatabase.port = String(databaseProxy.port);
  meshhook = await startMeshHook({
    DATABASE_URL: toDatabase.href,
    PORT: "0",
    MESHHOOK_ADMIN_KEY: KEY,
    MESHHOOK_DATA_DIR: directory,
    MESHHOOK_EGRESS_ALLOW: "127.0.0.0/8",
  });
  proxies = {
    client: await Proxy.start({ host: "127.0.0.1", port: Number(new URL(meshhook.url).port) }),
    database: databaseProxy,
    target: await Proxy.start({ host: "127.0.0.1", port: sink.port }),
  };
});

afterEach(async () => {
  await meshhook.end("SIGKILL");
  await Promise.all([...Object.values(proxies).map((proxy) => proxy.stop()), sink.stop()]);
  await database.drop();
  await rm(directory, { recursive: true });
});

test("with every link disturbed in turn, what MeshHook accepted is neither lost nor doubled, and each fault has its outcome", async () => {
  const client = createClient({ url: meshhook.url, key: KEY });
  const definition = workflowDocument(ONE_CALL, "faults", proxies.target.port);
  const workflow = await client.createWorkflow({ body: { definition } });
  await client.publishWorkflow({ workflow: workflow.id });
  const endpoint = await client.createEndpoint({ body: { workflow: workflow.id, name: "faults" } });
  const payloads = payloadsOf(SMALL, 1);
  await sink.reset(5);
  const steps: FaultStep[] = [
    { kind: "slicer", at: 500, for: 500, link: "client", size: 40, variation: 30, pause: 1, ...network },
    { kind: "latency", at: 1_500, for: 500, link: "database", delay: 20, jitter: 10, ...network },
    { kind: "bandwidth", at: 2_500, for: 500, link: "target", perSecond: 0, ...network },
    { kind: "down", at: 3_500, for: 500, link: "database" },
    { kind: "timeout", at: 6_000, for: 1_000, link: "database", closeAfter: null, ...network },
  ];
  const load = await startLoad(
    {
      target: { host: "127.0.0.1", port: proxies.client.port, path: endpoint.path },
      model: { kind: "open", profile: constant(40, 12_000), inFlightMax: 256, unsentAfterMs: 5_000 },
      payloads,
      timeoutMs: 10_000,
      requestsMax: 10_000,
      ledgerPath: join(directory, "ledger.bin"),
    },
    () => undefined,
  );
  const spans = await runFaults(steps, { isRemote: false, proxies, meshhook: null, database: null });
  const { ledger } = await load.finished;

  const connection = await connectAsBench(database.url);
  expect(await waitForBacklog(connection, workflow.id, 30_000)).toBe(0);
  const { effects } = await sink.report(join(directory, "effects.tsv"));
  const expected = expectedOf(
    { workflow: ONE_CALL, deliveries: PLAIN, faults: steps, target: { delayMs: 5, attempts: null } },
    payloads,
  );
  const { audit } = await auditRuns(connection, {
    workflowId: workflow.id,
    ledger,
    effects,
    faults: spans,
    expected,
  });
  await connection.end();
  expect(audit).toMatchObject({
    lost: 0,
    duplicated: 0,
    stuck: 0,
    phantom: 0,
    outOfOrder: 0,
    effectsMissing: 0,
    effectsUnexpected: 0,
  });
  expect(audit.accepted).toBeGreaterThan(0);

  const outcomes = outcomesOf(ledger, spans, { isClosed: false });
  expect(outcomes.map(({ step }) => step.kind)).toEqual(steps.map(({ kind }) => kind));
  for (const { beganUs, endedUs } of outcomes) expect(endedUs).toBeGreaterThan(beganUs);
  // Every link had its faults, and all of them are over.
  for (const proxy of Object.values(proxies)) expect((await proxy.report()).connectionsTotal).toBeGreaterThan(0);
  expect((await proxies.database.report()).bytesLost).toBeGreaterThan(0);
  await expect(fetch(`${meshhook.url}/readyz`)).resolves.toMatchObject({ status: 200 });
});
