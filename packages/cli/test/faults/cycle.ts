import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { SeededRandom, waitFor } from "@meshhook/testkit";
import { countOpenRuns, placeOfCall, readJournal, type StoredRun, type Violation } from "@meshhook/testkit/proof";

import { bring, type Breakable } from "./bring.ts";
import { judge } from "./judge.ts";
import { describeLeftRuns } from "./left-runs.ts";
import { drawFailpoints, drawOutsideFault, LEASE_MS, type OutsideFault } from "./plan.ts";
import type { HarnessBug } from "./plant/harness-bugs.ts";
import { plantedEnvironment } from "./plant/planted-environment.ts";
import { FaultyProcess } from "./process.ts";
import { publish } from "./publish.ts";
import { Senders } from "./senders.ts";
import { startFaultyTarget, type FaultyTarget } from "./target.ts";

export interface FaultsOptions extends Pick<Breakable, "postgres" | "disk"> {
  readonly seed: number;
  readonly processes: number;
  readonly databaseUrl: string;
  /** For the keys that the processes share. */
  readonly dataDir: string;
  /** The faults from outside that may be drawn. */
  readonly kinds: readonly OutsideFault["kind"][];
  /** Planted into every process. */
  readonly bug: HarnessBug | null;
  readonly say: (line: string) => void;
}

/** What one cycle did and found. */
export interface CycleReport {
  readonly deliveries: number;
  readonly runs: number;
  /** How processes ended: by which failpoint, or `outside`. */
  readonly ends: readonly string[];
  readonly faults: readonly OutsideFault[];
  readonly violations: readonly Violation[];
}

const ADMIN_KEY = `mh_${"f".repeat(32)}`;
const SENDERS = 6;
const REST_MS_MAX = 240_000;
/** The longest pause between two faults from outside, twice. */
const FAULTS_EVERY_MS = 4_000;
const LOOK_MS = 20;
const ENDED_LOOK_MS = 250;

/** MeshHook processes on one database, under load, failing on purpose; judged after each cycle. */
export class FaultCycles {
  readonly #options: FaultsOptions;
  readonly #random: SeededRandom;
  readonly #target: FaultyTarget;
  readonly #processes: readonly FaultyProcess[];
  /** What a paused process still sends for them is not of this cycle. */
  readonly #earlierRuns = new Set<string>();
  #cycles = 0;

  static async open(options: FaultsOptions): Promise<FaultCycles> {
    const random = new SeededRandom(options.seed);
    const target = await startFaultyTarget(random);
    const environment = {
      MESHHOOK_DATA_DIR: options.dataDir,
      MESHHOOK_SAMPLE: "off",
      MESHHOOK_ADMIN_KEY: ADMIN_KEY,
      MESHHOOK_EGRESS_ALLOW: target.host,
      MESHHOOK_LEASE_MS: String(LEASE_MS),
      MESHHOOK_SECRET_KEY: randomBytes(32).toString("base64"),
      PORT: "0",
      // The processes start all the time, from the same sources.
      NODE_COMPILE_CACHE: `${options.dataDir}/compiled`,
      ...(options.bug === null ? {} : plantedEnvironment(options.bug)),
    };
    const processes = await Promise.all(
      Array.from({ length: options.processes }, (_, at) =>
        FaultyProcess.at(`process ${at}`, options.databaseUrl, environment),
      ),
    );
    const cycles = new FaultCycles(options, random, target, processes);
    // The first start updates the schema and makes the project; the others begin with the first cycle.
    processes[0]?.start("");
    await waitFor("the first process is ready", () => (processes[0]?.url ?? null) !== null, { timeoutMs: REST_MS_MAX });
    return cycles;
  }

  private constructor(
    options: FaultsOptions,
    random: SeededRandom,
    target: FaultyTarget,
    processes: readonly FaultyProcess[],
  ) {
    this.#options = options;
    this.#random = random;
    this.#target = target;
    this.#processes = processes;
  }

  /**
   * Load and faults for `loadMs`, then rest until everything has ended, then the judgement.
   *
   * @param given  The only fault from outside; others are drawn, one after the other, if absent.
   */
  async run(loadMs: number, given?: OutsideFault): Promise<CycleReport> {
    const { databaseUrl } = this.#options;
    const random = this.#random;
    const published = await publish(databaseUrl, this.#target.url, `cycle-${++this.#cycles}`);
    for (const process of this.#processes) process.ends.length = 0;
    this.#target.arrivals.length = 0;
    this.#target.badness = random.pick([0, 0.1, 0.3]);
    // Where all clocks are right, times are judged to the millisecond.
    const areClocksRight = random.int(2) === 0;
    if (areClocksRight) for (const process of this.#processes) if (process.hasWrongClock) process.signal("SIGKILL");
    const senders = new Senders({ processes: this.#processes, token: published.token, adminKey: ADMIN_KEY, random });
    senders.start(SENDERS);

    // Each process gets its failpoints with a new start; one of them at least goes on from the last cycle.
    if (this.#cycles > 1) this.#processes[random.int(this.#processes.length)]?.signal("SIGKILL");
    const untilMs = performance.now() + loadMs;
    const outside = this.#bringFaults(untilMs, loadMs, given);
    const hadWrongClock = this.#processes.some(({ hasWrongClock }) => hasWrongClock);
    while (performance.now() < untilMs) {
      for (const process of this.#processes)
        if (!process.isRunning) process.start(drawFailpoints(random, { setClocks: !areClocksRight }));
      await pause(LOOK_MS);
    }
    const faults = await outside;
    this.#target.badness = 0;
    for (const process of this.#processes) {
      process.proxy.restore();
      // It would go on with its clock, and everything that waits for a time with it.
      if (process.hasWrongClock) process.signal("SIGKILL");
    }
    const resting = new AbortController();
    void this.#keepRunning(resting.signal);
    await senders.finish();
    const runs = await this.#untilEnded(published.workflowId);
    resting.abort();
    const arrivals = this.#target.arrivals.filter(({ key }) => !this.#earlierRuns.has(placeOfCall(key).runId));
    const violations = judge({
      ...{ plan: published.plan, runs, senders, arrivals },
      areClocksRight: areClocksRight && !hadWrongClock,
    });
    for (const runId of runs.keys()) this.#earlierRuns.add(runId);
    if (violations.length > 0) {
      this.#tellOutputs();
      for (const line of await describeLeftRuns(this.#options.databaseUrl, published.workflowId))
        this.#options.say(line);
    }
    return {
      deliveries: senders.sendings.length,
      runs: runs.size,
      ends: this.#processes.flatMap(({ ends }) => ends),
      faults,
      violations,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.close()));
    await this.#target.close();
  }

  /** Brings faults from outside until the load ends, one after the other. */
  async #bringFaults(untilMs: number, loadMs: number, given?: OutsideFault): Promise<readonly OutsideFault[]> {
    const { disk, kinds, postgres } = this.#options;
    const possible = kinds.filter(
      (kind) => (kind !== "postgres" || postgres !== null) && (kind !== "full-disk" || disk !== null),
    );
    const faults: OutsideFault[] = [];
    for (let left = given === undefined ? Infinity : 1; left > 0 && performance.now() < untilMs; left--) {
      const fault = given ?? drawOutsideFault(this.#random, this.#processes.length, possible);
      await pause(this.#random.int(Math.min(loadMs, FAULTS_EVERY_MS) / 2));
      faults.push(fault);
      await bring(fault, { ...this.#options, processes: this.#processes });
    }
    return faults;
  }

  /** After a cycle processes are started without failpoints; those that still have some may end once more. */
  async #keepRunning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const process of this.#processes) process.start("");
      await pause(LOOK_MS);
    }
  }

  /** The stored runs when all have ended, or when the time is up. */
  async #untilEnded(workflowId: string): Promise<Map<string, StoredRun>> {
    const { databaseUrl } = this.#options;
    const untilMs = performance.now() + REST_MS_MAX;
    while ((await countOpenRuns(databaseUrl, workflowId)) > 0 && performance.now() < untilMs)
      await pause(ENDED_LOOK_MS);
    return readJournal(databaseUrl, workflowId);
  }

  #tellOutputs(): void {
    for (const { name, output } of this.#processes) for (const line of output) this.#options.say(`${name}: ${line}`);
  }
}
