import { describe, expect, it } from "vitest";
import {
  compile,
  type DeliveryFact,
  type Fact,
  HistoryError,
  type Json,
  type Kept,
  keptBefore,
  Run,
} from "../src/index.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";
const DELIVERY: DeliveryFact = { kind: "delivery", at: 1000, semantics: 4, headers: {}, query: {}, body: [1, 2] };

type Nodes = { readonly [id: string]: { readonly type: string; readonly config: { readonly [name: string]: Json } } };

const SEND = { type: "http_call@1", config: { url: "https://api.example.com/" } };

/** A run of a chain of nodes behind a webhook, with its delivery folded. */
function runOf(nodes: Nodes, delivery: Fact = DELIVERY): Run {
  const ids = ["hook", ...Object.keys(nodes)];
  const plan = compile({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "small",
    nodes: { hook: { type: "webhook@1", config: {} }, ...nodes },
    edges: ids.slice(1).map((to, index) => ({ from: ids[index] ?? "", to })),
  });
  const run = new Run(plan, RUN_ID, { keepsIterations: true });
  run.apply(delivery, 0);
  return run;
}

function loopOver(nodes: Nodes): Nodes[string] {
  return { type: "loop@1", config: { items: "input", concurrency: 2, body: { nodes, edges: [] } } };
}

describe("a fact that no runtime would record", () => {
  it("changes nothing, and the run says why", () => {
    const run = runOf({ send: SEND, wait: { type: "delay@1", config: { durationMs: 5 } } });
    const ignored = (fact: Fact): string | null => {
      run.apply(fact, 1);
      return run.ignored;
    };
    const answer = { at: 2000, attempt: 1, durationUs: 1 };
    const response = { kind: "response", ...answer, status: 200, headers: {}, body: null } as const;
    expect(ignored({ kind: "begin", at: 2000 })).toBe("not_awaited");
    expect(ignored({ kind: "timeout", at: 2000 })).toBe("not_awaited");
    expect(ignored({ kind: "timeout", at: 2000, node: "send" })).toBe("not_awaited");
    expect(ignored({ kind: "timer", at: 2000, node: "send" })).toBe("not_awaited");
    expect(ignored({ kind: "timer", at: 2000, node: "wait" })).toBe("not_awaited");
    expect(ignored({ kind: "intent", at: 2000, node: "send", attempt: 1 })).toBe("not_awaited");
    expect(ignored({ ...response, node: "wait" })).toBe("not_awaited");
    expect(ignored({ ...response, node: "send", attempt: 2 })).toBe("not_awaited");
    expect(ignored({ ...response, node: "send", iteration: [0] })).toBe("step_over");
    expect(ignored({ kind: "child", at: 2000, node: "send", runId: "r", status: "succeeded", output: 1 })).toBe(
      "not_awaited",
    );
    expect(ignored({ ...response, node: "send" })).toBe(null);
    expect(ignored({ ...response, node: "wait" })).toBe("not_awaited");
    expect(ignored({ ...response, node: "send" })).toBe("step_over");
    run.apply({ kind: "cancel", at: 3000 }, 2);
    for (const fact of [
      { kind: "begin", at: 4000 },
      { kind: "cancel", at: 4000 },
      { kind: "timeout", at: 4000 },
      { kind: "timer", at: 4000, node: "wait" },
      { kind: "signal", at: 4000, signal: "1", name: "paid", payload: null },
    ] as const) {
      run.apply(fact, 2);
      expect(run.ignored, fact.kind).toBe("run_over");
    }
    expect(run.result).toEqual({ status: "canceled", output: null });
  });

  it("may name an iteration that a loop does not have", () => {
    const inner = loopOver({ send: SEND });
    const run = runOf({ outer: loopOver({ inner }) }, { ...DELIVERY, body: [[1], [2]] });
    const places = [[], [0], [0, 0, 0], [7, 0], [0, 7]];
    expect(places.map((iteration) => run.stepAt({ node: "send", iteration }))).toEqual(places.map(() => null));
    expect(run.stepAt({ node: "inner" })).toBeNull();
    expect(run.stepAt({ node: "outer", iteration: [0] })).toBeNull();
  });

  it("may come from a delivery whose start the workflow does not have: then its first start is taken", () => {
    const run = runOf(
      { after: { type: "transform@1", config: { expression: "nodes.hook.output" } } },
      { ...DELIVERY, start: "clock" },
    );
    expect(run.steps.map(({ output }) => output)).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it("may leave out why a child was not started", () => {
    const run = runOf({ child: { type: "call_workflow@1", config: { workflow: "other" } } });
    const runId = run.children[0]?.runId ?? "";
    run.apply({ kind: "child", at: 2000, node: "child", runId, status: "not_started", output: null }, 1);
    expect(run.children).toEqual([]);
    expect(run.result?.error).toEqual({
      code: "child_failed",
      message: 'Workflow "other" could not be started',
      node: "child",
    });
  });
});

describe("a history that its plan cannot have produced", () => {
  const refused = (nodes: Nodes, kept: readonly Kept[]): void => {
    const origin = { kind: "resume", runId: RUN_ID, node: "send" } as const;
    expect(() => runOf(nodes, { ...DELIVERY, semantics: 2, origin, kept })).toThrow(
      expect.objectContaining({ code: "history_unknown_node" }),
    );
    // Whatever semantics that run had, the next one is folded by its own: its Base64 is refused.
    const expression = "base64_decode('QR==')";
    expect(runOf({ after: { type: "transform@1", config: { expression } } }).status).toBe("failed");
  };

  it("keeps a step that there is not, twice, or iterations of what is not a loop", () => {
    refused({ send: SEND }, [{ node: "nobody", port: "out", output: 1 }]);
    refused({ send: SEND }, [{ node: "send", iteration: [0], port: "out", output: 1 }]);
    const twice: Kept = { node: "send", port: "out", output: 1 };
    refused({ send: SEND }, [twice, twice]);
    refused({ send: SEND }, [{ node: "send", items: [], ended: [], open: [] }]);
  });

  it("has begun an iteration before others: those are not taken for ended when it is resumed once more", () => {
    const kept: Kept[] = [{ node: "each", items: [1, 2, 3], ended: [], open: [2] }];
    const origin = { kind: "resume", runId: RUN_ID, node: "each" } as const;
    const run = runOf(
      { each: { type: "loop@1", config: { items: "input", body: { nodes: { send: SEND }, edges: [] } } } },
      {
        ...DELIVERY,
        origin,
        kept,
      },
    );
    run.apply({ kind: "cancel", at: 2000 }, 1);
    expect(keptBefore(run, { node: "send", iteration: [2] })).toMatchObject({ kept: [{ ended: [], open: [2] }] });
  });

  it("starts once more inside a loop", () => {
    for (const type of ["webhook@1", "schedule@1"]) {
      const config = type === "webhook@1" ? {} : { cron: "0 0 * * *" };
      expect(() => runOf({ each: loopOver({ again: { type, config } }) })).toThrow(HistoryError);
    }
  });
});
