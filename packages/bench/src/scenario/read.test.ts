import { expect, test } from "vitest";
import { scenarioNamed } from "./catalogue.ts";
import type { FilesBeside } from "./files-beside.ts";
import { constant, ramp, trace } from "../load/profile/profile.ts";
import { mistakesText, readScenario } from "./read.ts";
import type { FileMistake, Override } from "./read.ts";
import type { Scenario } from "./scenario.ts";

const FILES: { readonly [path: string]: string } = {
  "./orders.json": '{ "total": 5 }',
  "./broken.json": '{ "total": 5',
  "./workflow.yaml": "apiVersion: meshhook/v1\nnodes: {}",
  "./list.yaml": "- not\n- a workflow",
  "./parent.yaml": "nodes: { ask: { type: call_workflow@1, config: { workflow: other } } }",
  "./arrivals.txt": "0\n3.5\n900\n",
  "./backwards.txt": "0\n900\n3.5\n",
};
const files: FilesBeside = {
  folder: "/bench",
  read: (path) => {
    const text = FILES[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  },
};

const MINIMAL = `
name: orders
title: Orders
question: How soon is an order durable?
group: webhook
workflow: pure
load: { profile: constant, rate: 50/s, duration: 10s }
`;

function read(text: string, overrides: readonly Override[] = []): Scenario {
  const result = readScenario("orders.yaml", text, overrides, files);
  if ("mistakes" in result) throw new Error(mistakesText(result.mistakes));
  return result.scenario;
}

function mistakesIn(text: string, overrides: readonly Override[] = []): readonly FileMistake[] {
  const result = readScenario("orders.yaml", text, overrides, files);
  return "mistakes" in result ? result.mistakes : [];
}

function textsOf(text: string, overrides: readonly Override[] = []): string[] {
  return mistakesText(mistakesIn(text, overrides))
    .split("\n")
    .map((line) => line.trim());
}

test("what a file leaves out has a value that is the usual one", () => {
  expect(read(MINIMAL)).toEqual({
    name: "orders",
    title: "Orders",
    question: "How soon is an order durable?",
    group: "webhook",
    workflow: { kind: "built-in", name: "pure" },
    payload: { kind: "built-in", name: "github-issues-small" },
    deliveries: {
      signature: "none",
      key: null,
      repeats: 1,
      malformedShare: 0,
      badSignatureShare: 0,
      payloadSchema: "none",
      rateLimit: null,
    },
    target: { delayMs: 0, attempts: null },
    subscribers: 0,
    load: {
      kind: "paced",
      profile: constant(50, 10_000),
      ratePerSecond: 50,
      warmupMs: 2_000,
      durationMs: 10_000,
      isOverload: false,
    },
    faults: [],
    alongside: [],
    before: null,
    thresholds: [],
  });
});

test("a file with twenty mistakes gives twenty messages, each with path, value, expectation and remedy", () => {
  const mistakes = mistakesIn(`
name: Orders!
title: ""
question: 7
groop: webhook
workflow: one-cal
payload: { bytes: 10kB, colour: red }
expect: { calls: 1.5 }
deliveries: { signature: github-sha1, repeats: 3, badSignatureShare: 2 }
target: { delay: 50 }
subscribers: many
load: { profile: spike, rate: 50, peak: 500/s, at: 5s, for: 10s, duration: 8s }
faults:
  - { kind: kill-8, at: 4s, down: 1s }
  - { kind: kill-9, at: 4s }
thresholds:
  - { metric: latency.ack.p99, operator: "<=", limit: 12, reason: feels immediate }
  - { metric: audit.lost, operator: "=", limit: none, reason: durable }
`);
  expect(mistakes.map(({ line, path, message, remedy }) => `${String(line)} ${path}: ${message} ${remedy}`)).toEqual([
    '5 groop: There is no field "groop" here. Did you mean "group"?',
    '2 name: "Orders!" is not a name of at most 50 lower-case letters, digits and hyphens. Write, for example, "webhook-ack-nominal".',
    '3 title: "" is not a text of 1 to 80 characters. Write, for example, "Orders, nominal rate".',
    '4 question: 7 is not a text of 1 to 300 characters. Write, for example, "How long does a sender wait until its order is durable?".',
    '2 : The field "group" is missing. Add it: What it is about.',
    expect.stringMatching(/^6 workflow: "one-cal" is not one of pure, one-call, .*\. Did you mean "one-call"\?$/),
    expect.stringMatching(/^8 expect\.calls: 1\.5 is not a whole number from 0 to 1000\. /),
    '7 payload.colour: There is no field "colour" here. Use one of bytes.',
    '9 deliveries.signature: "github-sha1" is not one of none, github-sha256. Did you mean "github-sha256"?',
    expect.stringMatching(/^9 deliveries\.badSignatureShare: 2 is not a number from 0 to 1\. /),
    "9 deliveries.repeats: Deliveries without a key cannot be repeated: each would become a run. Add a key, such as idempotency-key.",
    "10 target.delay: 50 is not a duration. Write a number and a unit: 500ms, 15s, 2min or 1h.",
    '11 subscribers: "many" is not a whole number from 0 to 10000. Write a whole number within these bounds, without quotation marks.',
    "12 load.rate: 50 is not a rate. Write a number and a unit, such as 100/s or 6000/min.",
    "12 load.for: The peak ends 15 s into a measured part of 8 s. Let it begin earlier or last less long, or lengthen the duration.",
    expect.stringMatching(/^14 faults\[0\]\.kind: "kill-8" is not one of kill-9, .*\. Did you mean "kill-9"\?$/),
    '15 faults[1]: The field "down" is missing. Add it: How long the process stays away: from the kill to the new start.',
    '17 thresholds[0].metric: "latency.ack.p99" is not a figure that can be judged. Did you mean "latency.ack.p99Ms"?',
    '18 thresholds[1].operator: "=" is not one of <=, <, >=, ==. Did you mean "=="?',
    expect.stringMatching(/^18 thresholds\[1\]\.limit: "none" is not a number from /),
  ]);
});

test("what only several fields together show is told with the rest", () => {
  expect(
    textsOf(`${MINIMAL}
payload: [./orders.json]
expect: { calls: 0 }
deliveries: { badSignatureShare: 0.5, malformedShare: 0.5 }
faults: [{ kind: kill-9, at: 10s, down: 1s }]
`),
  ).toEqual([
    "orders.yaml:11 deliveries.badSignatureShare: Webhooks that are not signed have no wrong signature. Add signature: github-sha256.",
    "orders.yaml:11 deliveries.malformedShare: No delivery is left that is right. Let the shares add up to less than 1.",
    'orders.yaml:9 payload: The workflow "pure" reads GitHub\'s deliveries, which these files are not known to be. Use one of github-issues-small, github-issues-full, a size, or a workflow of your own.',
    'orders.yaml:10 expect: What becomes of the workflow "pure" is known to the benchmark. Leave it out, or use a workflow of your own.',
    "orders.yaml:12 faults[0].at: The step would begin 10 s into a measured part of 10 s. Let it begin earlier, or lengthen the duration.",
  ]);
  expect(textsOf(MINIMAL.replace("50/s, duration: 10s", "5000/s, duration: 10min"))).toEqual([
    "orders.yaml:7 load: It would send 3,000,000 webhooks; the most is 2,000,000. Lower the rate or shorten the duration.",
  ]);
  expect(textsOf(MINIMAL.replace("10s", "30min"))).toEqual([
    "orders.yaml:7 load: The load takes 30.03 min, warm-up included; the most is 30 min. Shorten it.",
  ]);
});

test("files beside the scenario are read, and what is wrong with one is told where it is named", () => {
  const own = MINIMAL.replace("workflow: pure", "workflow: ./workflow.yaml\npayload: ./orders.json");
  expect(read(own)).toMatchObject({
    workflow: {
      kind: "own",
      path: "./workflow.yaml",
      document: { apiVersion: "meshhook/v1", nodes: {} },
      expect: { status: "succeeded", calls: null, outputs: null },
    },
    payload: { kind: "files", files: [{ path: "./orders.json", text: '{ "total": 5 }' }] },
  });
  expect(read(`${own}\nexpect: { status: failed, output: null, calls: 2 }`)).toMatchObject({
    workflow: { expect: { status: "failed", outputs: [null], calls: 2 } },
  });
  expect(
    textsOf(
      MINIMAL.replace("workflow: pure", "workflow: ./list.yaml\npayload: [./orders.json, ./broken.json, ./gone.json]"),
    ),
  ).toEqual([
    "orders.yaml:6 workflow: ./list.yaml holds no workflow. Check it with `meshhook apply --dry-run`.",
    expect.stringMatching(/^orders\.yaml:7 payload\[1\]: \.\/broken\.json is not JSON: .*\. Mend the file\.$/),
    "orders.yaml:7 payload[2]: ./gone.json cannot be read: no such file. Paths start at /bench.",
  ]);
});

test("a workflow that needs another one is refused with the node's name", () => {
  expect(textsOf(MINIMAL.replace("workflow: pure", "workflow: ./parent.yaml\npayload: ./orders.json"))).toEqual([
    'orders.yaml:6 workflow: ./parent.yaml cannot be measured. Its node "ask" calls another workflow, and the benchmark publishes only this one. Give the benchmark a workflow without this node.',
  ]);
});

test("runs of one's own workflow end alike, or each payload's in its own way", () => {
  const own = MINIMAL.replace("workflow: pure", "workflow: ./workflow.yaml\npayload: [./orders.json, ./orders.json]");
  expect(read(`${own}\nexpect: { outputs: [{ total: 5 }, null] }`)).toMatchObject({
    workflow: { expect: { outputs: [{ total: 5 }, null] } },
  });
  expect(textsOf(`${own}\nexpect: { outputs: [1, 2, 3], output: 4 }`)).toEqual([
    "orders.yaml:10 expect.outputs: There is an output for every run already. Leave out one of the two.",
  ]);
  expect(textsOf(`${own}\nexpect: { outputs: [1, 2, 3] }`)).toEqual([
    "orders.yaml:10 expect.outputs: There are 3 outputs for 2 payload files. Give one output for each payload file.",
  ]);
});

test("a target does what its file says at each attempt, and has no delay beside that", () => {
  const target = (text: string) => `${MINIMAL.replace("pure", "one-call")}target: ${text}`;
  const flaky = "[[{ kind: answer, status: 500, share: 0.5 }, { kind: hang, share: 0.5 }], [{ kind: answer }]]";
  expect(read(target(`{ attempts: ${flaky} }`)).target).toMatchObject({
    delayMs: 0,
    attempts: [[{ kind: "answer", status: 500, share: 0.5 }, { kind: "hang" }], [{ kind: "answer", status: 200 }]],
  });
  expect(textsOf(target(`{ delay: 1s, attempts: ${flaky} }`))).toEqual([
    "orders.yaml:8 target.delay: Beside `attempts` it has no meaning: each behaviour has a delay of its own. Leave out one of the two.",
  ]);
});

test("a trace is read from its file, and a line that goes back in time is named", () => {
  const traced = (file: string) => MINIMAL.replace(/load: .*/, `load: { profile: trace, file: ${file}, warmup: 0s }`);
  expect(read(traced("./arrivals.txt")).load).toMatchObject({ profile: trace([0, 3.5, 900], 901), durationMs: 901 });
  expect(textsOf(traced("./backwards.txt"))).toEqual([
    'orders.yaml:7 load.file: Line 3 of the file, "3.5", is not a time from that of the line before to 1800000 ms. Write one number of milliseconds per line, in ascending order.',
  ]);
});

test("a load may be served by several numbers of processes, one after the other", () => {
  const load = (text: string) => MINIMAL.replace("{ profile: constant, rate: 50/s, duration: 10s }", text);
  expect(read(load("{ profile: processes, processes: [4, 1, 2, 2], senders: 64, each: 3s }")).load).toEqual({
    kind: "saturating",
    senders: 64,
    warmupMsMax: 5_000,
    durationMs: 3_000,
    sweep: [1, 2, 4],
    swept: "processes",
  });
  expect(textsOf(load("{ profile: processes, processes: [1, 65], senders: 64, each: 3s }"))).toEqual([
    expect.stringMatching(/^orders\.yaml:7 load\.processes\[1\]: .*65/),
  ]);
});

test("a value from the command line takes the place of the file's, and is named where it is wrong", () => {
  const set = (path: string, value: string): Override => ({ path, value, source: "--set" });
  const changed = read(MINIMAL, [
    set("load", "{ profile: ramp, from: 10/s, to: 30/s, duration: 4s }"),
    set("target.delay", "50ms"),
    set("subscribers", "3"),
  ]);
  expect(changed).toMatchObject({
    load: { profile: ramp(10, 30, 4_000), ratePerSecond: 20 },
    target: { delayMs: 50 },
    subscribers: 3,
  });
  expect(
    read(`${MINIMAL}thresholds: [{ metric: audit.lost, operator: "==", limit: 0, reason: durable }]`, [
      set("thresholds[0].limit", "2"),
    ]).thresholds,
  ).toMatchObject([{ metric: "audit.lost", limit: 2 }]);
  expect(textsOf(MINIMAL, [set("load.rat", "5/s"), set("load.duration", "20")])).toEqual([
    '--set load.rat: There is no field "rat" here. Did you mean "rate"?',
    "--set load.duration: 20 is not a duration. Write a number and a unit: 500ms, 15s, 2min or 1h.",
  ]);
});

test("what is not YAML is told with its line", () => {
  expect(textsOf("name: orders\nload: { profile: constant\n")).toEqual([
    expect.stringMatching(/^orders\.yaml:\d: It is not YAML: .*\. Mend this line; the others are read after that\.$/),
  ]);
  expect(textsOf("")).toEqual([expect.stringMatching(/^orders\.yaml:1: null is not a group of fields\. /)]);
});

test("a sum of figures is judged figure by figure", () => {
  const metric = (text: string) =>
    textsOf(`${MINIMAL}thresholds: [{ metric: "${text}", operator: "==", limit: 0, reason: none }]`);
  expect(metric("work.meshhookCpuMs + work.postgresCpuMs")).toEqual([""]);
  expect(metric("errors.stream_gap + errors.status_503")).toEqual([""]);
  expect(metric("work.meshhookCpuMs + work.cpu")).toEqual([
    expect.stringMatching(/"work\.cpu" is not a figure that can be judged\. Use one of work\.statements, /),
  ]);
  expect(metric("audit")).toEqual([expect.stringMatching(/Use one of audit\..*audit\.lost/)]);
  expect(metric("audit.lost.count")).toEqual([expect.stringMatching(/"audit\.lost" is a number itself\./)]);
  expect(metric("host.cpuBusyShare")).toEqual([expect.stringMatching(/"host\.cpuBusyShare" is not a figure/)]);
});

test("the benchmark's own scenarios are right, and have a question and a reason for every threshold", () => {
  expect(scenarioNamed("fault-kill-9").faults).toEqual([{ kind: "kill-9", at: 4_000, down: 500 }]);
  expect(() => scenarioNamed("nope")).toThrow('Unknown scenario "nope". Available scenarios: ');
});
