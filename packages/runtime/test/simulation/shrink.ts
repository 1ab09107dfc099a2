import type { PlantedBug } from "./bugs.ts";
import type { Scenario } from "./scenario.ts";
import { simulate, type Simulated } from "./simulate.ts";
import type { WorkflowDraft } from "./workflow.ts";

const TRIES_MAX = 400;

/**
 * Makes a scenario smaller as long as it breaks one of the rules that it broke: takes out deliveries, faults, cancels, nodes, machines and
 * chance, one after the other.
 */
export async function shrink(
  scenario: Scenario,
  broken: Simulated,
  bug: PlantedBug | null = null,
): Promise<{ readonly scenario: Scenario; readonly simulated: Simulated }> {
  const rules = new Set(broken.violations.map(({ rule }) => rule));
  let best = { scenario, simulated: broken };
  let tries = 0;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const candidate of smaller(best.scenario)) {
      if (++tries > TRIES_MAX) return best;
      const simulated = await simulate(candidate, bug);
      if (!simulated.violations.some(({ rule }) => rules.has(rule))) continue;
      best = { scenario: candidate, simulated };
      isSmaller = true;
      break;
    }
  }
  return best;
}

/** Scenarios with one thing less, those with much less first. */
function* smaller(scenario: Scenario): Generator<Scenario> {
  for (const key of ["deliveries", "faults", "cancels", "signals", "reruns", "pauses"] as const) {
    const all: readonly unknown[] = scenario[key];
    for (let size = all.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at + size <= all.length; at += size)
        yield { ...scenario, [key]: [...all.slice(0, at), ...all.slice(at + size)] };
    }
  }
  const { projectLimits, ...unlimited } = scenario;
  if (projectLimits !== undefined) {
    yield unlimited;
    for (let at = projectLimits.length - 1; at > 0; at--)
      yield { ...scenario, projectLimits: projectLimits.filter((_, other) => other !== at) };
  }
  if (scenario.badness > 0) yield { ...scenario, badness: 0 };
  for (const [at, draft] of scenario.workflows.entries()) {
    for (const less of simpler(draft)) yield { ...scenario, workflows: scenario.workflows.with(at, less) };
  }
  for (const [at, delivery] of scenario.deliveries.entries())
    if (delivery.copies > 1)
      yield { ...scenario, deliveries: scenario.deliveries.with(at, { ...delivery, copies: 1 }) };
}

function* simpler(draft: WorkflowDraft): Generator<WorkflowDraft> {
  const { nodes, ...limits } = draft;
  for (let at = nodes.length - 1; at >= 0; at--) yield { ...draft, nodes: nodes.filter((_, other) => other !== at) };
  for (const name of Object.keys(limits)) {
    const { [name]: _, ...less }: { [name: string]: unknown } = limits;
    yield { nodes, ...less };
  }
  for (const [at, node] of nodes.entries()) {
    const { join: _, timeoutMs: __, ...plain } = node;
    if (Object.keys(plain).length < Object.keys(node).length) yield { ...draft, nodes: nodes.with(at, plain) };
  }
}
