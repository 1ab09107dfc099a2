import { execFile } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("checks, compiles, folds and evaluates without generating code, as in a page with a strict policy", async () => {
  const program = fileURLToPath(new URL("./without-code-generation.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(execPath, ["--disallow-code-generation-from-strings", program]);
  expect(JSON.parse(stdout)).toEqual({
    isRefused: true,
    issues: ["unknown_field", "invalid_value"],
    steps: [...Array<string>(5).fill("succeeded"), "waiting", ...Array<string>(5).fill("pending")],
    call: { type: "http_call@1", request: expect.objectContaining({ url: "https://api.example.com/a" }) },
    sorted: [1, 2, 3],
  });
});
