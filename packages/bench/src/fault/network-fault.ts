import type { Toxic } from "../load/proxy/toxic.ts";
import type { NetworkStep } from "./step.ts";
import type { FaultSystem, Undo } from "./system.ts";
import { FaultRefused } from "./system.ts";

/** Adds the step's toxic to the proxy on its link. */
export async function startNetworkFault(step: NetworkStep, system: FaultSystem): Promise<Undo> {
  const proxy = system.proxies[step.link];
  if (proxy === undefined) throw new FaultRefused(`There is no proxy on the link "${step.link}".`);
  return proxy.add(toxicOf(step));
}

/** A step of a scenario file, in the proxy's own words. */
function toxicOf(step: NetworkStep): Toxic {
  const shared = {
    ...("direction" in step && step.direction !== null ? { direction: step.direction } : {}),
    ...("toxicity" in step ? { toxicity: step.toxicity } : {}),
  };
  switch (step.kind) {
    case "latency":
      return { ...shared, kind: "latency", ms: step.delay, jitterMs: step.jitter };
    case "bandwidth":
      return { ...shared, kind: "bandwidth", bytesPerSecond: step.perSecond };
    case "slow_close":
      return { ...shared, kind: "slow_close", ms: step.delay };
    case "timeout":
      return { ...shared, kind: "timeout", ...(step.closeAfter === null ? {} : { closeAfterMs: step.closeAfter }) };
    case "reset_peer":
      return { ...shared, kind: "reset_peer", afterMs: step.after };
    case "slicer":
      return { ...shared, kind: "slicer", bytes: step.size, variationBytes: step.variation, pauseMs: step.pause };
    case "limit_data":
      return { ...shared, kind: "limit_data", bytes: step.size };
    default:
      return { kind: "down" };
  }
}
