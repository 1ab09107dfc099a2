import type { RunEvent, RunResult } from "@meshhook/core";
import type { Version } from "@meshhook/journal";
import type { Report } from "@meshhook/testkit/proof";

import type { Delivery, DeliveryOutcome } from "../../src/index.ts";
import type { SimulatedDatabase } from "./database.ts";
import type { Dice } from "./dice.ts";
import type { Machine, Running } from "./machine.ts";
import type { PlannedCancel, PlannedDelivery } from "./scenario.ts";
import type { Timeline } from "./timeline.ts";

/** What the sender of a delivery was told, or `reset`: its process ended before it answered. */
export type Told = DeliveryOutcome | { readonly kind: "reset" };

/** What the world outside knows of a delivery. */
export interface Sending {
  readonly planned: PlannedDelivery;
  readonly told: Told[];
  /** What somebody who waited for the result was told. */
  readonly results: { readonly runId: string; readonly result: RunResult }[];
  /** What somebody saw who watched the run from its beginning. */
  readonly watches: { readonly runId: string; readonly events: RunEvent[] }[];
}

/** A request to cancel a run that was told to be accepted. */
export interface AcceptedCancel {
  readonly runId: string;
  readonly atUs: number;
}

export interface SenderOptions {
  readonly timeline: Timeline;
  readonly database: SimulatedDatabase;
  readonly dice: Dice;
  readonly machines: readonly Machine[];
  readonly versions: readonly Version[];
  readonly note: (text: string) => void;
  readonly report: Report;
}

const TRIES_MAX = 60;
const PAUSE_MS = 700;
const WAIT_MS = 120_000;

/** The world outside: sends deliveries, repeats them where the answer is not clear, cancels runs, and remembers what it was told. */
export class Senders {
  readonly sendings: Sending[] = [];
  readonly cancels: AcceptedCancel[] = [];
  readonly #options: SenderOptions;
  #open = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Everybody has a clear answer, or has given up. */
  get areDone(): boolean {
    return this.#open === 0;
  }

  plan(planned: PlannedDelivery, cancels: readonly PlannedCancel[], startUs: number): void {
    const sending: Sending = { planned, told: [], results: [], watches: [] };
    this.sendings.push(sending);
    let isFirst = true;
    for (let copy = 0; copy < planned.copies; copy++) {
      this.#open++;
      this.#options.timeline.at(startUs + planned.atMs * 1_000, () => {
        this.#send(sending, `${planned.n} ${copy}`, 0, (runId) => {
          if (!isFirst) return;
          isFirst = false;
          for (const { afterMs } of cancels) {
            this.#open++;
            this.#options.timeline.in(afterMs, () => this.#cancel(planned.n, runId, 0));
          }
        });
      });
    }
  }

  #someMachine(name: string): Running | null {
    const { dice, machines } = this.#options;
    return machines[dice.of(name).int(machines.length)]?.running ?? null;
  }

  #send(sending: Sending, name: string, tries: number, onRun: (runId: string) => void): void {
    const { timeline } = this.#options;
    const running = this.#someMachine(`send ${name} ${tries}`);
    const again = (): void => {
      if (tries >= TRIES_MAX) this.#open--;
      else timeline.in(PAUSE_MS, () => this.#send(sending, name, tries + 1, onRun));
    };
    if (running === null) return again();
    let isAnswered = false;
    const hear = (told: Told): void => {
      if (isAnswered) return;
      isAnswered = true;
      sending.told.push(told);
      this.#options.note(`delivery ${name}: ${told.kind}${"runId" in told ? ` ${told.runId}` : ""}`);
      if (told.kind === "accepted" || told.kind === "duplicate") {
        this.#open--;
        if (told.kind === "accepted") this.#follow(running, sending, told.runId);
        return onRun(told.runId);
      }
      const isUnclear = told.kind === "unknown" || told.kind === "reset";
      if (isUnclear && !sending.planned.isKeyed) this.#open--;
      else again();
    };
    running.incarnation.onDeath(() => timeline.in(1, () => hear({ kind: "reset" })));
    running.incarnation.enter(() => {
      void running.runtime.deliver(this.#deliveryOf(sending.planned, running)).then((outcome) => {
        this.#judge(sending, outcome);
        // The answer is on its way even if the process ends now.
        timeline.in(0, () => hear(outcome));
      });
    });
  }

  #judge({ planned }: Sending, outcome: DeliveryOutcome): void {
    if (outcome.kind !== "accepted" && outcome.kind !== "duplicate") return;
    if (!this.#options.database.rows.has(outcome.runId))
      this.#options.report(
        "no webhook is accepted before it is durable",
        `delivery ${planned.n} was told ${outcome.kind}, but nothing of run ${outcome.runId} is stored`,
      );
  }

  #deliveryOf({ n, workflow, isKeyed }: PlannedDelivery, { clock, plans }: Running): Delivery {
    const version = this.#options.versions[workflow];
    if (version === undefined) throw new Error(`The scenario has no workflow ${workflow}`);
    const body = { n, text: `number ${n}` };
    return {
      projectId: version.projectId,
      workflowId: version.workflowId,
      versionId: version.id,
      plan: plans.ofVersion(version),
      receivedAt: clock.now(),
      headers: {},
      query: {},
      body,
      bodyText: JSON.stringify(body),
      ...(isKeyed ? { dedupe: { endpointId: version.workflowId, key: `key ${n}`, bodyHash: "0".repeat(64) } } : {}),
    };
  }

  /** Some wait for the result, others watch. */
  #follow({ incarnation, runtime }: Running, sending: Sending, runId: string): void {
    const project = this.#options.versions[sending.planned.workflow]?.projectId ?? "";
    if (sending.planned.n % 3 === 0)
      incarnation.enter(() => {
        void runtime.waitForResult(runId, WAIT_MS).then((result) => {
          if (result !== null) sending.results.push({ runId, result });
        });
      });
    else if (sending.planned.n % 3 === 1)
      incarnation.enter(() => {
        const watch = { runId, events: [] as RunEvent[] };
        sending.watches.push(watch);
        runtime.watchRun(project, runId, null, (message) => {
          if ("events" in message) watch.events.push(...message.events);
        });
      });
  }

  #cancel(n: number, runId: string, tries: number): void {
    const { timeline, versions } = this.#options;
    const running = this.#someMachine(`cancel ${n} ${tries}`);
    const again = (): void => {
      if (tries >= TRIES_MAX) this.#open--;
      else timeline.in(PAUSE_MS, () => this.#cancel(n, runId, tries + 1));
    };
    if (running === null) return again();
    let isAnswered = false;
    const hear = (told: Awaited<ReturnType<Running["runtime"]["cancel"]>>): void => {
      if (isAnswered) return;
      isAnswered = true;
      this.#options.note(`cancel of ${runId}: ${told}`);
      if (told === "unavailable") return again();
      this.#open--;
      if (told === "accepted") this.cancels.push({ runId, atUs: timeline.nowUs });
      else if (told === "not_found" || !this.#options.database.hasEnded(runId))
        this.#options.report("an answer about a run is true", `a cancel of run ${runId} was told ${told}`);
    };
    running.incarnation.onDeath(() => timeline.in(1, () => hear("unavailable")));
    running.incarnation.enter(() => {
      void running.runtime
        .cancel(versions[0]?.projectId ?? "", runId, "the simulation wants it")
        .then((told) => timeline.in(0, () => hear(told)));
    });
  }
}
