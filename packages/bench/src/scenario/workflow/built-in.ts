import { readFileSync } from "node:fs";
import {
  branchy,
  chain,
  dueTogether,
  fanOut,
  fiveCalls,
  linesOf,
  loopOf,
  loopOfCalls,
  parked,
  wayOf,
} from "./generated.ts";

/** What the workflows read of GitHub's `issues` delivery. */
export interface Delivery {
  readonly action: string;
  readonly issue: { readonly number: number; readonly title: string; readonly user: { readonly login: string } };
  readonly repository: { readonly full_name: string };
}

/** How a run must end. */
export interface ExpectedResult {
  readonly status: "succeeded" | "failed";
  readonly output: unknown;
}

/**
 * A workflow of the benchmark's own, and what it must make of a delivery: worked out in plain code beside the document, because
 * MeshHook's own evaluation cannot be its own witness.
 */
export interface BuiltInWorkflow {
  /** For people, in a few words. */
  readonly text: string;
  /** Its calls go to port 9, where nobody listens; the target's address takes its place. */
  document(): object;
  /** Calls that a run makes. */
  readonly calls: number;
  /** Their bodies, in their order. */
  callsOf(delivery: Delivery): readonly unknown[];
  resultOf(delivery: Delivery): ExpectedResult;
  /**
   * Rows that a run writes to the journal, each in a statement of its own at a nominal rate. Null where runs last longer than what is
   * measured is long: what is counted then belongs to other runs than those that end.
   */
  readonly rows: number | null;
  /** Of write-ahead log for a run with a body of 1,010 bytes at a nominal rate; null where it was not measured. */
  readonly walBytes: number | null;
  /** How often a call may be made before the run gives up. */
  readonly attemptsMax: number;
  /** Runs wait for the next whole multiple of this many milliseconds since 1970; absent where they do not. */
  readonly dueEveryMs?: number;
}

/** What the target answers, and so what a run with a call ends with. */
const TARGET_ANSWER = { accepted: true };
const PARKED_MS = 5_000;
/** Long enough for the webhooks of a scenario to come before it. */
const DUE_EVERY_MS = 30_000;
const FAN_OUT = 20;
const BRANCHES = 4;
const LOOP_CALLS = 20;
const LOOP_CONCURRENCY = 5;

function succeeded(output: unknown): ExpectedResult {
  return { status: "succeeded", output };
}

const oneCall = {
  document: () => fromFile("one-call"),
  calls: 1,
  callsOf: ({ issue, repository }) => [
    { number: issue.number, title: issue.title, author: issue.user.login, repository: repository.full_name },
  ],
  resultOf: () => succeeded(TARGET_ANSWER),
  rows: 2,
  attemptsMax: 1,
} as const satisfies Omit<BuiltInWorkflow, "text" | "walBytes">;

/**
 * Measured on 2026-11-30 at a nominal rate: 1.00 statements, 1.01 commits and 1,720 to 1,760 bytes of log for a pure run, 1.8 to 2.0
 * and 2,310 bytes for one with a call, with bodies of 1,010 bytes.
 */
const WORKFLOWS = {
  pure: {
    text: "webhook → transform → branch → transform → end, without calls",
    document: () => fromFile("pure"),
    calls: 0,
    callsOf: () => [],
    // Both branches: an opened issue is described, any other is ignored and ends without an output.
    resultOf: ({ action, issue, repository }) =>
      succeeded(
        action === "opened"
          ? {
              key: `${repository.full_name}#${String(issue.number)}`,
              title: issue.title,
              author: issue.user.login,
            }
          : null,
      ),
    rows: 1,
    walBytes: 1_740,
    attemptsMax: 1,
  },
  "one-call": { ...oneCall, text: "webhook → transform → HTTP call → end", walBytes: 2_400 },
  "chain-1": chainOf(1),
  "chain-10": chainOf(10),
  "chain-40": chainOf(40),
  "chain-100": chainOf(100),
  branchy: {
    text: `webhook → ${String(BRANCHES)} branches in a row, of ${String(2 ** BRANCHES - 1)} → one of ${String(2 ** BRANCHES)} ends`,
    document: () => branchy(BRANCHES),
    calls: 0,
    callsOf: () => [],
    resultOf: ({ issue }) => succeeded({ number: issue.number, way: wayOf(issue.number, BRANCHES) }),
    rows: 1,
    walBytes: null,
    attemptsMax: 1,
  },
  "fan-out": {
    text: `webhook → ${String(FAN_OUT)} transforms side by side → a transform that joins them → end`,
    document: () => fanOut(FAN_OUT),
    calls: 0,
    callsOf: () => [],
    resultOf: ({ issue }) =>
      succeeded({ number: issue.number, parts: Array.from({ length: FAN_OUT }, (_, index) => index + 1) }),
    rows: 1,
    walBytes: null,
    attemptsMax: 1,
  },
  "five-calls": {
    text: "webhook → five HTTP calls, one after the other → end",
    document: fiveCalls,
    calls: 5,
    callsOf: ({ issue }) => [1, 2, 3, 4, 5].map((step) => ({ number: issue.number, step })),
    resultOf: () => succeeded([true, true, true, true, true]),
    rows: 6,
    walBytes: null,
    attemptsMax: 1,
  },
  "loop-5": loopOver(5),
  "loop-20": loopOver(20),
  "loop-100": loopOver(100),
  "loop-1000": loopOver(1_000),
  "loop-calls": {
    text: `webhook → a loop over ${String(LOOP_CALLS)} elements with an HTTP call for each, ${String(LOOP_CONCURRENCY)} at a time → end`,
    document: () => loopOfCalls(LOOP_CALLS, LOOP_CONCURRENCY),
    calls: LOOP_CALLS,
    callsOf: ({ issue }) => linesOf(LOOP_CALLS).map((line) => ({ number: issue.number, line })),
    resultOf: ({ issue }) => succeeded({ number: issue.number, lines: linesOf(LOOP_CALLS).map(() => true) }),
    // Answers that come at about the same time share a row.
    rows: null,
    walBytes: null,
    attemptsMax: 1,
  },
  parked: {
    text: "webhook → a delay of 5 s → end",
    document: () => parked(PARKED_MS),
    calls: 0,
    callsOf: () => [],
    resultOf: ({ issue }) => succeeded({ number: issue.number }),
    rows: null,
    walBytes: null,
    attemptsMax: 1,
  },
  "due-together": {
    text: `webhook → a delay until the next time that is a multiple of ${String(DUE_EVERY_MS / 1_000)} s → end`,
    document: () => dueTogether(DUE_EVERY_MS),
    calls: 0,
    callsOf: () => [],
    resultOf: ({ issue }) => succeeded({ number: issue.number }),
    rows: null,
    walBytes: null,
    attemptsMax: 1,
    dueEveryMs: DUE_EVERY_MS,
  },
  "call-retried": {
    ...oneCall,
    // Long enough for a target that is away for some 20 s.
    text: "webhook → transform → HTTP call with up to a hundred attempts, up to 500 ms apart → end",
    document: () => withRetry({ attemptsMax: 100, baseMs: 50, capMs: 500 }),
    walBytes: null,
    attemptsMax: 100,
  },
  "call-given-up": {
    ...oneCall,
    text: "webhook → transform → HTTP call with up to three attempts, about 100 ms apart → end",
    document: () => withRetry({ attemptsMax: 3, baseMs: 100, capMs: 100 }),
    resultOf: () => ({ status: "failed", output: null }),
    walBytes: null,
    attemptsMax: 3,
  },
} as const satisfies { readonly [name: string]: BuiltInWorkflow };

export type WorkflowName = keyof typeof WORKFLOWS;

/** The benchmark's own workflows. */
export const BUILT_IN: { readonly [Name in WorkflowName]: BuiltInWorkflow } = WORKFLOWS;

function chainOf(length: number): BuiltInWorkflow {
  return {
    text: `webhook → ${length === 1 ? "one transform" : `${String(length)} transforms, one after the other`} → end`,
    document: () => chain(length),
    calls: 0,
    callsOf: () => [],
    resultOf: ({ issue }) => succeeded({ number: issue.number, hop: length }),
    rows: 1,
    walBytes: null,
    attemptsMax: 1,
  };
}

function loopOver(items: number): BuiltInWorkflow {
  return {
    text: `webhook → a loop over ${items.toLocaleString("en-US")} elements with a transform for each → end`,
    document: () => loopOf(items),
    calls: 0,
    callsOf: () => [],
    resultOf: ({ issue }) => succeeded({ number: issue.number, lines: linesOf(items) }),
    rows: 1,
    walBytes: null,
    attemptsMax: 1,
  };
}

interface CallDocument {
  readonly nodes: { readonly notify: { readonly config: object } };
}

function withRetry(retry: object): object {
  const document = fromFile("one-call") as CallDocument;
  const { notify } = document.nodes;
  return {
    ...document,
    nodes: { ...document.nodes, notify: { ...notify, config: { ...notify.config, retry } } },
  };
}

function fromFile(name: string): object {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8")) as object;
}
