import { SeededRandom, segmentRow } from "@meshhook/testkit";
import { expect, it } from "vitest";

import { batchParameters, dedupeShard, keyedBatchParameters } from "./batch.ts";

const random = new SeededRandom(3);

it("joins each column of a batch and names each shard once", () => {
  const rows = [
    segmentRow(random, { shard: 3, facts: "[1]" }),
    segmentRow(random, { shard: 5, facts: "[2]", status: "failed", seq: 0 }),
    segmentRow(random, { shard: 3, facts: "[3]" }),
  ];
  const parameters = batchParameters("token", new Map([[3, 9]]), rows);
  expect(parameters.slice(0, 3)).toEqual(["token", "{3,5}", "3\u001e5\u001e3"]);
  expect(parameters.at(-3)).toBe("\u001efailed\u001e");
  expect(parameters.at(-2)).toBe("[1]\u001e[2]\u001e[3]");
  // Shard 5 is not held: no epoch is -1.
  expect(parameters.at(-1)).toBe("{9,-1}");
  expect(parameters.map((column) => column.split("\u001e").length).slice(2, -1)).toEqual(
    Array.from({ length: 9 }, () => 3),
  );
});

it("leaves keys and timers empty for rows without them", () => {
  const dedupe = { endpointId: "e", key: "k", bodyHash: "aa" };
  const rows = [segmentRow(random, { dedupe }), segmentRow(random, { parkedUntil: 7 })];
  expect(keyedBatchParameters("token", new Map(), rows).slice(-5)).toEqual([
    `${dedupeShard(dedupe)}\u001e`,
    "e\u001e",
    "k\u001e",
    "aa\u001e",
    "\u001e7",
  ]);
});

it("finds a key where it was stored years ago", () => {
  // Golden values: after a change, no stored key would be found.
  const endpointId = "01a20b1c-e6d8-744b-8729-35691e4351bc";
  expect(["a", "b", "order-17", "漢字"].map((key) => dedupeShard({ endpointId, key, bodyHash: "" }))).toEqual([
    39, 442, 171, 215,
  ]);
});
