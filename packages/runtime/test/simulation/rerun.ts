import { decodeFacts, keptBefore, type Kept, Run, type RunOrigin, type StepView } from "@meshhook/core";
import { rerunKey, type StoredSegment } from "@meshhook/journal";

import type { DeliveryOutcome } from "../../src/index.ts";
import type { Running } from "./machine.ts";
import type { PlannedRerun } from "./scenario.ts";

/** `early`: the run has not ended. `impossible`: it cannot be resumed from that step. */
export type RerunAnswer = DeliveryOutcome | { readonly kind: "early" | "impossible" };

/** Runs a run again, as the server does when it is asked to. */
export async function rerun(
  running: Running,
  { mark, planned, runId }: { readonly runId: string; readonly mark: string; readonly planned: PlannedRerun },
): Promise<RerunAnswer> {
  const { clock, journal, plans, runtime } = running;
  const by = { keyId: mark, name: "simulation" };
  try {
    const segments = await journal.readRun(runId);
    const [first] = segments;
    const [delivery] = decodeFacts(first?.facts ?? "[]");
    if (first === undefined || delivery?.kind !== "delivery") return { kind: "early" };
    const plan = await plans.get(first.versionId);
    if (plan === null) return { kind: "impossible" };
    let origin: RunOrigin = { kind: "replay", runId, by };
    let continues: { readonly kept: readonly Kept[]; readonly semantics: number } | null = null;
    if (planned.kind === "resume") {
      if (segments.at(-1)?.status === null) return { kind: "early" };
      const run = folded(new Run(plan, runId, { keepsIterations: true }), segments);
      const step = stepOf(run, planned.draw);
      const found = step === null ? null : keptBefore(run, { node: step.node });
      if (step === null || found === null || "fault" in found) return { kind: "impossible" };
      origin = { kind: "resume", runId, node: step.node, by };
      continues = { kept: found.kept, semantics: run.semantics };
    }
    const { projectId, versionId, workflowId } = first;
    const key = `${planned.kind} ${mark}`;
    await journal.noteRerun({ projectId, runId, kind: planned.kind, key });
    return await runtime.deliver({
      projectId,
      workflowId,
      versionId,
      plan,
      receivedAt: clock.now(),
      headers: {},
      query: {},
      body: delivery.body,
      bodyText: null,
      origin,
      ...(continues === null ? {} : { continues }),
      dedupe: rerunKey({ runId, key }, "0".repeat(64)),
    });
  } catch {
    return { kind: "unavailable", retryAfterMs: 0 };
  }
}

function folded(run: Run, segments: readonly StoredSegment[]): Run {
  for (const { facts, seq } of segments) for (const fact of decodeFacts(facts)) run.apply(fact, seq);
  return run;
}

/** One of the steps that ran, the workflow's start aside. */
function stepOf({ steps }: Run, draw: number): StepView | null {
  const ran = steps.filter(({ startedAt, type }) => startedAt !== null && type !== "webhook@1");
  return ran[draw % ran.length] ?? null;
}
