import { expect, it } from "vitest";
import { validateDefinition } from "../definition/validate.ts";
import type { Plan } from "../plan/plan.ts";
import { encodeFacts } from "./codec.ts";
import type { Fact } from "./fact.ts";
import { foldRun } from "./fold.ts";
import { Run } from "./run.ts";
import { stateHash } from "./state-hash.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";

function planOf(): Plan {
  const each = { type: "http_call@1", config: { url: "https://a.example.com/{{ item }}" } };
  const checked = validateDefinition({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "hash",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      lines: { type: "loop@1", config: { items: "input", concurrency: 2, body: { nodes: { each }, edges: [] } } },
    },
    edges: [{ from: "hook", to: "lines" }],
  });
  if ("issues" in checked) throw new Error(JSON.stringify(checked.issues));
  return checked.plan;
}

const DELIVERY: Fact = { kind: "delivery", at: 1, headers: {}, query: {}, body: [1, 2, 3], semantics: 3 };
const answer = (index: number, body: number): Fact => ({
  ...{ kind: "response", at: 5, node: "each", iteration: [index], attempt: 1, durationUs: 1, status: 200 },
  headers: {},
  body,
});

it("is the same however the facts were cut into segments and whatever is kept, and changes with every fact", () => {
  const plan = planOf();
  const facts = [DELIVERY, answer(0, 7), answer(1, 8), answer(2, 9)];
  const hashes = facts.map((_, last) => {
    const [live, kept] = [new Run(plan, RUN_ID), new Run(plan, RUN_ID, { keepsIterations: true })];
    for (const [seq, fact] of facts.slice(0, last + 1).entries()) for (const run of [live, kept]) run.apply(fact, seq);
    const stored = facts.slice(0, last + 1).map((fact, seq) => ({ seq, facts: encodeFacts([fact]) }));
    const hash = stateHash(live);
    expect(stateHash(kept)).toBe(hash);
    expect(stateHash(foldRun(plan, stored, { runId: RUN_ID, observe: true }))).toBe(hash);
    return hash;
  });
  expect(new Set(hashes).size).toBe(facts.length);
  // One answer that differs, in an iteration whose steps are gone.
  const other = new Run(plan, RUN_ID);
  for (const [seq, fact] of [DELIVERY, answer(0, 6), ...facts.slice(2)].entries()) other.apply(fact, seq);
  expect(stateHash(other)).not.toBe(hashes.at(-1));
});

it("tells apart what a step waits for", () => {
  const checked = validateDefinition({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "hash",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      wait: { type: "delay@1", config: { durationMs: { $jmes: "input" } } },
    },
    edges: [{ from: "hook", to: "wait" }],
  });
  if ("issues" in checked) throw new Error(JSON.stringify(checked.issues));
  const hashOf = (body: number): string => {
    const run = new Run(checked.plan, RUN_ID);
    run.apply({ ...DELIVERY, body } as Fact, 0);
    return stateHash(run);
  };
  expect(hashOf(5)).toBe(hashOf(5));
  expect(hashOf(5)).not.toBe(hashOf(6));
});
