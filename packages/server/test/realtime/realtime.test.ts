import type { EventResource } from "@meshhook/contract";
import { openPostgresStore } from "@meshhook/journal";
import { temporaryDatabase, waitFor } from "@meshhook/testkit";
import { REALTIME_SUBSCRIBE_STATES, RealtimeClient } from "@supabase/realtime-js";
import { expect, it, onTestFinished } from "vitest";

import type { RealtimePayload } from "../../src/realtime/waiting-events.ts";
import { post, publish, pureDefinition, startHarness, type Harness, type HarnessOptions } from "../harness.ts";
import { RealtimeServer } from "./realtime-server.ts";

const KEY = "canary-service-role-key";

async function realtime(): Promise<{ readonly server: RealtimeServer; readonly url: string }> {
  // A member's token here is the topic that the policies let it read.
  const server = new RealtimeServer(KEY, (topic, token) => token === topic);
  const url = await server.listen();
  onTestFinished(() => server.close());
  return { server, url };
}

async function harnessWith(url: string, options: HarnessOptions = {}): Promise<Harness> {
  const harness = await startHarness({ ...options, realtime: { url, key: KEY } });
  onTestFinished(() => harness.close());
  return harness;
}

/** Subscribes with the client that browsers use. Resolves with what it was told, or with the reason why it may not. */
async function subscribe(url: string, topic: string, token: string): Promise<readonly RealtimePayload[] | string> {
  const client = new RealtimeClient(url.replace("http", "ws"), {
    params: { apikey: "anon" },
    accessToken: () => Promise.resolve(token),
  });
  onTestFinished(async () => void (await client.disconnect()));
  const told: RealtimePayload[] = [];
  await client.setAuth();
  const channel = client.channel(topic, { config: { private: true } });
  channel.on("broadcast", { event: "run_events" }, ({ payload }) => void told.push(payload as RealtimePayload));
  return new Promise((resolve) => {
    channel.subscribe((status, error) => {
      if (status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) resolve(told);
      else if (status === REALTIME_SUBSCRIBE_STATES.CHANNEL_ERROR) resolve(String(error?.message));
    });
  });
}

async function projectOf({ store }: Harness): Promise<string> {
  return (await store.catalog.listProjects())[0]?.id ?? "";
}

async function runIn(harness: Harness, token: string): Promise<string> {
  const { status, body } = await post(`${harness.url}/hooks/${token}`, "{}");
  expect(status).toBe(202);
  return String(body["runId"]);
}

it("the client of Supabase gets the events of its project, in order, with the cursors of the event stream", async () => {
  const { server, url } = await realtime();
  const harness = await harnessWith(url);
  const projectId = await projectOf(harness);
  const { token } = await publish(harness.client, pureDefinition());
  const topic = `meshhook:${projectId}`;
  const told = await subscribe(url, topic, topic);
  if (typeof told === "string") throw new Error(told);
  // Before it sends anything, a process says that it does not know what came before.
  await waitFor("the first message is sent", async () => server.received.length > 0);
  expect(server.received[0]).toMatchObject({ topic, private: true, payload: { events: [], gap: true } });

  const runs = [await runIn(harness, token), await runIn(harness, token)];
  const events = (): readonly EventResource[] => told.flatMap((payload) => payload.events);
  const endsOf = (list: readonly EventResource[]): number => list.filter(({ type }) => type === "run.succeeded").length;
  await waitFor("both runs are told to their end", async () => endsOf(events()) === 2);
  for (const runId of runs) {
    const { items } = await harness.client.listEvents({ runId, outputs: false });
    expect(events().filter((event) => event.runId === runId)).toEqual(items);
  }
  // Whoever goes on with the event stream from such a cursor misses nothing and sees nothing twice.
  const cursor = told.at(-1)?.cursor ?? "";
  const third = await runIn(harness, token);
  const controller = new AbortController();
  const response = await fetch(`${harness.url}/api/v1/events?after=${cursor}`, {
    headers: { authorization: `Bearer ${harness.key}` },
    signal: controller.signal,
  });
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("run.succeeded")) break;
  }
  controller.abort();
  expect(text).toContain(third);
  expect(text).not.toContain("event: gap");
  for (const runId of runs) expect(text).not.toContain(runId);
  // Nobody but the target has the key.
  expect(harness.logged.join("\n") + JSON.stringify(server.received)).not.toContain(KEY);
});

it("a channel is private to those who may follow the project", async () => {
  const { url } = await realtime();
  const harness = await harnessWith(url);
  const topic = `meshhook:${await projectOf(harness)}`;
  expect(await subscribe(url, topic, "meshhook:another")).toMatch(/Unauthorized/);
});

it.each(["hang", "refuse"] as const)(
  "nothing waits for a Realtime that would %s, and a gap is told afterwards",
  async (mode) => {
    const { server, url } = await realtime();
    server.mode = mode;
    const harness = await harnessWith(url);
    const { token } = await publish(harness.client, pureDefinition());
    await waitFor("it was asked", async () => server.requests > 0);
    const runs = await Promise.all(Array.from({ length: 20 }, () => runIn(harness, token)));
    for (const runId of runs) expect((await harness.client.getRun({ runId })).status).toBe("succeeded");
    if (mode === "hang") return;
    server.mode = "accept";
    await waitFor("it is sent to again", async () => server.received.length > 0);
    expect(server.received[0]?.payload).toMatchObject({ gap: true });
    await waitFor("the metrics say so", async () => {
      const metrics = await (await fetch(`${harness.url}/metrics`)).text();
      return /realtime_events_total\{outcome="(sent|dropped)"\} [1-9]/.test(metrics);
    });
  },
);

it("of two processes, one sends an event, whichever of them ran it", async () => {
  const { server, url } = await realtime();
  const database = await temporaryDatabase();
  onTestFinished(() => database.drop());
  const stores = [1, 2].map(() => openPostgresStore({ connectionString: database.url }));
  for (const store of stores) onTestFinished(() => store.close());
  const [first, second] = stores;
  if (first === undefined || second === undefined) throw new Error("two stores were opened");
  const one = await harnessWith(url, { store: first });
  const two = await harnessWith(url, { store: second, key: one.key });
  const { token } = await publish(one.client, pureDefinition());
  await waitFor("both know the endpoint", async () => (await post(`${two.url}/hooks/${token}`, "{}")).status === 202);
  await waitFor(
    "both have shards",
    async () => one.runtime.stats().shardsOwned === 32 && two.runtime.stats().shardsOwned === 32,
  );
  const topic = `meshhook:${await projectOf(one)}`;
  const before = server.received.length;
  const payloads = (): readonly RealtimePayload[] =>
    server.received.slice(before).map(({ payload }) => payload as RealtimePayload);
  const events = (): readonly EventResource[] => payloads().flatMap((payload) => payload.events);
  // A shared feed begins when it is followed; what is sent before a run of it was seen is a gap.
  await waitFor("a run of each is told", async () => {
    const both = [await runIn(one, token), await runIn(two, token)];
    await waitFor(
      "their runs end",
      async () => (await one.client.getRun({ runId: both[1] ?? "" })).status === "succeeded",
    );
    return both.every((runId) => events().some((event) => event.runId === runId));
  });
  const runs = await Promise.all(Array.from({ length: 20 }, (_, index) => runIn(index % 2 === 0 ? one : two, token)));
  const endsOf = (runId: string): number =>
    events().filter((event) => event.runId === runId && event.type === "run.succeeded").length;
  await waitFor("all of them are told to their end", async () => runs.every((runId) => endsOf(runId) > 0));
  expect(new Set(server.received.map((message) => message.topic))).toEqual(new Set([topic]));
  const ids = events().map(({ runId, seq, position }) => `${runId} ${seq}.${position}`);
  expect(new Set(ids).size).toBe(ids.length);
});
