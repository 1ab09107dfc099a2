import { faultText } from "../fault/step.ts";
import { PAYLOADS, payloadText } from "../load/payload.ts";
import type { LoadPart, LoadProfile } from "../load/profile/profile.ts";
import { durationText, sizeText } from "../shape/units.ts";
import type { TargetBehaviour } from "../load/sink/target.ts";
import { alongsideText } from "./alongside/step.ts";
import { expectedMs } from "./length.ts";
import { mayShed } from "./load.ts";
import type { RunsBefore, Scenario, Threshold } from "./scenario.ts";
import { standardThresholds } from "./standard.ts";
import { SUITES } from "./suites.ts";
import type { Target } from "./target.ts";
import { BUILT_IN } from "./workflow/built-in.ts";
import { mayCall } from "./workflow/document.ts";

/** A scenario in words, in several lines of at most about 120 characters. */
export function explainScenario(scenario: Scenario): string {
  const { name, title, question, faults, alongside, before, thresholds } = scenario;
  const suites = suitesOf(name);
  const own = new Set(thresholds.map(({ metric }) => metric));
  const standard = standardThresholds(scenario, ideal(scenario)).filter(({ metric }) => !own.has(metric));
  return [
    `${name}: ${title}`,
    question,
    "",
    ...section("Workload", [...workloadLines(scenario)]),
    ...section("Load", [
      loadText(scenario),
      ...(mayShed(scenario.load) ? ["503 is an allowed answer, and counted."] : []),
    ]),
    ...(alongside.length === 0 ? [] : section("Alongside", alongside.map(alongsideText))),
    ...(before === null ? [] : section("Before", [beforeText(before)])),
    ...section("Faults", faults.length === 0 ? ["None."] : faults.map(faultText)),
    ...section("Length", [
      `About ${durationText(roundedUp(expectedMs(scenario)))}, of which ${durationText(scenario.load.durationMs)} are measured.`,
    ]),
    ...section("Suites", [suites.length === 0 ? "None." : suites.join(", ")]),
    "",
    "Thresholds of this scenario:",
    ...thresholdLines(thresholds),
    "",
    "And those that every scenario like it has:",
    ...thresholdLines(standard),
    "",
    "gate: a miss is a failure on any machine. limit: it counts only on a quiet one. precondition: nothing was tested.",
  ].join("\n");
}

/** The parts of a scenario in words, each a list of sentences. */
export interface ScenarioParts {
  readonly workload: readonly string[];
  readonly load: string;
  /** What is done to the system, what happens beside the load, and what was there before. */
  readonly meanwhile: readonly string[];
  /** As in `latency.ack.p99Ms <= 12`; those of every scenario are left out. */
  readonly limits: readonly string[];
}

export function scenarioParts(scenario: Scenario): ScenarioParts {
  const { faults, alongside, before, thresholds } = scenario;
  return {
    workload: [...workloadLines(scenario)],
    load: loadText(scenario),
    meanwhile: [
      ...faults.map(faultText),
      ...alongside.map(alongsideText),
      ...(before === null ? [] : [beforeText(before)]),
    ],
    limits: thresholds.map(({ metric, operator, limit }) => `${metric} ${operator} ${count(limit)}`),
  };
}

/** The suites that a scenario is in. */
export function suitesOf(name: string): string[] {
  return Object.entries(SUITES)
    .filter(([, names]) => (names as readonly string[]).includes(name))
    .map(([suite]) => suite);
}

function beforeText({ durationMs, senders }: RunsBefore): string {
  return `For ${durationText(durationMs)}, ${count(senders)} senders have made as many runs as MeshHook took.`;
}

/** When webhooks are sent, in a sentence. */
function loadText({ load }: Scenario): string {
  if (load.kind === "saturating" && load.sweep !== undefined && load.swept === "processes")
    return `${load.sweep.map(String).join(", ")} MeshHook processes, one number after the other, each for ${durationText(load.durationMs)} once the rate is steady; ${String(load.senders)} senders, each of which sends again when it has its answer.`;
  if (load.kind === "saturating" && load.sweep !== undefined)
    return `${load.sweep.map(String).join(", ")} senders, one number after the other, each of which sends again when it has its answer, for ${durationText(load.durationMs)} each once their rate is steady.`;
  if (load.kind === "saturating") {
    return `${String(load.senders)} senders, each of which sends again when it has its answer, for ${durationText(load.durationMs)} once their rate is steady, which is waited for at most ${durationText(load.warmupMsMax)}.`;
  }
  const { profile, warmupMs, search } = load;
  if (search !== undefined)
    return `Rates from ${count(search.minPerSecond)} to ${count(search.maxPerSecond)} webhooks a second, beginning with ${count(load.ratePerSecond)}, for ${durationText(load.durationMs)} each, until the highest that holds is known to ${percent(search.resolution)}; it is then held for ${durationText(search.sustainMs)}.`;
  const spread = profile.arrivals.kind === "poisson" ? "at random times (Poisson)" : "evenly spaced";
  return `${profileText(profile)}, ${spread}${warmupMs === 0 ? "" : `, after ${durationText(warmupMs)} of warm-up`}.`;
}

function profileText({ parts }: LoadProfile): string {
  const [first, second] = parts;
  if (first !== undefined && second !== undefined && parts.length > 4 && isPeriodic(parts)) {
    return `${partText(first)} at the start of every ${durationText(first.durationMs + second.durationMs)}, and ${rateText(second)} between`;
  }
  return parts.map(partText).join(", then ");
}

function isPeriodic(parts: readonly LoadPart[]): boolean {
  return parts.every((part, index) => rateText(part) === rateText(parts[index % 2] ?? part));
}

function partText(part: LoadPart): string {
  return `${rateText(part)} for ${durationText(part.durationMs)}`;
}

function rateText(part: LoadPart): string {
  if (part.kind === "trace") return `${count(part.offsetsMs.length)} webhooks at recorded times`;
  const { fromPerSecond: from, toPerSecond: to } = part;
  return from === to ? `${count(from)} webhooks a second` : `from ${count(from)} to ${count(to)} webhooks a second`;
}

function* workloadLines({ workflow, payload, deliveries, target, subscribers }: Scenario): Generator<string> {
  yield workflow.kind === "own" ? `The workflow in ${workflow.path}.` : `${BUILT_IN[workflow.name].text}.`;
  yield payload.kind === "built-in"
    ? `${PAYLOADS[payload.name]}.`
    : payload.kind === "sized"
      ? `GitHub's \`issues\` delivery, filled up to ${sizeText(payload.bytes)}.`
      : `${payloadText(payload)}.`;
  if (deliveries.signature !== "none") yield `Signed as ${deliveries.signature}.`;
  if (deliveries.key !== null)
    yield deliveries.repeats === 1
      ? `Each with a key of its own in ${deliveries.key}.`
      : `Each is sent ${String(deliveries.repeats)} times with the same key in ${deliveries.key}.`;
  if (deliveries.malformedShare > 0)
    yield `${percent(deliveries.malformedShare)} are not JSON, to be refused with 400.`;
  if (deliveries.badSignatureShare > 0)
    yield `${percent(deliveries.badSignatureShare)} have a wrong signature, to be refused with 401.`;
  if (deliveries.payloadSchema !== "none") yield `Checked with the schema ${deliveries.payloadSchema}.`;
  if (deliveries.rateLimit !== null) yield `At most ${count(deliveries.rateLimit)} a second are accepted.`;
  if (mayCall(workflow)) yield* targetLines(target);
  if (subscribers > 0)
    yield `${count(subscribers)} ${subscribers === 1 ? "viewer follows" : "viewers follow"} the project's live log.`;
}

function* targetLines({ delayMs, attempts }: Target): Generator<string> {
  if (attempts === null) {
    yield delayMs === 0 ? "The target answers at once." : `The target takes ${durationText(delayMs)} to answer.`;
    return;
  }
  for (const [index, mix] of attempts.entries()) {
    const isLast = index === attempts.length - 1;
    const which =
      attempts.length === 1 ? "every attempt" : isLast ? "every later attempt" : `attempt ${String(index + 1)}`;
    const parts = mix.map((behaviour) => `${percent(behaviour.share)} ${behaviourText(behaviour)}`);
    yield `Of the calls at ${which}, ${parts.join(", ")}.`;
  }
}

function behaviourText(behaviour: TargetBehaviour): string {
  switch (behaviour.kind) {
    case "answer":
      return `are answered with ${String(behaviour.status)}`;
    case "hang":
      return "get no answer";
    case "drip":
      return `are answered with ${String(behaviour.status)}, one byte every ${durationText(behaviour.every)}`;
    case "huge":
      return `get a body of ${sizeText(behaviour.bytes)}`;
    case "broken":
      return `get broken HTTP (${behaviour.how})`;
    case "reset":
      return "have their connection reset";
    default:
      return "have their connection closed after the answer";
  }
}

function section(head: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? head : "").padEnd(11)}${line}`);
}

function thresholdLines(thresholds: readonly Threshold[]): string[] {
  if (thresholds.length === 0) return ["  None."];
  return thresholds.flatMap(({ metric, operator, limit, kind = "limit", reason }) => [
    `  ${metric} ${operator} ${count(limit)} (${kind})`,
    `      ${reason}`,
  ]);
}

/** What can be judged when everything was measured. */
function ideal(scenario: Scenario): Parameters<typeof standardThresholds>[1] {
  const { load } = scenario;
  const requests =
    load.kind === "paced" ? Math.round((load.ratePerSecond * (load.warmupMs + load.durationMs)) / 1_000) : MANY;
  const isCalling = mayCall(scenario.workflow);
  return {
    hasWork: scenario.faults.length === 0,
    idleStatementsPerRun: 0,
    wholePageBytesPerRun: 0,
    hasMemory: true,
    requests,
    calls: isCalling ? requests : 0,
    // How many may be reopened depends on the number of requests, which a saturating load does not know before.
    hasConnections: load.kind === "paced",
    hasTargetConnections: isCalling,
  };
}

/** More than any threshold asks for. */
const MANY = 1_000;

function roundedUp(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}

function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

function percent(share: number): string {
  return `${String(Math.round(share * 1_000) / 10)} %`;
}
