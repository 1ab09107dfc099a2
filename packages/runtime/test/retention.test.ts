import { createServer } from "node:http";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { expect, it } from "vitest";

import { answerOf, caller, listen } from "./calling.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options: { readonly type: "major" | "minor" }) => void;

const BODY_BYTES = 20_000;
const IN_FLIGHT = 32;

function oldBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === "old_space")?.space_used_size ?? 0;
}

// What a dead table of a `Set` refers to survives every young collection, which then copies all calls (docs/decisions/0011).
it("keeps nothing of a call that is over: young collections free it", async () => {
  const server = createServer((request, response) => request.resume().on("end", () => response.end("{}")));
  const url = `http://127.0.0.1:${await listen(server)}/`;
  const from = caller(["127.0.0.1"], { connectionsPerOrigin: IN_FLIGHT });
  let made = 0;
  const callOne = (): Promise<unknown> => {
    // Through JSON, so that the text is in one piece.
    const body = JSON.parse(JSON.stringify(String(made++).padEnd(BODY_BYTES, "x"))) as string;
    return answerOf(from, url, { body });
  };
  const makeCalls = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      const lane = async (): Promise<void> => {
        for (let n = 0; n < 7; n++) await callOne();
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
      collect({ type: "minor" });
    }
  };
  await makeCalls(4);
  collect({ type: "major" });
  await makeCalls(8);
  const [bytesBefore, madeBefore] = [oldBytes(), made];
  await makeCalls(12);
  expect((oldBytes() - bytesBefore) / (made - madeBefore)).toBeLessThan(BODY_BYTES / 10);
});
