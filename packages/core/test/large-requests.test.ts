import { describe, expect, it } from "vitest";
import {
  type CallEffect,
  compile,
  type Effect,
  encodeFacts,
  explainStep,
  type Fact,
  foldRun,
  type Json,
  type Plan,
  Run,
} from "../src/index.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";
const LARGE = 'x€\u0000"'.repeat(10_000);

/** A call behind another one, so that the second sees an answer and a time of its own. */
function planOf(config: { readonly [name: string]: Json }): Plan {
  return compile({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "large",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      ask: { type: "http_call@1", config: { url: "https://api.example.com/" } },
      beside: { type: "delay@1", config: { durationMs: 1 } },
      send: {
        type: "http_call@1",
        config: { url: "https://api.example.com/{{ input.id }}", retry: { jitter: "none", baseMs: 10 }, ...config },
      },
    },
    edges: [
      { from: "hook", to: "ask" },
      { from: "hook", to: "beside" },
      { from: "ask", to: "send" },
    ],
  });
}

function facts(body: Json): readonly Fact[] {
  const answer = { kind: "response", durationUs: 5, headers: { "x-a": "b" } } as const;
  return [
    { kind: "delivery", at: 1_000_000, headers: { "x-kind": "k" }, query: { q: "1" }, body },
    { ...answer, at: 2_000_000, node: "ask", attempt: 1, status: 200, body: { token: LARGE } },
    { kind: "timer", at: 3_000_000, node: "beside" },
    { ...answer, at: 4_000_000, node: "send", attempt: 1, status: 503, body: "later" },
  ];
}

function callOf(effects: readonly Effect[], node: string): CallEffect {
  const call = effects.find((effect) => effect.node === node);
  if (call?.kind !== "call") throw new Error(`No call of ${node}`);
  return call;
}

const BODIES: readonly [name: string, config: { readonly [name: string]: Json }][] = [
  ["the whole delivery", { body: { $jmes: "input" } }],
  [
    "parts of everything",
    { body: { at: "{{ now }}", list: [{ $jmes: "nodes.ask.output" }, '{{ headers."x-kind" }}'] } },
  ],
  ["a text", { headers: { "content-type": "text/plain" }, body: "{{ now }} {{ input.text }}" }],
  ["a large header", { headers: { "x-large": "{{ input.ascii }}" } }],
];

describe("a request too large to be kept", () => {
  it.each(BODIES)("is the same for every attempt and after a takeover: %s", (_name, config) => {
    const plan = planOf(config);
    const [delivery, answer, timer, refusal] = facts({ id: 7, text: LARGE, ascii: "y".repeat(20_000) });
    if (delivery === undefined || answer === undefined || timer === undefined || refusal === undefined)
      throw new Error();
    const run = new Run(plan, RUN_ID);
    run.apply(delivery, 0);
    const first = callOf(run.apply(answer, 1), "send");
    const sent = first.request();
    expect(explainStep(run, { node: "send" })?.input).toEqual({ type: "http_call@1", request: sent });
    expect(first.request(), "it is not kept").not.toBe(sent);
    run.apply(timer, 2);
    expect(first.request(), "after a later fact").toEqual(sent);
    const second = callOf(run.apply(refusal, 3), "send");
    expect(second).toMatchObject({ attempt: 2, target: first.target, requestBytes: first.requestBytes });
    expect(second.request(), "for the next attempt").toEqual(sent);

    const segments = [delivery, answer, timer, refusal].map((fact, seq) => ({ seq, facts: encodeFacts([fact]) }));
    for (const count of [2, 3, 4]) {
      const again = foldRun(plan, segments.slice(0, count), { runId: RUN_ID });
      expect(callOf(again.pendingEffects(), "send").request(), `after ${count} segments`).toEqual(sent);
    }
    run.apply({ kind: "cancel", at: 5_000_000 }, 4);
    expect(second.request(), "after the end").toEqual(sent);
  });

  it("is the same after a branch has ended that a join did not wait for, and so is the step's explanation", () => {
    const call = (more: {
      readonly [name: string]: Json;
    }): { type: string; config: { readonly [name: string]: Json } } => ({
      type: "http_call@1",
      config: { url: "https://api.example.com/", ...more },
    });
    const body = { fast: { $jmes: "nodes.fast.output" }, slow: { $jmes: "nodes.slow.output" } };
    const plan = compile({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "racing",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        fast: call({}),
        slow: call({}),
        join: { ...call({ body }), join: "any" },
        behind: call({ body }),
      },
      edges: [
        { from: "hook", to: "fast" },
        { from: "hook", to: "slow" },
        { from: "fast", to: "join" },
        { from: "slow", to: "join" },
        { from: "join", to: "behind" },
      ],
    });
    const answer = (at: number, node: string, told: Json): Fact => ({
      kind: "response",
      at,
      node,
      attempt: 1,
      durationUs: 5,
      status: 200,
      headers: {},
      body: told,
    });
    const history: readonly Fact[] = [
      { kind: "delivery", at: 1_000_000, semantics: 3, headers: {}, query: {}, body: {} },
      answer(2_000_000, "fast", LARGE),
      answer(3_000_000, "join", null),
      answer(4_000_000, "slow", "late"),
    ];
    const run = new Run(plan, RUN_ID, {});
    const asked = history.flatMap((fact, seq) => [...run.apply(fact, seq)]);
    for (const node of ["join", "behind"]) {
      const request = callOf(asked, node).request();
      expect(JSON.parse(request.body ?? "")).toMatchObject({ fast: { body: LARGE }, slow: null });
      expect(explainStep(run, { node })?.input).toEqual({ type: "http_call@1", request });
      expect(explainStep(run, { node })?.scope["nodes"]).not.toHaveProperty("slow");
    }
    const segments = history.map((fact, seq) => ({ seq, facts: encodeFacts([fact]) }));
    const again = foldRun(plan, segments, { runId: RUN_ID });
    expect(callOf(again.pendingEffects(), "behind").request()).toEqual(callOf(asked, "behind").request());
  });

  it("gives its approximate size, and its target", () => {
    const run = new Run(planOf({ body: { $jmes: "input" } }), RUN_ID);
    const body = {
      id: 7,
      text: "x".repeat(100_000),
      list: Array.from({ length: 1000 }, (_, n) => ({ n, isEven: n % 2 === 0 })),
    };
    const [delivery, answer] = facts(body);
    if (delivery === undefined || answer === undefined) throw new Error();
    run.apply(delivery, 0);
    const call = callOf(run.apply(answer, 1), "send");
    expect(call.target).toBe("POST https://api.example.com");
    const actual = JSON.stringify(body).length;
    expect(call.requestBytes).toBeGreaterThan(actual * 0.9);
    expect(call.requestBytes).toBeLessThan(actual * 1.1);
  });

  it("does not concern a small one, which is rendered once", () => {
    const run = new Run(planOf({ body: { $jmes: "input" } }), RUN_ID);
    const [delivery, answer] = facts({ id: 7 });
    if (delivery === undefined || answer === undefined) throw new Error();
    run.apply(delivery, 0);
    const call = callOf(run.apply(answer, 1), "send");
    expect(call.request()).toBe(call.request());
  });
});
