import type { Fact } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { ANSWERED, asResources, CALLING, DELIVERY, failed, ms, planOf, RUN_ID } from "../../../test/run-histories.ts";
import { RecomputedRun, type RunPicture } from "./recomputed-run.ts";
import { axisOf, waterfallOf } from "./waterfall.ts";

const plan = planOf(CALLING);

function pictureOf(segments: readonly (readonly Fact[])[]): RunPicture {
  const run = new RecomputedRun(plan, RUN_ID);
  run.take(asResources(segments));
  return run.picture();
}

const timer: Fact = { kind: "timer", node: "pause", at: ms(2_510) };

describe("waterfallOf", () => {
  it("splits a call's time into waiting and work, and gives each of several attempts a row", () => {
    const rows = waterfallOf(
      pictureOf([[DELIVERY], [failed(1, ms(50))], [failed(2, ms(200))], [ANSWERED], [timer]]),
      plan,
    );
    expect(rows.map(({ key, status }) => `${key} ${status}`)).toEqual([
      "hook succeeded",
      "total succeeded",
      "send succeeded",
      "send/1 failed",
      "send/2 failed",
      "send/3 succeeded",
      "pause succeeded",
      "size succeeded",
      "small succeeded",
    ]);
    expect(rows[2]?.bars).toEqual([
      { kind: "queue", from: ms(0), to: ms(30) },
      { kind: "call", from: ms(30), to: ms(50) },
      { kind: "retry", from: ms(50), to: ms(150) },
      { kind: "queue", from: ms(150), to: ms(180) },
      { kind: "call", from: ms(180), to: ms(200) },
      { kind: "retry", from: ms(200), to: ms(300) },
      { kind: "queue", from: ms(300), to: ms(470) },
      { kind: "call", from: ms(470), to: ms(500) },
    ]);
    expect(rows[6]?.bars).toEqual([{ kind: "delay", from: ms(500), to: ms(2_510) }]);
    expect(rows[8]?.bars).toEqual([{ kind: "instant", from: ms(2_510), to: ms(2_510) }]);
  });

  it("leaves bars in progress without an end", () => {
    expect(waterfallOf(pictureOf([[DELIVERY]]), plan).at(-1)).toMatchObject({
      node: "send",
      bars: [{ kind: "call", from: ms(0), to: null }],
    });
  });

  it("draws no call that a canceled run never sent", () => {
    const rows = waterfallOf(pictureOf([[DELIVERY], [failed(1, ms(50))], [{ kind: "cancel", at: ms(60) }]]), plan);
    expect(rows.find(({ key }) => key === "send/2")).toMatchObject({ status: "canceled", bars: [] });
  });
});

describe("axisOf", () => {
  it("extends to the end of a run, or to now while it is in progress", () => {
    expect(axisOf(pictureOf([[DELIVERY], [{ kind: "cancel", at: ms(60) }]]), ms(900))).toEqual({
      from: ms(0),
      to: ms(60),
    });
    expect(axisOf(pictureOf([[DELIVERY]]), ms(900))).toEqual({ from: ms(0), to: ms(900) });
    expect(axisOf(pictureOf([[DELIVERY]]), ms(-900))).toEqual({ from: ms(0), to: ms(1) });
  });
});
