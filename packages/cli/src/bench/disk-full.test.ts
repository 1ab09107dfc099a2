import { expect, test } from "vitest";

import { diskFull } from "./disk-full.ts";

const FOLDERS = { outDir: "/reports/1", dataDir: "/data" };

test.each([
  ["a file of the report", Object.assign(new Error("write"), { code: "ENOSPC" })],
  ["a quota", Object.assign(new Error("write"), { code: "EDQUOT" })],
  ["a statement of PostgreSQL", Object.assign(new Error("could not extend file"), { code: "53100" })],
  ["a PostgreSQL that does not start", new Error("initdb: could not write: No space left on device")],
])("a full disk is named whoever meets it first: %s", (_, cause) => {
  const end = diskFull(new Error('Scenario "a" could not be measured.', { cause }), FOLDERS);
  expect(end?.exit).toBe("failed");
  expect(end?.message).toMatch(/\/reports\/1.*\/data.*is kept in \/reports\/1\/dataset\. Make room/);
});

test("any other error is not", () => {
  expect(diskFull(Object.assign(new Error("denied"), { code: "EACCES" }), FOLDERS)).toBeNull();
  expect(diskFull("No space left on device", FOLDERS)).toBeNull();
});
