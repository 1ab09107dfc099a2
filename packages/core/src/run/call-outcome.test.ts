import { describe, expect, it } from "vitest";
import { compile } from "../plan/compile.ts";
import type { Json } from "../json.ts";
import type { HttpCallStep } from "../plan/plan.ts";
import { callError, callOutput, withoutPrototype } from "./call-outcome.ts";
import type { CallEffect } from "./effect.ts";
import type { ResponseFact } from "./fact.ts";
import { redirectedMethod } from "./redirected-method.ts";
import { Run } from "./run.ts";
import { SEMANTICS } from "./semantics.ts";

interface Call {
  readonly step: HttpCallStep;
  readonly effect: CallEffect;
}

function callOf(config: { readonly [name: string]: Json }): Call {
  const plan = compile({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "small",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      send: { type: "http_call@1", config: { url: "https://api.example.com/a", ...config } },
    },
    edges: [{ from: "hook", to: "send" }],
  });
  const step = plan.nodes[1]?.step;
  const run = new Run(plan, "019ab2f0-4c00-7000-8010-00000000000a");
  const [effect] = run.apply({ kind: "delivery", at: 1, semantics: SEMANTICS, headers: {}, query: {}, body: 1 }, 0);
  if (step?.type !== "http_call@1" || effect?.kind !== "call") throw new Error("The plan has no call");
  return { step, effect };
}

function answer(status: number, location?: string): ResponseFact {
  const headers = location === undefined ? {} : { location };
  return { kind: "response", at: 2, node: "send", attempt: 1, durationUs: 1, status, headers, body: null };
}

function messageOf({ step, effect }: Call, fact: ResponseFact): string {
  return callError("send", step, effect, fact, SEMANTICS).message;
}

describe("the error of a call that was answered", () => {
  it("says where a redirect leads that is not followed, and what to do", () => {
    const getting = callOf({ method: "GET", redirects: "none" });
    const led = (location?: string): string => messageOf(getting, answer(302, location));
    const target = "GET https://api.example.com answered 302";
    expect(led()).toBe(`${target}, without a Location that could be followed`);
    expect(led("/b")).toContain("leads to another address of https://api.example.com; redirects are not followed here");
    expect(led("//b.example/x")).toContain("leads to https://b.example; redirects");
    expect(led("ftp://b.example/x")).toContain("leads to an address that is not http or https; redirects");
    const posting = callOf({ method: "POST", redirects: "follow" });
    expect(messageOf(posting, answer(301, "/b"))).toContain("a 301 to a POST is not followed");
    expect(messageOf(posting, answer(305, "/b"))).toMatch(/leads to another address of https:\/\/api\.example\.com$/);
    expect(messageOf(posting, answer(304))).toContain("answers nothing but a conditional GET or HEAD");
    const retrying = callOf({ method: "GET", retry: { on: ["3xx"] } });
    expect(messageOf(retrying, answer(304))).toBe("GET https://api.example.com answered 304");
    expect(messageOf(retrying, answer(306, "/b"))).toMatch(
      /and leads to another address of https:\/\/api\.example\.com$/,
    );
  });

  it("needs no origin of its own to say so", () => {
    const { step, effect } = callOf({ method: "GET", redirects: "none" });
    const elsewhere = { step, effect: { ...effect, target: "GET " } };
    expect(messageOf(elsewhere, answer(302, "//b.example"))).toContain("leads to an address that is not http or https");
    expect(messageOf(elsewhere, answer(302, "/b"))).toContain("leads to an address that is not http or https");
  });
});

describe("the output of a call", () => {
  it("has no prototypes", () => {
    expect(Object.getPrototypeOf(withoutPrototype({ a: "b", tags: ["c"] }))).toBeNull();
    expect(withoutPrototype({ a: "b", tags: ["c"] })).toEqual({ a: "b", tags: ["c"] });
    expect(Object.getPrototypeOf(callOutput(answer(200), SEMANTICS))).toBeNull();
  });
});

it("a redirect turns a method into GET where browsers do", () => {
  const methods = [301, 302, 303, 307].map((status) =>
    ["GET", "HEAD", "POST", "PUT"].map((name) => redirectedMethod(name, status)),
  );
  expect(methods).toEqual([
    ["GET", "HEAD", "GET", "PUT"],
    ["GET", "HEAD", "GET", "PUT"],
    ["GET", "HEAD", "GET", "GET"],
    ["GET", "HEAD", "POST", "PUT"],
  ]);
});
