import { emptyDatabase, temporaryDatabase } from "@meshhook/testkit";
import type { TemporaryDatabase } from "@meshhook/testkit";
import type { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectAsBench, createBenchRole } from "../database/connect.ts";
import type { FaultSpan } from "../fault/fault.ts";
import { Outcome } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Effect } from "../load/sink/sink.ts";
import type { Audit } from "../result/result.ts";
import { auditRuns } from "./audit.ts";
import type { Expectation } from "./audit-input.ts";
import { countUnfinished, waitForBacklog } from "./backlog.ts";

const WORKFLOW = "00000000-0000-7000-8000-00000000aaaa";
const OTHER_WORKFLOW = "00000000-0000-7000-8000-00000000bbbb";

let database: TemporaryDatabase;
let client: Client;

beforeAll(async () => {
  database = await temporaryDatabase();
  client = await connect(database);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
beforeEach(() => client.query("truncate meshhook.journal"));

async function connect({ url }: TemporaryDatabase): Promise<Client> {
  await createBenchRole(url);
  return connectAsBench(url);
}

/** Run number `n` of the requests; `copy` tells runs of the same request apart. */
function runId(n: number, copy = 0): string {
  return `01890000-0000-7000-8000-${copy.toString(16).padStart(4, "0")}${n.toString(16).padStart(8, "0")}`;
}

interface Segment {
  readonly n: number;
  readonly copy?: number;
  readonly seq: number;
  readonly status?: "succeeded" | "failed";
  readonly workflow?: string;
  /** The number in the delivery's query; `n` when absent, none when null. */
  readonly query?: string | null;
}

async function store(segments: readonly Segment[]): Promise<void> {
  for (const { n, copy, seq, status, workflow, query } of segments) {
    const delivery = {
      kind: "delivery",
      at: 1_700_000_000_000_000 + n,
      headers: {},
      query: query === null ? {} : { n: query ?? String(n) },
      body: { text: "\u0000" },
    };
    await client.query(
      `insert into meshhook.journal (shard, run_id, seq, at, project_id, workflow_id, version_id, status, facts)
       values (0, $1, $2, now(), $3, $4, $3, $5, $6)`,
      [
        runId(n, copy),
        seq,
        "00000000-0000-7000-8000-00000000cccc",
        workflow ?? WORKFLOW,
        status ?? null,
        JSON.stringify(seq === 0 ? [delivery] : []),
      ],
    );
  }
}

/** Request `n` ended with the n-th outcome; accepted ones were told their run. */
function ledgerOf(outcomes: readonly number[], runs: (n: number) => string = (n) => runId(n)): Ledger {
  const count = outcomes.length;
  return {
    startedAtUs: 0,
    count,
    intendedUs: new Int32Array(count),
    sentUs: new Int32Array(count),
    answeredUs: new Int32Array(count),
    outcome: Int16Array.from(outcomes),
    runIdOf: (n) => ((outcomes[n] ?? 0) === 202 ? runs(n) : null),
  };
}

function effect(n: number, changes: Partial<Effect> = {}): Effect {
  return {
    runId: runId(n),
    key: `key-${String(n)}`,
    atUs: 0,
    body: `body of ${String(n % 2)}`,
    attempt: 1,
    behaviour: { kind: "answer", status: 200 },
    ...changes,
  };
}

/** While the calls of `effect` arrive. */
const KILL: FaultSpan = { step: { kind: "kill-9", at: 0, down: 0 }, beganUs: 0, endedUs: 1_000_000 };

/** Two payloads take turns; each run makes one call, whose body names its payload. */
const EXPECTED: Expectation = {
  payloads: 2,
  repeats: 1,
  status: "succeeded",
  callsPerRun: 1,
  attemptsMax: 1,
  isOnceOnly: false,
  callOf: (body) => {
    const payload = ["body of 0", "body of 1"].indexOf(body);
    return payload === -1 ? null : { payload, call: 0 };
  },
};

async function audit(
  ledger: Ledger,
  effects: readonly Effect[] | null = null,
  faults: readonly FaultSpan[] = [],
  expected: Partial<Expectation> = {},
): Promise<Audit> {
  const input = {
    workflowId: WORKFLOW,
    ledger,
    effects,
    faults,
    expected: { ...EXPECTED, ...expected },
  };
  return (await auditRuns(client, input)).audit;
}

const NOTHING_WRONG = {
  isClean: true,
  lost: 0,
  duplicated: 0,
  outOfOrder: 0,
  stuck: 0,
  phantom: 0,
  effectsMissing: 0,
  effectRepeats: 0,
  effectsUnexpected: 0,
  effectsWrong: 0,
};
const HEALTHY: readonly Segment[] = [
  { n: 0, seq: 0, status: "succeeded" },
  { n: 1, seq: 0 },
  { n: 1, seq: 1, status: "succeeded" },
  { n: 2, seq: 0, status: "succeeded" },
];

describe("audit", () => {
  test("a healthy load is clean, and other workflows' runs are nobody's business", async () => {
    await store([...HEALTHY, { n: 77, seq: 0, workflow: OTHER_WORKFLOW }]);
    const report = await auditRuns(client, {
      workflowId: WORKFLOW,
      ledger: ledgerOf([202, 202, 202]),
      effects: null,
      faults: [],
    });
    expect(report.audit).toMatchObject({ ...NOTHING_WRONG, sent: 3, accepted: 3, runs: 3, finished: 3, details: [] });
    expect(report.segments).toBe(4);
  });

  test("a lost run is found", async () => {
    await store(HEALTHY.slice(0, 3));
    expect(await audit(ledgerOf([202, 202, 202]))).toMatchObject({
      ...NOTHING_WRONG,
      isClean: false,
      lost: 1,
      details: [`lost: request 2, run ${runId(2)}`],
    });
  });

  test("a run that was promised to two requests is lost to one of them", async () => {
    await store(HEALTHY.slice(0, 3));
    const ledger = ledgerOf([202, 202, 202], (n) => (n === 2 ? runId(0) : runId(n)));
    expect(await audit(ledger)).toMatchObject({ isClean: false, lost: 1, duplicated: 0 });
  });

  test("a duplicated run is found, also when the sender got no answer", async () => {
    await store([...HEALTHY, { n: 2, copy: 1, seq: 0, status: "succeeded" }]);
    expect(await audit(ledgerOf([202, 202, 202]))).toMatchObject({ ...NOTHING_WRONG, isClean: false, duplicated: 1 });
    expect(await audit(ledgerOf([202, 202, Outcome.reset]))).toMatchObject({
      ...NOTHING_WRONG,
      isClean: false,
      duplicated: 1,
    });
  });

  test("a phantom run is found: never sent, refused, unsent, or without a number", async () => {
    await store([...HEALTHY, { n: 9, seq: 0, status: "succeeded" }]);
    expect(await audit(ledgerOf([202, 202, 202]))).toMatchObject({ ...NOTHING_WRONG, isClean: false, phantom: 1 });
    expect(await audit(ledgerOf([202, 202, 401]))).toMatchObject({ phantom: 2, rejected: 1 });
    expect(await audit(ledgerOf([202, Outcome.unsent, Outcome.refused]))).toMatchObject({
      phantom: 3,
      sent: 1,
      rejected: 1,
    });
    await client.query("truncate meshhook.journal");
    await store([{ n: 0, seq: 0, status: "succeeded", query: null }]);
    expect(await audit(ledgerOf([]))).toMatchObject({ ...NOTHING_WRONG, isClean: false, phantom: 1 });
  });

  test("a run without an end is stuck, and the backlog does not end", async () => {
    await store([...HEALTHY.slice(0, 2), ...HEALTHY.slice(3)]);
    expect(await countUnfinished(client, WORKFLOW)).toBe(1);
    expect(await waitForBacklog(client, WORKFLOW, 0)).toBe(1);
    expect(await audit(ledgerOf([202, 202, 202]))).toMatchObject({
      ...NOTHING_WRONG,
      isClean: false,
      stuck: 1,
      finished: 2,
    });
  });

  test("a gap in the segments, a missing start and a second end are out of order", async () => {
    await store([...HEALTHY, { n: 3, seq: 0 }, { n: 3, seq: 2, status: "succeeded" }]);
    expect(await audit(ledgerOf([202, 202, 202, 202]))).toMatchObject({
      ...NOTHING_WRONG,
      isClean: false,
      outOfOrder: 1,
    });
    await store([{ n: 2, seq: 1, status: "succeeded" }]);
    expect(await audit(ledgerOf([202, 202, 202, 202]))).toMatchObject({ outOfOrder: 2 });
    await client.query("truncate meshhook.journal");
    await store([{ n: 0, seq: 1, status: "succeeded" }]);
    expect(await audit(ledgerOf([202]))).toMatchObject({ isClean: false, outOfOrder: 1, lost: 1 });
  });

  test("a request without a clear answer may have become a run, once", async () => {
    await store(HEALTHY);
    const report = await audit(ledgerOf([202, Outcome.timeout, 504, Outcome.reset]));
    expect(report).toMatchObject({ ...NOTHING_WRONG, unknown: 2, rejected: 1, runs: 3 });
    expect(report.details).toEqual(["2 requests without a clear answer became a run, each exactly once"]);
  });

  test("a 503 promises that nothing was stored, so a run behind it is a phantom", async () => {
    await store(HEALTHY);
    expect(await audit(ledgerOf([202, 202, 503]))).toMatchObject({ ...NOTHING_WRONG, isClean: false, phantom: 1 });
  });

  test("a run that failed where none should is not clean", async () => {
    await store([...HEALTHY, { n: 3, seq: 0, status: "failed" }]);
    expect(await audit(ledgerOf([202, 202, 202, 202]))).toMatchObject({ ...NOTHING_WRONG, isClean: false });
  });

  test("an effect that is missing is found; one that was repeated is, unless a fault allows it", async () => {
    await store(HEALTHY);
    const ledger = ledgerOf([202, 202, 202]);
    const all = [effect(0), effect(1), effect(2)];
    expect(await audit(ledger, all)).toMatchObject({ ...NOTHING_WRONG, effects: 3 });
    expect(await audit(ledger, all.slice(1))).toMatchObject({ isClean: false, effectsMissing: 1 });
    expect(await audit(ledger, [...all, effect(2)])).toMatchObject({
      isClean: false,
      effectRepeats: 1,
      effectsUnexpected: 1,
      details: ["call repeated without a cause: key key-2, 1 too many"],
    });
    expect(await audit(ledger, [...all, effect(2)], [KILL])).toMatchObject({ isClean: true, effectRepeats: 1 });
  });

  test("a call for a run that does not exist is found, also one that names no run", async () => {
    await store(HEALTHY);
    const all = [effect(0), effect(1), effect(2)];
    const ledger = ledgerOf([202, 202, 202]);
    const ghost = effect(77);
    expect(await audit(ledger, [...all, ghost])).toMatchObject({
      ...NOTHING_WRONG,
      isClean: false,
      effectsUnexpected: 1,
      details: [`call without a run: ${runId(77)}`],
    });
    expect(await audit(ledger, [...all, effect(0, { runId: "", key: "other" })])).toMatchObject({
      isClean: false,
      effectsUnexpected: 1,
    });
  });

  test("a call that is doubled under another key is found, also under a fault", async () => {
    await store(HEALTHY);
    const doubled = [effect(0), effect(1), effect(2), effect(2, { key: "another" })];
    for (const faults of [[], [KILL]]) {
      expect(await audit(ledgerOf([202, 202, 202]), doubled, faults)).toMatchObject({
        ...NOTHING_WRONG,
        isClean: false,
        effectsUnexpected: 1,
        details: [`call under another key: run ${runId(2)}, 1 too many`],
      });
    }
  });

  test("a call with another run's body, or with one that no payload leads to, is wrong", async () => {
    await store(HEALTHY);
    const ledger = ledgerOf([202, 202, 202]);
    for (const body of ["body of 0", "something else"]) {
      expect(await audit(ledger, [effect(0), effect(1, { body }), effect(2)])).toMatchObject({
        ...NOTHING_WRONG,
        isClean: false,
        effectsWrong: 1,
        details: [`call with a wrong body: run ${runId(1)}, request 1`],
      });
    }
  });

  test("a run that makes several calls misses each one that did not arrive, whatever arrived twice in its place", async () => {
    await store(HEALTHY);
    const ledger = ledgerOf([202, 202, 202]);
    const twoCalls: Partial<Expectation> = {
      callsPerRun: 2,
      callOf: (body) => {
        const [, number, call] = /^body of (\d), call (\d)$/.exec(body) ?? [];
        return number === undefined ? null : { payload: Number(number), call: Number(call) };
      },
    };
    const call = (n: number, step: number, as = step) =>
      effect(n, { key: `key-${String(n)}-${String(step)}`, body: `body of ${String(n % 2)}, call ${String(as)}` });
    const all = [0, 1, 2].flatMap((n) => [call(n, 0), call(n, 1)]);
    expect(await audit(ledger, all, [], twoCalls)).toMatchObject({ ...NOTHING_WRONG, effects: 6 });
    expect(await audit(ledger, all.slice(1), [], twoCalls)).toMatchObject({ isClean: false, effectsMissing: 1 });
    // Both keys of run 2, but its first call twice.
    expect(await audit(ledger, [...all.slice(0, 5), call(2, 1, 0)], [], twoCalls)).toMatchObject({
      isClean: false,
      effectsMissing: 1,
      effectsUnexpected: 0,
    });
  });

  test("where runs have to fail, one that succeeded is not clean", async () => {
    await store([{ n: 0, seq: 0, status: "failed" }]);
    expect(await audit(ledgerOf([202]), [effect(0)], [], { status: "failed" })).toMatchObject(NOTHING_WRONG);
    await store([{ n: 1, seq: 0, status: "succeeded" }]);
    expect(await audit(ledgerOf([202, 202]), [effect(0), effect(1)], [], { status: "failed" })).toMatchObject({
      isClean: false,
      details: ["1 runs ended without failing, as they should have"],
    });
  });

  test("requests of one delivery share a run, and a second run for them is a duplicate", async () => {
    await store([
      { n: 0, seq: 0, status: "succeeded" },
      { n: 4, seq: 0, status: "succeeded" },
    ]);
    // Three requests a delivery: 0 to 2 were told run 0; of 3 to 5 the second came first.
    const told = (n: number) => runId(n < 3 ? 0 : 4);
    const repeated: Partial<Expectation> = { repeats: 3 };
    const ledger = ledgerOf([202, 202, 202, 202, 202, 202], told);
    const calls = [effect(0), effect(4, { body: "body of 1" })];
    expect(await audit(ledger, calls, [], repeated)).toMatchObject({ ...NOTHING_WRONG, runs: 2, accepted: 6 });
    await store([{ n: 5, seq: 0, status: "succeeded" }]);
    expect(await audit(ledger, null, [], repeated)).toMatchObject({ isClean: false, duplicated: 1 });
    const crossed = ledgerOf([202, 202, 202, 202], () => runId(0));
    expect(await audit(crossed, null, [], repeated)).toMatchObject({ isClean: false, lost: 1 });
  });

  test("what nobody expects is not judged: neither the number of calls nor their bodies", async () => {
    await store(HEALTHY);
    const calls = [effect(0, { body: "x" }), effect(0, { key: "second", body: "y" })];
    expect(await audit(ledgerOf([202, 202, 202]), calls, [], { callsPerRun: null, callOf: null })).toMatchObject({
      ...NOTHING_WRONG,
      effects: 2,
    });
    expect(await audit(ledgerOf([202, 202, 202]), calls, [], { callsPerRun: 2, callOf: null })).toMatchObject({
      isClean: false,
      effectsMissing: 4,
    });
  });
});

test("the benchmark's role is created once and is what the connection acts as", async () => {
  const empty = await emptyDatabase();
  const other = await connect(empty);
  const { rows } = await other.query<{ role: string }>("select current_user as role");
  expect(rows).toEqual([{ role: "meshhook_bench" }]);
  await other.end();
  await empty.drop();
});
