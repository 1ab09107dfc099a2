import { durationText } from "../shape/units.ts";
import { whyNotFillDisk } from "./fill-disk.ts";
import { doneTo, isDatabaseStep, isNetworkStep, lengthOf } from "./step.ts";
import type { FaultStep } from "./step.ts";
import type { FaultSystem } from "./system.ts";

/** Why a step may not be done to this system; null when it may. */
export function refusalOf(step: FaultStep, system: FaultSystem): string | null {
  if (isNetworkStep(step)) {
    if (system.proxies[step.link] !== undefined) return null;
    return system.isRemote && step.link !== "client"
      ? `The fault "${step.kind}" on the link "${step.link}" needs a proxy inside the system, and this system belongs to somebody else. Use the link "client", or run the scenario without --target.`
      : `The fault "${step.kind}" needs a proxy on the link "${step.link}", and none stands there.`;
  }
  const part = isDatabaseStep(step) ? "database" : "meshhook";
  const name = part === "database" ? "PostgreSQL" : "MeshHook";
  if (system.isRemote)
    return `The fault "${step.kind}" is done to ${name} itself, and this system belongs to somebody else. Run the scenario without --target, on a system that the benchmark starts.`;
  if (system[part] === null) return `The fault "${step.kind}" needs a ${name} that the benchmark has started itself.`;
  return null;
}

/**
 * Everything that speaks against doing these steps to this system, each in a sentence: to be asked before a load begins.
 *
 * Steps that are done to the same part and overlap in time are refused: what ended one could not be told from what ended the other.
 */
export async function refusalsOf(steps: readonly FaultStep[], system: FaultSystem): Promise<string[]> {
  const refusals: string[] = [];
  for (const step of steps) {
    const why = refusalOf(step, system);
    if (why !== null) refusals.push(why);
    else if (step.kind === "disk-full" && system.database !== null) {
      const disk = await whyNotFillDisk(system.database.dataDir);
      if (disk !== null) refusals.push(disk);
    }
  }
  for (const [index, step] of steps.entries())
    for (const other of steps.slice(index + 1))
      if (doneTo(step) === doneTo(other) && overlap(step, other))
        refusals.push(
          `The faults "${step.kind}" at ${durationText(step.at)} and "${other.kind}" at ${durationText(other.at)} overlap, and both are done to ${doneTo(step)}. Let one end before the other begins.`,
        );
  return refusals;
}

function overlap(a: FaultStep, b: FaultStep): boolean {
  return a.at <= b.at + lengthOf(b) && b.at <= a.at + lengthOf(a);
}
