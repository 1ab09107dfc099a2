import { SEMANTICS } from "@meshhook/core";
import type { StoredRun } from "@meshhook/journal";
import { expect, it } from "vitest";

import type { Logger } from "../src/index.ts";
import { inMemory, leaveRuns, start, status } from "./bench.ts";
import { definitionOf, delay, Gate, silent, transform, until } from "./harness.ts";

const WAITING = definitionOf({ pause: delay(50), after: transform("now") });

function collecting(): {
  readonly errors: { readonly runId?: string; readonly error?: string }[];
  readonly log: Logger;
} {
  const errors: object[] = [];
  return { errors, log: { ...silent, error: (details) => void errors.push(details) } };
}

it("a run of newer engine semantics is set aside and named with the remedy, and all others continue", async () => {
  const store = await inMemory.open();
  const [newer = "", other = ""] = (await leaveRuns(store, WAITING, [1, 2])).runIds;
  const gate = new Gate(store.journal);
  const { loadUnfinished } = gate.journal;
  const startedByNewer = (run: StoredRun): StoredRun => {
    if (run.runId !== newer) return run;
    const segments = run.segments.map((segment) => ({
      ...segment,
      facts: segment.facts.replace(/"semantics":\d+/, `"semantics":${SEMANTICS + 1}`),
    }));
    return { ...run, segments };
  };
  gate.journal.loadUnfinished = async (query) => (await loadUnfinished(query)).map(startedByNewer);
  const { errors, log } = collecting();
  const two = await start({ store, gate, log });
  await until("the other run ended", async () => (await status(store, other)) === "succeeded");
  expect(two.runtime.stats().runsSetAside).toBe(1);
  expect(errors).toMatchObject([{ runId: newer, error: expect.stringContaining(`semantics ${SEMANTICS + 1}, but`) }]);
  expect(errors[0]?.error).toContain("Use the version that started the run, or a newer one");
  expect(await status(store, newer)).toBeNull();
});

it("runs of a workflow with a node type that this version does not know are set aside, and all others continue", async () => {
  const store = await inMemory.open();
  const unknown = await leaveRuns(store, WAITING, [1]);
  const [known = ""] = (await leaveRuns(store, WAITING, [2])).runIds;
  const [runId = ""] = unknown.runIds;
  const { catalog } = store;
  const findVersion = catalog.findVersion.bind(catalog);
  catalog.findVersion = async (id) => {
    const version = await findVersion(id);
    if (version === null || id !== unknown.version.id) return version;
    return { ...version, definition: version.definition.replace("transform@1", "transform@99") };
  };
  const { errors, log } = collecting();
  const two = await start({ store, log });
  await until("the known run ended", async () => (await status(store, known)) === "succeeded");
  await until("the other run is set aside", () => two.runtime.stats().runsSetAside === 1);
  expect(errors).toMatchObject([{ runId, error: expect.stringContaining('unknown type "transform@99"') }]);
});
