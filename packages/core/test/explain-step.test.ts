import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile, explainStep, type Fact, type Json, type Plan, Run, type WorkflowDefinition } from "../src/index.ts";
import { arbitraryPlan, arbitraryWorld, deliveryOf, live } from "./world.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";

const DEFINITION: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "explained",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    pick: { type: "transform@1", config: { expression: "{ id: input.id, at: now }" } },
    gate: {
      type: "branch@1",
      config: {
        cases: [
          { port: "none", when: "input.list" },
          { port: "some", when: "input.id" },
          { port: "never", when: "input.never" },
        ],
      },
    },
    wait: { type: "delay@1", config: { durationMs: { $jmes: "input.wait" } } },
    send: {
      type: "http_call@1",
      config: { url: "https://api.example.com/{{ nodes.pick.output.id }}", body: { at: "{{ now }}" } },
    },
    beside: { type: "transform@1", config: { expression: "input" } },
    end: {
      type: "terminate@1",
      config: { reason: "as {{ input.id }} wants", output: { $jmes: "nodes.send.output.status" } },
    },
  },
  edges: [
    { from: "hook", to: "pick" },
    { from: "hook", to: "beside" },
    { from: "pick", to: "gate" },
    { from: "gate", port: "some", to: "wait" },
    { from: "wait", to: "send" },
    { from: "send", to: "end" },
  ],
};

/** 2001-09-09T01:46:40Z */
const START = 1_000_000_000_000_000;
const answered: Omit<Extract<Fact, { kind: "response" }>, "at"> = {
  kind: "response",
  node: "send",
  attempt: 1,
  durationUs: 5,
  status: 200,
  headers: {},
  body: null,
};

function runOf(plan: Plan, body: Json, ...facts: readonly Fact[]): Run {
  const run = new Run(plan, RUN_ID);
  run.apply({ kind: "delivery", at: START, headers: { "x-kind": "k" }, query: {}, body }, 0);
  for (const [index, fact] of facts.entries()) run.apply(fact, index + 1);
  return run;
}

/** A single node behind the webhook, run with a body. */
function explained(
  type: string,
  config: { readonly [name: string]: Json },
  body: Json,
): ReturnType<typeof explainStep> {
  const nodes = { hook: { type: "webhook@1", config: {} }, a: { type, config } };
  return explainStep(runOf(compile({ ...DEFINITION, nodes, edges: [{ from: "hook", to: "a" }] }), body), { node: "a" });
}

describe("explainStep", () => {
  const plan = compile(DEFINITION);
  const body = { id: "a 1", list: [], wait: 5 };
  const timer: Fact = { kind: "timer", at: START + 5000, node: "wait" };

  it("gives the values of each step's config", () => {
    const run = runOf(plan, body, timer, { ...answered, at: START + 9000 });
    expect(run.status).toBe("succeeded");
    const inputs = run.steps.map(({ node }) => [node, explainStep(run, { node })?.input]);
    expect(Object.fromEntries(inputs)).toEqual({
      hook: { type: "webhook@1" },
      pick: { type: "transform@1", expression: "{ id: input.id, at: now }" },
      beside: { type: "transform@1", expression: "input" },
      gate: {
        type: "branch@1",
        tried: [
          { port: "none", when: "input.list", value: [], holds: false },
          { port: "some", when: "input.id", value: "a 1", holds: true },
        ],
      },
      wait: { type: "delay@1", durationMs: 5 },
      send: {
        type: "http_call@1",
        request: {
          method: "POST",
          url: "https://api.example.com/a%201",
          headers: { "content-type": "application/json", "idempotency-key": `mh-${RUN_ID}-send` },
          body: '{"at":"2001-09-09T01:46:40.005000Z"}',
          responseBytesMax: 1_048_576,
        },
      },
      end: { type: "terminate@1", status: "succeeded", reason: "as a 1 wants", output: 200, response: null },
    });
  });

  it("shows what expressions saw: the time at that point, and the steps that lead there", () => {
    const run = runOf(plan, body, timer, { ...answered, at: START + 9000 });
    expect(JSON.parse(JSON.stringify(explainStep(run, { node: "wait" })?.scope))).toEqual({
      input: body,
      headers: { "x-kind": "k" },
      query: {},
      nodes: {
        hook: { output: body },
        pick: { output: { id: "a 1", at: "2001-09-09T01:46:40.000000Z" } },
        gate: { output: "some" },
      },
      run: { id: RUN_ID, startedAt: "2001-09-09T01:46:40.000000Z" },
      now: "2001-09-09T01:46:40.000000Z",
    });
  });

  it("gives nothing for a step that has not run, was skipped, or does not exist", () => {
    expect(explainStep(runOf(plan, body), { node: "send" })).toBeNull();
    expect(explainStep(runOf(plan, {}), { node: "wait" })).toBeNull();
    expect(explainStep(runOf(plan, body), { node: "gone" })).toBeNull();
    expect(explainStep(new Run(plan, RUN_ID), { node: "hook" })).toBeNull();
  });

  it.each<[type: string, config: { readonly [name: string]: Json }, input: Json, code: string | null]>([
    [
      "transform@1",
      { expression: "sum(input)" },
      { type: "transform@1", expression: "sum(input)" },
      "expression_failed",
    ],
    [
      "branch@1",
      {
        cases: [
          { port: "x", when: "input.x" },
          { port: "y", when: "sum(input)" },
        ],
      },
      { type: "branch@1", tried: [{ port: "x", when: "input.x", value: null, holds: false }] },
      "expression_failed",
    ],
    ["http_call@1", { url: "https://api.example.com/{{ input.x }}" }, null, "expression_failed"],
    ["http_call@1", { url: "https://api.example.com/{{ '..' }}" }, null, "request_invalid"],
    ["delay@1", { durationMs: { $jmes: "'long'" } }, { type: "delay@1", durationMs: "long" }, null],
    ["terminate@1", { reason: "{{ input.x }}" }, null, "expression_failed"],
  ])("shows of a failed %s %j as much as there is", (type, config, input, code) => {
    const explanation = explained(type, config, { y: 1 });
    expect(explanation?.input).toEqual(input);
    expect(explanation?.error?.code ?? null).toBe(code);
  });

  it("agrees with any run: requests, ports and failures", () => {
    const seen = { requests: 0, branches: 0, failures: 0 };
    fc.assert(
      fc.property(arbitraryPlan, arbitraryWorld, fc.nat(12), (plan, world, n) => {
        const run = new Run(plan, RUN_ID, { keepsIterations: true });
        const { effects } = live(run, world, { fact: deliveryOf(n) });
        for (const effect of effects.flat()) {
          if (effect.kind !== "call") continue;
          seen.requests += 1;
          expect(JSON.stringify(explainStep(run, effect)?.input)).toBe(
            JSON.stringify({ type: plan.nodeById.get(effect.node)?.step.type, request: effect.request() }),
          );
        }
        for (const { node, status, output, error, startedAt } of run.steps) {
          const explanation = explainStep(run, { node });
          expect(explanation === null).toBe(startedAt === null);
          if (explanation?.input?.type === "branch@1" && status === "succeeded") {
            seen.branches += 1;
            const taken = explanation.input.tried.find(({ holds }) => holds);
            expect(taken?.port ?? "false").toBe(output);
          }
          if (explanation !== null && explanation.error !== null) {
            seen.failures += 1;
            expect(error).toMatchObject(explanation.error);
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(
      Object.values(seen).every((count) => count > 0),
      JSON.stringify(seen),
    ).toBe(true);
  });
});
