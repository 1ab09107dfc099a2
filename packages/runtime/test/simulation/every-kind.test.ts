import {
  compile,
  decodeFacts,
  type Fact,
  type Json,
  nodeTypes,
  type Plan,
  Run,
  type RunEvent,
  stateHash,
  stepKey,
  type WorkflowDefinition,
} from "@meshhook/core";
import { SeededRandom } from "@meshhook/testkit";
import { placeOfCall } from "@meshhook/testkit/proof";
import { describe, expect, it, vi } from "vitest";

import { EVERY_KIND } from "./every-kind.ts";
import { withKills } from "./kills.ts";
import { simulate, START_US, type Simulated } from "./simulate.ts";

// A dozen simulations, one after the other, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const KILLS = 10;
const SEEDS = [1];

/** A run as it is told without what two runs of the same can differ in: ids, and when something happened. */
interface ToldRun {
  readonly facts: readonly Fact[];
  readonly stateHash: string;
  readonly events: readonly RunEvent[];
}

/** Runs by a name that says what started them: `webhook`, `schedule`, and for children the step of their parent. */
function namesOf({ runs }: Simulated): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  // The ids of children come after those of their parents.
  for (const [runId, [first]] of [...runs].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const [delivery] = decodeFacts(first?.facts ?? "[]");
    const origin = delivery?.kind === "delivery" ? delivery.origin : undefined;
    names.set(
      runId,
      origin?.kind === "child" ? `${names.get(origin.runId)} ${stepKey(origin)}` : (origin?.kind ?? "webhook"),
    );
  }
  return names;
}

/** A child that could not be started has an id, too. */
const CHILD_ID = /(?<="runId":")[0-9a-f-]{36}(?=")/g;
const TIMES: ReadonlySet<string> = new Set(["at", "durationUs"]);

function toldRuns(simulated: Simulated): ReadonlyMap<string, ToldRun> {
  const names = namesOf(simulated);
  const told = new Map<string, ToldRun>();
  for (const [runId, rows] of simulated.runs) {
    const [first] = rows;
    if (first === undefined) continue;
    let text = JSON.stringify(rows.flatMap(({ facts }) => decodeFacts(facts)));
    for (const [id, name] of names) text = text.replaceAll(id, name);
    text = text.replaceAll(CHILD_ID, "not started");
    const facts = (JSON.parse(text) as Fact[]).map((fact, at) => timeless(fact, at) as unknown as Fact);
    told.set(names.get(runId) ?? "", {
      facts,
      ...folded(simulated.planOf(first.versionId), facts, names.get(runId) ?? ""),
    });
  }
  return told;
}

/** Each fact a millisecond after the one before, and signals numbered in their order. */
function timeless(value: unknown, at: number): Json {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      TIMES.has(key) && typeof inner === "number"
        ? key === "at"
          ? START_US + at * 1_000
          : 1
        : key === "signal" && typeof inner === "string"
          ? `signal ${String(at).padStart(4, "0")}`
          : inner,
    ),
  ) as Json;
}

function folded(plan: Plan, facts: readonly Fact[], runId: string): Omit<ToldRun, "facts"> {
  const run = new Run(plan, runId);
  run.observe();
  for (const [seq, fact] of facts.entries()) run.apply(fact, seq);
  return { stateHash: stateHash(run), events: run.takeEvents() };
}

/** How often each call arrived, by run and step. */
function arrivalsOf(simulated: Simulated): ReadonlyMap<string, number> {
  const names = namesOf(simulated);
  const arrivals = new Map<string, number>();
  for (const { key } of simulated.ledger.arrivals) {
    const { runId, step } = placeOfCall(key);
    const name = `${names.get(runId)} ${step}`;
    arrivals.set(name, (arrivals.get(name) ?? 0) + 1);
  }
  return arrivals;
}

/** The nodes of a document, and of the bodies of its loops, and which ports edges leave by. */
function leavingOf({ nodes, edges }: Pick<WorkflowDefinition, "nodes" | "edges">): string[] {
  return Object.entries(nodes).flatMap(([id, { config, type }]) => [
    type,
    ...edges.filter(({ from }) => from === id).map(({ port = "out" }) => `${type} ${port}`),
    ...(type === "loop@1" ? leavingOf(config["body"] as unknown as WorkflowDefinition) : []),
  ]);
}

describe("a run with every kind of node, and by every port", () => {
  it("has all of them", () => {
    const [document] = EVERY_KIND.documents;
    const leaving = new Set(document === undefined ? [] : leavingOf(document));
    for (const [type, { ports }] of nodeTypes) {
      const node = Object.values(document?.nodes ?? {}).find((one) => one.type === type);
      expect(leaving, `the document lacks the type ${type}`).toContain(type);
      for (const port of ports(node?.config ?? null))
        expect(leaving, `no edge leaves a ${type} by its port ${port}`).toContain(`${type} ${port}`);
    }
    // From each node the run can go on by one port only, so it has gone by all of them when it has reached its end.
    const plan = compile(document as WorkflowDefinition);
    for (const { id, outgoing } of plan.nodes)
      expect(new Set(outgoing.map(({ port }) => port)).size, id).toBeLessThan(2);
  });

  it.each(SEEDS)(
    "ends as it does otherwise when all processes are killed at ten points of it, seed %i",
    async (seed) => {
      const whole = await simulate(EVERY_KIND);
      expect(whole.violations).toEqual([]);
      const expected = toldRuns(whole);
      expect([...expected.keys()].filter((name) => !name.includes(" ")).sort()).toEqual(["schedule", "webhook"]);
      for (const [runId, rows] of whole.runs) {
        const name = namesOf(whole).get(runId) ?? "";
        if (name.includes(" ")) continue;
        expect(rows.at(-1)?.status, name).toBe("succeeded");
        const run = new Run(whole.planOf(rows[0]?.versionId ?? ""), runId);
        for (const { facts, seq } of rows) for (const fact of decodeFacts(facts)) run.apply(fact, seq);
        const skipped = run.steps.filter(({ status }) => status === "skipped" || status === "canceled");
        expect(
          skipped.map(({ node }) => node),
          name,
        ).toEqual([name === "webhook" ? "tick" : "hook"]);
      }

      const { scenario, simulated } = await withKills(
        { scenario: EVERY_KIND, simulated: whole },
        KILLS,
        new SeededRandom(seed),
      );
      expect(simulated.violations).toEqual([]);
      const crashes = simulated.trace
        .filter((line) => line.endsWith(": crash"))
        .map((line) => line.trim().split(" ")[0]);
      const killedAt = new Set(scenario.faults.map(({ atMs }) => (Math.ceil(atMs * 1_000) / 1_000).toFixed(3)));
      expect(killedAt.size).toBe(KILLS);
      for (const time of killedAt) expect(crashes).toContain(time);
      const found = toldRuns(simulated);
      expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [name, { events, facts, stateHash: hash }] of expected) {
        expect(found.get(name)?.facts, name).toEqual(facts);
        expect(found.get(name)?.events, name).toEqual(events);
        expect(found.get(name)?.stateHash, name).toBe(hash);
      }
      // What may be repeated is; an at-most-once call is not.
      const arrivals = arrivalsOf(simulated);
      for (const [name, times] of arrivalsOf(whole)) {
        expect(arrivals.get(name), name).toBeGreaterThanOrEqual(times);
        if (name.endsWith("called_once")) expect(arrivals.get(name), name).toBe(1);
      }
      expect([...arrivals.keys()].sort()).toEqual([...arrivalsOf(whole).keys()].sort());
    },
  );
});
