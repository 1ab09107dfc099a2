import { describe, expect, it } from "vitest";

import { publishState, publishWords } from "./publish-state.ts";

describe("publishState", () => {
  const facts = { draftHash: "a", isReworded: false, problems: 0, active: null, attempt: { kind: "none" } } as const;
  it.each([
    [facts, "Nothing published"],
    [{ ...facts, active: { number: 3, hash: "a" } }, "Up to date (version 3)"],
    [{ ...facts, isReworded: true, active: { number: 3, hash: "a" } }, "Unpublished changes (version 3 runs)"],
    [{ ...facts, active: { number: 3, hash: "b" } }, "Unpublished changes (version 3 runs)"],
    [{ ...facts, draftHash: null }, "Checking…"],
    [{ ...facts, draftHash: null, problems: 2 }, "2 problems"],
    [{ ...facts, attempt: { kind: "publishing" } }, "Publishing…"],
    [{ ...facts, attempt: { kind: "failed", reason: "no" } }, "Not published: no"],
  ] as const)("follows from %j: %s", (given, words) => {
    expect(publishWords(publishState(given))).toBe(words);
  });
});
