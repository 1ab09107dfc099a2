import { JournalUnavailable } from "@meshhook/journal";
import type { Logger } from "@meshhook/runtime";
import { expect, it } from "vitest";

import { problemFrom } from "./problem-answer.ts";

const ignore = (): void => undefined;
const log: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

it("answers a change that may have been stored as unknown, and one that was not as unavailable", () => {
  const unknown = problemFrom(new JournalUnavailable("no answer", { mayHaveCommitted: true }), "r", log);
  expect([unknown.code, unknown.status, unknown.retryAfterS]).toEqual(["outcome_unknown", 504, null]);
  const refused = problemFrom(new JournalUnavailable("no connection"), "r", log);
  expect([refused.code, refused.status, refused.retryAfterS]).toEqual(["unavailable", 503, 2]);
});
