import { execFileSync } from "node:child_process";

import { expect, it } from "vitest";

import { curlOfWebhook, sampleOf } from "./sample-of.ts";

it("a workflow without an example is tried with an empty object", () => {
  expect(sampleOf({ input: { sample: { name: "Ada" } } })).toEqual({ name: "Ada" });
  expect(sampleOf({ nodes: {} })).toEqual({});
  expect(sampleOf(null)).toEqual({});
});

it("a payload passes through the shell unchanged", () => {
  const payload = { text: `it's "quoted" $HOME \\ \`x\`` };
  const line = curlOfWebhook("http://m/hooks/t", payload).replace(/^curl/, "printf '%s\\n'");
  const words = execFileSync("sh", ["-c", line]).toString().trimEnd().split("\n");
  expect(JSON.parse(words.at(-1)!)).toEqual(payload);
});
