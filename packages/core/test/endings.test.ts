import { describe, expect, it } from "vitest";
import { compile, type DeliveryFact, explainStep, type Fact, type Json, Run, RUN_LIMITS } from "../src/index.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";

type Nodes = { readonly [id: string]: { readonly type: string; readonly config: { readonly [name: string]: Json } } };

const transform = (expression: string): Nodes[string] => ({ type: "transform@1", config: { expression } });

function delivery(body: Json, rest: Partial<DeliveryFact> = {}): DeliveryFact {
  return { kind: "delivery", at: 1000, semantics: 4, headers: {}, query: {}, body, ...rest };
}

/** A run of nodes that all follow the webhook, with its delivery and other facts folded. */
function fold(nodes: Nodes, facts: readonly Fact[]): Run {
  const plan = compile({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "small",
    nodes: { hook: { type: "webhook@1", config: {} }, ...nodes },
    edges: Object.keys(nodes).map((to) => ({ from: "hook", to })),
  });
  const run = new Run(plan, RUN_ID);
  for (const [seq, fact] of facts.entries()) run.apply(fact, seq);
  return run;
}

function looping(body: Nodes, config: { readonly [name: string]: Json } = {}): Nodes {
  return { each: { type: "loop@1", config: { items: "input", body: { nodes: body, edges: [] }, ...config } } };
}

describe("a loop", () => {
  it("gives for each iteration what its last steps put out, also where the item is null", () => {
    const run = fold(looping({ a: transform("item"), b: transform("index") }), [delivery([null, 7])]);
    expect(run.steps[1]?.output).toMatchObject({
      results: [
        { a: null, b: 0 },
        { a: 7, b: 1 },
      ],
    });
  });

  it("gives null for an iteration whose last steps were all skipped", () => {
    const gate = { type: "branch@1", config: { condition: "item" } };
    const edges = [{ from: "gate", port: "true", to: "a" }];
    const config = { items: "input", body: { nodes: { gate, a: transform("item") }, edges } };
    const run = fold({ each: { type: "loop@1", config } }, [delivery([true, false])]);
    expect(run.steps[1]?.output).toMatchObject({ results: [true, null] });
  });

  it("fails with the reason of its only iteration, or of the last one, where a result cannot be computed", () => {
    const nodes = looping({ a: transform("item") }, { result: { $jmes: "abs(nodes.a.output)" } });
    const message = (items: Json): string | undefined => fold(nodes, [delivery(items)]).result?.error?.message;
    expect(message(["x"])).toMatch(/^The only iteration failed: /);
    expect(message([1, "x"])).toMatch(/^1 of 2 iterations failed, the last one \(1\) with expression_failed: /);
  });

  it.each([
    [null, "null"],
    [7, "a number"],
    [{}, "an object"],
    [true, "a boolean"],
  ])("over %j fails, and says what it got", (input, kind) => {
    const run = fold(looping({ a: transform("item") }), [delivery(input)]);
    expect(run.result?.error).toMatchObject({ code: "loop_items_invalid" });
    expect(run.result?.error?.message).toContain(`are ${kind}; give an array`);
  });

  it("ends its run where its iterations, or the results of them, cost more than a run may", () => {
    const items = Array.from({ length: 10_000 }, (_, index) => index);
    const long: Nodes[string] = {
      type: "loop@1",
      config: { items: "$.input", body: { nodes: { a: transform("`1`") }, edges: [] }, result: null },
    };
    const beyond = fold(looping({ inner: long }, { items: "input[:12]" }), [delivery(items)]);
    expect(beyond.result?.error).toMatchObject({ code: "run_budget" });
    const costly = fold(
      looping({ a: transform("`1`") }, { result: { $jmes: "length(map(&to_string(@), $.input))" } }),
      [delivery(items)],
    );
    expect(costly.result?.error).toMatchObject({ code: "run_budget", node: "each" });
    for (const run of [beyond, costly]) expect(run.unitsSpent).toBeLessThan(RUN_LIMITS.units * 1.1);
  });
});

describe("a child", () => {
  const nodes: Nodes = { child: { type: "call_workflow@1", config: { workflow: "other" } } };
  const ended = (rest: Pick<Extract<Fact, { kind: "child" }>, "status" | "error">): Run => {
    const runId = fold(nodes, [delivery(1)]).children[0]?.runId ?? "";
    return fold(nodes, [delivery(1), { kind: "child", at: 2000, node: "child", runId, output: null, ...rest }]);
  };

  it("that failed says in which step, if it knows, and why, if it knows", () => {
    const error = { code: "http_status", message: "answered 500" };
    const message = (one: typeof error & { node?: string }): unknown =>
      ended({ status: "failed", error: one }).result?.error?.message;
    expect(message({ ...error, node: "send" })).toMatch(/failed in "send" with http_status: answered 500$/);
    expect(message(error)).toMatch(/failed with http_status: answered 500$/);
    expect(ended({ status: "failed" }).result?.error?.message).toMatch(/^Run .* of workflow "other" failed$/);
  });

  it("that succeeded fails its step all the same where its output could not be taken", () => {
    const error = { code: "child_output_too_large", message: "too large" };
    expect(ended({ status: "succeeded", error }).result?.error).toEqual({ ...error, node: "child" });
    expect(ended({ status: "succeeded" }).status).toBe("succeeded");
  });

  it("more than one is told of in the order in which they were asked for", () => {
    const run = fold(
      looping({ child: { type: "call_workflow@1", config: { workflow: "other" } } }, { concurrency: 2 }),
      [delivery([1, 2])],
    );
    expect(run.children.map(({ iteration }) => iteration)).toEqual([[0], [1]]);
  });
});

it("a run is held until it begins or ends", () => {
  const nodes: Nodes = { a: transform("input") };
  const held = delivery(1, { held: true });
  expect(fold(nodes, [held]).isHeld).toBe(true);
  expect(fold(nodes, [held, { kind: "begin", at: 2000 }]).isHeld).toBe(false);
  expect(fold(nodes, [held, { kind: "cancel", at: 2000 }]).isHeld).toBe(false);
});

it("a run that is ended as failed has a reason, also where none is given", () => {
  const run = fold({ stop: { type: "terminate@1", config: { status: "failed" } } }, [delivery(1)]);
  expect(run.result?.error?.message).toBe('Node "stop" ended the run as failed');
});

it("what is read as XML must be text, and what is written as XML an object", () => {
  const fails = (config: { readonly [name: string]: Json }, input: Json): unknown =>
    fold({ xml: { type: "xml_json@1", config: { value: { $jmes: "input" }, ...config } } }, [delivery(input)]).result
      ?.error;
  expect(fails({ direction: "xml_to_json" }, 7)).toMatchObject({ code: "xml_invalid" });
  expect(fails({ direction: "json_to_xml" }, { a: 1, b: 2 })).toMatchObject({ code: "xml_invalid" });
  const large = Array.from({ length: 200_000 }, () => 1);
  expect(fails({ direction: "json_to_xml" }, { a: { b: large } })).toMatchObject({ code: "expression_budget" });
});

it("an explanation needs no value: where none is given, or where there is none, it says so", () => {
  const explained = (nodes: Nodes, input: Json): unknown =>
    explainStep(fold(nodes, [delivery(input)]), { node: "a" })?.input;
  const delay = (until: Json): Nodes => ({ a: { type: "delay@1", config: { until } } });
  expect(explained(delay({ $jmes: "input" }), "soon")).toEqual({ type: "delay@1", until: "soon", dueAt: null });
  expect(explained({ a: { type: "delay@1", config: { durationMs: { $jmes: "input" } } } }, 5)).toEqual({
    type: "delay@1",
    durationMs: 5,
  });
  const ends = (response: Json): Nodes => ({ a: { type: "terminate@1", config: { response } } });
  const nothing = { type: "terminate@1", status: "succeeded", output: null, reason: null, response: null };
  expect(explained({ a: { type: "terminate@1", config: {} } }, 1)).toEqual(nothing);
  expect(explained(ends({ status: { $jmes: "input" } }), "x")).toEqual(nothing);
});

it("an explanation costs no more than a run may, also of a run that had no limit", () => {
  const when = "contains(to_string(input), 'x')";
  const cases = Array.from({ length: 32 }, (_, index) => ({ port: `p${index}`, when }));
  const items = Array.from({ length: 45_000 }, (_, index) => index);
  const run = fold({ a: { type: "branch@1", config: { cases } } }, [{ ...delivery(items), semantics: 1 }]);
  expect(run.stepAt({ node: "a" })?.output).toBe("else");
  expect(explainStep(run, { node: "a" })?.error?.code).toBe("run_budget");
});
