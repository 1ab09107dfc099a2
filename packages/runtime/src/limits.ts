/** Every queue and list of the runtime is bounded by one of these. Defaults were chosen for a process with 2 GiB. */
export interface RuntimeLimits {
  /** Batches on their way to the database at the same time. */
  readonly writers: number;
  /** Rows in a batch; more rows cost more CPU per row in the driver, fewer cost more commits. */
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** Segments waiting for a writer; beyond it deliveries are shed with 503. */
  readonly appendQueueRowsMax: number;
  readonly appendQueueBytesMax: number;
  /** Runs in memory. Beyond it accepted runs stay in the journal and are picked up in order when there is room. */
  readonly runsLiveMax: number;
  /** A run that waits only for something later than this leaves memory. */
  readonly memoryHorizonMs: number;
  /** Connections to one origin. */
  readonly connectionsPerOrigin: number;
  /** An owner whose heartbeat is older is dead; must equal the journal's lease. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly watermarkMs: number;
  /** Events kept per watched project for exact resume. */
  readonly feedEventsMax: number;
}

export const DEFAULT_LIMITS: RuntimeLimits = {
  writers: 2,
  batchRowsMax: 100,
  batchBytesMax: 1_048_576,
  appendQueueRowsMax: 10_000,
  appendQueueBytesMax: 64 * 1_048_576,
  runsLiveMax: 50_000,
  memoryHorizonMs: 600_000,
  connectionsPerOrigin: 256,
  leaseMs: 5_000,
  heartbeatMs: 1_600,
  watermarkMs: 3_000,
  feedEventsMax: 10_000,
};
