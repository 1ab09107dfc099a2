import { describe, expect, it } from "vitest";
import {
  encodeFacts,
  type Fact,
  type Json,
  type JsonObject,
  type Plan,
  Run,
  type Trial,
  tryRun,
  validateDefinition,
} from "../src/index.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";
const SECOND = 1_000_000;

interface Graph {
  readonly nodes: {
    readonly [id: string]: { readonly type: string; readonly config: JsonObject; readonly timeoutMs?: number };
  };
  readonly edges: readonly { readonly from: string; readonly port?: string; readonly to: string }[];
}

function planOf({ nodes, edges }: Graph): Plan {
  const all = { hook: { type: "webhook@1", config: {} }, ...nodes };
  const checked = validateDefinition({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "orders",
    nodes: all,
    edges,
  });
  if ("issues" in checked) throw new Error(JSON.stringify(checked.issues));
  return checked.plan;
}

function attempt(before: Graph, after: Graph, facts: readonly Fact[]): Promise<Trial> {
  const segments = facts.map((fact, seq) => ({ seq, facts: encodeFacts([fact]) }));
  return tryRun({ plan: planOf(before), segments, runId: RUN_ID }, planOf(after), { rest: () => Promise.resolve() });
}

function delivery(body: Json): Fact {
  return { kind: "delivery", at: SECOND, headers: {}, query: {}, body, semantics: 3 };
}

function response(node: string, body: Json, at = 2 * SECOND, rest: { status?: number; attempt?: number } = {}): Fact {
  const { status = 200, attempt = 1 } = rest;
  return { kind: "response", at, node, attempt, durationUs: 1, status, headers: {}, body };
}

const call = (path: string, rest: JsonObject = {}): { type: string; config: JsonObject } => ({
  type: "http_call@1",
  config: { method: "GET", url: `https://api.example.com/${path}`, ...rest },
});
const transform = (expression: string): { type: string; config: JsonObject } => ({
  type: "transform@1",
  config: { expression },
});
const branch = (condition: string): { type: string; config: JsonObject } => ({
  type: "branch@1",
  config: { condition },
});
const end = (output: Json): { type: string; config: JsonObject } => ({ type: "terminate@1", config: { output } });

const ORDER: Graph = {
  nodes: {
    price: call("price"),
    gate: branch("nodes.price.output.body.total > `100`"),
    review: end("review"),
    accepted: end("accepted"),
  },
  edges: [
    { from: "hook", to: "price" },
    { from: "price", to: "gate" },
    { from: "gate", port: "true", to: "review" },
    { from: "gate", port: "false", to: "accepted" },
  ],
};
const withNodes = (nodes: Graph["nodes"]): Graph => ({ ...ORDER, nodes: { ...ORDER.nodes, ...nodes } });
const FACTS = [delivery({ id: 7 }), response("price", { total: 150 })];

describe("a recorded run under another version", () => {
  it("is the same where nothing that it does has changed", async () => {
    const trial = await attempt(ORDER, withNodes({ gate: branch("nodes.price.output.body.total >= `120`") }), FACTS);
    expect(trial).toMatchObject({ verdict: "same", differences: [], unusedFacts: 0 });
    expect(trial.after).toEqual({ status: "succeeded", output: "review" });
  });

  it("shows the port that a branch would take, and how the run would end", async () => {
    const trial = await attempt(ORDER, withNodes({ gate: branch("nodes.price.output.body.total > `200`") }), FACTS);
    expect(trial.verdict).toBe("different");
    expect(trial.differences[0]).toEqual({ node: "gate", kind: "port", before: "true", after: "false" });
    expect([trial.before.output, trial.after.output]).toEqual(["review", "accepted"]);
  });

  it("shows another request, and goes on with the recorded answer", async () => {
    const changed = call("prices/{{ input.id }}", { headers: { "x-a": "1" } });
    const trial = await attempt(ORDER, withNodes({ price: changed }), FACTS);
    expect(trial).toMatchObject({
      verdict: "different",
      differences: [
        {
          node: "price",
          kind: "request",
          parts: ["url", "headers"],
          before: { url: "https://api.example.com/price" },
          after: { url: "https://api.example.com/prices/7" },
        },
      ],
      after: { status: "succeeded", output: "review" },
    });
  });

  it("tells bodies apart by their hash", async () => {
    const body = (value: Json): Graph => withNodes({ price: call("price", { method: "POST", body: value }) });
    const trial = await attempt(body({ a: 1 }), body({ a: 2 }), FACTS);
    const [first] = trial.differences;
    if (first?.kind !== "request") throw new Error("no request differs");
    expect(first.parts).toEqual(["body"]);
    expect(first.before.bodySha256).toMatch(/^[0-9a-f]{64}$/);
    expect(first.after.bodySha256).not.toBe(first.before.bodySha256);
  });

  it("does not guess the answer to a call that was never made", async () => {
    const after: Graph = {
      nodes: { ...ORDER.nodes, stock: call("stock") },
      edges: [{ from: "hook", to: "stock" }, { from: "stock", to: "price" }, ...ORDER.edges.slice(1)],
    };
    const trial = await attempt(ORDER, after, FACTS);
    expect(trial).toMatchObject({
      verdict: "unknown",
      differences: [{ node: "stock", kind: "unknown", reason: "never_called" }],
      after: { status: "running" },
      unusedFacts: 1,
    });
  });

  it("finds answers by their step, also where the steps have changed their order", async () => {
    const chain = (first: string, second: string): Graph => ({
      nodes: { a: call("a"), b: call("b"), sum: transform("nodes.a.output.body + nodes.b.output.body") },
      edges: [
        { from: "hook", to: first },
        { from: first, to: second },
        { from: second, to: "sum" },
      ],
    });
    const facts = [delivery(null), response("a", 1), response("b", 2, 3 * SECOND)];
    expect(await attempt(chain("a", "b"), chain("b", "a"), facts)).toMatchObject({ verdict: "same", unusedFacts: 0 });
  });

  it("ends a new delay when it is due, before what is recorded for later", async () => {
    const before: Graph = { nodes: { slow: call("slow") }, edges: [{ from: "hook", to: "slow" }] };
    const after: Graph = {
      nodes: { ...before.nodes, pause: { type: "delay@1", config: { durationMs: 1_000 } }, late: end("gave up") },
      edges: [...before.edges, { from: "hook", to: "pause" }, { from: "pause", to: "late" }],
    };
    const facts = [delivery(null), response("slow", 1, 10 * SECOND)];
    const trial = await attempt(before, after, facts);
    expect(trial.differences[0]).toMatchObject({ node: "slow", kind: "status", after: { status: "canceled" } });
    expect(trial.after).toEqual({ status: "succeeded", output: "gave up" });
  });

  it("ends a delay of another length when it is due now, and one of the same length as it ended", async () => {
    const delayed = (durationMs: number): Graph => ({
      nodes: { pause: { type: "delay@1", config: { durationMs } }, when: transform("now") },
      edges: [
        { from: "hook", to: "pause" },
        { from: "pause", to: "when" },
      ],
    });
    const late: Fact = { kind: "timer", at: 4 * SECOND, node: "pause" };
    expect(await attempt(delayed(2_000), delayed(2_000), [delivery(1), late])).toMatchObject({ verdict: "same" });
    const longer = await attempt(delayed(2_000), delayed(5_000), [delivery(1), late]);
    expect(longer.differences).toEqual([
      {
        node: "when",
        kind: "output",
        before: "1970-01-01T00:00:04.000000Z",
        after: "1970-01-01T00:00:06.000000Z",
      },
    ]);
    // While it goes on, nothing is known of its end.
    expect(await attempt(delayed(2_000), delayed(2_000), [delivery(1)])).toMatchObject({
      verdict: "same",
      after: { status: "running" },
    });
  });

  it("ends what timed out at the same time as it did, and does not guess what another timeout would have met", async () => {
    const limited = (timeoutMs: number): Graph => ({
      nodes: { slow: { ...call("slow"), timeoutMs }, late: end("late") },
      edges: [
        { from: "hook", to: "slow" },
        { from: "slow", port: "error", to: "late" },
      ],
    });
    const facts: readonly Fact[] = [delivery(1), { kind: "timeout", at: 3 * SECOND, node: "slow" }];
    expect(await attempt(limited(2_000), limited(2_000), facts)).toMatchObject({
      verdict: "same",
      after: { output: "late" },
    });
    expect(await attempt(limited(2_000), limited(60_000), facts)).toMatchObject({
      verdict: "unknown",
      differences: [{ node: "slow", kind: "unknown" }],
      unusedFacts: 1,
    });
  });

  it("does not know whether a signal would have come that nobody was asked for", async () => {
    const after: Graph = {
      nodes: { approval: { type: "wait_for_signal@1", config: { name: "approve", timeoutMs: 1_000 } }, ...ORDER.nodes },
      edges: [{ from: "hook", to: "approval" }, { from: "approval", to: "price" }, ...ORDER.edges.slice(1)],
    };
    const trial = await attempt(ORDER, after, FACTS);
    expect(trial).toMatchObject({ verdict: "unknown", differences: [{ node: "approval", reason: "waits" }] });
    const signal: Fact = {
      kind: "signal",
      at: 2 * SECOND,
      signal: "019ab2f0-4c00-7000-8010-00000000000b",
      name: "approve",
      payload: null,
    };
    expect(await attempt(after, after, [delivery({ id: 7 }), signal, ...FACTS.slice(1)])).toMatchObject({
      verdict: "same",
      after: { status: "succeeded", output: "review" },
    });
  });

  it("says that a call would no longer be made", async () => {
    const after: Graph = { nodes: { done: end("done") }, edges: [{ from: "hook", to: "done" }] };
    const trial = await attempt(ORDER, after, FACTS);
    expect(trial).toMatchObject({
      verdict: "different",
      differences: [{ node: "price", kind: "status", before: { status: "succeeded" }, after: null }],
      unusedFacts: 1,
    });
  });

  it("tries attempts by the new policy of retries: one fewer fails, one more is unknown", async () => {
    const facts = [delivery(null), response("price", null, 2 * SECOND, { status: 503 })];
    const withAttempts = (attemptsMax: number): Graph =>
      withNodes({ price: call("price", { retry: { attemptsMax } }) });
    const failed = [...facts, response("price", { total: 1 }, 9 * SECOND, { attempt: 2 })];
    const fewer = await attempt(withAttempts(2), withAttempts(1), failed);
    expect(fewer.differences[0]).toMatchObject({ node: "price", after: { status: "failed", code: "http_status" } });
    const more = await attempt(withAttempts(1), withAttempts(2), facts);
    expect(more.differences[0]).toEqual({ node: "price", kind: "unknown", reason: "no_such_attempt" });
  });

  it("names the iteration of a loop where something differs, before the loop itself", async () => {
    const loop = (expression: string): Graph => ({
      nodes: {
        lines: {
          type: "loop@1",
          config: { items: "input", body: { nodes: { each: transform(expression) }, edges: [] } },
        },
      },
      edges: [{ from: "hook", to: "lines" }],
    });
    const trial = await attempt(loop("item"), loop("min([item, `2`])"), [delivery([1, 2, 3])]);
    expect(trial.differences.map(({ node, kind }) => [node, kind])).toEqual([
      ["each", "output"],
      ["lines", "output"],
    ]);
    expect(trial.differences[0]).toMatchObject({ iteration: [2], before: 3, after: 2 });
  });

  it("takes the output of a child over, also where it would be started at another time", async () => {
    const before: Graph = {
      nodes: {
        child: { type: "call_workflow@1", config: { workflow: "other" } },
        done: end({ $jmes: "nodes.child.output" }),
      },
      edges: [
        { from: "hook", to: "child" },
        { from: "child", to: "done" },
      ],
    };
    const plan = planOf(before);
    const [asked] = new Run(plan, RUN_ID).apply(delivery(1), 0);
    if (asked?.kind !== "child") throw new Error("no child is asked for");
    const ended: Fact = {
      kind: "child",
      at: 3 * SECOND,
      node: "child",
      runId: asked.runId,
      status: "succeeded",
      output: 7,
    };
    const after: Graph = {
      nodes: { ...before.nodes, pause: { type: "delay@1", config: { durationMs: 500 } } },
      edges: [{ from: "hook", to: "pause" }, { from: "pause", to: "child" }, ...before.edges.slice(1)],
    };
    expect(await attempt(before, after, [delivery(1), ended])).toMatchObject({ verdict: "same", after: { output: 7 } });
    const other = { ...after.nodes, child: { type: "call_workflow@1", config: { workflow: "another", input: 2 } } };
    const trial = await attempt(before, { ...after, nodes: other }, [delivery(1), ended]);
    expect(trial.differences[0]).toMatchObject({ node: "child", kind: "request", parts: ["url", "body"] });
  });

  it("compares a run that is not over as far as it has come", async () => {
    const trial = await attempt(ORDER, withNodes({ accepted: end("fine") }), FACTS.slice(0, 1));
    expect(trial).toMatchObject({ verdict: "same", before: { status: "running" }, after: { status: "running" } });
  });

  it("is canceled as it was", async () => {
    const facts = [...FACTS.slice(0, 1), { kind: "cancel", at: 2 * SECOND, reason: "wrong order" } as const];
    expect(await attempt(ORDER, ORDER, facts)).toMatchObject({ verdict: "same", after: { status: "canceled" } });
  });

  it("fails with the same code, or with another one", async () => {
    const failing = (message: string): Graph => withNodes({ gate: branch(message) });
    const facts = FACTS.slice(0, 1).concat(response("price", "x"));
    const same = await attempt(
      failing("abs(nodes.price.output.body) > `1`"),
      failing("abs(nodes.price.output.body) > `2`"),
      facts,
    );
    expect(same).toMatchObject({ verdict: "same", before: { status: "failed", code: "expression_failed" } });
    const other = await attempt(failing("abs(nodes.price.output.body) > `1`"), ORDER, facts);
    expect(other).toMatchObject({ verdict: "different", after: { status: "succeeded" } });
  });

  it("compares what the webhook is answered", async () => {
    const answering = (status: number): Graph => ({
      nodes: { ends: { type: "terminate@1", config: { response: { status } } } },
      edges: [{ from: "hook", to: "ends" }],
    });
    expect(await attempt(answering(201), answering(201), [delivery(1)])).toMatchObject({ verdict: "same" });
    const other = await attempt(answering(201), answering(202), [delivery(1)]);
    expect(other).toMatchObject({
      verdict: "different",
      before: { response: { status: 201 } },
      after: { response: { status: 202 } },
    });
  });

  it("shows another method, and compares numbers by all their digits", async () => {
    const posting = withNodes({ price: call("price", { method: "POST" }) });
    expect((await attempt(ORDER, posting, FACTS)).differences[0]).toMatchObject({ kind: "request", parts: ["method"] });
    const ending = (expression: string): Graph => ({
      nodes: { id: transform(expression) },
      edges: [{ from: "hook", to: "id" }],
    });
    const outputs = async (one: string, other: string, text: string): Promise<string> => {
      const segments = [
        { seq: 0, facts: `[{"kind":"delivery","at":1,"semantics":3,"headers":{},"query":{},"body":${text}}]` },
      ];
      const recorded = { plan: planOf(ending(one)), segments, runId: RUN_ID };
      return (await tryRun(recorded, planOf(ending(other)), { rest: () => Promise.resolve() })).verdict;
    };
    const digits = "[9007199254740993,9007199254740993,9007199254740995,7]";
    expect(await outputs("input[0]", "input[1]", digits)).toBe("same");
    expect(await outputs("input[0]", "input[2]", digits)).toBe("different");
    expect(await outputs("input[0]", "input[3]", digits)).toBe("different");
    expect(await outputs("input[3]", "input[0]", digits)).toBe("different");
  });

  it("counts facts that the version has no use for", async () => {
    const limited = (timeoutMs?: number): Plan => {
      const { nodes, edges } = ORDER;
      const checked = validateDefinition({
        ...{ apiVersion: "meshhook/v1", kind: "Workflow", slug: "orders", edges },
        nodes: { hook: { type: "webhook@1", config: {} }, ...nodes },
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      if ("issues" in checked) throw new Error(JSON.stringify(checked.issues));
      return checked.plan;
    };
    const facts: Fact[] = [delivery(1), { kind: "timeout", at: 3 * SECOND }];
    const segments = facts.map((fact, seq) => ({ seq, facts: encodeFacts([fact]) }));
    const trial = (after: Plan): Promise<Trial> =>
      tryRun({ plan: limited(2_000), segments, runId: RUN_ID }, after, { rest: () => Promise.resolve() });
    expect(await trial(limited(2_000))).toMatchObject({
      verdict: "same",
      unusedFacts: 0,
      after: { code: "run_timeout" },
    });
    expect(await trial(limited())).toMatchObject({ verdict: "unknown", unusedFacts: 1 });
    const again: Fact[] = [...FACTS.slice(0, 1), { kind: "begin", at: SECOND }, ...FACTS.slice(1)];
    expect(await attempt(ORDER, ORDER, again)).toMatchObject({ verdict: "same", unusedFacts: 1 });
  });

  it("has no use for the end of a child where another step waits now", async () => {
    const child: Graph = {
      nodes: { step: { type: "call_workflow@1", config: { workflow: "other" } } },
      edges: [{ from: "hook", to: "step" }],
    };
    const [asked] = new Run(planOf(child), RUN_ID).apply(delivery(1), 0);
    if (asked?.kind !== "child") throw new Error("no child is asked for");
    const ended = {
      kind: "child",
      at: 2 * SECOND,
      node: "step",
      runId: asked.runId,
      status: "succeeded",
      output: 7,
    } as const;
    const asking: Graph = { ...child, nodes: { step: { type: "wait_for_signal@1", config: { name: "paid" } } } };
    expect(await attempt(child, asking, [delivery(1), ended])).toMatchObject({ verdict: "unknown", unusedFacts: 1 });
  });

  it("ends new delays in the order in which they are due", async () => {
    const pause = (durationMs: number): Graph["nodes"][string] => ({ type: "delay@1", config: { durationMs } });
    const after: Graph = {
      nodes: { a: pause(300), b: pause(100), c: pause(200), ends: end({ $jmes: "now" }) },
      edges: [..."abc"].flatMap((id) => [
        { from: "hook", to: id },
        { from: id, to: "ends" },
      ]),
    };
    const trial = await attempt(
      { nodes: { ends: end({ $jmes: "now" }) }, edges: [{ from: "hook", to: "ends" }] },
      after,
      [delivery(1)],
    );
    expect(trial.after).toEqual({ status: "succeeded", output: "1970-01-01T00:00:01.300000Z" });
  });

  it("keeps answers that came too early, and compares loops and other paths as far as they come", async () => {
    const item = "https://api.example.com/{{ item }}";
    const looping: Graph = {
      nodes: {
        lines: {
          type: "loop@1",
          config: {
            items: "input",
            body: { nodes: { each: { type: "http_call@1", config: { url: item } } }, edges: [] },
          },
        },
      },
      edges: [{ from: "hook", to: "lines" }],
    };
    const plain: Graph = { nodes: { done: transform("input") }, edges: [{ from: "hook", to: "done" }] };
    const trial = await attempt(plain, looping, [delivery([1])]);
    // The loop is not named: the call in it is what nobody knows the answer to.
    expect(trial.differences.map(({ node, kind }) => [node, kind])).toEqual([["each", "unknown"]]);

    const slow: Graph = {
      nodes: { slow: call("slow"), fast: transform("input"), ends: end("over") },
      edges: [
        { from: "hook", to: "slow" },
        { from: "slow", to: "fast" },
        { from: "fast", to: "ends" },
      ],
    };
    // The recorded run still waits for its call, and the new one has gone past it.
    const ahead: Graph = {
      nodes: { slow: call("slow"), fast: transform("input") },
      edges: [
        { from: "hook", to: "slow" },
        { from: "hook", to: "fast" },
      ],
    };
    expect(await attempt(slow, ahead, [delivery(1)])).toMatchObject({ verdict: "same", differences: [] });
    // A new call is out when the run ends.
    const more: Graph = {
      nodes: { ...slow.nodes, extra: call("extra") },
      edges: [...slow.edges, { from: "hook", to: "extra" }],
    };
    expect((await attempt(slow, more, [delivery(1), response("slow", 1)])).differences).toEqual([
      { node: "extra", kind: "status", before: null, after: { status: "canceled" } },
    ]);
    // Two attempts were made before the step is asked for the first of them.
    const asked: Graph = {
      ...slow,
      nodes: { ...slow.nodes, slow: call("slow", { retry: { attemptsMax: 3, jitter: "none" } }) },
    };
    const later: Graph = {
      nodes: { ...asked.nodes, pause: { type: "delay@1", config: { durationMs: 60_000 } } },
      edges: [{ from: "hook", to: "pause" }, { from: "pause", to: "slow" }, ...slow.edges.slice(1)],
    };
    const facts = [
      delivery(1),
      response("slow", 1, 2 * SECOND, { status: 503 }),
      response("slow", 2, 9 * SECOND, { attempt: 2 }),
    ];
    expect(await attempt(asked, later, facts)).toMatchObject({ verdict: "same", after: { output: "over" } });
  });

  it("rests between slices, and comes to the same result", async () => {
    const heavy: Graph = {
      nodes: { sums: transform("map(&sum(map(&(@ * `2`), $.input)), input)") },
      edges: [{ from: "hook", to: "sums" }],
    };
    const body = Array.from({ length: 100 }, (_, n) => n);
    const segments = [{ seq: 0, facts: encodeFacts([delivery(body)]) }];
    let rests = 0;
    const trial = await tryRun({ plan: planOf(heavy), segments, runId: RUN_ID }, planOf(heavy), {
      sliceUnits: 1_000,
      rest: () => {
        rests += 1;
        return Promise.resolve();
      },
    });
    expect(trial.verdict).toBe("same");
    expect(rests).toBeGreaterThan(0);
  });
});
