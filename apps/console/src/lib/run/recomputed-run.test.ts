import { describe, expect, it } from "vitest";

import { ANSWERED, asResources, CALLING, DELIVERY, failed, ms, planOf, RUN_ID } from "../../../test/run-histories.ts";
import { RecomputedRun } from "./recomputed-run.ts";

const HISTORY = [
  [DELIVERY],
  [failed(1, ms(50))],
  [failed(2, ms(200))],
  [ANSWERED],
  [{ kind: "timer", node: "pause", at: ms(2_510) }] as const,
];

function take(count: number): RecomputedRun {
  const run = new RecomputedRun(planOf(CALLING), RUN_ID);
  run.take(asResources(HISTORY.slice(0, count)));
  return run;
}

describe("RecomputedRun", () => {
  it("gives at every fact the state, outputs and effects that follow from the facts so far", () => {
    expect(take(1).picture()).toMatchObject({
      status: "running",
      startedAt: ms(0),
      pending: [{ kind: "call", node: "send", attempt: 1 }],
    });
    const [call] = take(1).picture().pending;
    expect(call?.kind === "call" && call.request()).toMatchObject({ body: '{"total":3}' });
    expect(take(3).picture().pending).toMatchObject([{ attempt: 3, dueAt: ms(300) }]);
    expect(take(4).picture().pending).toMatchObject([{ kind: "timer", node: "pause", dueAt: ms(2_500) }]);
    const over = take(5).picture();
    expect(over).toMatchObject({
      status: "succeeded",
      lastAt: ms(2_510),
      pending: [],
      result: { output: { size: "small" } },
    });
    expect(Object.fromEntries(over.steps.map(({ node, status }) => [node, status]))).toMatchObject({
      send: "succeeded",
      small: "succeeded",
      large: "skipped",
    });
    expect(over.calls.get("send")?.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it("has the same log however its facts arrive: at once, one by one, or repeated", () => {
    const story = take(5).picture().events;
    const run = new RecomputedRun(planOf(CALLING), RUN_ID);
    const isNew = [1, 1, 3, 2, 5, 5].map((count) => run.take(asResources(HISTORY.slice(0, count))));
    expect(isNew).toEqual([true, false, true, false, true, false]);
    expect(run.picture().events).toEqual(story);
    const cursors = story.map(({ seq, position }) => `${seq}.${position}`);
    expect(new Set(cursors).size).toBe(cursors.length);
  });

  it("does not change a picture when the run moves on", () => {
    const run = take(1);
    const before = run.picture();
    run.take(asResources(HISTORY));
    expect(before.status).toBe("running");
    expect(before.steps.find(({ node }) => node === "send")?.status).toBe("waiting");
    expect(before.events.at(-1)?.type).toBe("attempt.started");
  });

  it("keeps facts that changed nothing, and says why", () => {
    const run = new RecomputedRun(planOf(CALLING), RUN_ID);
    run.take(asResources([[DELIVERY], [failed(7, ms(10))], [{ kind: "cancel", at: ms(20) }], [ANSWERED]]));
    expect(run.picture().facts.map(({ ignored }) => ignored)).toEqual([null, "not_awaited", null, "run_over"]);
  });

  it("refuses facts that cannot be this run's", () => {
    const run = new RecomputedRun(planOf(CALLING), RUN_ID);
    expect(() => run.take(asResources([[{ kind: "cancel", at: ms(1) }]]))).toThrow("starts with a cancel fact");
    const cut = asResources([[DELIVERY]]).map((delivery) => ({ ...delivery, data: { headers: {} } }));
    expect(() => run.take(cut)).toThrow('"query" of fact 0 is missing');
  });
});
