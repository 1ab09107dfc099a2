import { armFailpoints, failpoint } from "@meshhook/journal/failpoint";
import { afterEach, expect, test } from "vitest";

import { CommandError } from "../exit-codes.ts";
import { armListedFailpoints } from "./failpoint-list.ts";
import { resolveConfig } from "./resolve.ts";

afterEach(() => armFailpoints([]));

test("failpoints are armed as the setting says", () => {
  armListedFailpoints("timer.fired=throw", {});
  expect(() => failpoint("timer.fired")).toThrow("timer.fired");
});

test("nothing fails on purpose in production", () => {
  const arm = (): void => armListedFailpoints("timer.fired=throw", { NODE_ENV: "production" });
  expect(arm).toThrow(CommandError);
  expect(arm).toThrow("Unset MESHHOOK_FAILPOINTS");
  expect(() => failpoint("timer.fired")).not.toThrow();
});

test("a list that cannot be read is a mistake that names the entry", () => {
  expect(resolveConfig({}, { MESHHOOK_FAILPOINTS: "append.sent=explode" })).toMatchObject({
    mistakes: [{ where: "MESHHOOK_FAILPOINTS", expected: expect.stringContaining('"append.sent=explode"') }],
  });
});
