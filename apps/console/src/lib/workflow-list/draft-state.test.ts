import { expect, it } from "vitest";

import { draftStateOf } from "./draft-state.ts";

it.each([
  ["unpublished", { activeVersionId: null, draftHash: "a", activeVersionHash: null }],
  ["unpublished", { activeVersionId: null, draftHash: null, activeVersionHash: null }],
  ["unfinished", { activeVersionId: "v", draftHash: null, activeVersionHash: "a" }],
  ["changed", { activeVersionId: "v", draftHash: "b", activeVersionHash: "a" }],
  ["published", { activeVersionId: "v", draftHash: "a", activeVersionHash: "a" }],
] as const)("a workflow is %s as its hashes say: %o", (state, workflow) => {
  expect(draftStateOf(workflow)).toBe(state);
});
