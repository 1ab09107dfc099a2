import { type Plan, stepKey } from "@meshhook/core";
import type { History } from "@meshhook/testkit/proof";

import type { SignalOutcome } from "../../src/index.ts";
import type { Outside } from "./outside.ts";
import { rerun, type RerunAnswer } from "./rerun.ts";
import type { PlannedCancel, PlannedLimit, PlannedPause, PlannedRerun, PlannedSignal } from "./scenario.ts";
import type { Told } from "./sender.ts";

/** A request to cancel a run that was told to be accepted. */
export interface AcceptedCancel {
  readonly runId: string;
  readonly atUs: number;
}

/** A signal, by the mark in its payload. */
export interface SentSignal {
  readonly runId: string;
  readonly mark: string;
  /** When its sender was first told that it is durable. */
  acceptedAtUs: number | null;
  /** How often it may have become durable. */
  timesMax: number;
}

/** A request to run a run again. */
export interface AskedRerun {
  /** In the origin of its run. */
  readonly mark: string;
  readonly told: Told[];
}

const ANOTHER_PROJECT = "00000000-0000-4000-8000-000000000000";
const LOOK_MS = 2_000;

/** Those who cancel runs, send them signals, run them again, and pause workflows. They remember what they were told. */
export class Operators {
  readonly cancels: AcceptedCancel[] = [];
  readonly signals: SentSignal[] = [];
  readonly reruns: AskedRerun[] = [];
  /** By number of the workflow. */
  readonly #paused = new Map<number, boolean>();
  readonly #outside: Outside;
  /** How many signals were sent for a step of a run. */
  readonly #answers = new Map<string, number>();
  #looks = 0;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  get #projectId(): string {
    return this.#outside.options.versions[0]?.projectId ?? "";
  }

  cancel({ n, afterMs }: PlannedCancel, runId: string): void {
    const { database, note, report, timeline } = this.#outside.options;
    this.#outside.in(afterMs, () =>
      this.#outside.ask({
        name: `cancel ${n}`,
        ask: ({ runtime }) => runtime.cancel(this.#projectId, runId, "the simulation wants it"),
        hear: (told) => {
          note(`cancel of ${runId}: ${told}`);
          if (told === "unavailable" || told === "reset") return "again";
          if (told === "accepted") this.cancels.push({ runId, atUs: timeline.nowUs });
          else if (told === "not_found" || !database.hasEnded(runId))
            report("an answer about a run is true", `a cancel of run ${runId} was told ${told}`);
          return "done";
        },
      }),
    );
  }

  signal({ afterMs, copies, isKeyed, n, name }: PlannedSignal, index: number, runId: string): void {
    const mark = `signal ${index}`;
    const sent: SentSignal = { runId, mark, acceptedAtUs: null, timesMax: isKeyed ? 1 : 0 };
    this.signals.push(sent);
    for (let copy = 0; copy < copies; copy++)
      this.#outside.in(afterMs, () => this.#send(`${mark} of ${n} ${copy}`, sent, name, isKeyed));
    if (index % 4 === 0) this.#outside.in(afterMs, () => this.#sendFromAnotherProject(mark, runId, name));
  }

  #send(name: string, sent: SentSignal, signal: string, isKeyed: boolean): void {
    const { database, note, report, timeline } = this.#outside.options;
    const { mark, runId } = sent;
    this.#outside.ask<SignalOutcome>({
      name,
      ask: ({ runtime }) => {
        if (!isKeyed) sent.timesMax++;
        const message = { name: signal, payload: JSON.stringify({ mark }), ...(isKeyed ? { key: mark } : {}) };
        return runtime.signal(this.#projectId, runId, message);
      },
      hear: (told) => {
        note(`${name} to ${runId}: ${told}`);
        if (told === "unavailable" || told === "reset") return "again";
        if (told === "accepted") sent.acceptedAtUs ??= timeline.nowUs;
        else if (told === "not_found" || told === "full" || (told === "finished" && !database.hasEnded(runId)))
          report("an answer about a run is true", `${name} to run ${runId} was told ${told}`);
        else if (told === "repeated" && !isKeyed)
          report("an answer about a run is true", `${name} has no key, but was told that it is repeated`);
        return "done";
      },
    });
  }

  #sendFromAnotherProject(mark: string, runId: string, name: string): void {
    this.#outside.ask<SignalOutcome>({
      name: `foreign ${mark}`,
      ask: ({ runtime }) => runtime.signal(ANOTHER_PROJECT, runId, { name, payload: '{"mark":"foreign"}' }),
      hear: (told) => {
        if (told === "unavailable" || told === "reset") return "again";
        if (told !== "not_found")
          this.#outside.options.report("projects never meet", `a foreign signal to run ${runId} was told ${told}`);
        return "done";
      },
    });
  }

  rerun(planned: PlannedRerun, index: number, runId: string): void {
    const asked: AskedRerun = { mark: `rerun ${index}`, told: [] };
    this.reruns.push(asked);
    this.#outside.in(planned.afterMs, () =>
      this.#outside.ask<RerunAnswer>({
        name: asked.mark,
        ask: (running) => rerun(running, { runId, mark: asked.mark, planned }),
        hear: (answer) => {
          const kind = answer === "reset" ? answer : answer.kind;
          this.#outside.options.note(`${asked.mark} of ${runId}: ${kind}`);
          if (kind === "impossible") return "done";
          if (kind === "early") return "again";
          asked.told.push(answer === "reset" ? { kind: "reset" } : (answer as Told));
          return kind === "accepted" || kind === "duplicate" ? "done" : "again";
        },
      }),
    );
  }

  pause({ atMs, forMs, workflow }: PlannedPause, startUs: number): void {
    this.#outside.at(startUs + atMs * 1_000, () => this.#setPaused(workflow, true));
    this.#outside.at(startUs + (atMs + forMs) * 1_000, () => this.#setPaused(workflow, false));
  }

  #setPaused(workflow: number, isPaused: boolean): void {
    const { note, timeline, versions } = this.#outside.options;
    const workflowId = versions[workflow]?.workflowId ?? "";
    this.#paused.set(workflow, isPaused);
    this.#outside.ask<boolean>({
      name: `pause ${workflow} ${isPaused} ${timeline.nowUs}`,
      ask: async ({ catalog, runtime }) => {
        try {
          await catalog.setPaused(this.#projectId, workflowId, isPaused);
          await runtime.readAdmissionRules();
          return true;
        } catch {
          return false;
        }
      },
      hear: (answer) => {
        note(`workflow ${workflow} ${isPaused ? "paused" : "resumed"}: ${answer}`);
        // Somebody else wants something else by now.
        return answer === true || this.#paused.get(workflow) !== isPaused ? "done" : "again";
      },
    });
  }

  limit({ atMs, concurrency }: PlannedLimit, startUs: number): void {
    this.#outside.at(startUs + atMs * 1_000, () =>
      this.#outside.ask<boolean>({
        name: `limit ${concurrency} ${atMs}`,
        ask: async ({ catalog, runtime }) => {
          try {
            await catalog.updateProject(this.#projectId, { concurrency });
            await runtime.readAdmissionRules();
            return true;
          } catch {
            return false;
          }
        },
        hear: (answer) => {
          this.#outside.options.note(`project limited to ${concurrency}: ${answer}`);
          return answer === true ? "done" : "again";
        },
      }),
    );
  }

  /** From now on workflows are resumed that a late request has paused again. */
  keepResumed(): void {
    const { database, timeline } = this.#outside.options;
    void database.store.catalog.listPaused().then((paused) => {
      for (const workflowId of paused) void database.store.catalog.setPaused(this.#projectId, workflowId, false);
    });
    timeline.in(LOOK_MS, () => this.keepResumed());
  }

  /** Sends, sooner or later, each signal that a step would otherwise wait for without end; again when another step took it. */
  keepAnswering(planOf: (versionId: string) => Plan): void {
    const { database, dice, histories, timeline } = this.#outside.options;
    this.#looks++;
    for (const [runId, [first]] of database.rows) {
      if (first === undefined || database.hasEnded(runId) || !waitsForSignals(planOf(first.versionId))) continue;
      const history = histories.of(runId);
      for (const effect of history?.run.pendingEffects() ?? []) {
        if (history === null || effect.kind !== "signal" || effect.dueAt !== null) continue;
        const step = stepKey(effect);
        const isUnderWay = (this.#answers.get(`${runId} ${step}`) ?? 0) > answersOf(history, step);
        if (isUnderWay || dice.of(`look ${this.#looks} ${step}`).int(4) > 0) continue;
        this.#answer(runId, step, effect.name);
      }
    }
    timeline.in(LOOK_MS, () => this.keepAnswering(planOf));
  }

  #answer(runId: string, step: string, name: string): void {
    const count = (this.#answers.get(`${runId} ${step}`) ?? 0) + 1;
    this.#answers.set(`${runId} ${step}`, count);
    const sent: SentSignal = { runId, mark: `${answerTo(step)} ${count}`, acceptedAtUs: null, timesMax: 1 };
    this.signals.push(sent);
    this.#send(`${sent.mark} of ${runId}`, sent, name, true);
  }
}

function answerTo(step: string): string {
  return `answer to ${step}`;
}

/** How many of them the run has got. */
function answersOf({ facts }: History, step: string): number {
  return facts.filter(
    ({ fact }) => fact.kind === "signal" && JSON.stringify(fact.payload).includes(`"${answerTo(step)} `),
  ).length;
}

function waitsForSignals({ nodeById }: Plan): boolean {
  for (const { step } of nodeById.values())
    if (step.type === "wait_for_signal@1" && step.timeoutMs === null) return true;
  return false;
}
