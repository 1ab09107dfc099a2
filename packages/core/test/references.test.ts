import { describe, expect, it } from "vitest";
import { type Issue, validateDefinition } from "../src/index.ts";

function issuesOf(node: unknown): readonly Issue[] {
  const valid = validateDefinition({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "s",
    nodes: { hook: { type: "webhook@1", config: {} }, step: node },
    edges: [{ from: "hook", to: "step" }],
  });
  return "issues" in valid ? valid.issues : [];
}

const call = (config: object): object => ({
  type: "http_call@1",
  config: { url: "https://api.example.com/", ...config },
});

describe("references to secrets", () => {
  it.each<[place: string, node: object]>([
    ["the path", call({ url: "https://api.example.com/bot{{ secrets.BOT }}/x" })],
    ["the query", call({ query: { key: "{{secrets.KEY}}", list: ["{{ secrets.KEY }}"] } })],
    ["a header", call({ headers: { authorization: "Bearer {{ secrets.TOKEN }}" } })],
    ["the body", call({ body: { deep: [{ $jmes: "secrets.TOKEN" }] } })],
    [
      "an emitted body",
      { type: "emit@1", config: { url: "https://a.example.com/", signingKeys: ["K"], body: "{{ secrets.A }}" } },
    ],
  ])("may stand in %s", (_place, node) => {
    expect(issuesOf(node)).toEqual([]);
  });

  it.each<[place: string, node: object, path: string, fix: RegExp]>([
    ["the host", call({ url: "https://{{ secrets.HOST }}/" }), "/nodes/step/config/url", /absolute URL/],
    [
      "a computed value",
      call({ headers: { a: "{{ join('', [secrets.A, 'x']) }}" } }),
      "/nodes/step/config/headers/a",
      /hole of its own/,
    ],
    ["all secrets", call({ body: "{{ secrets }}" }), "/nodes/step/config/body", /hole of its own/],
    [
      "a transform",
      { type: "transform@1", config: { expression: "secrets.A" } },
      "/nodes/step/config/expression",
      /http_call and emit only/,
    ],
    [
      "an output",
      { type: "terminate@1", config: { output: "{{ secrets.A }}" } },
      "/nodes/step/config/output",
      /http_call and emit only/,
    ],
    [
      "a template",
      { type: "template@1", config: { text: "{{#if secrets.A}}x{{/if}}" } },
      "/nodes/step/config/text",
      /http_call and emit only/,
    ],
  ])("may not stand in %s", (_place, node, path, fix) => {
    const [issue, ...more] = issuesOf(node);
    expect(more).toEqual([]);
    expect(issue).toMatchObject({ path, fix: expect.stringMatching(fix) as unknown });
  });
});

describe("emit", () => {
  it("refuses headers that the signature writes, and a request that nothing signs", () => {
    const config = { url: "https://a.example.com/", signingKeys: [], body: {}, headers: { "Webhook-Id": "1" } };
    expect(issuesOf({ type: "emit@1", config })).toMatchObject([{ path: "/nodes/step/config/signingKeys" }]);
    expect(issuesOf({ type: "emit@1", config: { ...config, signingKeys: ["K"] } })).toMatchObject([
      { path: "/nodes/step/config/headers/Webhook-Id", code: "header_forbidden" },
    ]);
  });
});

describe("template", () => {
  it("checks names inside blocks, where the element has its own", () => {
    const template = (text: string): object => ({ type: "template@1", config: { text } });
    expect(issuesOf(template("{{#each input.a as row}}{{ row.b }}{{ index }}{{/each}}"))).toEqual([]);
    expect(issuesOf(template("{{#each input.a as row}}{{/each}}{{ row.b }}"))).toMatchObject([
      { code: "reference_unknown_name", path: "/nodes/step/config/text" },
    ]);
    expect(issuesOf(template("{{#each input.a}}"))).toMatchObject([{ code: "expression_syntax" }]);
  });
});
