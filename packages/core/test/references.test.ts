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

describe("links to signals", () => {
  const withWait = (config: object, name = "approve"): readonly Issue[] => {
    const valid = validateDefinition({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "s",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        step: call(config),
        wait: { type: "wait_for_signal@1", config: { name } },
      },
      edges: [
        { from: "hook", to: "step" },
        { from: "step", to: "wait" },
      ],
    });
    return "issues" in valid ? valid.issues : [];
  };

  it("may stand in the body, the query and the headers of a request, with a choice or without", () => {
    expect(
      withWait({
        body: { yes: "Yes: {{ links.approve.yes }}", no: { $jmes: "links.approve.no" } },
        query: { to: "{{links.approve}}" },
        headers: { link: "<{{ links.approve }}>" },
      }),
    ).toEqual([]);
    // The step computes the name of its signal, so that nobody can say which it will be.
    expect(withWait({ body: "{{ links.anything }}" }, "approve/{{ input.n }}")).toEqual([]);
  });

  it("lead to a signal for which a step waits", () => {
    expect(withWait({ body: { a: "{{ links.aprove.yes }}" } })).toMatchObject([
      { path: "/nodes/step/config/body/a", code: "link_unknown_signal", message: expect.stringContaining("approve") },
    ]);
  });

  it.each<[place: string, node: object, fix: RegExp]>([
    ["a computed value", call({ body: "{{ join('', [links.approve, 'x']) }}" }), /hole of its own/],
    ["a transform", { type: "transform@1", config: { expression: "links.approve" } }, /http_call and emit only/],
  ])("are refused in %s", (_place, node, fix) => {
    expect(issuesOf(node)).toMatchObject([{ code: "link_misplaced", fix: expect.stringMatching(fix) as unknown }]);
  });
});
