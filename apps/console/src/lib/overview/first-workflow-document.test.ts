import { validateDefinition } from "@meshhook/core";
import { expect, it } from "vitest";

import { DOCUMENT } from "./first-workflow-document.ts";

it("the built-in sample is a valid workflow", () => {
  expect(validateDefinition(DOCUMENT)).not.toHaveProperty("issues");
});
