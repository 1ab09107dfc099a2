import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

import { RequestProblem } from "@meshhook/contract";
import { DurationSketch, openPostgresStore, type PostgresStore } from "@meshhook/journal";
import { SeededRandom, temporaryDatabase, uuidFrom, waitFor, type TemporaryDatabase } from "@meshhook/testkit";
import { SMTPServer } from "smtp-server";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { nextState } from "../src/alerts/alert-watch.ts";
import { post, publish, pureDefinition, startHarness, type Harness, type HarnessOptions } from "./harness.ts";

const SIGNING_KEY = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
const random = new SeededRandom(98);

let database: TemporaryDatabase;
let store: PostgresStore;

beforeAll(async () => {
  database = await temporaryDatabase();
  store = openPostgresStore({ connectionString: database.url });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function start(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await startHarness({ store, alertLookMs: 20, egressAllow: ["127.0.0.0/8"], ...options });
  onTestFinished(() => expect(harness.logged.filter((line) => line.startsWith("alerts cannot"))).toEqual([]));
  onTestFinished(() => harness.close());
  return harness;
}

interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly json: {
    readonly type: string;
    readonly data: { readonly summary: string; readonly alerts: readonly { readonly state: string }[] };
  };
}

/** A receiver of webhooks that answers with `statusOf` the number of the request. */
async function receiver(statusOf: (count: number) => number = () => 204): Promise<{ url: string; posts: Post[] }> {
  const posts: Post[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      posts.push({ headers: request.headers, body, json: JSON.parse(body) as Post["json"] });
      response.writeHead(statusOf(posts.length)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`, posts };
}

/** Runs that ended a moment ago, as a process would have counted them. */
async function countRuns(projectId: string, outcome: "succeeded" | "failed", count: number, agoMs = 0): Promise<void> {
  const sketch = new DurationSketch();
  for (let made = 0; made < count; made++) sketch.add(1_000);
  const at = (Date.now() - agoMs) * 1_000;
  await store.statistics.addCounts([
    {
      id: uuidFrom(random),
      projectId,
      workflowId: uuidFrom(random),
      measure: "run",
      subject: "",
      outcome,
      at: at - (at % 60_000_000),
      count,
      sumUs: count * 1_000,
      maxUs: 1_000,
      maxRunId: uuidFrom(random),
      sketch: sketch.encode(),
    },
  ]);
}

async function webhookChannel(harness: Harness, url: string, name = "on call"): Promise<string> {
  await harness.client.putSecret({ name: "ALERT_KEY", body: { value: SIGNING_KEY } });
  const made = await harness.client.createAlertChannel({
    body: { name, target: { kind: "webhook", url, signingKeys: ["ALERT_KEY"] } },
  });
  const { project } = await harness.client.getSession();
  onTestFinished(async () => void (await store.alerts.deleteChannel(project.id, made.id)));
  return made.id;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "worked",
    (error: unknown) => (error instanceof RequestProblem ? error.code : String(error)),
  );
}

describe("alerts", () => {
  it("tell once that a rule fires and once that it is over, signed, whichever process looks and however often", async () => {
    const { posts, url } = await receiver();
    const first = await start();
    const second = await start({ key: first.key });
    const projectId = (await first.client.getSession()).project.id;
    const channelId = await webhookChannel(first, url);
    const rule = await first.client.createAlertRule({
      body: {
        kind: "failure_rate",
        name: "Too many fail",
        threshold: 0.5,
        countMin: 4,
        throttleMinutes: 0,
        channelIds: [channelId],
      },
    });
    const stateOf = async (): Promise<boolean | undefined> =>
      (await first.client.listAlertRules()).items.find(({ id }) => id === rule.id)?.state?.isFiring;
    await countRuns(projectId, "failed", 3);
    await waitFor("it was looked at: three runs are too few", async () => (await stateOf()) === false);
    await countRuns(projectId, "failed", 5);
    await waitFor("it is told", () => posts.length === 1);
    await countRuns(projectId, "succeeded", 100);
    await waitFor("the end is told", () => posts.length === 2);
    await second.close();
    const third = await start({ key: first.key });
    await waitFor("the third one has shards", () => third.runtime.stats().shardsOwned > 0);
    await countRuns(projectId, "failed", 500);
    await waitFor("it is told again", () => posts.length === 3);
    expect(posts.map(({ json }) => json.data.alerts.map(({ state }) => state))).toEqual([
      ["firing"],
      ["resolved"],
      ["firing"],
    ]);
    expect(posts[0]?.json.data.summary).toBe("Alert: Too many fail: 100 % of the runs of 5 min failed (limit 50 %)");
    for (const { body, headers } of posts)
      expect(new Webhook(SIGNING_KEY).verify(body, headers as Record<string, string>)).toBeTruthy();
    expect(new Set(posts.map(({ headers }) => headers["webhook-id"])).size).toBe(3);
    await first.client.deleteAlertRule({ ruleId: rule.id });
  });

  it("come together in one message for each channel, and go on being tried under the same id", async () => {
    const { posts, url } = await receiver((count) => (count === 1 ? 500 : 200));
    const before = await startHarness({ store, egressAllow: ["127.0.0.0/8"] });
    const projectId = (await before.client.getSession()).project.id;
    const channelId = await webhookChannel(before, url);
    await before.close();
    await countRuns(projectId, "failed", 50);
    const made = await Promise.all(
      ["One", "Two"].map((name) =>
        store.alerts.createRule({
          projectId,
          name,
          kind: "failed_runs",
          threshold: 1,
          windowMinutes: 5,
          countMin: 1,
          throttleMinutes: 60,
          channelIds: [channelId],
          workflowId: null,
          endpointId: null,
        }),
      ),
    );
    const harness = await start({ key: before.key });
    await waitFor("the first attempt has failed", async () => {
      const { items } = await harness.client.listAlertMessages();
      return items.some((message) => message.channelId === channelId && message.error === "It answered 500");
    });
    const health = await harness.client.getHealth();
    expect(health.components?.find(({ name }) => name === "alerts")).toMatchObject({ status: "degraded" });
    const [message] = await store.alerts.listMessages(projectId, 1);
    // Instead of waiting for fifteen seconds.
    await store.alerts.settleMessage(message?.id ?? "", { error: "It answered 500", again: Date.now() * 1_000 });
    await waitFor("the second one worked", async () => {
      const { items } = await harness.client.listAlertMessages();
      return items.some(
        ({ attempts, channelId: to, state }) => to === channelId && attempts === 2 && state === "delivered",
      );
    });
    expect(posts[1]?.headers["webhook-id"]).toBe(posts[0]?.headers["webhook-id"]);
    expect(posts.map(({ json }) => json.data.alerts.length)).toEqual([2, 2]);
    for (const rule of made) await harness.client.deleteAlertRule({ ruleId: rule?.id ?? "" });
  });

  it("reach people by mail", async () => {
    const mails: { readonly from: string; readonly to: readonly string[]; readonly text: string }[] = [];
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onAuth: ({ password, username }, _session, done) =>
        done(username === "mesh@hook" && password === "p:s" ? null : new Error("wrong"), { user: username }),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const { mailFrom, rcptTo } = session.envelope;
          const from = mailFrom === false ? "" : mailFrom.address;
          mails.push({ from, to: rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString() });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => smtp.close(() => resolve())));
    const { port } = smtp.server.address() as AddressInfo;
    const mail = { smtpUrl: `smtp://mesh%40hook:p%3As@127.0.0.1:${port}`, from: "MeshHook <alerts@example.com>" };
    const harness = await start({ mail });
    const { id } = await harness.client.createAlertChannel({
      body: { name: "Team", target: { kind: "email", to: ["one@example.com", "two@example.com"] } },
    });
    expect(await harness.client.testAlertChannel({ channelId: id })).toEqual({ error: null });
    expect(mails).toMatchObject([{ from: "alerts@example.com", to: ["one@example.com", "two@example.com"] }]);
    expect(mails[0]?.text).toContain('This is a test of the channel "Team"');
    await harness.client.deleteAlertChannel({ channelId: id });
  });

  it("say why a test did not arrive, and reach no private address", async () => {
    const { url } = await receiver(() => 410);
    const harness = await start();
    const gone = await webhookChannel(harness, url, "gone");
    expect(await harness.client.testAlertChannel({ channelId: gone })).toEqual({ error: "It answered 410" });
    const inside = await webhookChannel(harness, "http://10.1.2.3/", "inside");
    expect((await harness.client.testAlertChannel({ channelId: inside })).error).toContain("10.1.2.3");
    const unsigned = await harness.client.createAlertChannel({
      body: { name: "no key", target: { kind: "webhook", url, signingKeys: ["NOT_THERE"] } },
    });
    expect((await harness.client.testAlertChannel({ channelId: unsigned.id })).error).toContain("NOT_THERE");
    await harness.client.deleteAlertChannel({ channelId: unsigned.id });
  });

  it("notice runs that do not get on, endpoints that fall silent, and refused requests", async () => {
    const { posts, url } = await receiver();
    const harness = await start();
    const { client } = harness;
    const endpoint = await publish(client, pureDefinition("watched"));
    const channelId = await webhookChannel(harness, url);
    await client.pauseWorkflow({ workflow: "watched" });
    await post(`${harness.url}/hooks/${endpoint.token}`, "{}");
    for (let sent = 0; sent < 3; sent++) await post(`${harness.url}/hooks/${endpoint.token}`, "{ not JSON");
    const common = { channelIds: [channelId], throttleMinutes: 0 };
    const rules = [
      await client.createAlertRule({ body: { ...common, kind: "oldest_run", name: "Old", threshold: 1e-9 } }),
      await client.createAlertRule({
        body: { ...common, kind: "endpoint_silent", name: "Silent", threshold: 1e-9, endpointId: endpoint.id },
      }),
      await client.createAlertRule({ body: { ...common, kind: "rejections", name: "Refused", threshold: 3 } }),
    ];
    await waitFor("all three are told", () => {
      const told = new Set(
        posts.flatMap(({ json }) => json.data.alerts.map((alert) => (alert as { name?: string }).name)),
      );
      return ["Old", "Silent", "Refused"].every((name) => told.has(name));
    });
    for (const { id } of rules) await client.deleteAlertRule({ ruleId: id });
  });

  it("refuse what cannot be watched, and belong to one project", async () => {
    const harness = await start();
    const { client } = harness;
    const rule = { kind: "failure_rate" as const, name: "r", threshold: 0.1 };
    expect(await codeOf(client.createAlertRule({ body: { ...rule, threshold: 5 } }))).toBe("request_invalid");
    expect(await codeOf(client.createAlertRule({ body: { ...rule, kind: "endpoint_silent" } }))).toBe(
      "request_invalid",
    );
    expect(await codeOf(client.createAlertRule({ body: { ...rule, endpointId: "x" } }))).toBe("not_found");
    expect(await codeOf(client.createAlertRule({ body: { ...rule, workflow: "x" } }))).toBe("not_found");
    expect(await codeOf(client.createAlertRule({ body: { ...rule, channelIds: ["x"] } }))).toBe("request_invalid");
    const mail = { name: "m", target: { kind: "email" as const, to: ["a@example.com"] } };
    expect(await codeOf(client.createAlertChannel({ body: mail }))).toBe("mail_off");
    const other = await store.catalog.createProject({ slug: "other", name: "Other" });
    const foreign = await store.alerts.createChannel({
      projectId: other.id,
      name: "foreign",
      target: { kind: "email", to: ["b@example.com"] },
    });
    const channelId = foreign?.id ?? "";
    expect(await codeOf(client.createAlertRule({ body: { ...rule, channelIds: [channelId] } }))).toBe(
      "request_invalid",
    );
    expect(await codeOf(client.testAlertChannel({ channelId }))).toBe("not_found");
    expect(await codeOf(client.deleteAlertChannel({ channelId }))).toBe("not_found");
  });
});

describe("what people are told", () => {
  const minute = 60_000_000;
  const rule = {
    ...{ id: "r", projectId: "p", name: "n", kind: "failed_runs" as const, workflowId: null, endpointId: null },
    ...{
      threshold: 1,
      windowMinutes: 5,
      countMin: 1,
      throttleMinutes: 10,
      channelIds: [],
      isPaused: false,
      createdAt: 0,
    },
  };

  it("is throttled while a rule flaps, and a rule that still fires afterwards is told late", () => {
    let state = null as Parameters<typeof nextState>[0]["state"];
    const told: string[] = [];
    for (const [at, value] of [
      [0, 1],
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 1],
      [9, 1],
      [10, 1],
      [11, 1],
      [12, 0],
    ] as const) {
      const next = nextState({ rule, state }, value, at * minute);
      if (next === null) continue;
      ({ state } = next);
      if (next.tells) told.push(`${at} ${next.state.isFiring ? "firing" : "resolved"}`);
    }
    expect(told).toEqual(["0 firing", "1 resolved", "10 firing", "12 resolved"]);
  });
});
