import type { RunEvent, RunResult } from "@meshhook/core";

import type { Delivery, DeliveryOutcome } from "../../src/index.ts";
import type { Running } from "./machine.ts";
import type { Outside } from "./outside.ts";
import type { PlannedDelivery } from "./scenario.ts";

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

const WAIT_MS = 120_000;

/** Those who send deliveries, and repeat them where the answer is not clear. They remember what they were told. */
export class Senders {
  readonly sendings: Sending[] = [];
  readonly #outside: Outside;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  /** @param onRun  Called once, when the run of the delivery is known. */
  plan(planned: PlannedDelivery, startUs: number, onRun: (runId: string) => void): void {
    const sending: Sending = { planned, told: [], results: [], watches: [] };
    this.sendings.push(sending);
    let isFirst = true;
    for (let copy = 0; copy < planned.copies; copy++)
      this.#outside.at(startUs + planned.atMs * 1_000, () => {
        this.#send(sending, `${planned.n} ${copy}`, (runId) => {
          if (isFirst) onRun(runId);
          isFirst = false;
        });
      });
  }

  #send(sending: Sending, name: string, onRun: (runId: string) => void): void {
    this.#outside.ask<DeliveryOutcome>({
      name: `send ${name}`,
      ask: (running) => running.runtime.deliver(this.#deliveryOf(sending.planned, running)),
      onAnswer: (outcome) => this.#judge(sending, outcome),
      hear: (answer, running) => {
        const told: Told = answer === "reset" ? { kind: "reset" } : answer;
        sending.told.push(told);
        this.#outside.options.note(`delivery ${name}: ${told.kind}${"runId" in told ? ` ${told.runId}` : ""}`);
        if (told.kind === "accepted" || told.kind === "duplicate") {
          if (told.kind === "accepted") this.#follow(running, sending, told.runId);
          onRun(told.runId);
          return "done";
        }
        const isUnclear = told.kind === "unknown" || told.kind === "reset";
        return isUnclear && !sending.planned.isKeyed ? "done" : "again";
      },
    });
  }

  #judge({ planned }: Sending, outcome: DeliveryOutcome): void {
    const { database, report } = this.#outside.options;
    if (outcome.kind !== "accepted" && outcome.kind !== "duplicate") return;
    if (!database.isDurable(outcome.runId))
      report(
        "no webhook is accepted before it is durable",
        `delivery ${planned.n} was told ${outcome.kind}, but nothing of run ${outcome.runId} is stored`,
      );
  }

  #deliveryOf({ n, workflow, isKeyed }: PlannedDelivery, { clock, plans }: Running): Delivery {
    const version = this.#outside.options.versions[workflow];
    if (version === undefined) throw new Error(`The scenario has no workflow ${workflow}`);
    const body = { n, text: `number ${n}`, at: "2026-11-24T00:00:09Z" };
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
    const project = this.#outside.options.versions[sending.planned.workflow]?.projectId ?? "";
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
}
