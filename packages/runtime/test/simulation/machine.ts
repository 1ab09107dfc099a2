import type { Catalog, Journal } from "@meshhook/journal";
import type { SeededRandom } from "@meshhook/testkit";
import type { Report } from "@meshhook/testkit/proof";

import { PlanCache, Runtime, type Logger } from "../../src/index.ts";
import type { PlantedBug } from "./bugs.ts";
import type { SimulatedDatabase } from "./database.ts";
import type { Dice } from "./dice.ts";
import type { Histories } from "./histories.ts";
import { Incarnation, SimulatedClock } from "./incarnation.ts";
import { Link, type Network } from "./link.ts";
import type { Scenario } from "./scenario.ts";
import { SimulatedCaller, type TargetLedger } from "./target.ts";
import type { Timeline } from "./timeline.ts";

export const LEASE_MS = 5_000;
/** How long a process that was asked to stop may take. */
const GRACE_MS = 2_000;
/** After that it is killed. */
const PATIENCE_MS = 60_000;
/** How fast the wall clock is with the planted bug. */
const FAST_SHARE = 0.2;

/** A key of Standard Webhooks, by which `emit` signs. */
const SECRETS: ReadonlyMap<string, string> = new Map([["KEY", `whsec_${Buffer.alloc(32, 7).toString("base64")}`]]);

/** What all machines of a simulation share. */
export interface Surroundings {
  readonly scenario: Scenario;
  readonly timeline: Timeline;
  readonly database: SimulatedDatabase;
  readonly ledger: TargetLedger;
  readonly histories: Histories;
  readonly dice: Dice;
  readonly network: Network;
  readonly report: Report;
  readonly note: (text: string) => void;
  readonly bug: PlantedBug | null;
}

/** A process that runs now. */
export interface Running {
  readonly incarnation: Incarnation;
  readonly runtime: Runtime;
  readonly clock: SimulatedClock;
  readonly plans: PlanCache;
  readonly journal: Journal;
  readonly catalog: Catalog;
}

/** A host with one MeshHook process at a time, which is started again after it has ended. */
export class Machine {
  readonly name: string;
  readonly #all: Surroundings;
  #running: Running | null = null;
  #lives = 0;
  #skewUs = 0;
  #cuts = 0;

  constructor(number: number, all: Surroundings) {
    this.name = `m${number}`;
    this.#all = all;
  }

  get running(): Running | null {
    return this.#running;
  }

  start(): void {
    if (this.#running !== null) return;
    const { bug, database, dice, histories, ledger, note, report, scenario, timeline } = this.#all;
    const name = `${this.name}.${++this.#lives}`;
    note(`${name}: start`);
    const incarnation = new Incarnation(timeline);
    const startUs = timeline.nowUs;
    const clock = new SimulatedClock(timeline, incarnation, () => {
      const fastUs = bug === "timer-early" ? Math.round((timeline.nowUs - startUs) * FAST_SHARE) : 0;
      return timeline.nowUs + this.#skewUs + fastUs;
    });
    const link = new Link({
      timeline,
      database,
      incarnation,
      dice,
      name,
      network: () => ({ ...this.#all.network, isDown: this.#cuts > 0 || this.#all.network.isDown }),
      note,
      bug,
    });
    const caller = new SimulatedCaller({
      timeline,
      incarnation,
      ledger,
      histories,
      dice,
      badness: scenario.badness,
      owns: (shard) => link.token !== null && database.ownerOf(shard) === link.token,
      report,
    });
    const random = dice.of(`run ids of ${name}`);
    const { catalog, journal } = link;
    const plans = new PlanCache(catalog);
    const runtime = new Runtime({
      journal,
      catalog,
      plans,
      name,
      egressAllow: [],
      secrets: { find: (_project, secret) => SECRETS.get(secret) ?? null },
      log: this.#logger(name),
      clock,
      caller,
      randomBytes: (size) => bytesOf(random, size),
      limits: { ...scenario.limits, leaseMs: LEASE_MS, heartbeatMs: 1_600, watermarkMs: 1_000 },
    });
    this.#running = { incarnation, runtime, clock, plans, journal, catalog };
    runtime.start();
  }

  crash(): void {
    this.#end("crash");
  }

  /** SIGTERM. Calls `onEnd` when the process has ended. */
  stop(onEnd: () => void): void {
    const running = this.#running;
    if (running === null) return;
    const { note, timeline } = this.#all;
    note(`${this.name}: stop`);
    const end = (how: string): void => {
      if (this.#running !== running) return;
      this.#end(how);
      onEnd();
    };
    running.incarnation.enter(() => {
      running.runtime.drain(GRACE_MS).then(
        () => end("has stopped"),
        () => end("has stopped without leaving"),
      );
    });
    timeline.in(PATIENCE_MS, () => end("is killed, because it did not stop"));
  }

  stall(ms: number): void {
    const { note, timeline } = this.#all;
    const running = this.#running;
    if (running === null) return;
    note(`${this.name}: stands still`);
    running.incarnation.stall();
    timeline.in(ms, () => {
      note(`${this.name}: goes on`);
      running.incarnation.wake();
    });
  }

  cut(ms: number): void {
    this.#cuts++;
    this.#all.timeline.in(ms, () => this.#cuts--);
  }

  setClock(byMs: number): void {
    this.#skewUs += byMs * 1_000;
  }

  #end(how: string): void {
    if (this.#running === null) return;
    this.#all.note(`${this.name}: ${how}`);
    this.#running.incarnation.kill();
    this.#running = null;
  }

  #logger(name: string): Logger {
    const { note, report } = this.#all;
    const write = (details: object, message: string): void => note(`${name}: ${message} ${JSON.stringify(details)}`);
    return {
      debug: () => undefined,
      info: () => undefined,
      warn: write,
      error: (details, message) => {
        write(details, message);
        report("a process meets nothing that it calls an error", `${name}: ${message} ${JSON.stringify(details)}`);
      },
    };
  }
}

function bytesOf(random: SeededRandom, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.floor(random.next() * 4_294_967_296), at);
  return bytes;
}
