import { nodeTypes, type JsonSchema } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { alternativesOf, controlOf, defaultText, isSchema, membersOf } from "./control.ts";

function everyProperty(schema: JsonSchema, path: string): [string, string][] {
  return membersOf(schema).flatMap(([name, member]) => {
    const here = `${path}.${name}`;
    const inner = [member, member["items"], member["additionalProperties"]].filter(isSchema);
    const below = ["number_or_expression", "template", "value"].includes(controlOf(member))
      ? []
      : inner.flatMap((deeper) => everyProperty(deeper, here));
    return [[here, controlOf(member)] as [string, string], ...below];
  });
}

describe("controlOf", () => {
  it("finds the control of every property that node types have", () => {
    const all = [...nodeTypes.values()].flatMap(({ type, configSchema }) => everyProperty(configSchema, type));
    expect(Object.fromEntries(all)).toEqual({
      "schedule@1.cron": "text",
      "schedule@1.timezone": "text",
      "schedule@1.missed": "choice",
      "transform@1.expression": "expression",
      "template@1.text": "multiline",
      "template@1.escape": "choice",
      "xml_json@1.direction": "choice",
      "xml_json@1.value": "value",
      "xml_json@1.lists": "list",
      "branch@1.condition": "expression",
      "branch@1.cases": "list",
      "branch@1.cases.port": "text",
      "branch@1.cases.when": "expression",
      "branch@1.otherwise": "text",
      "http_call@1.method": "choice",
      "http_call@1.url": "template",
      "http_call@1.headers": "map",
      "http_call@1.query": "map",
      "http_call@1.query.$jmes": "expression",
      "http_call@1.body": "value",
      "http_call@1.timeoutMs": "number",
      "http_call@1.tls": "object",
      "http_call@1.tls.ca": "text",
      "http_call@1.tls.certificate": "text",
      "http_call@1.tls.key": "text",
      "http_call@1.tls.passphrase": "text",
      "http_call@1.tls.serverName": "text",
      "http_call@1.responseBytesMax": "number",
      "http_call@1.responseType": "choice",
      "http_call@1.semantics": "choice",
      "http_call@1.redirects": "choice",
      "http_call@1.redirectsMax": "number",
      "http_call@1.retry": "object",
      "http_call@1.retry.attemptsMax": "number",
      "http_call@1.retry.baseMs": "number",
      "http_call@1.retry.factor": "number",
      "http_call@1.retry.capMs": "number",
      "http_call@1.retry.jitter": "choice",
      "http_call@1.retry.elapsedMsMax": "number",
      "http_call@1.retry.honorRetryAfter": "switch",
      "http_call@1.retry.on": "list",
      "http_call@1.limits": "object",
      "http_call@1.limits.concurrency": "number",
      "http_call@1.limits.ratePerSecond": "number",
      "http_call@1.circuitBreaker": "object",
      "http_call@1.circuitBreaker.failures": "number",
      "http_call@1.circuitBreaker.windowMs": "number",
      "http_call@1.circuitBreaker.openMs": "number",
      "http_call@1.circuitBreaker.whenOpen": "choice",
      "emit@1.url": "template",
      "emit@1.signingKeys": "list",
      "emit@1.headers": "map",
      "emit@1.body": "value",
      "emit@1.timeoutMs": "number",
      "emit@1.tls": "object",
      "emit@1.tls.ca": "text",
      "emit@1.tls.certificate": "text",
      "emit@1.tls.key": "text",
      "emit@1.tls.passphrase": "text",
      "emit@1.tls.serverName": "text",
      "emit@1.retry": "object",
      "emit@1.retry.attemptsMax": "number",
      "emit@1.retry.baseMs": "number",
      "emit@1.retry.factor": "number",
      "emit@1.retry.capMs": "number",
      "emit@1.retry.jitter": "choice",
      "emit@1.retry.elapsedMsMax": "number",
      "emit@1.retry.honorRetryAfter": "switch",
      "emit@1.retry.on": "list",
      "emit@1.limits": "object",
      "emit@1.limits.concurrency": "number",
      "emit@1.limits.ratePerSecond": "number",
      "emit@1.circuitBreaker": "object",
      "emit@1.circuitBreaker.failures": "number",
      "emit@1.circuitBreaker.windowMs": "number",
      "emit@1.circuitBreaker.openMs": "number",
      "emit@1.circuitBreaker.whenOpen": "choice",
      "call_workflow@1.workflow": "text",
      "call_workflow@1.input": "value",
      "wait_for_signal@1.name": "template",
      "wait_for_signal@1.timeoutMs": "number",
      "delay@1.durationMs": "number_or_expression",
      "delay@1.until": "template",
      "loop@1.items": "expression",
      "loop@1.body": "value",
      "loop@1.concurrency": "number",
      "loop@1.itemsMax": "number",
      "loop@1.failuresMax": "number",
      "loop@1.failuresPercentMax": "number",
      "loop@1.breakWhen": "expression",
      "loop@1.result": "value",
      "terminate@1.status": "choice",
      "terminate@1.reason": "template",
      "terminate@1.output": "value",
      "terminate@1.response": "object",
      "terminate@1.response.status": "number_or_expression",
      "terminate@1.response.headers": "map",
      "terminate@1.response.body": "value",
      "terminate@1.response.bodyEncoding": "choice",
    });
  });

  it("gives every property a title and a text", () => {
    for (const { configSchema } of nodeTypes.values()) {
      for (const [, member] of membersOf(configSchema)) {
        expect(member["title"]).toBeTypeOf("string");
        expect(member["description"]).toBeTypeOf("string");
      }
    }
  });
});

it("distinguishes the forms of a branch", () => {
  expect(alternativesOf(nodeTypes.get("branch@1")!.configSchema)).toEqual([
    { name: "condition", shown: ["condition"], hidden: ["cases", "otherwise"] },
    { name: "cases", shown: ["cases"], hidden: ["condition"] },
  ]);
});

it("shows defaults as they would be written", () => {
  const schema = nodeTypes.get("http_call@1")!.configSchema;
  const texts = Object.fromEntries(membersOf(schema).map(([name, member]) => [name, defaultText(member)]));
  expect(texts).toMatchObject({ method: "POST", timeoutMs: "30000", body: "" });
});
