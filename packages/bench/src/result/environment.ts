import { amount, count, flag, nullable, object, optional, record, text } from "./schema-builder.ts";

export interface Environment {
  readonly host: {
    readonly os: string;
    readonly kernel: string;
    readonly cpuModel: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly isVirtual: boolean | null;
  };
  readonly node: string;
  readonly meshhook: string;
  readonly postgres: { readonly version: string; readonly settings: { readonly [name: string]: string } };
  /** Durability as it was while measuring; a result with either off is labelled in every report. Null where nobody could look. */
  readonly fsync: boolean | null;
  readonly synchronousCommit: string;
  /** Disk probe: one 8 kB write + fdatasync. */
  readonly fdatasyncUsP50: number | null;
  /** sha256 over what makes two results comparable. */
  readonly fingerprint: string;
}

/** What the generator can do against a target that does nothing, on this machine, before the suite. */
export interface Calibration {
  readonly ceilingPerSecond: number;
  readonly cpuUsPerRequest: number;
  /** At 100 requests per second. */
  readonly latenessMsP99: number;
  /** At half of the ceiling, the most that an open load may use of it. Absent in results of before December 2026. */
  readonly atHalf?: { readonly ratePerSecond: number; readonly latenessMsP50: number; readonly latenessMsP99: number };
}

/** What this machine can do at most for each thing a run needs. */
export interface Roofs {
  readonly copyRowsPerSecond: number;
  readonly commitsPerSecond: number;
  readonly rawHttpPerSecond: number;
}

export const environmentSchema = object<Environment>(
  "Where the benchmark ran, as far as it matters for comparing results.",
  {
    host: object<Environment["host"]>("The machine.", {
      os: text("Operating system and its version."),
      kernel: text("Kernel release."),
      cpuModel: text("Model name of the first processor."),
      cores: count("Logical processors that the benchmark may use."),
      memoryBytes: count("Memory, bytes."),
      isVirtual: nullable(flag("Whether it is a virtual machine; null when unknown.")),
    }),
    node: text("Node.js version."),
    meshhook: text("MeshHook version."),
    postgres: object<Environment["postgres"]>("The database server.", {
      version: text("PostgreSQL version."),
      settings: record(
        "Settings that differ from their default or affect speed or durability.",
        text("The value as `SHOW` prints it."),
      ),
    }),
    fsync: nullable(
      flag(
        "PostgreSQL's `fsync` while measuring; every report labels a result where it was off. Null where nobody could look.",
      ),
    ),
    synchronousCommit: text(
      "PostgreSQL's `synchronous_commit` while measuring; every report labels a result where it was `off`.",
    ),
    fdatasyncUsP50: nullable(
      amount("Disk probe: median of one 8 kB write with fdatasync, microseconds; null when it could not be measured."),
    ),
    fingerprint: text("SHA-256 over everything that must be equal for two results to be comparable."),
  },
);

export const calibrationSchema = object<Calibration>(
  "What the load generator can do on this machine against a target that does nothing, measured before the suite.",
  {
    ceilingPerSecond: amount("Maximum requests per second."),
    cpuUsPerRequest: amount("Its own CPU time per request, microseconds."),
    latenessMsP99: amount(
      "99th percentile of actual minus intended send time at 100 requests per second, milliseconds.",
    ),
    atHalf: optional(
      object<NonNullable<Calibration["atHalf"]>>("Actual minus intended send time at half of that maximum.", {
        ratePerSecond: amount("Requests per second."),
        latenessMsP50: amount("Median, milliseconds."),
        latenessMsP99: amount("99th percentile, milliseconds."),
      }),
    ),
  },
);

export const roofsSchema = object<Roofs>("The most that this machine can do of each thing a run needs.", {
  copyRowsPerSecond: amount("Rows per second by COPY into a table shaped like the journal."),
  commitsPerSecond: amount("Single-row insert transactions per second."),
  rawHttpPerSecond: amount("Requests per second that a bare HTTP server in the same runtime answers."),
});
