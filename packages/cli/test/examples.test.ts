import { definitionHash, parseDefinition, type RunResult, type WorkflowDefinition } from "@meshhook/core";
import { createMemoryStore, type Project, type Store, type Version } from "@meshhook/journal";
import {
  EnvironmentSecrets,
  PlanCache,
  startRuntime,
  systemClock,
  type Delivery,
  type Runtime,
  type SecretSource,
} from "@meshhook/runtime";
import { pino } from "pino";
import { Webhook } from "standardwebhooks";
import { afterEach, expect, test } from "vitest";

import { examplePayload, exampleText } from "./example.ts";
import { startHttpTarget, type HttpTarget, type SeenRequest, type TargetAnswer } from "./http-target.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Workbench {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly plans: PlanCache;
  readonly version: Version;
}

/** Publishes an example, and the workflows that it calls, on a real runtime over a journal in memory. */
async function prepare(
  path: string,
  target: HttpTarget | null,
  { called = [], secrets }: { readonly called?: readonly string[]; readonly secrets?: SecretSource } = {},
): Promise<Workbench> {
  const store = createMemoryStore();
  closers.push(() => store.close());
  const project = await store.catalog.createProject({ slug: "examples", name: "Examples" });
  for (const other of called) await publish(store, project, await definitionOf(other, target));
  const version = await publish(store, project, await definitionOf(path, target));
  const plans = new PlanCache(store.catalog);
  const runtime = await startRuntime({
    journal: store.journal,
    catalog: store.catalog,
    plans,
    name: "examples",
    egressAllow: target === null ? [] : [target.host],
    ...(secrets === undefined ? {} : { secrets }),
    log: pino({ level: "error" }),
  });
  closers.push(() => runtime.drain(1_000));
  return { store, runtime, plans, version };
}

async function definitionOf(path: string, target: HttpTarget | null): Promise<WorkflowDefinition> {
  const read = parseDefinition(await exampleText(path, target?.url), path.endsWith(".yaml") ? "yaml" : "json");
  if ("issues" in read) throw new Error(JSON.stringify(read.issues, null, 2));
  return read.definition;
}

async function publish({ catalog }: Store, project: Project, definition: WorkflowDefinition): Promise<Version> {
  const text = JSON.stringify(definition);
  const workflow = await catalog.saveDraft({
    projectId: project.id,
    slug: definition.slug,
    name: definition.slug,
    definition: text,
  });
  if (workflow === "conflict") throw new Error("a fresh catalog reports a conflict");
  return catalog.publishVersion({
    projectId: project.id,
    workflowId: workflow.id,
    hash: definitionHash(definition),
    definition: text,
  });
}

/** Delivers a payload and waits for the end. */
async function runExample(
  { runtime, plans, version }: Workbench,
  payload: string,
  started: Pick<Delivery, "origin" | "start"> = {},
): Promise<{ readonly runId: string; readonly result: RunResult }> {
  const { text, json } = await examplePayload(payload);
  const outcome = await runtime.deliver({
    projectId: version.projectId,
    workflowId: version.workflowId,
    versionId: version.id,
    plan: plans.ofVersion(version),
    receivedAt: systemClock().now(),
    headers: { "content-type": "application/json" },
    query: {},
    body: json,
    bodyText: text,
    ...started,
  });
  if (outcome.kind !== "accepted") throw new Error(`the delivery was not accepted: ${outcome.kind}`);
  const result = outcome.result ?? (await runtime.waitForResult(outcome.runId, 10_000));
  if (result === null) throw new Error("the run did not end within 10 s");
  return { runId: outcome.runId, result };
}

async function target(answer: (request: SeenRequest, number: number) => TargetAnswer): Promise<HttpTarget> {
  const started = await startHttpTarget(answer);
  closers.push(() => started.close());
  return started;
}

test("github-issue-to-crm: a CRM that fails once gets the same case again, and the run ends with the case's id", async () => {
  const crm = await target((_request, number) =>
    number === 1 ? { status: 503, body: {} } : { status: 201, body: { id: "case-7" } },
  );
  const workbench = await prepare("github-issue-to-crm/workflow.json", crm);
  const { runId, result } = await runExample(workbench, "github-issue-to-crm/payload.json");

  expect(result).toEqual({
    status: "succeeded",
    output: { caseId: "case-7", issue: "https://github.com/Codertocat/Hello-World/issues/1" },
  });
  expect(crm.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /api/v2/cases", "POST /api/v2/cases"]);
  expect(crm.seen[0]!.body).toEqual({
    externalId: "MDU6SXNzdWU0NDQ1MDAwNDE=",
    title: "Spelling error in the README file",
    description: "It looks like you accidently spelled 'commit' with two 't's.",
    link: "https://github.com/Codertocat/Hello-World/issues/1",
    reporter: "Codertocat",
    labels: ["bug"],
    project: "Codertocat/Hello-World",
  });
  expect(crm.seen[0]!.headers).toMatchObject({ "x-source": "github:Codertocat/Hello-World" });
  expect(crm.seen[1]!.body).toEqual(crm.seen[0]!.body);
  expect(crm.seen[1]!.headers["idempotency-key"]).toBe(crm.seen[0]!.headers["idempotency-key"]);
  // One row for the delivery, one for each answer.
  expect(await workbench.store.journal.readRun(runId)).toHaveLength(3);
});

test("github-issue-to-crm: a CRM that refuses ends the run with a reason that names the issue", async () => {
  const crm = await target(() => ({ status: 422, body: { error: "no such project" } }));
  const { result } = await runExample(
    await prepare("github-issue-to-crm/workflow.json", crm),
    "github-issue-to-crm/payload.json",
  );
  expect(result).toMatchObject({
    status: "failed",
    reason: "The CRM took no case for https://github.com/Codertocat/Hello-World/issues/1.",
  });
  expect(crm.seen).toHaveLength(1);
});

test.for([
  [
    "payload.json",
    { status: "succeeded", output: { decision: "accepted", orderId: "A-1001", total: 99 } },
    { status: 201, body: '{"orderId":"A-1001","decision":"accepted"}' },
  ],
  [
    "payload-large.json",
    { status: "succeeded", output: { decision: "review", orderId: "A-1002", total: 1408.5 } },
    { status: 202, body: '{"orderId":"A-1002","decision":"review"}' },
  ],
  [
    "payload-abroad.json",
    { status: "failed", reason: "Order A-1003: we do not deliver to US." },
    { status: 422, body: '{"orderId":"A-1003","decision":"refused"}' },
  ],
] as const)("order-gate: %s is decided and answered in one row", async ([payload, expected, response]) => {
  const workbench = await prepare("order-gate/workflow.json", null);
  const { runId, result } = await runExample(workbench, `order-gate/${payload}`);
  expect(result).toMatchObject({ ...expected, response });
  expect(await workbench.store.journal.readRun(runId)).toHaveLength(1);
});

test("delayed-follow-up: the mail service is called after the delay, and not before", async () => {
  const mail = await target(() => ({ status: 202, body: { queued: true } }));
  const workbench = await prepare("delayed-follow-up/workflow.yaml", mail);
  const deliveredAt = Date.now();
  const { result } = await runExample(workbench, "delayed-follow-up/payload.json");

  expect(result.status).toBe("succeeded");
  expect(mail.seen).toHaveLength(1);
  // This test and the runtime read the same host's clock a little apart.
  expect(mail.seen[0]!.at - deliveredAt).toBeGreaterThanOrEqual(299);
  expect(mail.seen[0]!.body).toEqual({
    message: { to: "ada@example.com", subject: "How is it going, Ada", template: "trial-follow-up" },
    signedUpAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
  });
});

test("ship-lines: each line is reserved with a key of its own, and a missing line does not stop the others", async () => {
  const warehouse = await target(({ body }) => {
    const { line, sku } = body as { line: number; sku: string };
    return sku === "pot-red" ? { status: 409, body: {} } : { status: 201, body: { reservationId: `r-${line}` } };
  });
  const workbench = await prepare("ship-lines/workflow.yaml", warehouse);
  const { runId, result } = await runExample(workbench, "ship-lines/payload.json");

  expect(result).toEqual({
    status: "succeeded",
    output: { reservations: ["r-0", "r-1", null, "r-3"], missing: [2] },
  });
  expect(new Set(warehouse.seen.map(({ headers }) => headers["idempotency-key"]))).toEqual(
    new Set([0, 1, 2, 3].map((line) => `mh-${runId}-ask-${line}`)),
  );
  expect(warehouse.seen).toHaveLength(4);
});

test("ship-lines: an order of which more than half is missing fails, and the calls that go on are given up", async () => {
  const warehouse = await target(() => ({ status: 409, body: {} }));
  const { result } = await runExample(await prepare("ship-lines/workflow.yaml", warehouse), "ship-lines/payload.json");
  expect(result).toMatchObject({
    status: "failed",
    reason: expect.stringMatching(/^Order A-1001: 3 of 4 iterations failed/) as unknown,
  });
});

test("order-webhook: an XML service is asked, a mail is sent with a file, a partner can verify what it gets, and no secret is stored", async () => {
  const secrets = new Map([
    ["CARRIER_KEY", "carrier/key+1"],
    ["MAIL_TOKEN", "token-of-the-mail-service"],
    ["PARTNER_KEY", `whsec_${Buffer.alloc(24, 9).toString("base64")}`],
  ]);
  const services = await target(({ path, headers }, number) => {
    // A target that repeats what it got, and one that fails once.
    if (path === "/v1/dates") {
      const text = `<answer><date>2026-12-03</date><key>${String(headers["x-api-key"])}</key></answer>`;
      return { status: 200, contentType: "text/xml", body: `<?xml version="1.0"?>${text}` };
    }
    if (path === "/v1/messages") return { status: 202, body: { queued: true, by: headers.authorization } };
    return { status: number === 3 ? 503 : 204, body: null };
  });
  const source = new EnvironmentSecrets("examples", secrets);
  const workbench = await prepare("order-webhook/workflow.yaml", services, { secrets: source });
  const { runId, result } = await runExample(workbench, "order-webhook/payload.json");

  expect(result).toEqual({
    status: "succeeded",
    output: { deliveredOn: "2026-12-03", mailed: { queued: true, by: "Bearer {{ secrets.MAIL_TOKEN }}" } },
  });
  const [date, mail, refused, partner, ...more] = services.seen;
  expect(more).toEqual([]);
  expect(date).toMatchObject({ headers: { "x-api-key": "carrier/key+1" } });
  expect(date!.body).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><request order="A-1001"><item sku="tea-500">2</item><item sku="cup-blue">4</item></request>',
  );
  expect(mail!.headers.authorization).toBe("Bearer token-of-the-mail-service");
  expect(mail!.body).toContain("<p>Dear Ada &amp; Co,</p>\n<ul>\n  <li>2 × tea-500</li>\n");
  expect(mail!.body).toContain('name="html"; filename="mail.html"\r\ncontent-type: text/html\r\n\r\n<p>Dear');

  expect(partner!.headers["webhook-id"]).toBe(refused!.headers["webhook-id"]);
  const receiver = new Webhook(secrets.get("PARTNER_KEY")!);
  const payload = JSON.stringify(partner!.body);
  expect(receiver.verify(payload, partner!.headers as Record<string, string>)).toMatchObject({
    type: "order.confirmed",
    data: { orderId: "A-1001" },
  });

  const stored = JSON.stringify(await workbench.store.journal.readRun(runId));
  for (const [name, value] of secrets) {
    expect(stored).not.toContain(value);
    expect(stored.includes(`{{ secrets.${name} }}`)).toBe(name !== "PARTNER_KEY");
  }
});

test("order-webhook: without its secret nothing is sent", async () => {
  const services = await target(() => ({ status: 200, body: {} }));
  const { result } = await runExample(
    await prepare("order-webhook/workflow.yaml", services),
    "order-webhook/payload.json",
  );
  expect(result).toMatchObject({ status: "failed", error: { code: "secret_missing", node: "date", attempt: 1 } });
  expect(services.seen).toEqual([]);
});

test.for([
  [
    { approved: true, by: "Bob" },
    { status: "succeeded", output: { pay: 120, by: "Bob" } },
  ],
  [
    { approved: false, by: "Bob" },
    { status: "failed", reason: "Expense E-42 was refused." },
  ],
] as const)(
  "approval: a signal with %j decides, although it comes before the run waits for it",
  async ([payload, expected]) => {
    const started: Workbench[] = [];
    const sent: Promise<unknown>[] = [];
    const chat = await target(({ body }) => {
      const { approveWith } = body as { approveWith: string };
      const [, , runId = "", name = ""] = approveWith.split(" ");
      for (const { runtime, version } of started)
        sent.push(runtime.signal(version.projectId, runId, { name, payload: JSON.stringify(payload) }));
      return { status: 200, body: {} };
    });
    const workbench = await prepare("approval/workflow.yaml", chat);
    started.push(workbench);
    const { result } = await runExample(workbench, "approval/payload.json");
    expect(await Promise.all(sent)).toEqual(["accepted"]);
    expect(result).toMatchObject(expected);
  },
);
test("sub-workflow: each parcel is shipped by a run of its own, and one that cannot be shipped does not stop the others", async () => {
  const carrier = await target(({ body }) => {
    const { reference, country } = body as { reference: string; country: string };
    return country === "JP"
      ? { status: 422, body: { error: "too heavy" } }
      : { status: 201, body: { trackingNumber: `T-${reference}` } };
  });
  const workbench = await prepare("sub-workflow/workflow.yaml", carrier, {
    called: ["sub-workflow/ship-parcel.yaml"],
  });
  const { result } = await runExample(workbench, "sub-workflow/payload.json");

  expect(result).toEqual({
    status: "succeeded",
    output: { orderId: "A-1001", tracking: ["T-A-1001/0", "T-A-1001/1", null], notShipped: [2] },
  });
  const runs = await workbench.store.journal.listRuns({ projectId: workbench.version.projectId, limit: 10 });
  expect(runs.map(({ status }) => status).sort()).toEqual(["failed", "succeeded", "succeeded", "succeeded"]);
});

test("nightly-report: the schedule and the webhook start the same workflow, and the other start is skipped", async () => {
  const services = await target(({ method }) =>
    method === "GET" ? { status: 200, body: { orders: 12, total: 340.5 } } : { status: 201, body: {} },
  );
  const workbench = await prepare("nightly-report/workflow.yaml", services);
  const plannedAt = Date.parse("2026-11-30T01:30:00Z") * 1_000;
  const byTime = { origin: { kind: "schedule", plannedAt }, start: "nightly" } as const;
  const scheduled = await runExample(workbench, "nightly-report/payload.json", byTime);
  const called = await runExample(workbench, "nightly-report/payload.json");

  expect([scheduled.result.status, called.result.status]).toEqual(["succeeded", "succeeded"]);
  const posts = services.seen.filter(({ method }) => method === "POST").map(({ body }) => body as { text: string });
  expect(posts.map(({ text }) => text)).toEqual(["12 orders, 340.5 EUR", "12 orders, 340.5 EUR"]);
});

test.for([
  [
    "stock-feed/payload.json",
    {
      status: "succeeded",
      output: {
        document:
          '<?xml version="1.0" encoding="UTF-8"?><reorder day="2026-12-01"><item sku="tea-500">3</item></reorder>',
      },
    },
  ],
  ["stock-feed/payload-broken.json", { status: "failed", reason: expect.stringContaining("tea-traders") as unknown }],
] as const)("stock-feed: of %s the XML is read, and XML is written", async ([payload, expected]) => {
  const { result } = await runExample(await prepare("stock-feed/workflow.yaml", null), payload);
  expect(result).toMatchObject(expected);
});
