import { randomBytes } from "node:crypto";

import { validateDefinition, type Plan } from "@meshhook/core";
import { openPostgresStore } from "@meshhook/journal";
import { SeededRandom, waitFor } from "@meshhook/testkit";
import {
  checkCancel,
  checkDelivery,
  checkRun,
  checkTarget,
  History,
  placeOfCall,
  readJournal,
  type StoredRun,
  type Violation,
} from "@meshhook/testkit/proof";

import { drawFailpoints, drawOutsideFault, LEASE_MS, type OutsideFault } from "./plan.ts";
import { FaultyProcess } from "./process.ts";
import { Senders } from "./senders.ts";
import type { SmallDisk } from "./small-disk.ts";
import { startFaultyTarget, type FaultyTarget } from "./target.ts";
import { faultyWorkflow } from "./workflow.ts";

/** A PostgreSQL server that may be stopped. */
export interface StoppablePostgres {
  stop(): Promise<void>;
  /** Also where it runs still. */
  start(): Promise<void>;
}

export interface FaultsOptions {
  readonly seed: number;
  readonly processes: number;
  readonly databaseUrl: string;
  /** For the keys that the processes share. */
  readonly dataDir: string;
  /** Null when the server is not ours to stop. */
  readonly postgres: StoppablePostgres | null;
  /** Null when the server's files are not on a disk that may be filled. */
  readonly disk: SmallDisk | null;
  readonly say: (line: string) => void;
}

/** What one cycle did and found. */
export interface CycleReport {
  readonly deliveries: number;
  readonly runs: number;
  /** Processes that ended, by a failpoint or from outside. */
  readonly ends: number;
  readonly fault: OutsideFault;
  readonly failpoints: readonly string[];
  readonly violations: readonly Violation[];
}

const ADMIN_KEY = `mh_${"f".repeat(32)}`;
const SENDERS = 6;
const REST_MS_MAX = 90_000;
/** How wrong a failpoint makes the clock of a process at most. */
const SKEW_US = 3_600_000_000;
const CANCEL_US = 60_000_000;

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
   * @param given  The fault from outside; drawn if absent.
   */
  async run(loadMs: number, given?: OutsideFault): Promise<CycleReport> {
    const { disk, postgres } = this.#options;
    const random = this.#random;
    const published = await this.#publish(`cycle-${++this.#cycles}`);
    const endsBefore = this.#ends;
    this.#target.arrivals.length = 0;
    this.#target.badness = random.pick([0, 0.1, 0.3]);
    const senders = new Senders({ processes: this.#processes, token: published.token, adminKey: ADMIN_KEY, random });
    senders.start(SENDERS);

    // Each process gets its failpoints with a new start; one of them at least goes on from the last cycle.
    const failpoints: string[] = [];
    const restart = (process: FaultyProcess): void => {
      if (process.isRunning) return;
      failpoints.push(drawFailpoints(random));
      process.start(failpoints.at(-1) ?? "");
    };
    if (this.#cycles > 1) this.#processes[random.int(this.#processes.length)]?.signal("SIGKILL");
    const fault =
      given ??
      drawOutsideFault(random, this.#processes.length, {
        stopPostgres: postgres !== null,
        fillDisk: postgres !== null && disk !== null,
      });
    const untilMs = performance.now() + loadMs;
    const outside = this.#bring(fault, random.int(loadMs / 2));
    while (performance.now() < untilMs) {
      for (const process of this.#processes) restart(process);
      await pause(20);
    }
    await outside;
    this.#target.badness = 0;
    for (const process of this.#processes) process.proxy.restore();
    const resting = new AbortController();
    void this.#keepRunning(resting.signal);
    await senders.finish();
    const runs = await this.#untilEnded(published.workflowId);
    resting.abort();
    const violations = this.#judge(published.plan, senders, runs);
    if (violations.length > 0) this.#tellOutputs();
    return {
      deliveries: senders.sendings.length,
      runs: runs.size,
      ends: this.#ends - endsBefore,
      fault,
      failpoints,
      violations,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.close()));
    await this.#target.close();
  }

  get #ends(): number {
    return this.#processes.reduce((sum, { ends }) => sum + ends, 0);
  }

  /** After a cycle processes are started without failpoints; those that still have some may end once more. */
  async #keepRunning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const process of this.#processes) process.start("");
      await pause(20);
    }
  }

  async #publish(slug: string): Promise<{ workflowId: string; token: string; plan: Plan }> {
    const checked = validateDefinition(faultyWorkflow(this.#target.url, slug));
    if ("issues" in checked) throw new Error(JSON.stringify(checked.issues));
    const store = openPostgresStore({ connectionString: this.#options.databaseUrl, retryMs: 30_000 });
    try {
      const { catalog } = store;
      const [project] = await catalog.listProjects();
      if (project === undefined) throw new Error("The first start makes a project");
      const definition = JSON.stringify(checked.definition);
      const workflow = await catalog.saveDraft({ projectId: project.id, slug, name: slug, definition });
      if (workflow === "conflict") throw new Error(`${slug} exists already`);
      const ids = { projectId: project.id, workflowId: workflow.id };
      await catalog.publishVersion({ ...ids, hash: checked.hash, definition });
      const token = randomBytes(18).toString("base64url");
      await catalog.createEndpoint({
        ...ids,
        token,
        name: slug,
        signature: "none",
        signatureSettings: "{}",
        sealedSecret: null,
        formerKeys: [],
        dedupeHeader: null,
        keysByHeader: true,
        bodyBytesMax: 10_000,
        answer: "accepted",
        resultTimeoutMs: 1_000,
        sameKey: "by_source",
        handshakes: "off",
        sealedVerifyToken: null,
      });
      return { workflowId: workflow.id, token, plan: checked.plan };
    } finally {
      await store.close();
    }
  }

  async #bring(fault: OutsideFault, afterMs: number): Promise<void> {
    await pause(afterMs);
    const process = "process" in fault ? this.#processes[fault.process] : undefined;
    switch (fault.kind) {
      case "none":
        return;
      case "kill":
        return process?.signal("SIGKILL");
      case "kill-all":
        for (const one of this.#processes) one.signal("SIGKILL");
        return;
      case "pause":
        process?.signal("SIGSTOP");
        await pause(fault.ms);
        return process?.signal("SIGCONT");
      case "stop":
        return process?.signal("SIGTERM");
      case "postgres":
        await this.#options.postgres?.stop();
        await pause(fault.ms);
        return this.#options.postgres?.start();
      case "full-disk":
        await this.#options.disk?.fill();
        await pause(fault.ms);
        await this.#options.disk?.empty();
        return this.#options.postgres?.start();
      case "cut":
        process?.proxy.cut({ refuse: true });
        break;
      case "half-open":
        process?.proxy.holdAnswers();
        break;
      case "slow":
        process?.proxy.delay(fault.delayMs);
        break;
    }
    await pause(fault.ms);
    // Connections whose answers were held back are not whole any more.
    if (fault.kind === "half-open") process?.proxy.cut();
    process?.proxy.restore();
  }

  /** The stored runs when all have ended, or when the time is up. */
  async #untilEnded(workflowId: string): Promise<Map<string, StoredRun>> {
    const untilMs = performance.now() + REST_MS_MAX;
    for (;;) {
      const runs = await readJournal(this.#options.databaseUrl, workflowId);
      const open = [...runs.values()].filter(({ segments }) => segments.at(-1)?.status === null).length;
      if (open === 0 || performance.now() > untilMs) return runs;
      await pause(100);
    }
  }

  #judge(plan: Plan, { cancels, sendings }: Senders, runs: ReadonlyMap<string, StoredRun>): Violation[] {
    const violations: Violation[] = [];
    const report = (rule: string, detail: string): void => void violations.push({ rule, detail });
    const histories = new Map<string, History>();
    const carriers = new Map<number, string[]>();
    for (const [runId, { segments }] of runs) {
      const history = new History(plan, runId);
      histories.set(runId, history);
      try {
        history.readOn(segments);
      } catch (error) {
        report("what is stored can be folded", `run ${runId}: ${String(error)}`);
        continue;
      }
      checkRun(history, segments, SKEW_US, report);
      const delivery = history.facts[0]?.fact;
      if (delivery?.kind !== "delivery") continue;
      const n = Number((delivery.body as { readonly n?: unknown }).n);
      carriers.set(n, [...(carriers.get(n) ?? []), runId]);
    }
    for (const { n, isKeyed, told } of sendings)
      checkDelivery({ name: String(n), isKeyed }, told, carriers.get(n) ?? [], report);
    const arrivals = this.#target.arrivals.filter(({ key }) => !this.#earlierRuns.has(placeOfCall(key).runId));
    checkTarget(arrivals, (runId) => histories.get(runId) ?? null, runs.keys(), report);
    for (const { runId, atUs } of cancels) {
      const history = histories.get(runId);
      if (history !== undefined) checkCancel(history, atUs, CANCEL_US, report);
    }
    for (const runId of runs.keys()) this.#earlierRuns.add(runId);
    return violations;
  }

  #tellOutputs(): void {
    for (const { name, output } of this.#processes) for (const line of output) this.#options.say(`${name}: ${line}`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
