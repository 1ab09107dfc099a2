import { describe, expect, it } from "vitest";
import { compile } from "../plan/compile.ts";
import type { Json } from "../json.ts";
import type { CancelFact, DeliveryFact, ResponseFact } from "./fact.ts";
import { foldRun } from "./fold.ts";
import { HistoryError } from "./history-error.ts";
import { Run } from "./run.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";
const DELIVERY: DeliveryFact = { kind: "delivery", at: 1000, headers: {}, query: {}, body: { n: 1 } };
const CANCEL: CancelFact = { kind: "cancel", at: 2000 };

function plan(expression: string): ReturnType<typeof compile> {
  return compile({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "small",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      send: { type: "http_call@1", config: { url: "https://api.example.com/" } },
      after: { type: "transform@1", config: { expression } },
    },
    edges: [
      { from: "hook", to: "send" },
      { from: "send", to: "after" },
    ],
  });
}

function response(headers: { readonly [name: string]: string } = {}, body: Json = "answer"): ResponseFact {
  return { kind: "response", at: 3000, node: "send", attempt: 1, durationUs: 5, status: 200, headers, body };
}

describe("Run", () => {
  it("refuses impossible histories, and stays unchanged", () => {
    const run = new Run(plan("now"), RUN_ID);
    const refused = (code: string, apply: () => unknown): void => {
      expect(apply).toThrow(HistoryError);
      expect(apply).toThrow(expect.objectContaining({ code }));
    };
    refused("history_start", () => run.apply(CANCEL, 0));
    refused("history_start", () => run.apply(DELIVERY, 1));
    expect(run.seq).toBe(-1);
    run.apply(DELIVERY, 0);
    refused("history_start", () => run.apply(DELIVERY, 0));
    refused("history_start", () => run.apply(DELIVERY, 1));
    refused("history_gap", () => run.apply(CANCEL, 2));
    refused("history_unknown_node", () => run.apply({ kind: "timer", at: 2000, node: "nobody" }, 1));
    expect([run.seq, run.lastAt, run.status]).toEqual([0, 1000, "running"]);
    run.apply(response(), 1);
    refused("history_gap", () => run.apply(CANCEL, 0));
    expect(run.status).toBe("succeeded");
  });

  it("shows expressions the time of the last fact, and always the start of the run", () => {
    const run = new Run(plan("[now, run.startedAt, run.id]"), RUN_ID);
    run.apply(DELIVERY, 0);
    run.apply(response(), 1);
    expect(run.steps[2]?.output).toEqual(["1970-01-01T00:00:00.003000Z", "1970-01-01T00:00:00.001000Z", RUN_ID]);
  });

  it("does not show expressions inherited members, although live facts may have prototypes", () => {
    const run = new Run(
      plan(
        "[headers.constructor, query.toString, nodes.send.output.headers.constructor, nodes.send.constructor, run.constructor]",
      ),
      RUN_ID,
    );
    run.apply(DELIVERY, 0);
    run.apply(response({ "x-a": "b" }), 1);
    expect(run.steps[2]?.output).toEqual([null, null, null, null, null]);
  });

  it("replaces long outputs in events by their length", () => {
    const run = new Run(plan("nodes.send.output.body"), RUN_ID);
    run.observe();
    run.apply(DELIVERY, 0);
    run.apply(response({}, "x".repeat(5000)), 1);
    const succeeded = run.takeEvents().find(({ type, node }) => type === "step.succeeded" && node === "after");
    expect(succeeded?.data).toEqual({ outputLength: 5002 });
  });

  it("collects no events before it is observed, and returns each only once", () => {
    const run = new Run(plan("now"), RUN_ID);
    run.apply(DELIVERY, 0);
    expect(run.takeEvents()).toEqual([]);
    run.observe();
    run.apply(CANCEL, 1);
    expect(run.takeEvents().map(({ type }) => type)).toEqual(["step.canceled", "run.canceled"]);
    expect(run.takeEvents()).toEqual([]);
  });

  it("keeps the digits of numbers, unless the run was started before they were kept", () => {
    const kept = (semantics: string): unknown => {
      const segments = [
        `[{"kind":"delivery","at":1000,${semantics}"headers":{},"query":{},"body":{"id":9007199254740993}}]`,
        `[{"kind":"response","at":3000,"node":"send","attempt":1,"durationUs":5,"status":200,"headers":{},"body":9007199254740995}]`,
      ].map((facts, seq) => ({ seq, facts }));
      const run = foldRun(plan("[input.id, nodes.hook.output.id, nodes.send.output.body]"), segments, {
        runId: RUN_ID,
      });
      return JSON.stringify(run.steps[2]?.output);
    };
    expect(kept('"semantics":2,')).toBe("[9007199254740993,9007199254740993,9007199254740995]");
    expect(kept("")).toBe("[9007199254740992,9007199254740992,9007199254740996]");
  });

  it("refuses Base64 with stray bits, unless the run was started when they were dropped", () => {
    const decoded = (semantics: number): unknown => {
      const segments = [
        `[{"kind":"delivery","at":1000,"semantics":${semantics},"headers":{},"query":{},"body":"QR=="}]`,
        `[{"kind":"response","at":3000,"node":"send","attempt":1,"durationUs":5,"status":200,"headers":{},"body":1}]`,
      ].map((facts, seq) => ({ seq, facts }));
      const run = foldRun(plan("base64_decode(input)"), segments, { runId: RUN_ID });
      return run.steps[2]?.output ?? run.status;
    };
    expect([decoded(2), decoded(3)]).toEqual(["A", "failed"]);
  });
});
