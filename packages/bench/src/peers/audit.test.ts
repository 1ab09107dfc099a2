import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LedgerWriter, Outcome, readLedger } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import { payloadsOf, SMALL } from "../load/payload.ts";
import { BUILT_IN } from "../scenario/workflow/built-in.ts";
import type { Delivery } from "../scenario/workflow/built-in.ts";
import { auditPeer } from "./audit.ts";

const payloads = payloadsOf(SMALL, 1);
const idOf = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
const bodyOf = (n: number) =>
  JSON.stringify(BUILT_IN["one-call"].callsOf(JSON.parse(payloads[n % payloads.length]!.body) as Delivery)[0]);
const ends = (...numbers: readonly number[]) => numbers.map((n) => ({ runId: idOf(n), atUs: n }));
const calls = (...numbers: readonly number[]) => numbers.map((n) => ({ runId: idOf(n), body: bodyOf(n) }));

let directory: string;
/** Requests 0 to 3 are accepted, 4 is refused, and nobody knows of 5. */
let ledger: Ledger;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "meshhook-peer-audit-"));
  const writer = new LedgerWriter();
  for (const outcome of [202, 202, 202, 202, 503, Outcome.timeout]) {
    const n = writer.open(0);
    writer.close(n, 1, outcome, outcome === 202 ? idOf(n) : "");
  }
  const path = join(directory, "ledger.bin");
  writer.write(path, 0);
  ledger = await readLedger(path);
});
afterAll(() => rmSync(directory, { recursive: true }));

test("everything that was accepted ended once and called once: clean", () => {
  expect(auditPeer({ ledgers: [ledger], payloads, ended: ends(0, 1, 2, 3), effects: calls(3, 2, 1, 0) })).toEqual({
    isClean: true,
    accepted: 4,
    unknown: 1,
    finished: 4,
    lost: 0,
    doubled: 0,
    phantom: 0,
    effects: 4,
    effectsMissing: 0,
    effectsDoubled: 0,
    effectsWrong: 0,
  });
});

test("a request without a clear answer may have become a run, once", () => {
  const audit = (...numbers: readonly number[]) =>
    auditPeer({ ledgers: [ledger], payloads, ended: ends(...numbers), effects: null });
  expect(audit(0, 1, 2, 3, 5).isClean).toBe(true);
  expect(audit(0, 1, 2, 3, 5, 6)).toMatchObject({ isClean: false, phantom: 1 });
});

test.for([
  ["a lost run", { ended: ends(0, 1, 3), effects: calls(0, 1, 3) }, { lost: 1 }],
  ["a run that ended twice", { ended: ends(0, 1, 2, 3, 3), effects: calls(0, 1, 2, 3) }, { doubled: 1 }],
  ["a missing call", { ended: ends(0, 1, 2, 3), effects: calls(0, 1, 2) }, { effectsMissing: 1 }],
  ["a call too many", { ended: ends(0, 1, 2, 3), effects: calls(0, 1, 2, 3, 0) }, { effectsDoubled: 1 }],
  ["a call for no run", { ended: ends(0, 1, 2, 3), effects: calls(0, 1, 2, 3, 9) }, { effectsDoubled: 1 }],
  [
    "a call with the body of another delivery",
    { ended: ends(0, 1, 2, 3), effects: [...calls(0, 1, 2), { runId: idOf(3), body: bodyOf(4) }] },
    { effectsWrong: 1 },
  ],
] as const)("%s makes the audit unclean, and nothing else is counted", ([, { ended, effects }, fault]) => {
  const clean = { lost: 0, doubled: 0, phantom: 0, effectsMissing: 0, effectsDoubled: 0, effectsWrong: 0 };
  expect(auditPeer({ ledgers: [ledger], payloads, ended, effects })).toMatchObject({
    isClean: false,
    ...clean,
    ...fault,
  });
});

test("an answer that names the run of another answer leaves its own delivery without one", () => {
  const twice = { ...ledger, runIdOf: (n: number) => (n < 4 ? idOf(Math.min(n, 2)) : null) };
  expect(auditPeer({ ledgers: [twice], payloads, ended: ends(0, 1, 2), effects: null })).toMatchObject({
    accepted: 4,
    lost: 1,
  });
});
