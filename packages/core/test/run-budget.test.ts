import { describe, expect, it } from "vitest";
import {
  compile,
  type EdgeDefinition,
  type EncodedSegment,
  encodeFacts,
  explainStep,
  type Fact,
  foldRun,
  foldRunInSlices,
  HistoryError,
  type Json,
  type NodeDefinition,
  type Plan,
  Run,
  RUN_LIMITS,
  SEMANTICS,
} from "../src/index.ts";
import { stateText } from "./history.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";
const COSTLY = "length(sort_by(input.list, &k))";
const LIST: Json = Array.from({ length: 14_000 }, (_, index) => ({ k: `${(index * 7919) % 100_003}aaaa` }));

function planOf(nodes: { readonly [id: string]: NodeDefinition }, edges: readonly EdgeDefinition[]): Plan {
  const hook = { type: "webhook@1", config: {} };
  return compile({ apiVersion: "meshhook/v1", kind: "Workflow", slug: "costly", nodes: { hook, ...nodes }, edges });
}

/** Transforms one behind the other, each far within the budget of an expression, and a call at the end. */
function chainOf(length: number, expression = COSTLY): Plan {
  const nodes: { [id: string]: NodeDefinition } = {};
  const edges: EdgeDefinition[] = [];
  let from = "hook";
  for (let index = 0; index < length; index += 1) {
    nodes[`t${index}`] = { type: "transform@1", config: { expression } };
    edges.push({ from, to: `t${index}` });
    from = `t${index}`;
  }
  nodes["last"] = { type: "http_call@1", config: { url: "https://api.example.com/" } };
  return planOf(nodes, [...edges, { from, to: "last" }]);
}

function delivery(body: Json, semantics: number | null = SEMANTICS): Fact {
  return {
    kind: "delivery",
    at: 1_000_000,
    ...(semantics === null ? {} : { semantics }),
    headers: {},
    query: {},
    body,
  };
}

function runOf(plan: Plan, fact: Fact): Run {
  const run = new Run(plan, RUN_ID);
  run.apply(fact, 0);
  return run;
}

function segmentsOf(...facts: readonly Fact[]): EncodedSegment[] {
  return facts.map((fact, seq) => ({ seq, facts: encodeFacts([fact]) }));
}

describe("the budget of a run", () => {
  it("covers all its steps, and a run that exceeds it fails at the step that it cannot afford", () => {
    const plan = chainOf(60);
    const run = runOf(plan, delivery({ list: LIST }));
    expect(run.result).toMatchObject({ status: "failed", error: { code: "run_budget" } });
    expect(run.result?.error?.message).toContain(String(RUN_LIMITS.units));
    const failed = run.steps.filter(({ status }) => status === "failed");
    expect(failed.map(({ node }) => node)).toEqual([run.result?.error?.node]);
    expect(run.steps.filter(({ status }) => status === "succeeded").length).toBeGreaterThan(15);
    expect(run.unitsSpent).toBeLessThan(RUN_LIMITS.units * 1.1);
    const again = foldRun(plan, segmentsOf(delivery({ list: LIST })), { runId: RUN_ID });
    expect(stateText(again)).toBe(stateText(run));
    expect(again.unitsSpent).toBe(run.unitsSpent);
  });

  it("does not apply to runs that were started before there was a limit", () => {
    const run = runOf(chainOf(30), delivery({ list: LIST }, null));
    expect(run.status).toBe("running");
    expect(run.unitsSpent).toBeGreaterThan(RUN_LIMITS.units);
  });

  it("allows a long chain of cheap steps", () => {
    const run = runOf(chainOf(900, "input.list"), delivery({ list: [1, 2, 3] }));
    expect(run.status).toBe("running");
    expect(run.unitsSpent).toBeLessThan(RUN_LIMITS.units / 50);
  });

  it.each<[name: string, type: string, config: { readonly [name: string]: Json }]>([
    [
      "a body of many expressions",
      "http_call@1",
      { url: "https://api.example.com/", body: Array.from({ length: 400 }, () => ({ $jmes: COSTLY })) },
    ],
    [
      "a text with many holes",
      "http_call@1",
      {
        url: "https://api.example.com/",
        headers: { "content-type": "text/plain" },
        body: `{{ ${COSTLY} }}`.repeat(400),
      },
    ],
    [
      "many cases of a branch",
      "branch@1",
      { cases: Array.from({ length: 32 }, (_, index) => ({ port: `p${index}`, when: `${COSTLY} == \`0\`` })) },
    ],
    ["an output", "terminate@1", { output: Array.from({ length: 400 }, () => ({ $jmes: COSTLY })) }],
  ])("is bounded within one step, too, which fails alone: %s", (_name, type, config) => {
    const edges: EdgeDefinition[] = [{ from: "hook", to: "one" }];
    const nodes: { [id: string]: NodeDefinition } = { one: { type, config } };
    if (type === "http_call@1") {
      nodes["handler"] = { type: "transform@1", config: { expression: "now" } };
      edges.push({ from: "one", port: "error", to: "handler" });
    }
    const run = runOf(planOf(nodes, edges), delivery({ list: LIST }));
    const step = run.steps.find(({ node }) => node === "one");
    expect(step?.error).toMatchObject({ code: "expression_budget", node: "one" });
    expect(step?.error?.message).toContain(
      `${RUN_LIMITS.stepUnits} units of work that one step may cost; spread the work over several steps`,
    );
    // A call has an error port, which is taken.
    expect(run.status).toBe(type === "http_call@1" ? "succeeded" : "failed");
    expect(run.unitsSpent).toBeLessThan(RUN_LIMITS.stepUnits * 1.1);
    expect(explainStep(run, { node: "one" })?.error).toMatchObject({
      code: "expression_budget",
      message: step?.error?.message,
    });
    // The next evaluation, of any run, is not limited by what this run spent.
    expect(runOf(chainOf(1), delivery({ list: LIST })).status).toBe("running");
  });

  it("allows a step that creates ten thousand objects, and one that sends a large body again", () => {
    const orders: Json = Array.from({ length: 10_000 }, (_, id) => ({
      id,
      name: `Name ${id}`,
      amount: id * 1.5,
      ok: true,
    }));
    const output = {
      count: "{{ length(input) }}",
      all: { $jmes: "input[].{id: id, who: upper(name), sum: amount, ok: ok}" },
    };
    const edges = [{ from: "hook", to: "one" }];
    const mapped = runOf(planOf({ one: { type: "terminate@1", config: { output } } }, edges), delivery(orders));
    expect(mapped.status).toBe("succeeded");
    for (const body of [{ $jmes: "input" }, { all: { $jmes: "input" } }, "{{ to_json(input) }}"]) {
      const config = { url: "https://api.example.com/", headers: { "content-type": "text/plain" }, body };
      const sent = runOf(planOf({ one: { type: "http_call@1", config } }, edges), delivery(orders));
      expect(sent.status).toBe("running");
    }
  });

  it("counts answers too, so that repeated retries cannot make an endless history", () => {
    const retry = { attemptsMax: 100, jitter: "none", baseMs: 0, elapsedMsMax: 604_800_000 };
    const plan = planOf(
      {
        ask: { type: "http_call@1", config: { url: "https://api.example.com/", retry } },
        handler: { type: "transform@1", config: { expression: "now" } },
      },
      [
        { from: "hook", to: "ask" },
        { from: "ask", port: "error", to: "handler" },
      ],
    );
    const run = runOf(plan, delivery(null));
    run.observe();
    for (let attempt = 1; run.status === "running"; attempt += 1) {
      const answer = { kind: "response", node: "ask", attempt, durationUs: 1, status: 503, headers: {} } as const;
      run.apply(
        { ...answer, at: 1_000_000 + attempt, body: Array.from({ length: 100_000 }, (_, index) => index) },
        attempt,
      );
    }
    expect(run.result?.error).toMatchObject({ code: "run_budget", node: "ask" });
    expect(run.seq).toBeLessThan(40);
    expect(run.takeEvents().findLast(({ type }) => type === "attempt.failed")?.data).toMatchObject({
      noRetry: "run_budget",
    });
  });

  it("refuses a run with unknown semantics, naming the number and the remedy", () => {
    for (const semantics of [0, SEMANTICS + 1]) {
      const run = new Run(chainOf(1), RUN_ID);
      expect(() => run.apply(delivery(null, semantics), 0)).toThrow(HistoryError);
      expect(() => run.apply(delivery(null, semantics), 0)).toThrow(
        expect.objectContaining({
          code: "history_semantics",
          message: expect.stringMatching(
            new RegExp(`semantics ${semantics},.* knows only 1 to ${SEMANTICS}.*Use the version`),
          ),
        }),
      );
      expect(run.seq).toBe(-1);
    }
  });
});

describe("a fold in slices", () => {
  it("rests between slices and gives the same run", async () => {
    const plan = chainOf(20);
    const segments = segmentsOf(delivery({ list: LIST }), {
      kind: "response",
      at: 2_000_000,
      node: "last",
      attempt: 1,
      durationUs: 1,
      status: 200,
      headers: {},
      body: null,
    });
    let rests = 0;
    const run = await foldRunInSlices(plan, segments, {
      runId: RUN_ID,
      observe: true,
      rest: async () => void (rests += 1),
    });
    const whole = foldRun(plan, segments, { runId: RUN_ID, observe: true });
    expect(run.status).toBe("succeeded");
    expect(stateText(run)).toBe(stateText(whole));
    expect(run.takeEvents()).toEqual(whole.takeEvents());
    expect(rests).toBeGreaterThanOrEqual(19);
  });

  it("rests for long stored texts too, and for many short facts", async () => {
    const retry = { attemptsMax: 100, jitter: "none", baseMs: 0, elapsedMsMax: 604_800_000 };
    const plan = planOf({ ask: { type: "http_call@1", config: { url: "https://api.example.com/", retry } } }, [
      { from: "hook", to: "ask" },
    ]);
    const answer = (attempt: number, body: Json): Fact => ({
      kind: "response",
      at: 1_000_000 + attempt,
      node: "ask",
      attempt,
      durationUs: 1,
      status: 503,
      headers: {},
      body,
    });
    const count = async (sliceUnits: number, ...facts: readonly Fact[]): Promise<number> => {
      let rests = 0;
      const rest = async (): Promise<void> => void (rests += 1);
      await foldRunInSlices(plan, segmentsOf(delivery(null), ...facts), { runId: RUN_ID, sliceUnits, rest });
      return rests;
    };
    const long = "x".repeat(100_000);
    expect(await count(20_000, answer(1, long), answer(2, long), answer(3, long))).toBeGreaterThanOrEqual(3);
    const short = Array.from({ length: 50 }, (_, index) => answer(index + 1, null));
    expect(await count(500, ...short)).toBeGreaterThanOrEqual(4);
    expect(await count(1_000_000, ...short)).toBe(0);
  });

  it("ends with the error that the rest throws", async () => {
    const rest = (): Promise<void> => Promise.reject(new Error("the shard is lost"));
    const folding = foldRunInSlices(chainOf(20), segmentsOf(delivery({ list: LIST })), { runId: RUN_ID, rest });
    await expect(folding).rejects.toThrow("the shard is lost");
  });
});
