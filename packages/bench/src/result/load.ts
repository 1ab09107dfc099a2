import { amount, choice, count, nullable, object, optional, text } from "./schema-builder.ts";

export interface LoadDescription {
  readonly model: "open" | "closed";
  readonly ratePerSecond: number | null;
  readonly inFlightMax: number;
  readonly senders: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly payload: string;
  readonly subscribers: number;
  /** The program that sent the load; absent for the built-in generator. */
  readonly driver?: DriverDescription;
}

/** A load generator of somebody else's. */
export interface DriverDescription {
  readonly name: "k6" | "jmeter";
  readonly version: string;
  /** Where latencies start: when a request was due, or when it was sent (service time) because the program did not say when it was due. */
  readonly timesFrom: "schedule" | "send";
}

export interface Throughput {
  readonly ackedPerSecond: number;
  readonly completedPerSecond: number;
  readonly sent: number;
  readonly acked: number;
  readonly completed: number;
}

/** Every request that was due is in exactly one of these. */
export interface Answers {
  readonly due: number;
  /** 2xx. */
  readonly accepted: number;
  /** 503: refused because of overload, and nothing was stored. */
  readonly shed: number;
  /** Any other status. */
  readonly rejected: number;
  /** No answer in time, a broken connection, or an answer that is not HTTP. */
  readonly unanswered: number;
  /** No connection could be made. */
  readonly refused: number;
  /** Due and never sent. */
  readonly unsent: number;
  /** All that were not accepted. */
  readonly failed: number;
  readonly failedShare: number;
  /** Those that the scenario does not allow: all of them, but for 503 under overload and for what fails while a fault lasts. */
  readonly unexpected: number;
}

/** What clients saw of the longest fault: from its beginning to the last request that failed because of it. */
export interface Outage {
  readonly clientsMs: number;
  readonly failedRequests: number;
  /** From the beginning of the fault to its end, as to the start of a new process: the scenario's own part of the outage. */
  readonly downMs: number;
  /**
   * From the end of a fault until requests were accepted at their rate again: the longest of several; null when one was not seen. Absent
   * in results of before December 2026, as is `p50BackMs`.
   */
  readonly rateBackMs?: number | null;
  /** The same for the median latency. */
  readonly p50BackMs?: number | null;
}

/** Connections beyond those that were open at the same time were opened because earlier ones had been closed. */
export interface Connections {
  /** By the generator; null where it was not counted. */
  readonly reopened: number | null;
  /** By MeshHook to the target of its calls; null without one. */
  readonly reopenedToTarget: number | null;
}

const driverSchema = object<DriverDescription>("A load generator other than the built-in one.", {
  name: choice("The program.", ["k6", "jmeter"]),
  version: text("Its version."),
  timesFrom: choice(
    "Where latencies start. `schedule`: when a request was due. `send`: when it was sent (service time), because the program did not say when it was due.",
    ["schedule", "send"],
  ),
});

export const loadSchema = object<LoadDescription>("How the load was generated.", {
  model: choice(
    "`open`: requests are due at times that do not depend on answers. `closed`: the next request waits for an answer.",
    ["open", "closed"],
  ),
  ratePerSecond: nullable(amount("Arrival rate, requests per second; null in a closed model.")),
  inFlightMax: count("Maximum number of requests without an answer."),
  senders: count("Senders of a closed model, each waiting for its answer; 0 in an open model."),
  durationMs: amount("Measured time, milliseconds."),
  warmupMs: amount("Time before the measured time, milliseconds; not part of any figure."),
  payload: text("Name of the payload."),
  subscribers: count("Clients that follow the live log."),
  driver: optional(driverSchema),
});

export const throughputSchema = object<Throughput>("Work done per second of measured time.", {
  ackedPerSecond: amount("Deliveries answered 2xx per second."),
  completedPerSecond: amount("Runs that ended per second."),
  sent: count("Requests sent."),
  acked: count("Requests answered 2xx."),
  completed: count("Runs that ended."),
});

export const answersSchema = object<Answers>("What became of every request that was due, warm-up included.", {
  due: count("Requests that were due; each is in exactly one of the next six counts."),
  accepted: count("Answered 2xx."),
  shed: count("Answered 503: refused because of overload, and nothing was stored."),
  rejected: count("Answered with any other status."),
  unanswered: count("No answer in time, a broken connection, or an answer that is not HTTP."),
  refused: count("No connection could be made."),
  unsent: count("Due and never sent."),
  failed: count("All that were not accepted."),
  failedShare: amount("Share of the requests that were due, 0 to 1."),
  unexpected: count(
    "Failures that the scenario does not allow. It allows 503 under overload, and failures during a fault.",
  ),
});

export const outageSchema = object<Outage>("What clients saw of a fault.", {
  clientsMs: amount("From the beginning of the fault to the last request that failed because of it, milliseconds."),
  failedRequests: count("Requests that failed in this time."),
  downMs: amount("From the beginning of the fault to its end, which the scenario decides, milliseconds."),
  rateBackMs: optional(
    nullable(
      amount(
        "From its end until requests were accepted at their rate again, milliseconds; null when that was not seen.",
      ),
    ),
  ),
  p50BackMs: optional(
    nullable(amount("From its end until the median latency was back, milliseconds; null when that was not seen.")),
  ),
});

export const connectionsSchema = object<Connections>(
  "Connections that were opened because earlier ones had been closed.",
  {
    reopened: nullable(count("By the generator; null when not counted.")),
    reopenedToTarget: nullable(count("By MeshHook to the target of its calls; null without one.")),
  },
);
