import { createHash } from "node:crypto";

import { formatTimestamp, InvalidDefinitionError, type Micros, type Plan, type ScheduleStep } from "@meshhook/core";
import type { Catalog, StoredSchedule } from "@meshhook/journal";

import type { Clock } from "../clock.ts";
import type { DueQueue } from "../due-queue.ts";
import type { Delivery, DeliveryOutcome } from "../engine.ts";
import type { Logger } from "../logger.ts";
import type { PlanCache } from "../plan-cache.ts";
import { CronLine, missedTimes } from "./cron-line.ts";

export interface SchedulerOptions {
  readonly catalog: Pick<Catalog, "listSchedules" | "noteScheduled">;
  readonly plans: PlanCache;
  readonly clock: Clock;
  readonly due: DueQueue;
  readonly log: Logger;
  /** This process owns the home shard of the workflow, and has read what its last owner left. */
  readonly isHome: (workflowId: string) => boolean;
  readonly deliver: (delivery: Delivery) => Promise<DeliveryOutcome>;
}

/**
 * Starts runs at the times of schedules.
 *
 * The owner of a workflow's home shard does it. A time becomes a delivery whose idempotency key is that time, so that it gets one run however
 * often it is delivered: after a crash, or by two owners that follow each other. What has been handled is noted afterwards, so that the next owner
 * knows what was missed.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #running = new Map<string, Timetable>();
  #refreshing: Promise<void> = Promise.resolve();

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Reads the schedules, after a change of the catalog or of the shards. Calls that come while one is under way follow it. */
  refresh(): Promise<void> {
    const read = (): Promise<void> => this.#read();
    this.#refreshing = this.#refreshing.then(read, read);
    return this.#refreshing;
  }

  /** Other processes take over. */
  stop(): void {
    for (const timetable of this.#running.values()) timetable.stop();
    this.#running.clear();
  }

  async #read(): Promise<void> {
    const { catalog, isHome } = this.#options;
    const wanted = (await catalog.listSchedules()).filter(
      ({ workflowId, isPaused }) => !isPaused && isHome(workflowId),
    );
    const versions = new Map(wanted.map(({ workflowId, versionId }) => [workflowId, versionId]));
    for (const [workflowId, timetable] of this.#running) {
      if (versions.get(workflowId) === timetable.versionId) continue;
      timetable.stop();
      this.#running.delete(workflowId);
    }
    for (const stored of wanted) {
      if (this.#running.has(stored.workflowId)) continue;
      const plan = await this.#planOf(stored);
      const timetable = plan === null ? null : this.#timetableOf(stored, plan);
      if (timetable === null || !isHome(stored.workflowId)) continue;
      this.#running.set(stored.workflowId, timetable);
      timetable.start(stored.handledUntil);
    }
  }

  /** Null for a version that a newer release has published: other schedules go on, and a process of that release sees to this one. */
  async #planOf({ versionId, workflowId }: StoredSchedule): Promise<Plan | null> {
    const { log, plans } = this.#options;
    try {
      return await plans.get(versionId);
    } catch (error) {
      if (!(error instanceof InvalidDefinitionError)) throw error;
      log.error(
        { workflowId, error: String(error) },
        "This process cannot run the active version of a schedule; a process of the release that published it can",
      );
      return null;
    }
  }

  #timetableOf(stored: StoredSchedule, plan: Plan): Timetable | null {
    for (const index of plan.starts) {
      const node = plan.nodes[index];
      if (node?.step.type !== "schedule@1") continue;
      try {
        return new Timetable(this.#options, stored, plan, node.id, node.step);
      } catch (error) {
        const { workflowId } = stored;
        this.#options.log.error(
          { workflowId, error: String(error) },
          "This schedule cannot be read; it starts no runs",
        );
      }
    }
    return null;
  }
}

/** One schedule that this process goes by. */
class Timetable {
  readonly #options: SchedulerOptions;
  readonly #stored: StoredSchedule;
  readonly #plan: Plan;
  readonly #node: string;
  readonly #step: ScheduleStep;
  readonly #line: CronLine;
  #isStopped = false;
  #cancel: (() => void) | null = null;

  /** @throws Error when the cron line or the time zone cannot be read. */
  constructor(options: SchedulerOptions, stored: StoredSchedule, plan: Plan, node: string, step: ScheduleStep) {
    this.#options = options;
    this.#stored = stored;
    this.#plan = plan;
    this.#node = node;
    this.#step = step;
    this.#line = new CronLine(step);
  }

  get versionId(): string {
    return this.#stored.versionId;
  }

  /** Makes up for what was missed since, then waits for the next time. */
  start(handledUntil: Micros): void {
    const now = this.#options.clock.now();
    void this.#handleAll(missedTimes(this.#step, this.#line, handledUntil, now), now);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  async #handleAll(times: readonly Micros[], now: Micros): Promise<void> {
    for (const time of times) {
      if (!(await this.#handle(time))) return;
    }
    this.#waitForNext(times.at(-1) ?? now);
  }

  #waitForNext(after: Micros): void {
    const next = this.#isStopped ? null : this.#line.next(after);
    if (next === null) return;
    this.#cancel = this.#options.due.add(next, () => void this.#handleAll([next], next));
  }

  /** False when this process no longer has to. */
  async #handle(plannedAt: Micros): Promise<boolean> {
    const { catalog, deliver, log } = this.#options;
    const { workflowId } = this.#stored;
    while (!this.#isStopped) {
      const outcome = await deliver(this.#deliveryAt(plannedAt));
      switch (outcome.kind) {
        case "accepted":
        case "duplicate":
          await catalog.noteScheduled(workflowId, plannedAt).catch((error: unknown) => {
            // Then the next owner delivers it again, and it is known.
            log.warn({ workflowId, error: String(error) }, "Cannot note that a scheduled run has started");
          });
          return !this.#isStopped;
        case "unknown":
        // If it was stored, the next delivery is a duplicate. If ownership is lost, this timetable is stopped.
        default:
          await new Promise<void>((resolve) => {
            this.#cancel = this.#options.due.add(this.#options.clock.now() + outcome.retryAfterMs * 1_000, resolve);
          });
      }
    }
    return false;
  }

  #deliveryAt(plannedAt: Micros): Delivery {
    const { projectId, workflowId, versionId } = this.#stored;
    const { cron, timezone } = this.#step;
    const time = formatTimestamp(plannedAt);
    return {
      projectId,
      workflowId,
      versionId,
      plan: this.#plan,
      receivedAt: this.#options.clock.now(),
      headers: {},
      query: {},
      body: { plannedAt: time, cron, timezone },
      bodyText: null,
      origin: { kind: "schedule", plannedAt },
      start: this.#node,
      dedupe: {
        endpointId: workflowId,
        key: `schedule ${time}`,
        bodyHash: createHash("sha256").update(time).digest("hex"),
      },
    };
  }
}
