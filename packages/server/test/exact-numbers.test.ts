import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, expect, it } from "vitest";

import { type Harness, post, publish, startHarness } from "./harness.ts";

const NUMBERS = [
  "9007199254740993",
  "-18446744073709551615",
  "0.1000000000000000055",
  "1e400",
  "9007199254740992",
  "1.5",
];

let harness: Harness;
let target: Server;
const received: string[] = [];

beforeAll(async () => {
  harness = await startHarness({ egressAllow: ["127.0.0.0/8"] });
  target = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      received.push(`${request.url ?? ""} ${body}`);
      response.writeHead(200, { "content-type": "application/json" }).end('{"made":9007199254740995}');
    });
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  target.close();
  await harness.close();
});

it("a number keeps its digits from the webhook to the call, its answer, the result, the API and the client", async () => {
  const { port } = target.address() as AddressInfo;
  const { path } = await publish(
    harness.client,
    {
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "digits",
      nodes: {
        hook: { type: "webhook@1", config: {} },
        call: {
          type: "http_call@1",
          config: { url: `http://127.0.0.1:${port}/{{ input[0] }}`, body: { list: { $jmes: "input" } } },
        },
        end: {
          type: "terminate@1",
          config: {
            output: {
              list: { $jmes: "input" },
              made: { $jmes: "nodes.call.output.body.made" },
              text: "{{ input[0] }}",
            },
          },
        },
      },
      edges: [
        { from: "hook", to: "call" },
        { from: "call", to: "end" },
      ],
    },
    { answer: "result" },
  );
  const list = `[${NUMBERS.join()}]`;
  const answer = await post(`${harness.url}${path}`, list, { "content-type": "application/json" });
  expect(received).toEqual([`/9007199254740993 {"list":${list}}`]);
  const output = `{"list":${list},"made":9007199254740995,"text":"9007199254740993"}`;
  expect(answer.text).toContain(`"output":${output}`);

  const runId = String(answer.body["runId"]);
  expect(JSON.stringify(await harness.client.getRun({ runId }))).toContain(output);
  expect(JSON.stringify(await harness.client.listFacts({ runId }))).toContain(list);
  const events: string[] = [];
  for await (const message of harness.client.followRun(runId)) events.push(JSON.stringify(message));
  expect(events.join("\n")).toContain(output);
});

it("a number keeps its digits in a definition that is saved, published, run and read again", async () => {
  const config = `{"output":[${NUMBERS.join()}]}`;
  const definition = `{"apiVersion":"meshhook/v1","kind":"Workflow","slug":"literal","nodes":{"hook":{"type":"webhook@1","config":{}},"end":{"type":"terminate@1","config":${config}}},"edges":[{"from":"hook","to":"end"}]}`;
  const headers = { authorization: `Bearer ${harness.key}`, "content-type": "application/json" };
  const saved = await fetch(`${harness.url}/api/v1/workflows/literal`, {
    method: "PUT",
    headers,
    body: `{"definition":${definition}}`,
  });
  expect(await saved.text()).toContain(config);
  const { activeVersionHash, draftHash } = await harness.client.getWorkflow({ workflow: "literal" });
  expect(activeVersionHash).toBeNull();
  const version = await harness.client.publishWorkflow({ workflow: "literal" });
  expect(version.hash).toBe(draftHash);
  expect(JSON.stringify(version.definition)).toContain(config);
  const { path } = await harness.client.createEndpoint({
    body: { workflow: "literal", name: "literal", answer: "result" },
  });
  expect((await post(`${harness.url}${path}`, "{}", { "content-type": "application/json" })).text).toContain(
    `"output":[${NUMBERS.join()}]`,
  );
});
