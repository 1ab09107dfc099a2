import {
  CHILD_DEPTH_MAX,
  type ChildEffect,
  type ChildFact,
  type ChildOrigin,
  type DeliveryFact,
  foldRunInSlices,
  HistoryError,
  placeOf,
  InvalidDefinitionError,
  type Plan,
  type RunResult,
  SEMANTICS,
  stepKey,
  type StepError,
  type StepPlace,
} from "@meshhook/core";
import type { Catalog, Journal, StoredSegment } from "@meshhook/journal";

import type { Clock } from "../clock.ts";
import type { RuntimeLimits } from "../limits.ts";
import type { LiveRun, Settlement } from "../live-run.ts";
import type { Logger } from "../logger.ts";
import type { PlanCache } from "../plan-cache.ts";
import { ProjectSlots } from "../project-slots.ts";
import type { Shard } from "../shard.ts";
import type { Turns } from "../turns.ts";
import { weightOfFact, type Weight } from "../weigh.ts";
import { notFound, notPublished, tooMany } from "./child-errors.ts";
import { Families } from "./families.ts";

export interface ChildPerformerOptions {
  readonly journal: Journal;
  readonly catalog: Pick<Catalog, "findActiveVersion">;
  readonly plans: PlanCache;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly turns: Turns;
  readonly log: Logger;
  /** False once the lease may have run out: then nothing may be started. */
  readonly mayAct: () => boolean;
  /** The shard of a run in memory, while this process owns it. */
  readonly shardOf: (live: LiveRun) => Shard | undefined;
  /** Puts a new run into memory and appends its delivery. */
  readonly begin: (shard: Shard, child: NewChild, settle: (settlement: Settlement) => void) => void;
  /** Brings a run back into memory, unless it has ended. */
  readonly load: (shard: Shard, runId: string) => Promise<unknown>;
  readonly record: (live: LiveRun, fact: ChildFact, weight: Weight) => void;
  /** Has a run stopped that nobody waits for any more: at once, if it is in memory. Never rejects. */
  readonly cancel: (
    shard: Shard,
    child: { readonly runId: string; readonly projectId: string },
    reason: string,
  ) => Promise<void>;
  /** Lets a run leave memory that waits for nothing in it. */
  readonly rest: (shard: Shard, live: LiveRun) => void;
  readonly onAuthorityLost: (reason: string) => void;
}

/** Above the depth of every child. */
const CANCEL_RANK = CHILD_DEPTH_MAX + 1;

export interface NewChild {
  readonly runId: string;
  readonly projectId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly plan: Plan;
  readonly delivery: DeliveryFact;
}

/**
 * Starts runs that steps of other runs ask for, and tells those when they have ended.
 *
 * A child has the shard of its parent, so one process owns both, and the end of a child reaches its parent without a message. A parent never
 * gets a timer row for a child: as long as it waits, whoever takes the shard over reads it and asks for its children (`start`), whether they
 * have to be started, go on or have ended in the meantime. Both may leave memory while they wait; a child that ends brings its parent back.
 */
export class ChildPerformer {
  readonly #options: ChildPerformerOptions;
  /** A step cannot be refused as a webhook is, so it waits here, before it fills a queue in which others wait. */
  readonly #slots: ProjectSlots;
  readonly #families: Families;
  /** Nobody has started them before, and here they have not begun. */
  readonly #unstarted = new WeakSet<ChildEffect>();
  #isDraining = false;

  constructor(options: ChildPerformerOptions) {
    this.#options = options;
    this.#slots = new ProjectSlots(options.limits.childrenStartingMax);
    this.#families = new Families(options.limits.familyRunsMax);
  }

  /** From now on the next owner starts them. */
  startDraining(): void {
    this.#isDraining = true;
  }

  /** Starts a child, or follows the run that was started under its id before. */
  start(parent: LiveRun, effect: ChildEffect): void {
    parent.waits.set(stepKey(effect), { effect, dueAt: null, stop: () => undefined });
    // A run that was folded here from its delivery on has not asked before.
    if (!parent.wasLoaded) this.#unstarted.add(effect);
    this.#start(parent, effect).catch((error: unknown) => this.#onFailed(parent, effect, error));
  }

  #onFailed(parent: LiveRun, effect: ChildEffect, error: unknown): void {
    if (!isAwaited(parent, effect)) return;
    const { log, onAuthorityLost } = this.#options;
    const { runId, workflow } = effect;
    // The parent waits for a process that can.
    const details = { runId, workflow, error: String(error) };
    if (error instanceof InvalidDefinitionError)
      log.error(
        details,
        "this process cannot run the active version of a workflow that another one calls; a process of the release that published it can",
      );
    else if (error instanceof HistoryError)
      log.error(
        details,
        "this process cannot read how a run ended that another one waits for; a process of the release that started it can",
      );
    else onAuthorityLost(`Starting run ${runId}, a child of ${parent.runId}, failed: ${String(error)}`);
  }

  /** A child has ended, and that is durable. */
  childEnded(shard: Shard, child: LiveRun, origin: ChildOrigin): void {
    const parent = shard.live.get(origin.runId);
    if (parent === undefined) {
      // It looks its children up when it comes back.
      this.#options.load(shard, origin.runId).catch((error: unknown) => {
        if (!shard.isGone) this.#options.onAuthorityLost(`Reading run ${origin.runId} failed: ${String(error)}`);
      });
      return;
    }
    const effect = waitedChild(parent, origin);
    if (effect?.runId === child.runId && child.run.result !== null)
      this.#record(parent, effect, endOf(child.run.result));
  }

  /** A parent has ended or has given the step up. */
  giveUp(parent: LiveRun, effect: ChildEffect): void {
    const shard = this.#options.shardOf(parent);
    if (shard === undefined || this.#unstarted.has(effect)) return;
    const { projectId, runId: parentRunId } = parent;
    const child = { runId: effect.runId, projectId };
    if (shard.live.get(effect.runId) === undefined) void this.#cancelInTurn(shard, child, parentRunId);
    else void this.#options.cancel(shard, child, reasonOf(parentRunId));
  }

  /** A request to cancel takes a connection, and one run may have very many children; they come before new ones. */
  async #cancelInTurn(
    shard: Shard,
    child: { readonly runId: string; readonly projectId: string },
    parentRunId: string,
  ): Promise<void> {
    await this.#slots.enter(child.projectId, CANCEL_RANK);
    try {
      if (!shard.isGone) await this.#options.cancel(shard, child, reasonOf(parentRunId));
    } finally {
      this.#slots.leave(child.projectId);
    }
  }

  /** A child was read from the journal. Its parent may have ended without being able to say so. */
  async check(shard: Shard, child: LiveRun, origin: ChildOrigin): Promise<void> {
    const parent = shard.live.get(origin.runId);
    if (parent === undefined) {
      const segments = await this.#options.journal.readRun(origin.runId);
      if (segments.at(-1)?.status === null) return;
    } else {
      if (parent.isFolding || waitedChild(parent, origin)?.runId === child.runId) return;
    }
    await this.#options.cancel(shard, child, reasonOf(origin.runId));
  }

  async #start(parent: LiveRun, effect: ChildEffect): Promise<void> {
    const { projectId } = parent;
    // The deepest first: a recursion without end meets its limits with few runs on the way.
    await this.#slots.enter(projectId, effect.depth);
    let isBeginning = false;
    try {
      isBeginning = await this.#startNow(parent, effect, () => this.#slots.leave(projectId));
    } finally {
      if (!isBeginning) this.#slots.leave(projectId);
    }
  }

  /** @returns Whether a child begins; `onSettled` is called when that is durable, or came to nothing. */
  async #startNow(parent: LiveRun, effect: ChildEffect, onSettled: () => void): Promise<boolean> {
    const { catalog, mayAct, plans, shardOf } = this.#options;
    const { runId, workflow } = effect;
    if (!isAwaited(parent, effect)) return false;
    if (parent.wasLoaded && (await this.#follow(parent, effect))) return false;
    if (this.#isDraining || !isAwaited(parent, effect)) return false;
    const active = await catalog.findActiveVersion(parent.projectId, workflow);
    const versionId = active?.versionId ?? null;
    if (active === null || versionId === null) {
      this.#refuse(parent, effect, active === null ? notFound(workflow) : notPublished(workflow));
      return false;
    }
    const plan = await plans.get(versionId);
    const shard = shardOf(parent);
    if (plan === null || shard === undefined || this.#isDraining || !isAwaited(parent, effect) || !mayAct())
      return false;
    const rootRunId = rootOf(parent);
    if (!this.#families.grow(rootRunId)) {
      this.#refuse(parent, effect, tooMany(rootRunId, this.#options.limits.familyRunsMax));
      return false;
    }
    const { projectId } = parent;
    const delivery = this.#deliveryTo(parent, effect, rootRunId);
    const child = { runId, projectId, workflowId: active.workflowId, versionId, plan, delivery };
    this.#unstarted.delete(effect);
    this.#options.begin(shard, child, (settlement) => {
      onSettled();
      this.#onSettled(parent, effect, settlement);
    });
    return true;
  }

  #refuse(parent: LiveRun, effect: ChildEffect, error: StepError): void {
    this.#record(parent, effect, { status: "not_started", output: null, error });
  }

  #deliveryTo(parent: LiveRun, effect: ChildEffect, rootRunId: string): DeliveryFact {
    const { depth, input } = effect;
    return {
      kind: "delivery",
      at: parent.timeOf(this.#options.clock.now()),
      semantics: SEMANTICS,
      origin: { kind: "child", runId: parent.runId, ...placeOf(effect), depth, rootRunId },
      headers: {},
      query: {},
      body: input,
    };
  }

  #onSettled(parent: LiveRun, effect: ChildEffect, settlement: Settlement): void {
    if (!isAwaited(parent, effect)) return;
    switch (settlement.kind) {
      case "appended":
        markElsewhere(parent, effect);
        return;
      case "conflict":
        // Another owner started it. It is read again, or has ended: first, what could not be appended leaves memory.
        Promise.resolve()
          .then(() => this.#follow(parent, effect))
          .catch((error: unknown) => this.#onFailed(parent, effect, error));
        return;
      case "rejected": {
        const message = `The database refuses the child: ${settlement.message}`;
        return this.#refuse(parent, effect, { code: "child_failed", message });
      }
      default:
        // Ownership is lost, so the next owner starts it.
        return;
    }
  }

  /** False when there is no such run yet. Otherwise its end is recorded, at once or when it comes. */
  async #follow(parent: LiveRun, effect: ChildEffect): Promise<boolean> {
    const { journal, load, rest, shardOf } = this.#options;
    const { runId } = effect;
    const shard = shardOf(parent);
    if (shard === undefined) return true;
    const isHere = (): boolean =>
      shard.live.get(runId) !== undefined || shard.away.has(runId) || shard.aside.has(runId);
    if (!isHere()) {
      const segments = await journal.readRun(runId);
      const last = segments.at(-1);
      if (last === undefined) return false;
      const result = last.status === null ? null : await this.#resultOf(runId, segments);
      if (result !== null) {
        this.#record(parent, effect, endOf(result));
        return true;
      }
      // What is below the watermark does not come by itself.
      if (!shard.isGone && !isHere() && runId < shard.lowRunId) await load(shard, runId);
    }
    markElsewhere(parent, effect);
    // Later, because the parent may have been brought back for something that is about to be recorded.
    this.#options.clock.afterTurn(() => rest(shard, parent));
    return true;
  }

  async #resultOf(runId: string, segments: readonly StoredSegment[]): Promise<RunResult | null> {
    const { plans, turns } = this.#options;
    const [first] = segments;
    const plan = first === undefined ? null : await plans.get(first.versionId);
    if (first === undefined || plan === null) return null;
    return (await foldRunInSlices(plan, segments, { runId, rest: turns.worker(first.projectId) })).result;
  }

  #record(parent: LiveRun, effect: ChildEffect, end: ChildEnd): void {
    const { clock, limits, record } = this.#options;
    if (!isAwaited(parent, effect)) return;
    parent.waits.delete(stepKey(effect));
    let fact = factOf(effect, parent.timeOf(clock.now()), end);
    let weight = weightOfFact(fact);
    if (parent.textBytes + weight.text > limits.runBytesMax) {
      const bytes = Math.floor(limits.runBytesMax);
      const message = `With the output of run ${effect.runId} this run would hold more than runBytesMax (${bytes} bytes) of webhook, answers and outputs together`;
      const error = { code: "child_output_too_large", message };
      fact = factOf(effect, fact.at, { status: end.status, output: null, error });
      weight = weightOfFact(fact);
    }
    record(parent, fact, weight);
  }
}

/** How a child ended. */
interface ChildEnd {
  readonly status: ChildFact["status"];
  readonly output: ChildFact["output"];
  readonly error?: StepError;
}

/** The child that a step waits for. */
function waitedChild(parent: LiveRun, place: StepPlace): ChildEffect | null {
  const effect = parent.waits.get(stepKey(place))?.effect;
  return effect?.kind === "child" ? effect : null;
}

function isAwaited(parent: LiveRun, effect: ChildEffect): boolean {
  return parent.stage !== "gone" && waitedChild(parent, effect) === effect;
}

/** The child is durable, so its end reaches the parent even if that has left memory. */
function markElsewhere(parent: LiveRun, effect: ChildEffect): void {
  const wait = parent.waits.get(stepKey(effect));
  if (wait !== undefined && isAwaited(parent, effect)) wait.isElsewhere = true;
}

function endOf({ status, output, error }: RunResult): ChildEnd {
  return { status, output, ...(error === undefined ? undefined : { error }) };
}

/** The run above all others that led to this one; itself, if it is nobody's child. */
function rootOf({ run, runId }: LiveRun): string {
  const { origin } = run;
  return origin?.kind === "child" ? (origin.rootRunId ?? origin.runId) : runId;
}

function factOf({ node, iteration, runId }: ChildEffect, at: number, end: ChildEnd): ChildFact {
  return { kind: "child", at, node, ...(iteration === undefined ? undefined : { iteration }), runId, ...end };
}

function reasonOf(parentRunId: string): string {
  return `run ${parentRunId}, which started it, no longer waits for it`;
}
