import type { ProcessStep } from "./step.ts";
import type { FaultProcess, Undo } from "./system.ts";

/** Kills or pauses MeshHook's process. */
export async function startProcessFault(step: ProcessStep, meshhook: FaultProcess): Promise<Undo> {
  if (step.kind === "kill-9") {
    await meshhook.killHard();
    return () => meshhook.startAgain();
  }
  meshhook.signal("SIGSTOP");
  return async () => meshhook.signal("SIGCONT");
}
