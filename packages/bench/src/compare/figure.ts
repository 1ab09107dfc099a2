import type { ComparableScenario } from "./comparable-result.ts";

/** A figure of a scenario that two versions can be compared in. */
export interface Figure {
  /** As in `latency.ack.p99Ms`. */
  readonly key: string;
  readonly label: string;
  readonly unit: "ms" | "bytes" | "per second" | "per run";
  readonly isBetter: "lower" | "higher";
  /** The smallest change that anyone would act on, as a share. */
  readonly minimumEffect: number;
  /**
   * How far single runs of the same code differ on a busy machine, as a share, where the figure is a count of work; null for times and
   * speeds, which depend on the machine.
   */
  readonly tolerance: number | null;
  /** Null where the scenario does not have it. */
  readonly read: (scenario: ComparableScenario) => number | null;
}

/**
 * The figures of a scenario, those that may gate first.
 *
 * Counts of work depend on the code alone where the rate is given. Where senders send as much as is taken, how many requests share a
 * batch depends on the machine, and only the rows stay a count.
 */
export function figuresOf(scenario: ComparableScenario): readonly Figure[] {
  // At different rates, everything else is different as well.
  if (scenario.search !== undefined) return [SUSTAINED];
  const isPaced = scenario.load.model === "open";
  return FIGURES.filter((figure) => !(isPaced && figure === COMPLETED)).map((figure) =>
    isPaced || figure.key === "work.journalRows" ? figure : { ...figure, tolerance: null },
  );
}

/** The figure with a key, as far as this version knows it. */
export function figureOf(key: string): Figure | undefined {
  return [...FIGURES, SUSTAINED].find((figure) => figure.key === key);
}

const WORK: readonly Figure[] = [
  work("journalRows", "rows per run", 0.02, 0.02),
  work("statements", "statements per run", 0.03, 0.15),
  work("commits", "commits per run", 0.03, 0.15),
  { ...work("walBytes", "log written per run", 0.03, 0.05), unit: "bytes" },
];

const COSTS: readonly Figure[] = [
  { ...work("meshhookCpuMs", "MeshHook's CPU per run", 0.05, null), unit: "ms" },
  { ...work("postgresCpuMs", "PostgreSQL's CPU per run", 0.05, null), unit: "ms" },
  {
    key: "resources.meshhook.rssBytesMax",
    label: "MeshHook's memory, at most",
    unit: "bytes",
    isBetter: "lower",
    minimumEffect: 0.1,
    tolerance: null,
    read: ({ resources }) => resources.find(({ name }) => name === "meshhook")?.rssBytesMax ?? null,
  },
  {
    key: "outage.clientsMs",
    label: "outage that clients saw",
    unit: "ms",
    isBetter: "lower",
    minimumEffect: 0.1,
    tolerance: null,
    read: ({ outage }) => outage?.clientsMs ?? null,
  },
];

const COMPLETED: Figure = {
  key: "throughput.completedPerSecond",
  label: "runs completed per second",
  unit: "per second",
  isBetter: "higher",
  minimumEffect: 0.05,
  tolerance: null,
  read: ({ throughput }) => throughput?.completedPerSecond ?? null,
};

const SUSTAINED: Figure = {
  key: "search.lastPassingPerSecond",
  label: "highest rate sustained",
  unit: "per second",
  isBetter: "higher",
  // The boundary is known to 5 %.
  minimumEffect: 0.1,
  tolerance: null,
  read: ({ search }) => (search?.isSustained === true ? search.lastPassingPerSecond : null),
};

function latencyFigure(name: string, label: string, percentile: "p50Ms" | "p99Ms", minimumEffect: number): Figure {
  return {
    key: `latency.${name}.${percentile}`,
    label: `${label}, ${percentile.slice(0, 3)}`,
    unit: "ms",
    isBetter: "lower",
    minimumEffect,
    tolerance: null,
    read: ({ latency }) => latency[name]?.[percentile] ?? null,
  };
}

function work(
  name: "journalRows" | "statements" | "commits" | "walBytes" | "meshhookCpuMs" | "postgresCpuMs",
  label: string,
  minimumEffect: number,
  tolerance: number | null,
): Figure {
  return {
    key: `work.${name}`,
    label,
    unit: "per run",
    isBetter: "lower",
    minimumEffect,
    tolerance,
    read: (scenario) => scenario.work?.[name] ?? null,
  };
}

/** `service` is left out: it hides how long the generator waited. */
const LATENCIES = { ack: "acknowledgement", done: "end of the run", lag: "last line at a viewer" } as const;

const FIGURES: readonly Figure[] = [
  ...WORK,
  COMPLETED,
  ...Object.entries(LATENCIES).flatMap(([name, label]) => [
    latencyFigure(name, label, "p50Ms", 0.05),
    latencyFigure(name, label, "p99Ms", 0.1),
  ]),
  ...COSTS,
];
