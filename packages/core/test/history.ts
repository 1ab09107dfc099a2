import {
  type CallEffect,
  type CallRequest,
  type Effect,
  type Fact,
  type IgnoredReason,
  type Plan,
  Run,
  type RunEvent,
  type RunResult,
  type RunStatus,
  type StepView,
} from "../src/index.ts";

/** A segment of a history with its facts as objects. */
export interface Segment {
  readonly seq: number;
  readonly facts: readonly Fact[];
}

/** An effect as it is written down: a call with the request that it would send now. */
export type ToldEffect =
  | Exclude<Effect, CallEffect>
  | (Omit<CallEffect, "request" | "requestBytes" | "target"> & { readonly request: CallRequest });

export function tellEffect(effect: Effect): ToldEffect {
  if (effect.kind !== "call") return effect;
  const { kind, node, iteration, attempt, dueAt, timeoutMs, atMostOnce } = effect;
  const place = iteration === undefined ? { node } : { node, iteration };
  return { kind, ...place, attempt, dueAt, request: effect.request(), timeoutMs, atMostOnce };
}

/** A step without what is told as effects, or only while it goes on. */
type ToldStep = Omit<StepView, "progress" | "effect" | "timeout">;

/** Everything that can be seen of a run from outside, after each segment and at the end. */
export interface Told {
  readonly segments: readonly {
    readonly seq: number;
    readonly effects: readonly ToldEffect[];
    readonly ignored: readonly IgnoredReason[];
    /** One line per event: `<seq>.<position> <level> <type> <message>`. */
    readonly log: readonly string[];
  }[];
  readonly status: RunStatus;
  readonly result: RunResult | null;
  readonly startedAt: number;
  readonly lastAt: number;
  readonly steps: readonly ToldStep[];
  readonly pendingEffects: readonly ToldEffect[];
  readonly unansweredIntents: readonly ToldEffect[];
  readonly events: readonly RunEvent[];
}

/** Folds a history and writes down what happened. */
export function tell(plan: Plan, runId: string, history: readonly Segment[]): Told {
  const run = new Run(plan, runId);
  run.observe();
  const events: RunEvent[] = [];
  const segments = history.map(({ seq, facts }) => {
    const effects: ToldEffect[] = [];
    const ignored: IgnoredReason[] = [];
    for (const fact of facts) {
      effects.push(...run.apply(fact, seq).map(tellEffect));
      if (run.ignored !== null) ignored.push(run.ignored);
    }
    const told = run.takeEvents();
    events.push(...told);
    return {
      seq,
      effects,
      ignored,
      log: told.map(({ seq: s, position, level, type, message }) => `${s}.${position} ${level} ${type} ${message}`),
    };
  });
  return {
    segments,
    status: run.status,
    result: run.result,
    startedAt: run.startedAt,
    lastAt: run.lastAt,
    steps: run.steps.map(stepView),
    pendingEffects: run.pendingEffects().map(tellEffect),
    unansweredIntents: run.unansweredIntents().map(tellEffect),
    events,
  };
}

/** The public part of a step. */
export function stepView({ node, type, status, output, error, attempts, startedAt, endedAt }: StepView): ToldStep {
  return { node, type, status, output, error, attempts, startedAt, endedAt };
}

/** Everything about a run's current state, as text to compare byte by byte. */
export function stateText(run: Run): string {
  return JSON.stringify({
    status: run.status,
    result: run.result,
    seq: run.seq,
    startedAt: run.startedAt,
    lastAt: run.lastAt,
    steps: run.steps.map(stepView),
    children: run.children,
    pendingEffects: run.pendingEffects().map(tellEffect),
    unansweredIntents: run.unansweredIntents().map(tellEffect),
  });
}
