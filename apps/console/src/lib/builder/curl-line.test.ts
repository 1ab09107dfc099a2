import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";

import { expect, it } from "vitest";

import { curlLine } from "./curl-line.ts";
import { hubSignature } from "./signature.ts";

it("survives a shell, whatever the body contains", () => {
  const body = `{"a":"it's $HOME \`x\` \\\\ \\"y\\"\\n"}`;
  const line = curlLine("http://127.0.0.1/hooks/a", body, { "x-a": "b" }).replace(/^curl -i/, "printf '%s\\n'");
  const lines = execFileSync("sh", ["-c", line], { encoding: "utf8" }).split("\n");
  expect(lines).toEqual([
    "http://127.0.0.1/hooks/a",
    "-H",
    "content-type: application/json",
    "-H",
    "x-a: b",
    "--data-binary",
    body,
    "",
  ]);
});

it("names a file for a long body", () => {
  expect(curlLine("http://x/", "x".repeat(5_000))).toContain("@sample.json");
});

it("signs as GitHub does", async () => {
  const expected = `sha256=${createHmac("sha256", "It's a secret").update("Größe").digest("hex")}`;
  expect(await hubSignature("It's a secret", "Größe")).toBe(expected);
});
