import { evidenceFrom } from "../measure/tail/evidence.ts";
import type { Evidence as Seen, TailSources } from "../measure/tail/evidence.ts";
import type { Evidence } from "./evidence.ts";

/** What waits this long after the end of a fault still waits for what it left behind. */
const AFTERMATH_US = 3_000_000;

/** Everything that was watched while the load ran, the scenario's own faults among it. */
export function watchedIn(
  evidence: Pick<Evidence, "faults" | "probe" | "hostMoments" | "databaseMoments" | "witness">,
): TailSources {
  return {
    faults: evidence.faults.map(({ step, beganUs, endedUs }) => ({
      fromUs: beganUs,
      untilUs: endedUs + AFTERMATH_US,
      what: step.kind,
    })),
    probe: evidence.probe ?? null,
    host: evidence.hostMoments ?? null,
    database: evidence.databaseMoments ?? null,
    witness: evidence.witness ?? null,
  };
}

/** What may hold up requests, instant by instant. */
export function seenIn(evidence: Evidence): readonly Seen[] {
  return evidenceFrom(watchedIn(evidence));
}
