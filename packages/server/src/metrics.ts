import type { PoolStates } from "@meshhook/journal";
import type { Engine, EngineStats } from "@meshhook/runtime";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

import { registerHistogram } from "./read-histogram.ts";
import type { BodyMemory } from "./intake/body-memory.ts";
import type { RejectionLog } from "./rejections.ts";

const US_PER_S = 1_000_000;

/** The metrics at /metrics. Deliveries are counted here; everything about the engine is read on request. */
export class Metrics {
  readonly registry = new Registry();
  readonly #outcomes = new Map<string, number>();
  readonly #latency: Histogram;
  #streams = 0;

  constructor(engine: Engine, rejections: RejectionLog, bodies: BodyMemory, monitor: { readonly pools: PoolStates }) {
    const { registry } = this;
    // One look for all metrics of a scrape.
    let looked: EngineStats | null = null;
    const stats = (): EngineStats => {
      if (looked === null) {
        looked = engine.stats();
        queueMicrotask(() => (looked = null));
      }
      return looked;
    };
    const registers = [registry];
    // The delay monitor wakes the process at its precision; an idle process should sleep.
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
    this.#latency = new Histogram({
      name: "meshhook_delivery_ack_seconds",
      help: "Time from the request's arrival in the process to its answer, for accepted deliveries",
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
    const outcomes = this.#outcomes;
    new Counter({
      name: "meshhook_deliveries_total",
      help: "Webhook requests by outcome: accepted, duplicate, or the problem code of the refusal",
      labelNames: ["outcome"],
      registers,
      collect() {
        this.reset();
        for (const [outcome, count] of outcomes) this.inc({ outcome }, count);
      },
    });
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    const counter = (name: string, help: string, read: () => number): void => {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    };
    gauge("meshhook_ready", "1 while deliveries are accepted", () => (engine.isReady ? 1 : 0));
    gauge("meshhook_intake_bytes", "Bytes of webhooks that are being received or delivered", () => bodies.bytes);
    gauge("meshhook_shards_owned", "Shards that this process owns", () => stats().shardsOwned);
    gauge(
      "meshhook_shards_recovering",
      "Shards that are still loading the unfinished runs of their previous owner",
      () => stats().shardsRecovering,
    );
    gauge("meshhook_runs_live", "Unfinished runs in memory", () => stats().runsLive);
    gauge("meshhook_runs_live_bytes", "Estimated bytes of those runs", () => stats().runsLiveBytes);
    gauge(
      "meshhook_runs_set_aside",
      "Runs set aside, because two owners failed on them or this version cannot read them",
      () => stats().runsSetAside,
    );
    gauge("meshhook_append_queue_rows", "Segments waiting for a writer", () => stats().appendQueueRows);
    gauge(
      "meshhook_append_queue_bytes",
      "Body bytes of the deliveries waiting for a writer",
      () => stats().appendQueueBytes,
    );
    gauge(
      "meshhook_calls_in_flight",
      "Outgoing calls without an answer, including those waiting",
      () => stats().callsInFlight,
    );
    gauge("meshhook_calls_queued", "Outgoing calls waiting for a connection", () => stats().callsQueued);
    gauge(
      "meshhook_append_queue_age_seconds",
      "How long the oldest fact has been waiting for its commit",
      () => stats().appendQueueAgeMs / 1_000,
    );
    gauge(
      "meshhook_call_queue_age_seconds",
      "How long the call has been due that has waited the longest for a place",
      () => stats().callQueueAgeMs / 1_000,
    );
    gauge("meshhook_timers_late_seconds", "How late the next timer is", () => stats().timersLateMs / 1_000);
    gauge("meshhook_breakers_open", "Targets whose circuit breaker lets no call through", () => stats().breakersOpen);
    gauge("meshhook_owners", "Processes that own shards, in all", () => stats().ownersAlive);
    for (const [name, what, read] of [
      ["appends", "for appends", () => monitor.pools.appends],
      ["others", "for everything but appends", () => monitor.pools.others],
    ] as const) {
      gauge(`meshhook_pool_${name}_in_use`, `Database connections in use ${what}`, () => read().inUse);
      gauge(`meshhook_pool_${name}_waiting`, `Statements that wait for a connection ${what}`, () => read().waiting);
      gauge(`meshhook_pool_${name}_max`, `The most database connections ${what}`, () => read().connectionsMax);
    }
    registerHistogram(registry, {
      name: "meshhook_run_duration_seconds",
      labelNames: [],
      help: "Time from the webhook to the end of the run, for runs that ended in this process",
      read: () => [{ labels: {}, counts: stats().durations.runs }],
    });
    registerHistogram(registry, {
      name: "meshhook_append_duration_seconds",
      labelNames: [],
      help: "Time that the database took for a batch of journal rows",
      read: () => [{ labels: {}, counts: stats().durations.appends }],
    });
    registerHistogram(registry, {
      name: "meshhook_call_duration_seconds",
      labelNames: ["ending"],
      help: "Time that calls took, by ending: the class of the answer's status, or none without an answer",
      read: () => Object.entries(stats().durations.calls).map(([ending, counts]) => ({ labels: { ending }, counts })),
    });
    counter(
      "meshhook_statistics_dropped_total",
      "Counts of statistics that could not be stored",
      () => stats().totals.statisticsDropped,
    );
    gauge("meshhook_watchers", "Followers of runs and projects", () => stats().watchers);
    gauge("meshhook_event_streams", "Open event streams", () => this.#streams);
    counter("meshhook_segments_appended_total", "Journal rows written", () => stats().totals.segmentsAppended);
    counter("meshhook_batches_total", "Batches committed", () => stats().totals.batches);
    counter("meshhook_calls_total", "Outgoing calls", () => stats().totals.calls);
    counter(
      "meshhook_call_failures_total",
      "Outgoing calls that ended without a response",
      () => stats().totals.callFailures,
    );
    counter("meshhook_takeovers_total", "Shards taken over", () => stats().totals.takeovers);
    counter(
      "meshhook_fenced_total",
      "Appends refused because another process owns the shard",
      () => stats().totals.fenced,
    );
    counter(
      "meshhook_rejection_records_dropped_total",
      "Refused deliveries that were not recorded",
      () => rejections.dropped,
    );
    new Counter({
      name: "meshhook_runs_finished_total",
      help: "Runs that ended in this process, by status",
      labelNames: ["status"],
      registers,
      collect() {
        this.reset();
        for (const [status, count] of Object.entries(stats().totals.runsFinished)) this.inc({ status }, count);
      },
    });
  }

  /** `durationUs` null: not accepted. */
  countDelivery(outcome: string, durationUs: number | null): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    if (durationUs !== null) this.#latency.observe(durationUs / US_PER_S);
  }

  countStream(change: 1 | -1): void {
    this.#streams += change;
  }
}
