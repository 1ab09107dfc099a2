import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compile,
  decodeFacts,
  type DeliveryFact,
  type Effect,
  encodeFacts,
  type Fact,
  foldRun,
  type Json,
  type Kept,
  keptBefore,
  type Plan,
  Run,
  stepKey,
  type StepPlace,
  withOutputs,
} from "../src/index.ts";
import { stateText } from "./history.ts";
import {
  arbitraryPlan,
  arbitraryRacelessPlan,
  arbitraryWorld,
  deliveryOf,
  live,
  type Lived,
  type World,
} from "./world.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";
const NEXT_ID = "019ab2f0-4c00-7000-8010-00000000000b";
const RUNS = { numRuns: 100 };

interface Ended {
  readonly run: Run;
  readonly lived: Lived;
  /** Every step of which an event tells, those of iterations included. */
  readonly places: readonly StepPlace[];
}

function endedRun(plan: Plan, world: World, start: Fact, runId = RUN_ID): Ended {
  const run = new Run(plan, runId, { keepsIterations: true });
  run.observe();
  const lived = live(run, world, { fact: start });
  const places = new Map<string, StepPlace>();
  for (const { node, iteration } of lived.events) {
    if (node === undefined) continue;
    const place = iteration === undefined ? { node } : { node, iteration };
    places.set(stepKey(place), place);
  }
  return { run, lived, places: [...places.values()] };
}

function placeOf({ node, iteration }: StepPlace): StepPlace {
  return iteration === undefined ? { node } : { node, iteration };
}

function resumedDelivery({ run }: Ended, delivery: Fact, place: StepPlace, kept: readonly Kept[]): DeliveryFact {
  if (delivery.kind !== "delivery") throw new Error("A run starts with its delivery");
  const at = run.lastAt + 1_000_000;
  return { ...delivery, at, origin: { kind: "resume", runId: run.runId, ...placeOf(place) }, kept };
}

/** The steps that effects are for; without timeouts, which stand beside another effect or are the run's. */
function placesOf(effects: readonly Effect[]): readonly StepPlace[] {
  return effects.flatMap((effect) => (effect.kind === "timeout" ? [] : [placeOf(effect)]));
}

/** The loops around a node, outermost first. */
function loopsAround(plan: Plan, node: string): readonly string[] {
  const opener = plan.nodeById.get(node)?.graph.opener ?? null;
  return opener === null ? [] : [...loopsAround(plan, opener.id), opener.id];
}

/** True for a step in an iteration that has ended in a kept loop. */
function isInKeptIteration(plan: Plan, kept: readonly Kept[], { node, iteration = [] }: StepPlace): boolean {
  const loops = loopsAround(plan, node);
  return kept.some(
    (one) =>
      "items" in one &&
      loops[one.iteration?.length ?? 0] === one.node &&
      (one.iteration ?? []).every((number, depth) => number === iteration[depth]) &&
      one.ended.some(({ index }) => index === iteration[one.iteration?.length ?? 0]),
  );
}

describe("a run that is resumed at any step of any run that has ended", () => {
  it("keeps what the other steps did, repeats no effect of theirs, and ends", () => {
    let resumed = 0;
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, fc.nat(12), fc.nat(200), (plan, world, n, choice) => {
        const delivery = deliveryOf(n);
        const before = endedRun(plan, world, delivery);
        const place = before.places[choice % before.places.length] ?? { node: "hook" };
        const found = keptBefore(before.run, place);
        const wasReached = before.run.stepAt(place)?.startedAt !== null;
        if ("fault" in found) {
          expect(found.fault.code).toBe(wasReached ? "outcome_unknown" : "step_not_reached");
          return;
        }
        expect(wasReached).toBe(true);
        const { kept } = found;
        resumed += 1;
        expect(kept.map(stepKey)).not.toContain(stepKey(place));
        const start = resumedDelivery(before, delivery, place, kept);
        const { run, lived } = endedRun(plan, { ...world, cancelBefore: null }, start, NEXT_ID);
        expect(run.status).not.toBe("running");
        expect(run.pendingEffects()).toEqual([]);
        for (const one of kept) {
          if ("items" in one) continue;
          const step = run.stepAt(one);
          const was = before.run.stepAt(one);
          expect(step).toMatchObject({ isKept: true, output: one.output, attempts: one.attempts ?? 0 });
          if (was?.status !== "canceled") expect([step?.status, step?.output]).toEqual([was?.status, was?.output]);
        }
        const keptKeys = new Set(kept.flatMap((one) => ("items" in one ? [] : [stepKey(one)])));
        for (const effect of placesOf(lived.effects.flat())) {
          expect(keptKeys).not.toContain(stepKey(effect));
          expect(isInKeptIteration(plan, kept, effect)).toBe(false);
        }
        const stored = lived.segments.map(({ seq, facts }) => ({ seq, facts: encodeFacts(facts) }));
        expect(decodeFacts(stored[0]?.facts ?? "")).toEqual([start]);
        expect(stateText(foldRun(plan, stored, { runId: NEXT_ID }))).toBe(stateText(run));
      }),
      RUNS,
    );
    expect(resumed).toBeGreaterThan(20);
  });

  it("ends like that run if it succeeded and the order of answers does not matter, also when it is resumed twice", () => {
    fc.assert(
      fc.property(
        arbitraryRacelessPlan,
        arbitraryWorld,
        fc.nat(12),
        fc.nat(200),
        fc.nat(200),
        (plan, someWorld, n, first, second) => {
          const world = { ...someWorld, cancelBefore: null };
          const delivery = deliveryOf(n);
          let before = endedRun(plan, world, delivery);
          fc.pre(before.run.status === "succeeded");
          // A failed iteration ends its loop or not, depending on what ended before it.
          fc.pre(!before.lived.events.some(({ type }) => type === "iteration.failed"));
          // Errors name the runs of sub-workflows.
          const end = ({ run }: Ended): unknown =>
            JSON.parse(
              JSON.stringify({
                result: run.result,
                steps: run.steps.map(({ node, status, output, error, attempts }) => ({
                  node,
                  status,
                  output,
                  error,
                  attempts,
                })),
              }).replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "a run"),
            );
          const expected = end(before);
          for (const choice of [first, second]) {
            const place = before.places[choice % before.places.length] ?? { node: "hook" };
            const found = keptBefore(before.run, place);
            if ("fault" in found) continue;
            before = endedRun(plan, world, resumedDelivery(before, delivery, place, found.kept), NEXT_ID);
            expect(end(before)).toEqual(expected);
          }
        },
      ),
      RUNS,
    );
  });
});

describe("resuming", () => {
  const call = (
    url: string,
    more: { [name: string]: Json } = {},
  ): { type: string; config: { [name: string]: Json } } => ({
    type: "http_call@1",
    config: { url: `https://api.example.com/${url}`, retry: { attemptsMax: 1 }, ...more },
  });
  const plan = compile({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "shop",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      price: { type: "transform@1", config: { expression: "{total: input.total, of: run.id, at: now}" } },
      charge: call("charge", { body: { $jmes: "nodes.price.output" } }),
      note: call("note", { semantics: "at-most-once" }),
      lines: {
        type: "loop@1",
        config: {
          items: "input.lines",
          body: { nodes: { ship: call("ship/{{ item }}") }, edges: [] },
        },
      },
    },
    edges: [
      { from: "hook", to: "price" },
      { from: "price", to: "charge" },
      { from: "hook", to: "note" },
      { from: "charge", to: "lines" },
    ],
  });
  const delivery: DeliveryFact = {
    kind: "delivery",
    at: 1_000,
    semantics: 3,
    headers: {},
    query: {},
    body: { total: 5, lines: ["a", "b", "c"] },
  };
  const answer = (at: number, place: StepPlace, status = 200): Fact => ({
    kind: "response",
    at,
    ...place,
    attempt: 1,
    durationUs: 5,
    status,
    headers: {},
    body: `at ${at}`,
  });
  const fold = (...facts: readonly Fact[]): Run => {
    const run = new Run(plan, RUN_ID, { keepsIterations: true });
    for (const [seq, fact] of [delivery, ...facts].entries()) run.apply(fact, seq);
    return run;
  };
  const intent: Fact = { kind: "intent", at: 1_001, node: "note", attempt: 1 };
  const ship = (iteration: number): StepPlace => ({ node: "ship", iteration: [iteration] });
  const noted = [intent, answer(1_002, { node: "note" })];

  it("takes over outputs as they were, whatever the time and the id of the new run", () => {
    const found = keptBefore(fold(...noted, answer(1_003, { node: "charge" }, 500)), { node: "charge" });
    expect(found).toEqual({
      kept: [
        { node: "note", port: "out", output: { status: 200, headers: {}, body: "at 1002" }, attempts: 1 },
        { node: "price", port: "out", output: { total: 5, of: RUN_ID, at: "1970-01-01T00:00:00.001000Z" } },
      ],
    });
  });

  it("in an iteration keeps the other iterations, and begins with those that never began", () => {
    const run = fold(...noted, answer(1_003, { node: "charge" }), answer(1_004, ship(0)), answer(1_005, ship(1), 500));
    expect(run.status).toBe("failed");
    const found = keptBefore(run, ship(1));
    expect(found).toMatchObject({
      kept: expect.arrayContaining([expect.objectContaining({ node: "lines", open: [1] })]),
    });
    if ("fault" in found) throw new Error(found.fault.message);
    const next = new Run(plan, NEXT_ID);
    const origin = { kind: "resume", runId: RUN_ID, ...ship(1) } as const;
    const effects = next.apply({ ...delivery, at: 9_000, origin, kept: found.kept }, 0);
    expect(placesOf(effects).map(stepKey)).toEqual(["ship-1"]);
    expect(placesOf(next.apply(answer(9_001, ship(1)), 1)).map(stepKey)).toEqual(["ship-2"]);
    next.apply(answer(9_002, ship(2)), 2);
    const outputs = next.steps.find(({ node }) => node === "lines")?.output;
    expect(outputs).toMatchObject({
      results: [{ body: "at 1004" }, { body: "at 9001" }, { body: "at 9002" }],
      failures: [],
    });
    expect(next.status).toBe("succeeded");
  });

  it("is refused while another at-most-once call may have been sent without an answer", () => {
    const run = fold(intent, answer(1_003, { node: "charge" }, 500));
    expect(keptBefore(run, { node: "charge" })).toMatchObject({
      fault: { code: "outcome_unknown", message: expect.stringContaining('"note"') as unknown },
    });
    expect(keptBefore(run, { node: "note" })).toMatchObject({ kept: [{ node: "price" }] });
  });

  it.each([
    [{ node: "nothing" }, "step_unknown", 'has no node "nothing"'],
    [{ node: "charge", iteration: [0] }, "step_unknown", "leave out iteration"],
    [{ node: "ship" }, "step_unknown", "inside 1 loop"],
    [{ node: "ship", iteration: [7] }, "step_unknown", "no iteration [7]"],
    [{ node: "lines" }, "step_not_reached", 'never reached the step "lines"'],
  ])("at %j says what is wrong", (place, code, message) => {
    const run = fold(...noted, answer(1_003, { node: "charge" }, 500));
    expect(keptBefore(run, place)).toEqual({ fault: { code, message: expect.stringContaining(message) as unknown } });
  });

  it("keeps an at-most-once call without an answer as failed where the failure is handled", () => {
    const handled = compile({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "shop",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        note: call("note", { semantics: "at-most-once" }),
        charge: call("charge"),
        noted: { type: "transform@1", config: { expression: "nodes.note.output.error.code" } },
      },
      edges: [
        { from: "hook", to: "note" },
        { from: "hook", to: "charge" },
        { from: "note", port: "error", to: "noted" },
      ],
    });
    const run = new Run(handled, RUN_ID, { keepsIterations: true });
    const facts: readonly Fact[] = [delivery, intent, { kind: "cancel", at: 1_003 }];
    for (const [seq, fact] of facts.entries()) run.apply(fact, seq);
    const found = keptBefore(run, { node: "charge" });
    if ("fault" in found) throw new Error(found.fault.message);
    const next = new Run(handled, NEXT_ID);
    const origin = { kind: "resume", runId: RUN_ID, node: "charge" } as const;
    const effects = next.apply({ ...delivery, at: 9_000, origin, kept: found.kept }, 0);
    expect(placesOf(effects)).toEqual([{ node: "charge" }]);
    expect(next.stepAt({ node: "noted" })?.output).toBe("outcome_unknown");
  });

  it("in a loop inside a loop keeps what was done around it, and edits only what the step sees", () => {
    const inner = {
      type: "loop@1",
      config: {
        items: "item",
        breakWhen: "item == `9`",
        body: { nodes: { ship: call("ship/{{ item }}") }, edges: [] },
      },
    };
    const before = { type: "transform@1", config: { expression: "index" } };
    const nested = compile({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "shop",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        outer: {
          type: "loop@1",
          config: {
            items: "input.lines",
            concurrency: 2,
            body: { nodes: { before, inner }, edges: [{ from: "before", to: "inner" }] },
          },
        },
      },
      edges: [{ from: "hook", to: "outer" }],
    });
    const start = { ...delivery, body: { lines: [[1, 2], [9, 3], [4]] } };
    const place = (...iteration: readonly number[]): StepPlace => ({ node: "ship", iteration });
    const foldNested = (first: DeliveryFact, runId: string, ...facts: readonly Fact[]): Run => {
      const run = new Run(nested, runId, { keepsIterations: true });
      for (const [seq, fact] of [first, ...facts].entries()) run.apply(fact, seq);
      return run;
    };
    // The second of the outer iterations breaks its loop off and ends; a step of the first one fails.
    const failed = foldNested(
      start,
      RUN_ID,
      answer(1_001, place(0, 0)),
      answer(1_002, place(1, 0)),
      answer(1_003, place(0, 1), 500),
    );
    expect(failed.status).toBe("failed");
    expect(keptBefore(failed, { node: "ship", iteration: [0] })).toMatchObject({
      fault: { message: expect.stringContaining("inside 2 loops") as unknown },
    });
    const found = keptBefore(failed, place(0, 1));
    if ("fault" in found) throw new Error(found.fault.message);
    expect(withOutputs(found.kept, place(0, 1), { before: 7 })).toMatchObject({
      kept: expect.arrayContaining([expect.objectContaining({ node: "before", iteration: [0], output: 7 })]) as unknown,
    });
    const origin = { kind: "resume", runId: RUN_ID, ...place(0, 1) } as const;
    const second = { ...start, at: 9_000, origin, kept: found.kept };
    expect(placesOf(foldNested(second, NEXT_ID).pendingEffects()).map(stepKey)).toEqual(["ship-0.1", "ship-2.0"]);
    // It is canceled before it has come any further, and resumed once more at the same step.
    const canceled = foldNested(second, NEXT_ID, { kind: "cancel", at: 9_001 });
    const again = keptBefore(canceled, place(0, 1));
    if ("fault" in again) throw new Error(again.fault.message);
    const third = foldNested(
      { ...second, kept: again.kept },
      RUN_ID,
      answer(9_002, place(0, 1)),
      answer(9_003, place(2, 0)),
    );
    expect(third.status).toBe("succeeded");
    const outputs = third.steps.find(({ node }) => node === "outer")?.output;
    expect(outputs).toMatchObject({ results: [{ results: [{}, {}] }, { brokenAt: 0 }, { results: [{}] }] });
  });

  it("keeps at which iteration a loop that goes on was broken off", () => {
    const breaking = compile({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "shop",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        lines: {
          type: "loop@1",
          config: {
            items: "input.lines",
            concurrency: 2,
            breakWhen: "item == 'b'",
            body: { nodes: { ship: call("ship/{{ item }}") }, edges: [] },
          },
        },
      },
      edges: [{ from: "hook", to: "lines" }],
    });
    const run = new Run(breaking, RUN_ID, { keepsIterations: true });
    for (const [seq, fact] of [delivery, answer(1_001, ship(1)), answer(1_002, ship(0), 500)].entries())
      run.apply(fact, seq);
    const found = keptBefore(run, ship(0));
    expect(found).toMatchObject({ kept: [{ node: "lines", ended: [{ index: 1 }], open: [0], brokenAt: 1 }] });
    if ("fault" in found) throw new Error(found.fault.message);
    const next = new Run(breaking, NEXT_ID);
    const origin = { kind: "resume", runId: RUN_ID, ...ship(0) } as const;
    next.apply({ ...delivery, at: 9_000, origin, kept: found.kept }, 0);
    next.apply(answer(9_001, ship(0)), 1);
    expect(next.steps[1]?.output).toMatchObject({ results: [{ body: "at 9001" }, { body: "at 1001" }], brokenAt: 1 });
  });

  it("with edited outputs shows them to the steps behind, and only kept outputs can be edited", () => {
    const found = keptBefore(fold(...noted, answer(1_003, { node: "charge" }, 500)), { node: "charge" });
    if ("fault" in found) throw new Error(found.fault.message);
    const edited = withOutputs(found.kept, { node: "charge" }, { price: { total: 7 } });
    if ("fault" in edited) throw new Error(edited.fault.message);
    expect(edited.kept).toContainEqual({ node: "price", port: "out", output: { total: 7 }, edited: true });
    const next = new Run(plan, NEXT_ID);
    const origin = { kind: "resume", runId: RUN_ID, node: "charge" } as const;
    const [effect] = next.apply({ ...delivery, at: 9_000, origin, kept: edited.kept }, 0);
    expect(effect?.kind === "call" ? effect.request().body : null).toBe('{"total":7}');
    expect(withOutputs(found.kept, { node: "charge" }, { lines: 1 })).toMatchObject({
      fault: { code: "output_not_kept" },
    });
  });
});
