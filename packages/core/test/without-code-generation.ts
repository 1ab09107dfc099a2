/**
 * Takes a document and a run through the engine, in a process that cannot generate code from text. Prints the result.
 */
import {
  compile,
  encodeFacts,
  evaluate,
  explainStep,
  foldRun,
  type Json,
  nodeTypes,
  parseDefinition,
  parseExpression,
  parseJsonInput,
  validateDefinition,
} from "../src/index.ts";

function isRefused(): boolean {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- what must not work here
    return new Function("return false")() as boolean;
  } catch {
    return true;
  }
}

const configs: { readonly [type: string]: Json } = {
  "webhook@1": {},
  "transform@1": { expression: "{ total: sum(input.lines[].price) }" },
  "template@1": { text: "{{#each input.lines as line}}{{ line.price }} {{/each}}", escape: "html" },
  "xml_json@1": { direction: "json_to_xml", value: { order: { "@id": "{{ input.id }}" } } },
  "branch@1": { cases: [{ port: "big", when: "nodes.n1.output.total > `10`" }] },
  "http_call@1": { url: "https://api.example.com/{{ input.id }}", body: { $jmes: "input" }, retry: { on: ["5xx"] } },
  "emit@1": { url: "https://receiver.example.com/", signingKeys: ["KEY"], body: { $jmes: "input" } },
  "call_workflow@1": { workflow: "other", input: { $jmes: "input" } },
  "wait_for_signal@1": { name: "approved" },
  "delay@1": { durationMs: { $jmes: "input.wait" } },
  "loop@1": {
    items: "input.lines",
    body: { nodes: { each: { type: "transform@1", config: { expression: "item.price" } } }, edges: [] },
  },
  "terminate@1": { output: "{{ nodes.n1.output.total }}" },
};
// A workflow has one start.
const types = [...nodeTypes.keys()].filter((type) => type !== "schedule@1");
const ids = types.map((_, index) => `n${index}`);
const document = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "every-type",
  input: { schema: { type: "object", properties: { id: { type: "string" } } } },
  nodes: Object.fromEntries(types.map((type, index) => [ids[index], { type, config: configs[type] }])),
  edges: ids
    .slice(1)
    .map((to, index) => ({ from: ids[index], to, ...(types[index] === "branch@1" ? { port: "big" } : {}) })),
};
const valid = validateDefinition(document);
if ("issues" in valid) throw new Error(JSON.stringify(valid.issues));
const read = parseDefinition(JSON.stringify(document), "json");
if ("issues" in read) throw new Error(JSON.stringify(read.issues));
const wrong = validateDefinition({ ...document, slug: "No Slug", edgs: [] });
const run = foldRun(
  compile(read.definition),
  [
    {
      seq: 0,
      facts: encodeFacts([
        {
          kind: "delivery",
          at: 1,
          headers: {},
          query: {},
          body: { id: "a", wait: 5, lines: [{ price: 7 }, { price: 8 }] },
        },
      ]),
    },
  ],
  { runId: "019ab2f0-4c00-7000-8010-00000000000a", observe: true },
);
const scope = parseJsonInput('{"input":[3,1,2]}') as { readonly [name: string]: Json };

process.stdout.write(
  JSON.stringify({
    isRefused: isRefused(),
    issues: "issues" in wrong ? wrong.issues.map(({ code }) => code) : [],
    steps: Object.fromEntries(run.steps.map(({ type, status }) => [type, status])),
    call: explainStep(run, { node: `n${types.indexOf("http_call@1")}` })?.input,
    sorted: evaluate(parseExpression("sort(input)"), scope),
  }),
);
