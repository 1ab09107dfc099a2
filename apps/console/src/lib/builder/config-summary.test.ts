import { expect, it } from "vitest";

import { configSummary } from "./config-summary.ts";

it.each([
  ["http_call@1", { url: "https://crm.example.com/cases" }, "POST crm.example.com/cases"],
  ["http_call@1", {}, "POST …"],
  ["emit@1", { url: "https://partner.example.com/hooks" }, "to partner.example.com/hooks"],
  ["template@1", { text: "Dear {{ input.name }},\nthank you" }, "Dear {{ input.name }}, thank you"],
  ["xml_json@1", { direction: "json_to_xml" }, "JSON to XML"],
  ["call_workflow@1", { workflow: "send-invoice" }, "runs send-invoice"],
  ["call_workflow@1", {}, "runs …"],
  ["schedule@1", { cron: "0 2 * * *", timezone: "Europe/Berlin" }, "0 2 * * * Europe/Berlin"],
  ["transform@1", { expression: "{ a:\n  input.a }" }, "{ a: input.a }"],
  ["branch@1", { condition: "input.total > `10`" }, "if input.total > `10`"],
  ["branch@1", { cases: [{}, {}] }, "2 cases"],
  ["delay@1", { durationMs: 259_200_000 }, "3 d"],
  ["delay@1", { durationMs: 5_400_000 }, "1 h 30 min"],
  ["delay@1", { durationMs: 250 }, "250 ms"],
  ["delay@1", { durationMs: { $jmes: "input.wait" } }, "input.wait"],
  ["delay@1", { until: "{{ input.at }}" }, "until {{ input.at }}"],
  ["delay@1", { until: { $jmes: "input.at" } }, "until input.at"],
  ["wait_for_signal@1", { name: "approve/{{ input.id }}" }, "for approve/{{ input.id }}"],
  ["terminate@1", { status: "failed", reason: "No stock" }, "failed: No stock"],
  ["terminate@1", {}, "succeeded"],
  ["webhook@1", {}, ""],
  ["gone@9", { x: 1 }, ""],
])("a %s with %j reads %j", (type, config, text) => {
  expect(configSummary(type, config)).toBe(text);
});

it("cuts long lines", () => {
  expect(configSummary("transform@1", { expression: "x".repeat(100) })).toHaveLength(60);
});
