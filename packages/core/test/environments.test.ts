import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const PROGRAM = join(import.meta.dirname, "fold-histories.ts");

/** Languages with other letters, digits and rules for upper case, and time zones with offsets of half hours and changes of the date line. */
const ENVIRONMENTS = [
  { LC_ALL: "C", LANG: "C", TZ: "UTC" },
  { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", TZ: "America/St_Johns" },
  { LC_ALL: "ar_EG.UTF-8", LANG: "ar_EG.UTF-8", TZ: "Pacific/Apia" },
];

it("the same histories give the same bytes in three languages and time zones", async () => {
  const run = promisify(execFile);
  const printed = await Promise.all(
    ENVIRONMENTS.map(async (env) => (await run(process.execPath, [PROGRAM], { env })).stdout),
  );
  expect(printed[0]).toMatch(/^v\d+\.\d+\.\d+ \d{2,} [0-9a-f]{64}\n$/);
  expect(new Set(printed).size).toBe(1);
});
