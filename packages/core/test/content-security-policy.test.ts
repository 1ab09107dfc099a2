import { execFile } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { nodeTypes } from "../src/index.ts";

it("checks, compiles, folds and evaluates without generating code, as in a page with a strict policy", async () => {
  const program = fileURLToPath(new URL("./without-code-generation.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(execPath, ["--disallow-code-generation-from-strings", program]);
  const types = [...nodeTypes.keys()].filter((type) => type !== "schedule@1");
  const call = types.indexOf("http_call@1");
  expect(JSON.parse(stdout)).toEqual({
    isRefused: true,
    issues: ["unknown_field", "invalid_value"],
    // Everything up to the first call has run.
    steps: Object.fromEntries(
      types.map((type, index) => [type, index < call ? "succeeded" : index === call ? "waiting" : "pending"]),
    ),
    call: { type: "http_call@1", request: expect.objectContaining({ url: "https://api.example.com/a" }) },
    sorted: [1, 2, 3],
  });
});
