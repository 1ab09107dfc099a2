import { expect, test } from "vitest";
import { INVALID, Place } from "../shape/mistake.ts";
import { faultStep, faultText, lengthOf, linksOf } from "./step.ts";
import type { FaultStep } from "./step.ts";

/** Reads a step as a scenario file has it. */
function read(value: unknown): FaultStep {
  const place = new Place();
  const step = faultStep.read(value, place);
  if (step === INVALID) throw new Error(place.mistakes.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return step;
}

test.for<[object, string]>([
  [
    { kind: "kill-9", at: "4s", down: "500ms" },
    "4 s into the measured part, MeshHook is killed without warning; it is started again 500 ms later.",
  ],
  [{ kind: "pause", at: "1s", for: "7s" }, "1 s into the measured part, MeshHook's process stands still for 7 s."],
  [
    { kind: "postgres-crash", at: "1s", down: "0s" },
    "1 s into the measured part, PostgreSQL crashes; it is started again at once.",
  ],
  [{ kind: "terminate-backends", at: "1s" }, "1 s into the measured part, PostgreSQL ends every session of MeshHook."],
  [
    { kind: "held-transaction", at: "1s", for: "1min" },
    "1 s into the measured part, a transaction is left open for 60 s, so that vacuum removes nothing.",
  ],
  [
    { kind: "exhaust-connections", at: "1s", for: "5s", leave: 2 },
    "1 s into the measured part, others take every connection to PostgreSQL but 2 and MeshHook's sessions are ended, for 5 s.",
  ],
  [{ kind: "disk-full", at: "1s", for: "5s" }, "1 s into the measured part, the database's disk is full for 5 s."],
  [
    { kind: "latency", at: "4s", link: "database", for: "3s", delay: "50ms", jitter: "10ms", direction: "upstream" },
    "4 s into the measured part, everything between MeshHook and PostgreSQL (towards the server) arrives 50 ms ± 10 ms later, for 3 s.",
  ],
  [
    { kind: "bandwidth", at: "1s", link: "client", for: "3s", perSecond: "100kB", toxicity: 0.25 },
    "1 s into the measured part, at most 100 kB a second pass between the senders and MeshHook on each connection, for 3 s, on 25 % of the connections.",
  ],
  [
    { kind: "slow_close", at: "1s", link: "target", for: "3s", delay: "1s" },
    "1 s into the measured part, the end of a connection between MeshHook and its call target arrives 1 s later, for 3 s.",
  ],
  [
    { kind: "timeout", at: "1s", link: "database", for: "3s" },
    "1 s into the measured part, everything between MeshHook and PostgreSQL is swallowed, and no connection is closed, for 3 s.",
  ],
  [
    { kind: "timeout", at: "1s", link: "database", for: "3s", closeAfter: "1s", direction: "downstream" },
    "1 s into the measured part, everything between MeshHook and PostgreSQL (towards the client) is swallowed, and connections are closed after 1 s, for 3 s.",
  ],
  [
    { kind: "reset_peer", at: "1s", link: "target", for: "3s", after: "10ms" },
    "1 s into the measured part, connections between MeshHook and its call target are reset after 10 ms, for 3 s.",
  ],
  [
    { kind: "slicer", at: "1s", link: "client", for: "3s", size: "50B", variation: "40B", pause: "5ms" },
    "1 s into the measured part, data between the senders and MeshHook arrives in pieces of about 50 B with pauses of 5 ms, for 3 s.",
  ],
  [
    { kind: "limit_data", at: "1s", link: "client", for: "3s", size: "5kB" },
    "1 s into the measured part, each connection between the senders and MeshHook is closed after another 5 kB, for 3 s.",
  ],
  [
    { kind: "down", at: "1s", link: "database", for: "3s" },
    "1 s into the measured part, the connections between MeshHook and PostgreSQL are cut and new ones refused, for 3 s.",
  ],
])("%o is read, and put into words", ([step, text]) => {
  expect(faultText(read(step))).toBe(text);
});

test("a step says what is wrong with it, for its own kind", () => {
  const mistakes = (value: unknown) => {
    const place = new Place();
    expect(faultStep.read(value, place)).toBe(INVALID);
    return place.mistakes.map(({ path, message, remedy }) => `${path}: ${message} ${remedy}`);
  };
  expect(mistakes({ kind: "latncy" })).toEqual([expect.stringContaining('Did you mean "latency"?')]);
  expect(mistakes({ kind: "latency", at: "1s", link: "databse", for: "0s", delay: 50, toxicity: 2 })).toEqual([
    'link: "databse" is not one of client, database, target. Did you mean "database"?',
    'for: "0s" is not between 1 ms and 60 min. Choose a duration within these bounds.',
    "delay: 50 is not a duration. Write a number and a unit: 500ms, 15s, 2min or 1h.",
    "toxicity: 2 is not a number from 0 to 1. Write a number within these bounds, without quotation marks.",
  ]);
  expect(mistakes({ kind: "down", at: "1s", link: "client" })).toEqual([
    ': The field "for" is missing. Add it: How long it lasts.',
  ]);
});

test("a step's length and the places of proxies follow from it", () => {
  const steps = [
    read({ kind: "kill-9", at: "4s", down: "500ms" }),
    read({ kind: "down", at: "1s", link: "database", for: "3s" }),
    read({ kind: "terminate-backends", at: "1s" }),
    read({ kind: "latency", at: "1s", link: "database", for: "2s", delay: "1ms" }),
    read({ kind: "latency", at: "1s", link: "client", for: "2s", delay: "1ms" }),
  ];
  expect(steps.map(lengthOf)).toEqual([500, 3_000, 0, 2_000, 2_000]);
  expect([...linksOf(steps)]).toEqual(["database", "client"]);
});
