import type { RunEvent } from "@meshhook/core";
import { openPostgresStore } from "@meshhook/journal";
import { temporaryDatabase } from "@meshhook/testkit";
import { expect, it, onTestFinished } from "vitest";

import { start, target, type Bench } from "./bench.ts";
import { call, definitionOf, transform, until } from "./harness.ts";
import { answerJson } from "./target.ts";

interface Follower {
  readonly events: RunEvent[];
  /** What resumes after so many events. */
  readonly cursors: Map<number, string>;
  gaps: number;
  /** Null before the first message. */
  cursor: string | null;
  stop(): void;
}

function follow(bench: Bench, after: string | null = null): Follower {
  const events: RunEvent[] = [];
  const cursors = new Map<number, string>();
  const follower: Follower = {
    events,
    cursors,
    gaps: 0,
    cursor: null,
    stop: () => subscription.close(),
  };
  const subscription = bench.runtime.watchProject(bench.projectId, after, (message) => {
    if (message.gap) follower.gaps++;
    events.push(...message.events);
    follower.cursor = message.cursor;
    cursors.set(events.length, message.cursor);
  });
  onTestFinished(() => Promise.resolve(subscription.close()));
  return follower;
}

/** Two processes on one database, each with half of the shards. */
async function twoProcesses(allow: readonly string[] = [], leaseMs = 20_000): Promise<readonly [Bench, Bench]> {
  const database = await temporaryDatabase();
  onTestFinished(() => database.drop());
  const benches: Bench[] = [];
  for (const _ of [1, 2]) {
    const store = openPostgresStore({ connectionString: database.url, leaseMs });
    onTestFinished(() => store.close());
    benches.push(await start({ store, allow, limits: { leaseMs } }));
  }
  const [one, other] = benches;
  if (one === undefined || other === undefined) throw new Error("there are two");
  await until("each owns half of the shards", () => benches.every(({ runtime }) => runtime.stats().shardsOwned === 32));
  return [one, other];
}

function endedIn(events: readonly RunEvent[]): readonly string[] {
  return events.filter(({ type }) => type === "run.succeeded").map(({ runId }) => runId);
}

it("gives followers of two processes the same events in the same order, and resumes at either", async () => {
  const remote = await target((_call, response) => answerJson(response, 200, {}));
  const [one, other] = await twoProcesses([remote.host]);
  const version = await one.publish(definitionOf({ copy: transform("input"), ask: call(remote.url) }));
  const [left, right] = [follow(one), follow(other)];
  // Whether the second one is told of the gap as well depends on which comes first; then both are at the same place.
  await until("both have read the same", () => left.gaps > 0 && left.cursor === right.cursor);
  const gaps = [left.gaps, right.gaps];

  const runIds = await Promise.all(
    Array.from({ length: 40 }, (_, number) => (number % 2 === 0 ? one : other).accept(version)),
  );
  await until("both have seen all runs end", () => [left, right].every(({ events }) => endedIn(events).length === 40));
  expect(left.events).toEqual(right.events);
  expect(left.cursor).toBe(right.cursor);
  expect([...endedIn(left.events)].sort()).toEqual([...runIds].sort());
  for (const runId of runIds) {
    const places = left.events.filter((event) => event.runId === runId).map(({ seq, position }) => [seq, position]);
    expect(places).toEqual(places.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
  }
  expect([left.gaps, right.gaps]).toEqual(gaps);

  // A reader that lost its connection, in the middle and at the end, at the process that it did not ask before.
  const [count, middle] = [...left.cursors].find(([seen]) => seen > 0 && seen < left.events.length) ?? [0, ""];
  const resumed = follow(other, middle);
  await until("it has caught up", () => resumed.events.length >= left.events.length - count);
  expect(resumed.events).toEqual(left.events.slice(count));
  const atEnd = follow(one, right.cursor);
  await until("it knows where it is", () => atEnd.cursor !== null);
  expect([resumed.gaps, atEnd.gaps, atEnd.events]).toEqual([0, 0, []]);
  expect(resumed.cursor).toBe(atEnd.cursor);
});

it("announces without hints, too, tells of a gap when a process ends without warning, and rests when nobody follows", async () => {
  const [one, other] = await twoProcesses([], 1_500);
  const version = await one.publish(definitionOf({ copy: transform("input") }));
  const feed = follow(one);
  await until("the other announces", () => feed.gaps > 0);
  one.gate.isDeaf = true;
  await other.accept(version);
  await until("its run is seen", () => endedIn(feed.events).length === 1);

  const gaps = feed.gaps;
  other.gate.goAway();
  await until("the other's shards are here", () => one.runtime.stats().shardsOwned === 64);
  await until("the follower knows that something may be missing", () => feed.gaps > gaps);
  other.gate.comeBack();
  await until("both own shards again", () => other.runtime.stats().shardsOwned === 32);

  const elsewhere = follow(other, feed.cursor);
  await Promise.all([one.accept(version), other.accept(version)]);
  await until("both are seen elsewhere", () => endedIn(elsewhere.events).length === 2);
});

it("does not write anything for projects that nobody follows", async () => {
  const [one] = await twoProcesses();
  const version = await one.publish(definitionOf({ copy: transform("input") }));
  await one.accept(version);
  const project = await one.store.catalog.createProject({ slug: "other", name: "Other" });
  expect(await one.store.journal.feeds?.read(project.id, { feed: "", number: 0 })).toBeNull();
  expect(await one.store.journal.feeds?.read(one.projectId, { feed: "", number: 0 })).toBeNull();
});

it("hands a follower over, with a gap, when a second process joins", async () => {
  const database = await temporaryDatabase();
  onTestFinished(() => database.drop());
  const open = async (): Promise<Bench> => {
    const store = openPostgresStore({ connectionString: database.url, leaseMs: 20_000 });
    onTestFinished(() => store.close());
    return start({ store, limits: { leaseMs: 20_000 } });
  };
  const one = await open();
  const version = await one.publish(definitionOf({ copy: transform("input") }));
  const feed = follow(one);
  await one.accept(version);
  await until("it is seen", () => endedIn(feed.events).length === 1);
  const other = await open();
  await until("the follower knows that another process is there", () => feed.gaps > 0);
  await until("the other announces", () => feed.gaps > 1);
  await other.accept(version);
  await until("its run is seen", () => endedIn(feed.events).length === 2);
});
