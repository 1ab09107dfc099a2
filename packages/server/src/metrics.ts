import type { Engine } from "@meshhook/runtime";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

import type { BodyMemory } from "./intake/body-memory.ts";
import type { RejectionLog } from "./rejections.ts";

const US_PER_S = 1_000_000;

/** The metrics at /metrics. Deliveries are counted here; everything about the engine is read on request. */
export class Metrics {
  readonly registry = new Registry();
  readonly #outcomes = new Map<string, number>();
  readonly #latency: Histogram;
  #streams = 0;

  constructor(engine: Engine, rejections: RejectionLog, bodies: BodyMemory) {
    const { registry } = this;
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
    gauge("meshhook_shards_owned", "Shards that this process owns", () => engine.stats().shardsOwned);
    gauge(
      "meshhook_shards_recovering",
      "Shards that are still loading the unfinished runs of their previous owner",
      () => engine.stats().shardsRecovering,
    );
    gauge("meshhook_runs_live", "Unfinished runs in memory", () => engine.stats().runsLive);
    gauge("meshhook_runs_live_bytes", "Estimated bytes of those runs", () => engine.stats().runsLiveBytes);
    gauge(
      "meshhook_runs_set_aside",
      "Runs set aside, because two owners failed on them or this version cannot read them",
      () => engine.stats().runsSetAside,
    );
    gauge("meshhook_append_queue_rows", "Segments waiting for a writer", () => engine.stats().appendQueueRows);
    gauge(
      "meshhook_append_queue_bytes",
      "Body bytes of the deliveries waiting for a writer",
      () => engine.stats().appendQueueBytes,
    );
    gauge(
      "meshhook_calls_in_flight",
      "Outgoing calls without an answer, including those waiting",
      () => engine.stats().callsInFlight,
    );
    gauge("meshhook_calls_queued", "Outgoing calls waiting for a connection", () => engine.stats().callsQueued);
    gauge("meshhook_watchers", "Followers of runs and projects", () => engine.stats().watchers);
    gauge("meshhook_event_streams", "Open event streams", () => this.#streams);
    counter("meshhook_segments_appended_total", "Journal rows written", () => engine.stats().totals.segmentsAppended);
    counter("meshhook_batches_total", "Batches committed", () => engine.stats().totals.batches);
    counter("meshhook_calls_total", "Outgoing calls", () => engine.stats().totals.calls);
    counter(
      "meshhook_call_failures_total",
      "Outgoing calls that ended without a response",
      () => engine.stats().totals.callFailures,
    );
    counter("meshhook_takeovers_total", "Shards taken over", () => engine.stats().totals.takeovers);
    counter(
      "meshhook_fenced_total",
      "Appends refused because another process owns the shard",
      () => engine.stats().totals.fenced,
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
        for (const [status, count] of Object.entries(engine.stats().totals.runsFinished)) this.inc({ status }, count);
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
