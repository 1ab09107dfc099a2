import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compile,
  decodeFacts,
  type Effect,
  encodeFacts,
  type Fact,
  foldRun,
  type Plan,
  Run,
  type RunEvent,
  stepKey,
} from "../src/index.ts";
import { type Segment, stateText, stepView, tellEffect } from "./history.ts";
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
const inputNumber = fc.nat(12);
const RUNS = { numRuns: 300 };

function liveFromDelivery(plan: Plan, world: World, n: number): { readonly run: Run; readonly lived: Lived } {
  const run = new Run(plan, RUN_ID);
  run.observe();
  return { run, lived: live(run, world, { fact: deliveryOf(n) }) };
}

function stored(segments: readonly Segment[]): { readonly seq: number; readonly facts: string }[] {
  return segments.map(({ seq, facts }) => ({ seq, facts: encodeFacts(facts) }));
}

/** Events are numbered from 0 within each segment, and segments and times never go back. */
function expectGaplessCursors(events: readonly RunEvent[]): void {
  let before: RunEvent | undefined;
  for (const event of events) {
    expect(event.position).toBe(before?.seq === event.seq ? before.position + 1 : 0);
    if (before !== undefined) {
      expect(event.seq).toBeGreaterThanOrEqual(before.seq);
      expect(event.at).toBeGreaterThanOrEqual(before.at);
    }
    before = event;
  }
}

/** Takes over a run that died with only its first segments durable, like the runtime, and continues it to its end. */
function crashAndGoOn(
  plan: Plan,
  world: World,
  lived: Lived,
  crash: number,
): {
  readonly run: Run;
  readonly states: readonly (string | undefined)[];
  readonly segments: readonly Segment[];
  readonly unknown: number;
} {
  const durable = lived.segments.slice(0, 1 + (crash % lived.segments.length));
  const run = foldRun(plan, stored(durable), { runId: RUN_ID, observe: true });
  const states = [stateText(run), lived.states[durable.length - 1]];
  const unknown = run.unansweredIntents();
  const facts = unknown.map(({ node, iteration, attempt }): Fact => ({
    kind: "failure",
    at: run.lastAt,
    node,
    ...(iteration === undefined ? {} : { iteration }),
    attempt,
    durationUs: 0,
    code: "outcome_unknown",
    message: "the owner ended",
  }));
  const rest = live(run, world, { effects: run.pendingEffects(), facts });
  return { run, states, segments: [...durable, ...rest.segments], unknown: unknown.length };
}

/** What the effect belongs to goes on: its step waits, or the run runs. */
function goesOn(run: Run, { node, iteration }: Effect): boolean {
  return node === undefined
    ? run.status === "running"
    : run.stepAt(iteration === undefined ? { node } : { node, iteration })?.status === "waiting";
}

/** Gives the kinds of the facts after which at-most-once calls were repeated. */
function expectSafeRepeats({ segments, effects }: Lived): string[] {
  const facts = segments.flatMap((segment) => segment.facts);
  return effects.flat().flatMap((effect) => {
    if (effect.kind !== "call" || !effect.atMostOnce || effect.attempt === 1) return [];
    const before = facts.find(
      (fact) =>
        "attempt" in fact &&
        fact.kind !== "intent" &&
        stepKey(fact) === stepKey(effect) &&
        fact.attempt === effect.attempt - 1,
    );
    if (before?.kind === "failure") expect(before).toMatchObject({ notSent: true });
    else expect(before).toMatchObject({ kind: "response", status: 429 });
    return before === undefined ? [] : [before.kind];
  });
}

describe("any workflow in any world", () => {
  it("ends with every step ended exactly once and nothing left to do", () => {
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, inputNumber, (plan, world, n) => {
        const { run, lived } = liveFromDelivery(plan, world, n);
        expect(run.status).not.toBe("running");
        expect(run.result?.status).toBe(run.status);
        expect(run.pendingEffects()).toEqual([]);
        expect(run.unansweredIntents()).toEqual([]);
        for (const step of run.steps) expect(["succeeded", "failed", "skipped", "canceled"]).toContain(step.status);
        expectGaplessCursors(lived.events);
        const ends = lived.events.filter(({ type }) => /^step\.(succeeded|failed|skipped|canceled)$/.test(type));
        expect(new Set(ends.map(({ node, iteration }) => `${node} ${iteration?.join(".")}`)).size).toBe(ends.length);
        const last = lived.events.at(-1);
        expect(last?.type).toBe(`run.${run.status}`);
        expect(lived.events.filter(({ type }) => /^run\.(succeeded|failed|canceled)$/.test(type))).toHaveLength(1);
      }),
      RUNS,
    );
  });

  it("never changes a step or run that has ended, and requests nothing after the end", () => {
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, inputNumber, (plan, world, n) => {
        const { lived } = liveFromDelivery(plan, { ...world, isNoisy: true }, n);
        const run = new Run(plan, RUN_ID);
        const over = new Map<string, string>();
        for (const { seq, facts } of lived.segments) {
          for (const fact of facts) {
            const wasOver = run.status !== "running";
            const effects = run.apply(fact, seq);
            if (wasOver) {
              expect(run.ignored).toBe("run_over");
              expect(effects).toEqual([]);
            }
            if (run.status !== "running") expect(effects).toEqual([]);
            for (const step of run.steps) {
              const text = JSON.stringify(stepView(step));
              const before = over.get(step.node);
              if (before !== undefined) expect(text).toBe(before);
              else if (step.status !== "pending" && step.status !== "waiting") over.set(step.node, text);
            }
          }
        }
      }),
      RUNS,
    );
  });

  it("numbers the attempts of a call without gaps and gives all of them one idempotency key", () => {
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, inputNumber, (plan, world, n) => {
        const { lived } = liveFromDelivery(plan, world, n);
        const attempts = new Map<string, number>();
        for (const effect of lived.effects.flat()) {
          if (effect.kind !== "call") continue;
          expect(effect.request().headers["idempotency-key"]).toBe(`mh-${RUN_ID}-${stepKey(effect)}`);
          expect(effect.attempt).toBe((attempts.get(stepKey(effect)) ?? 0) + 1);
          attempts.set(stepKey(effect), effect.attempt);
        }
      }),
      RUNS,
    );
  });

  it("repeats an at-most-once call only when it was not sent, or the answer says that it did not act", () => {
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, inputNumber, (plan, world, n) => {
        expectSafeRepeats(liveFromDelivery(plan, { ...world, badness: 0.6 }, n).lived);
      }),
      RUNS,
    );
    const plan = compile({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "pay",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        pay: {
          type: "http_call@1",
          config: { url: "https://api.example.com/", semantics: "at-most-once", retry: { attemptsMax: 9 } },
        },
      },
      edges: [{ from: "hook", to: "pay" }],
    });
    const reasons = Array.from({ length: 200 }, (_, seed) => {
      const world = { seed: String(seed), badness: 0.8, isNoisy: false, cancelBefore: null };
      return expectSafeRepeats(liveFromDelivery(plan, world, 1).lived);
    });
    expect(new Set(reasons.flat())).toEqual(new Set(["failure", "response"]));
  });

  it("is the same when it is folded again from storage: state, events and effects to the byte", () => {
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, inputNumber, (plan, world, n) => {
        const { run, lived } = liveFromDelivery(plan, world, n);
        const again = new Run(plan, RUN_ID);
        again.observe();
        const events: RunEvent[] = [];
        for (const [index, { seq, facts }] of stored(lived.segments).entries()) {
          const effects = decodeFacts(facts).flatMap((fact) => again.apply(fact, seq));
          expect(JSON.stringify(effects.map(tellEffect))).toBe(JSON.stringify(lived.effects[index]?.map(tellEffect)));
          expect(stateText(again)).toBe(lived.states[index]);
          events.push(...again.takeEvents());
        }
        expect(stateText(again)).toBe(stateText(run));
        expect(JSON.stringify(events)).toBe(JSON.stringify(lived.events));
      }),
      RUNS,
    );
  });

  it("is the same in slices of any size: state, events and effects after every fact", () => {
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, inputNumber, fc.nat(200), (plan, world, n, sliceUnits) => {
        const { lived } = liveFromDelivery(plan, world, n);
        const sliced = new Run(plan, RUN_ID, { sliceUnits });
        sliced.observe();
        for (const [index, { seq, facts }] of lived.segments.entries()) {
          const effects = facts.flatMap((fact) => {
            let asked = sliced.apply(fact, seq);
            while (sliced.isPaused) {
              expect(asked).toEqual([]);
              expect(() => sliced.apply(fact, seq)).toThrow("is paused");
              asked = sliced.proceed();
            }
            expect(sliced.proceed()).toEqual([]);
            return asked;
          });
          expect(JSON.stringify(effects.map(tellEffect))).toBe(JSON.stringify(lived.effects[index]?.map(tellEffect)));
          expect(stateText(sliced)).toBe(lived.states[index]);
        }
        expect(JSON.stringify(sliced.takeEvents())).toBe(JSON.stringify(lived.events));
      }),
      RUNS,
    );
  });

  it("gives events the same cursors whenever watching starts, even in the middle of a segment", () => {
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, inputNumber, fc.nat(12), (plan, world, n, factsBefore) => {
        const { lived } = liveFromDelivery(plan, world, n);
        const watchedLate = new Run(plan, RUN_ID);
        const watched = new Run(plan, RUN_ID);
        watched.observe();
        const facts = lived.segments.flatMap(({ seq, facts: inSegment }) => inSegment.map((fact) => ({ seq, fact })));
        for (const [index, { seq, fact }] of facts.entries()) {
          if (index === factsBefore) {
            watchedLate.observe();
            watched.takeEvents();
          }
          watchedLate.apply(fact, seq);
          watched.apply(fact, seq);
        }
        fc.pre(factsBefore < facts.length);
        expect(JSON.stringify(watchedLate.takeEvents())).toBe(JSON.stringify(watched.takeEvents()));
      }),
      RUNS,
    );
  });

  it("continues after a crash at any point, and its history folds to the same run", () => {
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, inputNumber, fc.nat(20), (plan, world, n, crash) => {
        const { lived } = liveFromDelivery(plan, world, n);
        const { run, states, segments } = crashAndGoOn(plan, world, lived, crash);
        expect(states[0]).toBe(states[1]);
        expect(run.status).not.toBe("running");
        expect(stateText(foldRun(plan, stored(segments), { runId: RUN_ID }))).toBe(stateText(run));
      }),
      RUNS,
    );
  });

  it("has the same end after a crash if the order of answers does not matter", () => {
    fc.assert(
      fc.property(arbitraryRacelessPlan, arbitraryWorld, inputNumber, fc.nat(20), (plan, someWorld, n, crash) => {
        const world = { ...someWorld, cancelBefore: null };
        const { run: undisturbed, lived } = liveFromDelivery(plan, world, n);
        // The first of several failures ends a run.
        fc.pre(undisturbed.status === "succeeded");
        const { run, unknown } = crashAndGoOn(plan, world, lived, crash);
        // A crash may change only an at-most-once call that may have been sent.
        fc.pre(unknown === 0);
        const end = (of: Run): unknown => ({
          result: of.result,
          steps: of.steps.map(({ node, status, output, error, attempts }) => ({
            node,
            status,
            output,
            error,
            attempts,
          })),
        });
        // The id of a child has the time at which it was asked for.
        const text = (of: Run): string => JSON.stringify(end(of)).replaceAll(/Run [0-9a-f-]{36}/g, "Run");
        expect(text(run)).toBe(text(undisturbed));
      }),
      RUNS,
    );
  });

  it("waits after a crash for exactly what was in progress", () => {
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, inputNumber, (plan, world, n) => {
        const { lived } = liveFromDelivery(plan, world, n);
        const run = new Run(plan, RUN_ID);
        const underWay = new Map<string, Effect>();
        for (const [index, { seq, facts }] of lived.segments.entries()) {
          for (const fact of facts) {
            for (const effect of run.apply(fact, seq)) {
              expect(run.awaits(effect), "what the same fact gave up is not asked for").toBe(true);
              // The next attempt replaces the one before; a timeout stands beside it.
              const { node, iteration } = effect;
              underWay.set(JSON.stringify([node, iteration, effect.kind === "timeout"]), effect);
            }
            for (const [key, effect] of underWay) if (!goesOn(run, effect)) underWay.delete(key);
          }
          if (run.status !== "running") break;
          const waiting = [...run.pendingEffects(), ...run.unansweredIntents()].map((effect) =>
            JSON.stringify(tellEffect(effect)),
          );
          expect(waiting.toSorted(), `after segment ${index}`).toEqual(
            [...underWay.values()].map((effect) => JSON.stringify(tellEffect(effect))).toSorted(),
          );
        }
      }),
      RUNS,
    );
  });
});
