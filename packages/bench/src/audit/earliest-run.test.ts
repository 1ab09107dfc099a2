import { expect, test } from "vitest";
import { earliestRunOf } from "./earliest-run.ts";

test("no run is older than its workflow, by the times in their ids and a minute for clocks that differ", () => {
  // 2025-11-30T19:31:29.408Z, and a minute before.
  expect(earliestRunOf("019ad63f-b000-7abc-8def-0123456789ab")).toBe("019ad63e-c5a0-0000-0000-000000000000");
  expect(earliestRunOf("019ad63f-b000-7abc-8def-0123456789ab") < "019ad63f-b000-7000-8000-000000000000").toBe(true);
});

test("ids without a time, or at its very beginning, give no bound", () => {
  const none = "00000000-0000-0000-0000-000000000000";
  for (const id of ["019ad63f-b000-4abc-8def-0123456789ab", "00000000-0000-7000-8000-00000000aaaa", "not an id"])
    expect(earliestRunOf(id)).toBe(none);
});
