import type { ComparableResult, ComparableScenario } from "./comparable-result.ts";

/** Something in which two results are not alike. */
export interface Unlikeness {
  /** In words: "Node", "PostgreSQL's shared_buffers". */
  readonly what: string;
  readonly baseline: string;
  readonly candidate: string;
}

/** Results that say nothing about each other. */
export class UnlikeResults extends Error {
  override readonly name = "UnlikeResults";
  readonly differences: readonly Unlikeness[];

  constructor(differences: readonly Unlikeness[]) {
    const lines = differences.map(({ what, baseline, candidate }) => `  ${what}: ${baseline} and ${candidate}`);
    super(
      `These results cannot be compared, because they were not measured under the same conditions:\n${lines.join("\n")}\nMeasure both on the same machine with the same settings and the same seed.`,
    );
    this.differences = differences;
  }
}

/**
 * What makes two results incomparable: the machine, its runtime, the database and its settings, durability, the payloads' seed. The
 * version and the commit of MeshHook may differ, because they are what is compared.
 *
 * @param varied  Settings of PostgreSQL that were changed on purpose, because their effect is the question.
 */
export function unlikenessOf(
  baseline: ComparableResult,
  candidate: ComparableResult,
  varied: readonly string[] = [],
): readonly Unlikeness[] {
  const [left, right] = [conditionsOf(baseline, varied), conditionsOf(candidate, varied)];
  const differences = [...new Set([...left.keys(), ...right.keys()])]
    .map((what) => ({ what, baseline: left.get(what) ?? "not set", candidate: right.get(what) ?? "not set" }))
    .filter((each) => each.baseline !== each.candidate);
  const [a, b] = [baseline.environment.fingerprint, candidate.environment.fingerprint];
  // The fingerprint covers every setting, also those that were varied.
  if (differences.length > 0 || a === b || varied.length > 0) return differences;
  return [
    {
      what: "the environment's fingerprint (the file system, or an earlier way to take it)",
      baseline: a,
      candidate: b,
    },
  ];
}

/** Why the same scenario of two results was not the same load; null when it was. */
export function loadDifference(baseline: ComparableScenario, candidate: ComparableScenario): string | null {
  const names = ["model", "ratePerSecond", "senders", "payload", "subscribers", "durationMs"] as const;
  const isSearched = baseline.search !== undefined && candidate.search !== undefined;
  for (const name of names) {
    // What a search finds does not change what was asked.
    if (isSearched && name === "ratePerSecond") continue;
    // Blocks are added where figures are not tight or a scenario does not pass, so the measured time follows from the figures. The digest
    // covers the time that was asked for.
    if (name === "durationMs" && baseline.digest !== undefined && candidate.digest !== undefined) continue;
    const [left, right] = [baseline.load[name], candidate.load[name]];
    // A measured duration is never the same to the millisecond.
    const isSame =
      name === "durationMs" ? Math.abs(Number(left) / Number(right) - 1) < DURATION_TOLERANCE : left === right;
    if (!isSame)
      return `The load differs: ${WORDS[name]} is ${String(left)} in the baseline and ${String(right)} in the candidate.`;
  }
  if (isAnotherQuestion(baseline.digest, candidate.digest))
    return "The question differs: the scenario, its workflow or its payloads changed, although their names did not.";
  const [left, right] = [driverOf(baseline), driverOf(candidate)];
  return left === right ? null : `The load was sent by ${left} in the baseline and by ${right} in the candidate.`;
}

/** Which program sent the load, and from when its times count. */
function driverOf({ load: { driver } }: ComparableScenario): string {
  if (driver === undefined) return "the built-in generator";
  return `${driver.name} ${driver.version}${driver.timesFrom === "send" ? " (times from the actual send)" : ""}`;
}

/** Whether two digests are of different questions; results of before December 2026 have none. */
export function isAnotherQuestion(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** The load of a scenario in a line: results with different ones do not form a series. */
export function loadText(scenario: ComparableScenario): string {
  const { load, search, digest } = scenario;
  const { model, ratePerSecond, senders, payload, subscribers, durationMs } = load;
  const rate =
    search !== undefined
      ? "rate searched"
      : ratePerSecond === null
        ? `${String(senders)} senders`
        : `${String(ratePerSecond)}/s`;
  return `${model}, ${rate}, ${String(subscribers)} viewers, ${payload}${digest === undefined ? `, ${String(Math.round(durationMs / 1_000))} s` : ""}${load.driver === undefined ? "" : `, ${driverOf(scenario)}`}`;
}

const DURATION_TOLERANCE = 0.1;

const WORDS = {
  model: "the model",
  ratePerSecond: "the rate per second",
  senders: "the number of senders",
  payload: "the payload",
  subscribers: "the number of viewers",
  durationMs: "the measured time in milliseconds",
} as const;

function conditionsOf({ environment, seed }: ComparableResult, varied: readonly string[]): ReadonlyMap<string, string> {
  const { host, postgres } = environment;
  return new Map([
    ["processor", host.cpuModel],
    ["cores", String(host.cores)],
    ["memory in GiB", String(Math.round(host.memoryBytes / 2 ** 30))],
    ["operating system", host.os],
    ["kernel", host.kernel],
    ["Node", environment.node],
    ["PostgreSQL", postgres.version],
    ["seed", String(seed)],
    ...Object.entries({
      ...postgres.settings,
      fsync: environment.fsync === null ? "unknown" : environment.fsync ? "on" : "off",
      synchronous_commit: environment.synchronousCommit,
    })
      .filter(([name]) => !varied.includes(name))
      .map(([name, value]) => [`PostgreSQL's ${name}`, value] as const),
  ]);
}
