import { createMemoryStore } from "@meshhook/journal";
import { PlanCache } from "@meshhook/runtime";
import { expect, it } from "vitest";

import { Failures } from "./failures.ts";

it("a failed run of a version that only a newer release can read is listed, with the reason", async () => {
  const { catalog, journal } = createMemoryStore();
  const { id: projectId } = await catalog.createProject({ slug: "default", name: "Default" });
  const nodes = { hook: { type: "webhook@99", config: {} } };
  const definition = JSON.stringify({ apiVersion: "meshhook/v1", kind: "Workflow", slug: "newer", nodes, edges: [] });
  const saved = await catalog.saveDraft({ projectId, slug: "newer", name: "newer", definition });
  if (saved === "conflict") throw new Error("The workflow exists already");
  const version = await catalog.publishVersion({ projectId, workflowId: saved.id, hash: "h", definition });
  const run = {
    runId: "019ab2f0-4c00-7000-8010-00000000000a",
    projectId,
    workflowId: saved.id,
    versionId: version.id,
    status: "failed" as const,
    startedAt: 0,
    finishedAt: 1,
  };
  const failures = new Failures(journal, new PlanCache(catalog));
  expect(await failures.ofRun(run, [], () => Promise.resolve())).toMatchObject({
    run,
    error: { code: "history_semantics", message: 'The node "hook" has the unknown type "webhook@99"' },
  });
});
