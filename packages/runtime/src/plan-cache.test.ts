import { validateDefinition } from "@meshhook/core";
import { createMemoryStore, type Version } from "@meshhook/journal";
import { expect, it } from "vitest";

import { PlanCache } from "./plan-cache.ts";

it("keeps plans in use, and drops those not used for longest", async () => {
  const { catalog } = createMemoryStore();
  const definition = JSON.stringify({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "w",
    nodes: { hook: { type: "webhook@1", config: {} } },
    edges: [],
  });
  expect("issues" in validateDefinition(JSON.parse(definition))).toBe(false);
  const versionOf = (id: string): Version => ({ id, definition }) as Version;
  const plans = new PlanCache(catalog, 2);
  const [a] = [plans.ofVersion(versionOf("a")), plans.ofVersion(versionOf("b"))];
  expect(await plans.get("a")).toBe(a);
  plans.ofVersion(versionOf("c"));
  expect(await plans.get("a")).toBe(a);
  expect(await plans.get("b")).toBeNull();
});
