import { JournalUnavailable } from "@meshhook/journal";
import { expect, it } from "vitest";

import { problemFrom } from "./problem-answer.ts";

const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

it("answers outcome_unknown for a change that may have been stored, and unavailable for one that was not", () => {
  const unknown = problemFrom(new JournalUnavailable("no answer", { mayHaveCommitted: true }), "r", log);
  expect([unknown.code, unknown.status, unknown.retryAfterS]).toEqual(["outcome_unknown", 504, null]);
  const refused = problemFrom(new JournalUnavailable("no connection"), "r", log);
  expect([refused.code, refused.status, refused.retryAfterS]).toEqual(["unavailable", 503, 2]);
});
