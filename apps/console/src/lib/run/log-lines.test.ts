import type { RunEvent } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { asResources, CALLING, DELIVERY, failed, ms, planOf, RUN_ID } from "../../../test/run-histories.ts";
import { anchorOf, asJson, asText, filterEvents, findInEvents, indexOfAnchor } from "./log-lines.ts";
import { RecomputedRun } from "./recomputed-run.ts";

function eventsOf(): readonly RunEvent[] {
  const run = new RecomputedRun(planOf(CALLING), RUN_ID);
  run.take(asResources([[DELIVERY], [failed(1, ms(50), 400)]]));
  return run.picture().events;
}
const events = eventsOf();
const [first] = events as [RunEvent];

describe("the log", () => {
  it("shows a level and those above it, of all nodes or of one", () => {
    expect(filterEvents(events, { level: "debug", isAbout: null })).toBe(events);
    expect(filterEvents(events, { level: "error", isAbout: null }).map(({ type }) => type)).toEqual([
      "step.failed",
      "run.failed",
    ]);
    expect(
      filterEvents(events, { level: "warn", isAbout: ({ node }) => node === "send" }).map(({ type }) => type),
    ).toEqual(["attempt.failed", "step.failed"]);
  });

  it("finds text in node, type and message, ignoring case; nothing for an empty text", () => {
    const found = findInEvents(events, " ATTEMPT 1 ");
    expect(found.map((index) => events[index]?.type)).toEqual(["attempt.started", "attempt.failed"]);
    expect(findInEvents(events, "run.failed")).toHaveLength(1);
    expect(findInEvents(events, "  ")).toEqual([]);
  });

  it("finds a line by the name in its link", () => {
    for (const [index, event] of events.entries()) expect(indexOfAnchor(events, `#${anchorOf(event)}`)).toBe(index);
    for (const hash of ["", "#e9.9", "#e0", "#x0.0", "#e0.0x"]) expect(indexOfAnchor(events, hash)).toBe(-1);
  });

  it("writes a line for people and one for programs", () => {
    expect(asText(first)).toMatch(/^2025-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z INFO {2}Run of calling started$/);
    expect(JSON.parse(asJson(first))).toMatchObject({ seq: 0, position: 0, type: "run.started" });
  });
});
