import { getHeapStatistics } from "node:v8";

/** Every queue and list of the runtime is bounded by one of these. */
export interface RuntimeLimits {
  /** Batches in flight to the database at the same time. */
  readonly writers: number;
  /** Rows in a batch; more rows cost more CPU per row in the driver, fewer rows cost more commits. */
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** Segments waiting for a writer; beyond it deliveries are shed with 503. */
  readonly appendQueueRowsMax: number;
  /** Bytes of the facts in those segments: the bodies of deliveries and answers. */
  readonly appendQueueBytesMax: number;
  /** Runs in memory. Beyond it, accepted runs stay in the journal and are loaded in order when there is room. */
  readonly runsLiveMax: number;
  /** Estimated bytes of the runs in memory. Beyond it, the same happens, and runs that wait for a time leave memory. */
  readonly liveBytesMax: number;
  /** Bytes of facts that one run may have; an answer that no longer fits is recorded as `response_too_large`. */
  readonly runBytesMax: number;
  /** A run that waits only for something later than this leaves memory. */
  readonly memoryHorizonMs: number;
  /** Estimated bytes of runs whose fold takes several turns of the event loop; beyond it, such deliveries are shed with 503. */
  readonly foldingBytesMax: number;
  /** Bytes of facts in one page that is read from the journal; four pages are read at a time. */
  readonly readBytesMax: number;
  /** Calls that have been sent but not answered. Others wait in line, and their requests are not built yet. */
  readonly callsMax: number;
  /** Bytes of those calls' requests. */
  readonly callBytesMax: number;
  /** Deliveries of one project that are handed over to the owner of their home shard at the same time; others wait. */
  readonly handOversAtOnceMax: number;
  /** Such deliveries that wait; beyond it they are shed with 503. */
  readonly handOversWaitingMax: number;
  /** Children of one project that are being started; further ones wait in line. */
  readonly childrenStartingMax: number;
  /** Runs that one run may lead to, directly or through others; beyond it, a step fails with `child_too_many`. */
  readonly familyRunsMax: number;
  /** Connections to one origin. */
  readonly connectionsPerOrigin: number;
  /** An owner whose heartbeat is older is dead; must equal the journal's lease. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** An owner whose event loop has stood still for this long is given up, although its heartbeats continue. */
  readonly stallMs: number;
  readonly watermarkMs: number;
  /** Events kept per watched project for exact resume, and their estimated bytes. */
  readonly feedEventsMax: number;
  readonly feedBytesMax: number;
}

const MIB = 1_048_576;

/** The limits of a process whose heap may grow to this many bytes. */
function limitsOf(heapBytes: number): RuntimeLimits {
  return {
    writers: 2,
    batchRowsMax: 100,
    batchBytesMax: MIB,
    appendQueueRowsMax: 10_000,
    appendQueueBytesMax: Math.min(64 * MIB, heapBytes / 32),
    runsLiveMax: 50_000,
    liveBytesMax: heapBytes / 8,
    runBytesMax: Math.min(32 * MIB, heapBytes / 32),
    memoryHorizonMs: 600_000,
    foldingBytesMax: heapBytes / 32,
    readBytesMax: Math.min(8 * MIB, heapBytes / 256),
    callsMax: 4_096,
    callBytesMax: Math.min(64 * MIB, heapBytes / 32),
    handOversAtOnceMax: 2,
    handOversWaitingMax: 500,
    childrenStartingMax: 32,
    familyRunsMax: 100_000,
    connectionsPerOrigin: 256,
    leaseMs: 5_000,
    heartbeatMs: 1_600,
    stallMs: 20_000,
    watermarkMs: 3_000,
    feedEventsMax: 10_000,
    feedBytesMax: Math.min(32 * MIB, heapBytes / 128),
  };
}

/** The limits of this process, by the heap that Node gave it (`--max-old-space-size`). */
export const DEFAULT_LIMITS: RuntimeLimits = limitsOf(getHeapStatistics().heap_size_limit);
