import { isNetworkStep } from "../fault/step.ts";
import { hasSeveralLoads } from "../scenario/load.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { mayCall } from "../scenario/workflow/document.ts";
import { dueOf } from "../scenario/workflow/due.ts";
import type { RemoteTarget } from "./remote-target.ts";

/** Why a scenario cannot be run on a target that somebody else has started; null when it can. */
export function whyNotRemote(scenario: Scenario, target: Pick<RemoteTarget, "isHere" | "url">): string | null {
  const { faults, alongside, before, load, subscribers, workflow } = scenario;
  const isPlain = target.url.protocol === "http:";
  if (faults.some((step) => !isNetworkStep(step) || step.link !== "client"))
    return "Its faults are done to the system itself, which belongs to somebody else.";
  if (faults.length > 0 && !isPlain) return "Its faults need a connection that is not encrypted.";
  if (alongside.length > 0)
    return "It needs other projects or readers beside the load, which are only made on a system of the benchmark's own.";
  if (hasSeveralLoads(load)) return "It looks for the system's limits, which takes a system of the benchmark's own.";
  if (before !== null) return "It fills the database first.";
  if (dueOf(workflow) !== null) return "It is read from the database to the millisecond when each run went on.";
  if (mayCall(workflow) && !target.isHere)
    return "Its workflow calls the benchmark's own target, which listens on the loopback interface of this machine.";
  if (subscribers > 0 && !isPlain) return "Its viewers need a connection that is not encrypted.";
  return null;
}
