import {
  decodeFacts,
  encodeFacts,
  InvalidDefinitionError,
  Run,
  shardOfRunId,
  SLICE_UNITS,
  type DeliveryFact,
  type Plan,
} from "@meshhook/core";
import { JournalUnavailable, type Journal, type ReceivedDelivery } from "@meshhook/journal";

import type { Admission } from "../admission/admission.ts";
import type { NewChild } from "../child/child-performer.ts";
import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import type { Delivery, DeliveryOutcome } from "../engine.ts";
import type { RuntimeLimits } from "../limits.ts";
import { LiveRun, type Settlement } from "../live-run.ts";
import type { Logger } from "../logger.ts";
import type { PlanCache } from "../plan-cache.ts";
import { ProjectSlots } from "../project-slots.ts";
import type { Shard } from "../shard.ts";
import type { Hub } from "../watch/hub.ts";
import { weightOfDelivery } from "../weigh.ts";
import type { Commits } from "./commits.ts";
import { factOf, marked } from "./delivery-fact.ts";
import type { OwnedShards } from "./owned-shards.ts";
import type { Recorder } from "./recorder.ts";

const RETRY_AFTER_OVERLOADED_MS = 1_000;
const RETRY_AFTER_UNAVAILABLE_MS = 2_000;

const SLICED = { sliceUnits: SLICE_UNITS };
const OVERLOADED: DeliveryOutcome = { kind: "overloaded", retryAfterMs: RETRY_AFTER_OVERLOADED_MS };
const UNAVAILABLE: DeliveryOutcome = { kind: "unavailable", retryAfterMs: RETRY_AFTER_UNAVAILABLE_MS };

export interface DeliveriesOptions {
  readonly journal: Journal;
  readonly plans: PlanCache;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  readonly log: Logger;
  readonly hub: Hub;
  readonly shards: OwnedShards;
  readonly admission: Admission;
  readonly recorder: Recorder;
  readonly commits: Commits;
  /** The run in memory; null when it has ended or is unknown, `aside` when it is set aside. */
  readonly load: (shard: Shard, runId: string) => Promise<LiveRun | "aside" | null>;
}

/** What a run belongs to. */
interface RunOf {
  readonly projectId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly plan: Plan;
}

/** Makes runs of deliveries: those that come to this process, those that others hand over to it, and those that steps send to children. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #handOvers: ProjectSlots;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#handOvers = new ProjectSlots(options.limits.handOversAtOnceMax);
  }

  /** Starts a run, here or in the home shard of its workflow or project. Resolves once it is durable or cannot be accepted; never rejects. */
  deliver(delivery: Delivery): Promise<DeliveryOutcome> {
    const { admission, clock, commits, counters, limits, recorder, shards } = this.#options;
    if (!commits.isOpen || !shards.ids.hasShards) return Promise.resolve(UNAVAILABLE);
    if (commits.queuedRows >= limits.appendQueueRowsMax || commits.queuedBytes >= limits.appendQueueBytesMax) {
      counters.deliveriesShed++;
      return Promise.resolve(OVERLOADED);
    }
    const { projectId, workflowId } = delivery;
    const { concurrency } = delivery.plan;
    const home = admission.homeOf(projectId, workflowId, concurrency);
    let { runId, shard: number } = shards.ids.next(clock.now());
    if (home !== null) {
      number = shards.homeNumberOf(home);
      runId = shards.ids.nextIn(number, clock.now());
    }
    const shard = shards.get(number);
    if (shard === undefined) return home === null ? Promise.resolve(UNAVAILABLE) : this.#handOver(delivery, runId);
    const mayGo =
      (home === null && admission.isIdle) ||
      admission.admit({ runId, projectId, workflowId, concurrency, isChild: false });
    const fact = factOf(delivery);
    const isPlain = mayGo && delivery.origin === undefined;
    const live = this.#newRun(
      shard,
      runId,
      delivery,
      isPlain ? fact : marked(fact, delivery, mayGo),
      delivery.bodyText,
    );
    // Only long folds are refused when there are many of them; short ones cost hardly anything.
    if (live.isFolding && recorder.foldingBytes >= limits.foldingBytesMax) {
      counters.deliveriesShed++;
      if (!admission.isIdle) admission.release(live);
      return Promise.resolve(OVERLOADED);
    }
    return new Promise((resolve) => {
      recorder.enter(shard, live, {
        bodyText: delivery.bodyText,
        ...(delivery.dedupe === undefined ? undefined : { dedupe: delivery.dedupe }),
        settle: (settlement) => resolve(this.#outcomeOf(live, settlement)),
      });
    });
  }

  /** Starts a run that a step of another one asks for. */
  beginChild(shard: Shard, child: NewChild, settle: (settlement: Settlement) => void): void {
    const isHeld = this.#options.admission.isPaused(child.workflowId);
    const delivery = isHeld ? { ...child.delivery, held: true as const } : child.delivery;
    const live = this.#newRun(shard, child.runId, child, delivery);
    this.#options.recorder.enter(shard, live, { bodyText: null, settle });
  }

  /**
   * Appends a delivery that another process put into the inbox of a home shard.
   *
   * @throws JournalUnavailable
   */
  async receive(shard: Shard, { id, runId, ...more }: ReceivedDelivery): Promise<void> {
    const { commits, load, log, plans, recorder } = this.#options;
    const [fact] = decodeFacts(more.facts);
    let plan: Plan | null;
    try {
      plan = await plans.get(more.versionId);
    } catch (error) {
      if (!(error instanceof InvalidDefinitionError)) throw error;
      plan = null;
    }
    if (plan === null || fact?.kind !== "delivery")
      return log.error({ runId }, "a delivery in the inbox cannot be read by this version; a later owner may");
    if (shard.isGone || !commits.isOpen) return;
    if (shard.away.has(runId)) return shard.settleSignal(id);
    // An earlier owner may have appended it, and more of the run, without being able to say so.
    const known = await load(shard, runId);
    if (known === "aside" || shard.isGone || !commits.isOpen) return;
    // One that was not loaded has its first segment in flight.
    if (known !== null) return known.wasLoaded ? shard.settleSignal(id) : undefined;
    const live = this.#newRun(shard, runId, { ...more, plan }, fact);
    recorder.enter(shard, live, {
      bodyText: null,
      factsText: more.facts,
      settle: ({ kind }) => {
        if (kind === "appended" || kind === "conflict") shard.settleSignal(id);
      },
    });
  }

  /** A run with its delivery folded, as far as one slice goes. It is nowhere yet. */
  #newRun(shard: Shard, runId: string, of: RunOf, fact: DeliveryFact, bodyText: string | null = null): LiveRun {
    const { projectId, workflowId, versionId } = of;
    const run = new Run(of.plan, runId, SLICED);
    const live = new LiveRun({ shard: shard.shard, projectId, workflowId, versionId }, run, 0);
    if (this.#options.hub.isProjectWatched(projectId)) live.observe();
    live.record(fact);
    const { heap, text } = weightOfDelivery(fact.body, bodyText, fact.kept);
    live.heapBytes = heap;
    live.textBytes = text;
    live.pendingBytes = text;
    return live;
  }

  /** A few at a time, because each takes a connection that everything but appends shares; those that would wait for long are refused. */
  async #handOver(delivery: Delivery, runId: string): Promise<DeliveryOutcome> {
    const { counters, limits } = this.#options;
    const { projectId } = delivery;
    if (this.#handOvers.waiting(projectId) >= limits.handOversWaitingMax) {
      counters.deliveriesShed++;
      return OVERLOADED;
    }
    await this.#handOvers.enter(projectId);
    try {
      return await this.#send(delivery, runId);
    } finally {
      this.#handOvers.leave(projectId);
    }
  }

  /** Puts a delivery into the inbox of the home shard of its workflow or project, which another process owns. */
  async #send(delivery: Delivery, runId: string): Promise<DeliveryOutcome> {
    const { counters, journal, log } = this.#options;
    const { bodyText, dedupe, projectId, receivedAt: at, versionId, workflowId } = delivery;
    const facts = encodeFacts([marked(factOf(delivery), delivery, false)], bodyText);
    const row = {
      shard: shardOfRunId(runId),
      runId,
      seq: 0,
      at,
      projectId,
      workflowId,
      versionId,
      status: null,
      facts,
    };
    try {
      const outcome = await journal.sendDelivery(dedupe === undefined ? row : { ...row, dedupe });
      switch (outcome.kind) {
        case "appended":
          counters.deliveriesAccepted++;
          return { kind: "accepted", runId, status: "running", result: null };
        case "duplicate":
          counters.deliveriesDuplicate++;
          return { kind: "duplicate", runId: outcome.runId, sameBody: outcome.sameBody };
        case "rejected":
        default:
          log.error({ runId, reason: outcome.message }, "the database refuses a delivery");
          return UNAVAILABLE;
      }
    } catch (error) {
      if (error instanceof JournalUnavailable && !error.mayHaveCommitted) return UNAVAILABLE;
      return { kind: "unknown", runId, retryAfterMs: RETRY_AFTER_UNAVAILABLE_MS };
    }
  }

  #outcomeOf(live: LiveRun, settlement: Settlement): DeliveryOutcome {
    const { admission, counters } = this.#options;
    // A run whose shard was given up is not counted any more; if the shard has come back, the run may be, and then it counts anew.
    if (settlement.kind !== "appended" && live.stage !== "gone" && !admission.isIdle) admission.release(live);
    switch (settlement.kind) {
      case "appended":
        counters.deliveriesAccepted++;
        // What was folded since, such as a cancel, is not durable yet: as far as anybody may know, the run goes on.
        if (live.pendingFacts.length > 0)
          return { kind: "accepted", runId: live.runId, status: "running", result: null };
        return { kind: "accepted", runId: live.runId, status: live.run.status, result: live.run.result };
      case "duplicate":
        counters.deliveriesDuplicate++;
        return { kind: "duplicate", runId: settlement.runId, sameBody: settlement.sameBody };
      case "unknown":
        return { kind: "unknown", runId: live.runId, retryAfterMs: RETRY_AFTER_UNAVAILABLE_MS };
      default:
        return UNAVAILABLE;
    }
  }
}
