import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { createClient, problems, RequestProblem, routes, type Client, type RouteSpec } from "@meshhook/contract";
import { msOfRunId, shardOfRunId } from "@meshhook/core";
import { waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { post, publish, pureDefinition, startHarness, waitingDefinition, type Harness } from "./harness.ts";

let harness: Harness;
let client: Client;

beforeAll(async () => {
  harness = await startHarness({ egressAllow: ["127.0.0.0/8"] });
  client = harness.client;
});
afterAll(() => harness.close());

async function problemOf(work: Promise<unknown>): Promise<RequestProblem> {
  const error = await work.then(
    () => null,
    (rejection: unknown) => rejection,
  );
  if (!(error instanceof RequestProblem)) throw new Error(`expected a problem, got ${String(error)}`);
  return error;
}

describe("a problem", () => {
  it("is described in sentences, whatever part of the request it concerns", async () => {
    const ask = async (
      path: string,
      init: RequestInit = {},
    ): Promise<{ detail: string; issues?: { message: string }[] }> => {
      const headers = { authorization: `Bearer ${harness.key}`, "content-type": "application/json" };
      return (await fetch(`${harness.url}${path}`, { headers, ...init })).json() as never;
    };
    const problems = [
      await ask("/api/v1/runs?limit=0"),
      await ask("/api/v1/runs?startedAfter=2026-13-01T00:00:00Z"),
      await ask("/api/v1/runs?cursor=x"),
      await ask("/api/v1/runs?cursro=x"),
      await ask("/api/v1/runs/x"),
      await ask("/api/v1/workflows/none"),
      await ask("/nowhere"),
      await ask("/api/v1/%zz"),
      await ask("/api/v1/endpoints", { method: "POST", body: "{}" }),
      await ask("/api/v1/endpoints", { method: "POST", body: "<x/>", headers: { "content-type": "text/xml" } }),
      await ask("/api/v1/runs", { headers: {} }),
    ];
    for (const { detail, issues = [] } of problems) {
      expect(detail).toMatch(/^[A-Z]/);
      for (const { message } of issues) expect(message).toMatch(/^["A-Z].*\.$/);
    }
  });
});

describe("workflows", () => {
  it("are created, changed under a revision guard, and published once per content", async () => {
    const made = await client.createWorkflow({ body: { definition: pureDefinition("flow") } });
    expect(made).toMatchObject({ slug: "flow", activeVersionId: null });
    const one = await client.publishWorkflow({ workflow: "flow" });
    expect(one.number).toBe(1);
    expect((await client.publishWorkflow({ workflow: made.id })).id).toBe(one.id);
    const changed = await client.updateWorkflow({
      workflow: "flow",
      body: {
        definition: {
          ...pureDefinition("flow"),
          edges: [
            { from: "hook", to: "copy" },
            { from: "copy", to: "end" },
          ],
          name: "Renamed",
        },
        revision: made.revision,
      },
    });
    expect(changed).toMatchObject({ name: "Renamed", revision: made.revision + 1 });
    const stale = await problemOf(
      client.updateWorkflow({
        workflow: "flow",
        body: { definition: pureDefinition("flow"), revision: made.revision },
      }),
    );
    expect([stale.code, stale.revision]).toEqual(["revision_conflict", changed.revision]);
    const early = await problemOf(
      client.updateWorkflow({ workflow: "early", body: { definition: pureDefinition("early"), revision: 3 } }),
    );
    expect([early.code, early.revision, early.detail]).toEqual([
      "revision_conflict",
      null,
      expect.stringContaining("There is no draft"),
    ]);
    expect((await problemOf(client.createWorkflow({ body: { definition: pureDefinition("flow") } }))).code).toBe(
      "workflow_exists",
    );
    expect(
      (await problemOf(client.updateWorkflow({ workflow: "flow", body: { definition: pureDefinition("other") } })))
        .code,
    ).toBe("slug_mismatch");
    expect((await client.listVersions({ workflow: "flow" })).items).toHaveLength(1);
    expect((await client.getVersion({ versionId: one.id })).definition).toMatchObject({ slug: "flow" });
  });

  it("with mistakes are refused with every issue", async () => {
    const definition = {
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "wrong",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        a: { type: "transform@1", config: { expression: "a.[" } },
        b: { type: "teleport@1", config: {} },
        c: { type: "transform@1", config: { expression: "nodes.zzz.output" } },
      },
      edges: [
        { from: "hook", to: "a" },
        { from: "a", to: "c" },
        { from: "c", to: "a" },
        { from: "a", to: "nowhere" },
      ],
    };
    const problem = await problemOf(client.createWorkflow({ body: { definition } }));
    expect(problem.status).toBe(422);
    const codes = problem.issues.map(({ code }) => code);
    expect(codes).toEqual(
      expect.arrayContaining(["unknown_node_type", "cycle", "edge_unknown_node", "expression_syntax"]),
    );
    expect(
      problem.issues.every(({ path, message, fix }) => path.startsWith("/") && message !== "" && fix !== undefined),
    ).toBe(true);
    expect(await client.validateWorkflow({ body: { definition } })).toMatchObject({ valid: false, hash: null });
    expect(await client.validateWorkflow({ body: { definition: pureDefinition() } })).toMatchObject({
      valid: true,
      issues: [],
    });
  });

  it("that are paused accept webhooks, and their runs wait until they are resumed", async () => {
    const endpoint = await publish(client, pureDefinition("pausing"));
    const paused = await client.pauseWorkflow({ workflow: "pausing" });
    expect(paused.pausedAt).not.toBeNull();
    expect(await client.pauseWorkflow({ workflow: "pausing" })).toEqual(paused);
    const runIds: string[] = [];
    for (let n = 0; n < 2; n++) {
      const answer = await client.deliver(endpoint.token, { n });
      expect(answer).toMatchObject({ status: "running", duplicate: false });
      runIds.push(answer.runId);
    }
    const [, second = ""] = runIds;
    expect(await client.getRun({ runId: second })).toMatchObject({
      status: "running",
      turn: { isPaused: true, ahead: 1, slotOf: null },
    });
    expect((await client.resumeWorkflow({ workflow: "pausing" })).pausedAt).toBeNull();
    await waitFor("both have run", async () => {
      const { items } = await client.listRuns({ workflow: "pausing", status: "succeeded" });
      return items.length === 2;
    });
    expect(await client.getRun({ runId: second })).toMatchObject({ turn: null });
    expect((await problemOf(client.pauseWorkflow({ workflow: "none" }))).code).toBe("not_found");
  });

  it("wait for a slot of their project, whose limit an admin sets; the run says so", async () => {
    const slug = "limited-project";
    const { id: projectId } = await client.createProject({ body: { slug, name: "Limited" } });
    const { key } = await client.createKey({ body: { projectId, name: "writer", scope: "write" } });
    const writer = createClient({ url: harness.url, key });
    const limited = await client.updateProject({ project: slug, body: { concurrency: 1, retentionDays: 7 } });
    expect(limited).toMatchObject({ id: projectId, name: "Limited", concurrency: 1, retentionDays: 7 });
    const waiting = (name: string): object => ({
      ...pureDefinition(name),
      nodes: { hook: { type: "webhook@1", config: {} }, ask: { type: "wait_for_signal@1", config: { name: "go" } } },
      edges: [{ from: "hook", to: "ask" }],
    });
    const [one, two] = [await publish(writer, waiting("one")), await publish(writer, waiting("two"))];
    const first = await writer.deliver(one.token, {});
    await waitFor("the first has begun", async () => (await writer.getRun({ runId: first.runId })).turn === null);
    const second = await writer.deliver(two.token, {});
    const turn = { isPaused: false, ahead: 0, slotOf: "project" };
    expect(await writer.getRun({ runId: second.runId })).toMatchObject({ status: "running", turn });
    await writer.cancelRun({ runId: first.runId });
    await waitFor("the second has begun", async () => (await writer.getRun({ runId: second.runId })).turn === null);
    expect(await client.updateProject({ project: projectId, body: { concurrency: null } })).toEqual({
      ...limited,
      concurrency: null,
      etag: expect.not.stringContaining(limited.etag) as string,
    });
    expect((await problemOf(client.updateProject({ project: "none", body: { concurrency: 1 } }))).code).toBe(
      "not_found",
    );
    expect((await problemOf(writer.updateProject({ project: slug, body: { concurrency: 9 } }))).code).toBe(
      "scope_insufficient",
    );
    expect((await problemOf(client.updateProject({ project: slug, body: { concurrency: 0 } }))).code).toBe(
      "request_invalid",
    );
  });

  it("with a schedule show its next times; a line or a time zone that cannot be is refused", async () => {
    const scheduled = (config: object): object => ({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "by-time",
      nodes: { tick: { type: "schedule@1", config } },
      edges: [],
    });
    const codes = async (config: object): Promise<unknown> =>
      (await client.validateWorkflow({ body: { definition: scheduled(config) } })).issues.map(({ path, code }) => [
        path,
        code,
      ]);
    expect(await codes({ cron: "0 0 30 2 *" })).toEqual([["/nodes/tick/config/cron", "cron_never"]]);
    expect(await codes({ cron: "0 25 * * *" })).toEqual([["/nodes/tick/config/cron", "cron_invalid"]]);
    expect(await codes({ cron: "0 2 * * *", timezone: "Berlin" })).toEqual([
      ["/nodes/tick/config/timezone", "timezone_unknown"],
    ]);
    const definition = scheduled({ cron: "0 2 1 1 *", timezone: "Europe/Berlin" });
    expect((await client.createWorkflow({ body: { definition } })).schedule).toBeNull();
    await client.publishWorkflow({ workflow: "by-time" });
    const { schedule } = await client.getWorkflow({ workflow: "by-time" });
    expect(schedule).toMatchObject({ node: "tick", cron: "0 2 1 1 *", timezone: "Europe/Berlin", missed: "skip" });
    expect(schedule?.nextAt).toHaveLength(5);
    for (const time of schedule?.nextAt ?? []) expect(time).toMatch(/^\d{4}-01-01T01:00:00/);
  });

  it("that are unfinished are stored on request, but not published", async () => {
    const unfinished = {
      ...pureDefinition("unfinished"),
      name: "Half a thought",
      nodes: { hook: { type: "webhook@1", config: {} }, b: { type: "teleport@1", config: {} } },
      note: ["kept", { as: "it is" }],
    };
    expect((await problemOf(client.createWorkflow({ body: { definition: unfinished } }))).code).toBe(
      "definition_invalid",
    );
    const made = await client.createWorkflow({ body: { definition: unfinished, allowInvalid: true } });
    expect(made).toMatchObject({ name: "Half a thought", definition: unfinished, draftHash: null });
    const { issues } = await client.validateWorkflow({ body: { definition: unfinished } });
    expect(made.issues).toEqual(issues);
    expect(issues.length).toBeGreaterThan(1);
    expect(await client.getWorkflow({ workflow: "unfinished" })).toEqual(made);
    expect((await client.listWorkflows({ limit: 200 })).items.map(({ slug }) => slug)).toContain("unfinished");
    const refused = await problemOf(client.publishWorkflow({ workflow: "unfinished" }));
    expect([refused.status, refused.issues]).toEqual([422, issues]);

    const finished = await client.updateWorkflow({
      workflow: "unfinished",
      body: { definition: pureDefinition("unfinished"), revision: made.revision, allowInvalid: true },
    });
    expect(finished).toMatchObject({ issues: [], activeVersionHash: null });
    const version = await client.publishWorkflow({ workflow: "unfinished" });
    const published = await client.getWorkflow({ workflow: "unfinished" });
    expect([published.draftHash, published.activeVersionHash]).toEqual([version.hash, version.hash]);

    const again = await client.updateWorkflow({
      workflow: "unfinished",
      body: { definition: unfinished, allowInvalid: true },
    });
    expect(again).toMatchObject({ draftHash: null, activeVersionHash: version.hash, activeVersionNumber: 1 });
    const endpoint = await client.createEndpoint({ body: { workflow: "unfinished", name: "still runs" } });
    expect((await client.deliver(endpoint.token, {})).status).toBe("succeeded");
    const stale = await problemOf(
      client.updateWorkflow({
        workflow: "unfinished",
        body: { definition: unfinished, revision: made.revision, allowInvalid: true },
      }),
    );
    expect([stale.code, stale.revision]).toEqual(["revision_conflict", again.revision]);
  });

  it.each([
    ["a list", []],
    ["null", null],
    ["no slug", { name: "x" }],
    ["an invalid slug", { slug: "No Slug" }],
    ["a name that is not a string", { slug: "named", name: 5 }],
    ["a name that cannot be stored", { slug: "named", name: "a\u0000b" }],
    ["a name that cannot be stored in an otherwise good one", { ...pureDefinition("named"), name: "a\u0000b" }],
    ["more text than a document may have", { slug: "named", text: "x".repeat(1_100_000) }],
  ])("that are unfinished are not stored with %s", async (_what, definition) => {
    const problem = await problemOf(client.createWorkflow({ body: { definition, allowInvalid: true } }));
    expect([problem.status, problem.code]).toEqual([422, "definition_invalid"]);
    expect(problem.issues.length).toBeGreaterThan(0);
  });

  it("are listed page by page", async () => {
    for (const n of [1, 2, 3, 4, 5]) await client.createWorkflow({ body: { definition: pureDefinition(`page-${n}`) } });
    const slugs: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listWorkflows({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      slugs.push(...page.items.map(({ slug }) => slug));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(slugs).toEqual([...slugs].sort());
    expect(slugs.filter((slug) => slug.startsWith("page-"))).toHaveLength(5);
  });
});

it("a run says which limit of its target keeps a call waiting", async () => {
  const open: ServerResponse[] = [];
  const target = createServer((_request, response) => void open.push(response));
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
  const endpoint = await publish(client, {
    ...pureDefinition("gated"),
    nodes: {
      hook: { type: "webhook@1", config: {} },
      send: { type: "http_call@1", config: { url: `${origin}/`, limits: { concurrency: 1 } } },
    },
    edges: [{ from: "hook", to: "send" }],
  });
  const waitOf = async (runId: string): Promise<unknown> =>
    (await client.getRun({ runId })).steps.find(({ node }) => node === "send")?.waitsFor;
  const first = await client.deliver(endpoint.token, {});
  await waitFor("the first call is out", () => open.length === 1);
  const second = await client.deliver(endpoint.token, {});
  expect(await waitOf(first.runId)).toEqual({ kind: "answer", attempt: 1 });
  expect(await waitOf(second.runId)).toEqual({ kind: "target_slot", attempt: 1, origin });
  open[0]?.end("{}");
  await waitFor("the second call is out", () => open.length === 2);
  expect(await waitOf(second.runId)).toEqual({ kind: "answer", attempt: 1 });
  open[1]?.end("{}");
  target.close();
});

describe("a run that waits for a signal", () => {
  const definition = (slug: string): object => ({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      approval: { type: "wait_for_signal@1", config: { name: "approve/{{ input.n }}", timeoutMs: 3_600_000 } },
      end: { type: "terminate@1", config: { output: { $jmes: "nodes.approval.output.payload" } } },
    },
    edges: [
      { from: "hook", to: "approval" },
      { from: "approval", to: "end" },
    ],
  });

  it("says so, takes the signal with every digit, and refuses another one when it is over", async () => {
    const endpoint = await publish(client, definition("signals"));
    const { runId } = await client.deliver(endpoint.token, { n: 7 });
    const { steps } = await client.getRun({ runId });
    expect(steps.find(({ node }) => node === "approval")?.waitsFor).toEqual({
      kind: "signal",
      name: "approve/7",
      until: expect.stringMatching(/^\d{4}-/) as unknown,
    });
    const send = (body: string): Promise<Response> =>
      fetch(`${harness.url}/api/v1/runs/${runId}/signals`, {
        method: "POST",
        headers: { authorization: `Bearer ${harness.key}`, "content-type": "application/json" },
        body,
      });
    const early = await send('{"name":"other","key":"k"}');
    expect([early.status, await early.json()]).toEqual([202, { runId, repeated: false }]);
    expect(await client.signalRun({ runId, body: { name: "other", key: "k" } })).toEqual({ runId, repeated: true });
    expect((await send('{"name":"approve/7","payload":{"amount":12345678901234567890}}')).status).toBe(202);
    await waitFor("the run has ended", async () => (await client.getRun({ runId })).status === "succeeded");
    const shown = await (
      await fetch(`${harness.url}/api/v1/runs/${runId}`, { headers: { authorization: `Bearer ${harness.key}` } })
    ).text();
    expect(shown).toContain('"output":{"amount":12345678901234567890}');
    const late = await problemOf(client.signalRun({ runId, body: { name: "approve/7" } }));
    expect(late).toMatchObject({ code: "run_over", status: 409 });
  });

  it("takes a signal by a link that its own call sent to somebody", async () => {
    const bodies: string[] = [];
    const target = createServer((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        response.end("{}");
      });
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
    const endpoint = await publish(client, {
      ...definition("sent-links"),
      nodes: {
        hook: { type: "webhook@1", config: {} },
        mail: { type: "http_call@1", config: { url, body: { yes: "{{ links.approve.yes }}" } } },
        approval: { type: "wait_for_signal@1", config: { name: "approve" } },
        end: { type: "terminate@1", config: { output: { $jmes: "nodes.approval.output.payload" } } },
      },
      edges: [
        { from: "hook", to: "mail" },
        { from: "mail", to: "approval" },
        { from: "approval", to: "end" },
      ],
    });
    const { runId } = await client.deliver(endpoint.token, {});
    await waitFor("the link was sent", () => bodies.length === 1);
    target.close();
    const { yes } = JSON.parse(bodies[0] ?? "") as { yes: string };
    expect(yes).toMatch(/^https:\/\/hooks\.example\.com\/signals\//);
    const confirmed = await fetch(`${harness.url}${new URL(yes).pathname}`, { method: "POST" });
    expect(await confirmed.text()).toContain("Your answer is stored");
    await waitFor("the run has ended", async () => (await client.getRun({ runId })).status === "succeeded");
    expect((await client.getRun({ runId })).result).toMatchObject({ output: "yes" });
  });

  it("takes a signal by a link, when its page is confirmed, once, and not from a changed or an expired link", async () => {
    const endpoint = await publish(client, definition("links"));
    const { runId } = await client.deliver(endpoint.token, { n: 7 });
    const body = { name: "approve/7", payload: { by: "<Ann>" } };
    const { path } = await client.linkSignal({ runId, body });
    const { path: brief } = await client.linkSignal({ runId, body: { ...body, validForMs: 1 } });
    const { path: other } = await client.linkSignal({ runId, body: { ...body, payload: { by: "Bob" } } });
    const visit = async (to: string, method = "GET"): Promise<[number, string]> => {
      const form = { body: "", headers: { "content-type": "application/x-www-form-urlencoded" } };
      const page = await fetch(harness.url + to, { method, ...(method === "POST" ? form : {}) });
      expect(page.headers.get("referrer-policy")).toBe("no-referrer");
      return [page.status, /<h1>(.*)<\/h1>/.exec(await page.text())?.[1] ?? ""];
    };
    expect(await visit(path)).toEqual([200, "Send “approve/7”?"]);
    expect((await visit(path, "HEAD"))[0]).toBe(200);
    expect(await visit(`${path.slice(0, -2)}${path.endsWith("AA") ? "BB" : "AA"}`, "POST")).toEqual([
      404,
      "This link is not valid",
    ]);
    await waitFor("the brief link has expired", async () => (await visit(brief))[0] === 410);
    expect(await visit(brief, "POST")).toEqual([410, "This link has expired"]);
    expect((await client.getRun({ runId })).status, "nobody has confirmed").toBe("running");
    expect(await visit(path, "POST")).toEqual([200, "Done"]);
    await waitFor("the run has ended", async () => (await client.getRun({ runId })).status === "succeeded");
    expect((await client.getRun({ runId })).result?.output).toEqual({ by: "<Ann>" });
    expect(await visit(path, "POST"), "the run has ended with this answer").toEqual([200, "Already done"]);
    expect(await visit(other, "POST"), "the run has ended without this answer").toEqual([410, "Too late"]);
    expect(harness.logged.join("\n")).not.toContain(path.slice("/signals/".length, 60));
    expect((await problemOf(client.linkSignal({ runId, body }))).code).toBe("run_over");
  });

  it("refuses bad signals by name: no name, too large a payload, no such run", async () => {
    const endpoint = await publish(client, definition("bad-signals"));
    const { runId } = await client.deliver(endpoint.token, { n: 7 });
    const refused = async (body: object, to = runId): Promise<string> =>
      (await problemOf(client.signalRun({ runId: to, body: body as { name: string } }))).code;
    expect(await refused({})).toBe("request_invalid");
    expect(await refused({ name: "" })).toBe("request_invalid");
    expect(await refused({ name: "a\nb" })).toBe("request_invalid");
    expect(await refused({ name: "half \ud800 of a character" })).toBe("request_invalid");
    expect(await refused({ name: "a", key: "\udc00" })).toBe("request_invalid");
    expect(await refused({ name: "x".repeat(201) })).toBe("request_invalid");
    expect(await refused({ name: "a", payload: "x".repeat(65_535) })).toBe("signal_too_large");
    expect(await refused({ name: "a" }, "x")).toBe("not_found");
    expect(
      await refused(
        { name: "a" },
        runId.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
      ),
    ).toBe("not_found");
    expect((await client.getRun({ runId })).status).toBe("running");
  });
});

describe("runs", () => {
  it("are listed newest first by keyset, filtered, read, followed and canceled", async () => {
    const endpoint = await publish(client, waitingDefinition("runs-waiting"));
    const runIds: string[] = [];
    for (let n = 0; n < 5; n++) runIds.push((await client.deliver(endpoint.token, { n })).runId);
    const first = await client.listRuns({ workflow: "runs-waiting", limit: 3 });
    const second = await client.listRuns({ workflow: "runs-waiting", limit: 3, cursor: first.nextCursor ?? "" });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([...runIds].reverse());
    expect(second.nextCursor).toBeNull();
    expect(
      (
        await problemOf(
          client.listRuns({ workflow: "runs-waiting", status: "running", cursor: first.nextCursor ?? "" }),
        )
      ).code,
    ).toBe("cursor_invalid");
    const [runId = ""] = runIds;
    expect(await client.getRun({ runId })).toMatchObject({ status: "running", result: null, finishedAt: null });
    expect(await client.cancelRun({ runId, body: { reason: "enough" } })).toEqual({ runId, accepted: true });
    const events: string[] = [];
    for await (const message of client.followRun(runId))
      events.push(message.kind === "event" ? message.event.type : "end");
    expect(events.at(0)).toBe("run.started");
    expect(events.slice(-2)).toEqual(["run.canceled", "end"]);
    expect(await client.getRun({ runId })).toMatchObject({ status: "canceled", result: { reason: "enough" } });
    expect(await client.cancelRun({ runId })).toEqual({ runId, accepted: false });
    expect((await client.listRuns({ workflow: "runs-waiting", status: "canceled" })).items.map(({ id }) => id)).toEqual(
      [runId],
    );
    expect((await client.listFacts({ runId })).items.map(({ kind }) => kind)).toEqual(["delivery", "cancel"]);
    expect((await client.listFacts({ runId, after: 0 })).items.map(({ kind }) => kind)).toEqual(["cancel"]);
    expect((await client.listFacts({ runId, after: 1 })).items).toEqual([]);
  });

  it("name their children, and children the run and the step that wait for them", async () => {
    await publish(client, waitingDefinition("child-of-another"));
    const endpoint = await publish(client, {
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "parent",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        ask: { type: "call_workflow@1", config: { workflow: "child-of-another" } },
      },
      edges: [{ from: "hook", to: "ask" }],
    });
    const { runId } = await client.deliver(endpoint.token, { n: 1 });
    const parent = await client.getRun({ runId });
    expect(parent).toMatchObject({ origin: null, children: [{ node: "ask", workflow: "child-of-another" }] });
    const childId = parent.children[0]?.runId ?? "";
    await waitFor(
      "the child has started",
      async () => (await client.listRuns({ workflow: "child-of-another" })).items.length === 1,
    );
    expect(await client.getRun({ runId: childId })).toMatchObject({
      origin: { kind: "child", runId, node: "ask", depth: 1 },
      children: [],
    });
    await client.cancelRun({ runId });
    await waitFor("the child is canceled", async () => (await client.getRun({ runId: childId })).status === "canceled");
  });

  it("that are set aside are listed in their project, and released", async () => {
    const endpoint = await publish(client, waitingDefinition("runs-aside"));
    const { runId } = await client.deliver(endpoint.token, {});
    expect((await problemOf(client.releaseRun({ runId }))).code).toBe("run_not_set_aside");
    const shard = shardOfRunId(runId);
    // What two owners leave that ended while they loaded the run.
    for (let owner = 1; owner <= 2; owner++) await harness.store.journal.raiseSuspects(shard, [runId]);
    expect(await client.listSetAside()).toEqual({
      items: [{ runId, attempts: 2, lastAttemptAt: expect.stringMatching(/Z$/) }],
    });
    const stranger = await client.createProject({ body: { slug: "stranger-aside", name: "Stranger" } });
    const other = createClient({ url: harness.url, key: await harness.addKey(stranger.id, "write") });
    expect(await other.listSetAside()).toEqual({ items: [] });
    expect((await problemOf(other.releaseRun({ runId }))).code).toBe("not_found");
    expect(await client.releaseRun({ runId })).toEqual({ runId });
    expect(await client.listSetAside()).toEqual({ items: [] });
    expect(await harness.store.journal.readSuspects([shard])).toEqual([]);
    expect((await problemOf(client.releaseRun({ runId: "x" }))).code).toBe("not_found");
  });

  it("are listed by when they started, page by page", async () => {
    const endpoint = await publish(client, pureDefinition("runs-by-time"));
    const runs = [];
    for (let n = 0; n < 4; n++) {
      const { runId } = await client.deliver(endpoint.token, { n });
      runs.push({ id: runId, ms: msOfRunId(runId) });
      // The next one starts in another millisecond.
      await waitFor("time goes on", () => Date.now() > msOfRunId(runId));
    }
    const ids = runs.map(({ id }) => id);
    const [, second, third] = runs;
    const range = {
      workflow: "runs-by-time",
      startedAfter: new Date(second!.ms).toISOString(),
      startedBefore: new Date(third!.ms).toISOString(),
    };
    const list = async (query: Parameters<Client["listRuns"]>[0]): Promise<readonly string[]> =>
      (await client.listRuns(query)).items.map(({ id }) => id);
    expect(await list(range)).toEqual([ids[2], ids[1]]);
    expect(await list({ workflow: "runs-by-time", startedAfter: range.startedAfter })).toEqual([
      ids[3],
      ids[2],
      ids[1],
    ]);
    expect(await list({ workflow: "runs-by-time", startedBefore: range.startedAfter })).toEqual([ids[1], ids[0]]);
    expect(await list({ ...range, startedBefore: "2001-01-01T00:00:00+01:00" })).toEqual([]);
    const first = await client.listRuns({ ...range, limit: 1 });
    expect(first.items.map(({ id }) => id)).toEqual([ids[2]]);
    const cursor = first.nextCursor ?? "";
    expect(await list({ ...range, limit: 1, cursor })).toEqual([ids[1]]);
    for (const changed of [
      { ...range, startedAfter: "2001-01-01T00:00:00Z" },
      { ...range, startedBefore: "2101-01-01T00:00:00Z" },
    ])
      expect((await problemOf(client.listRuns({ ...changed, limit: 1, cursor }))).code).toBe("cursor_invalid");
    for (const wrong of ["yesterday", "2026-02-30T00:00:00Z", "2026-11-24"]) {
      const problem = await problemOf(client.listRuns({ startedAfter: wrong }));
      expect([problem.status, problem.issues.map(({ path }) => path)]).toEqual([422, ["/query/startedAfter"]]);
    }
  });

  it("give their events page by page, the same as the stream", async () => {
    const endpoint = await publish(client, pureDefinition("runs-events"));
    const { runId } = await client.deliver(endpoint.token, { a: "line\r\ndata: forged\n\nevent: end" });
    const streamed: { id: string; type: string }[] = [];
    for await (const message of client.followRun(runId))
      if (message.kind === "event") streamed.push({ id: message.id, type: message.event.type });
    const paged: { id: string; type: string }[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await client.listEvents({ runId, limit: 2, ...(after === undefined ? {} : { after }) });
      paged.push(...page.items.map(({ seq, position, type }) => ({ id: `${seq}.${position}`, type })));
      if (page.next === null) {
        expect(page.done).toBe(true);
        break;
      }
      after = page.next;
    }
    expect(paged).toEqual(streamed);
    const middle = streamed[2];
    if (middle === undefined) throw new Error("too few events");
    const resumed: string[] = [];
    for await (const message of client.followRun(runId, { after: middle.id }))
      if (message.kind === "event") resumed.push(message.id);
    expect(resumed).toEqual(streamed.slice(3).map(({ id }) => id));
  });

  it("of a whole project can be followed from a known position", async () => {
    const endpoint = await publish(client, pureDefinition("runs-project"));
    const abort = new AbortController();
    const seen: string[] = [];
    let lastId: string | null = null;
    const following = (async () => {
      for await (const message of client.followProject({ signal: abort.signal })) {
        if (message.kind !== "event") throw new Error("gap");
        lastId = message.id ?? lastId;
        if (message.event.type === "run.succeeded") seen.push(message.event.runId);
        if (seen.length === 20) return;
      }
    })();
    await expect.poll(() => harness.runtime.stats().watchers).toBe(1);
    const runIds = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => (await client.deliver(endpoint.token, { n })).runId),
    );
    await following;
    expect([...seen].sort()).toEqual([...runIds].sort());
    const missed = (await client.deliver(endpoint.token, {})).runId;
    for await (const message of client.followProject({ after: lastId ?? "", signal: abort.signal })) {
      if (message.kind !== "event") throw new Error("gap");
      expect(message.event.runId).toBe(missed);
      if (message.event.type === "run.succeeded") break;
    }
    abort.abort();
  });
});

describe("requests", () => {
  it("are checked as a whole: every issue at once, unknown fields and parameters included", async () => {
    const answer = await fetch(`${harness.url}/api/v1/endpoints`, {
      method: "POST",
      headers: { authorization: `Bearer ${harness.key}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "", signature: "md5", colour: "red", bodyBytesMax: "many" }),
    });
    const problem = (await answer.json()) as { code: string; issues: { path: string; code: string }[] };
    expect(answer.status).toBe(422);
    expect(problem.code).toBe("request_invalid");
    expect(problem.issues.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["/body/name", "/body/signature", "/body/colour", "/body/bodyBytesMax", "/body/workflow"]),
    );
    for (const query of ["limit=0", "limit=201", "limit=ten", "limit=10abc", "sort=;drop", "status=done"]) {
      const response = await fetch(`${harness.url}/api/v1/runs?${query}`, {
        headers: { authorization: `Bearer ${harness.key}` },
      });
      expect([query, response.status]).toEqual([query, 422]);
    }
  });

  it("that are not JSON get a problem that says so", async () => {
    const answer = await post(`${harness.url}/api/v1/workflows`, "{oops", { authorization: `Bearer ${harness.key}` });
    expect(answer).toMatchObject({ status: 400, body: { code: "json_invalid" } });
    const html = await post(`${harness.url}/api/v1/workflows`, "<p>", {
      authorization: `Bearer ${harness.key}`,
      "content-type": "text/html",
    });
    expect(html).toMatchObject({ status: 415, body: { code: "content_type_unsupported" } });
  });

  it("to an unknown path get a problem that names it", async () => {
    const response = await fetch(`${harness.url}/api/v2/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: "not_found",
      detail: expect.stringContaining("/api/v2/nothing"),
    });
  });
});

describe("keys", () => {
  const calls = Object.entries<RouteSpec>(routes);
  const call = (spec: RouteSpec, key: string | null, ids: Record<string, string> = {}): Promise<Response> =>
    fetch(
      `${harness.url}/api/v1${spec.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "00000000-0000-7000-8000-000000000000")}`,
      {
        method: spec.method,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(spec.body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(spec.body === undefined ? {} : { body: "{}" }),
      },
    );

  it.each(calls.filter(([, { scope }]) => scope !== null))("are needed for %s", async (_name, spec) => {
    for (const key of [null, "mh_wrong", "x".repeat(300)]) {
      const response = await call(spec, key);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
    }
  });

  it("with too small a scope are refused on every route that needs a larger one", async () => {
    const projectId = (await client.listProjects()).items[0]?.id ?? "";
    const read = await harness.addKey(projectId, "read");
    const write = await harness.addKey(projectId, "write");
    for (const [, spec] of calls) {
      if (spec.scope === "write" || spec.scope === "admin") expect((await call(spec, read)).status).toBe(403);
      if (spec.scope === "admin") expect((await call(spec, write)).status).toBe(403);
    }
    const problem = await problemOf(
      createClient({ url: harness.url, key: write }).createKey({ body: { name: "up", scope: "admin" } }),
    );
    expect(problem.code).toBe("scope_insufficient");
  });

  it("stop working when they are revoked, and show their value once", async () => {
    const made = await client.createKey({ body: { name: "short-lived", scope: "read" } });
    const other = createClient({ url: harness.url, key: made.key });
    await other.listRuns({});
    expect(JSON.stringify(await client.listKeys())).not.toContain(made.key);
    await client.revokeKey({ keyId: made.id });
    expect((await problemOf(other.listRuns({}))).code).toBe("unauthenticated");
  });
});

describe("tenants", () => {
  it("do not see each other through any route", async () => {
    const mine = await publish(client, waitingDefinition("private"));
    const { runId } = await client.deliver(mine.token, { secret: "canary-of-the-first" });
    const versionId = (await client.listVersions({ workflow: "private" })).items[0]?.id ?? "";
    const keyId = (await client.listKeys()).items[0]?.id ?? "";
    const stranger = await client.createProject({ body: { slug: "stranger", name: "Stranger" } });
    const key = await harness.addKey(stranger.id, "write");
    const { name: secret } = await client.putSecret({ name: "PRIVATE", body: { value: "canary-of-the-first" } });
    const ids: Record<string, string> = {
      name: secret,
      workflow: mine.workflowId,
      runId,
      endpointId: mine.id,
      versionId,
      keyId,
      reportId: "none",
      sessionId: "00000000-0000-7000-8000-000000000000",
      jobId: "00000000-0000-8000-a000-000000000000",
      channelId: "00000000-0000-7000-8000-000000000000",
      ruleId: "00000000-0000-7000-8000-000000000000",
    };
    const bodies: Record<string, unknown> = {
      updateWorkflow: { definition: waitingDefinition("private") },
      updateEndpoint: { name: "taken" },
      addSigningKey: { secret: "a-strangers-secret" },
      createEndpoint: { workflow: mine.workflowId, name: "taken" },
      cancelRun: {},
      replayRun: { idempotencyKey: "stranger" },
      resumeRun: { idempotencyKey: "stranger", step: "pause" },
      signalRun: { name: "approve" },
      linkSignal: { name: "approve" },
    };
    for (const [name, spec] of Object.entries<RouteSpec>(routes)) {
      if (spec.scope === "admin" || spec.scope === null || spec.stream === "only") continue;
      // Whoever stores a secret names it.
      const isAboutIds = (spec.path.includes("{") && name !== "putSecret") || name === "createEndpoint";
      const path = spec.path.replace(/\{(\w+)\}/g, (_, id: string) => ids[id] ?? "");
      const body = bodies[name] ?? (spec.body === undefined ? undefined : {});
      const response = await fetch(`${harness.url}/api/v1${path}`, {
        method: spec.method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      expect(text).not.toContain("canary-of-the-first");
      if (isAboutIds) expect([name, response.status]).toEqual([name, 404]);
      else expect(text).not.toContain(runId);
    }
    const foreignRuns = await createClient({ url: harness.url, key }).listRuns({});
    expect(foreignRuns.items).toEqual([]);
    expect((await client.getRun({ runId })).status).toBe("running");
    expect((await client.listSecretVersions({ name: secret })).items).toHaveLength(1);
  });
});

describe("documents", () => {
  it("describe every route, with nothing left to resolve", async () => {
    const document = (await (await fetch(`${harness.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    };
    expect(document.openapi).toBe("3.1.0");
    for (const spec of Object.values<RouteSpec>(routes))
      expect(document.paths[`/api/v1${spec.path}`]).toHaveProperty(spec.method.toLowerCase());
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(new Set(refs)).toEqual(new Set(["#/components/schemas/Problem"]));
    const page = await fetch(`${harness.url}/docs/`);
    expect(page.status).toBe(200);
    expect(await page.text()).not.toMatch(/(src|href)="https?:/);
  });

  it("explain every problem by its type", async () => {
    for (const code of Object.keys(problems))
      expect(await (await fetch(`${harness.url}/problems/${code}`)).json()).toMatchObject({ code });
    expect((await fetch(`${harness.url}/problems/none`)).status).toBe(404);
  });
});
