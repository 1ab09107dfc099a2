import { stepKey, type Fact, type Json, type Micros } from "@meshhook/core";

import { callKey, placeName, placeOfCall, type History, type StoredSegment } from "./history.ts";
import type { Report } from "./violation.ts";

/** What the sender of a delivery was told. `reset`: its connection broke before an answer came. */
export interface Told {
  readonly kind: "accepted" | "duplicate" | "overloaded" | "unavailable" | "unknown" | "reset";
  /** The run that the answer names. */
  readonly runId?: string;
}

/** A request that reached the target of calls. */
export interface Arrival {
  readonly key: string;
  /** The target answered that it did nothing (429), so the call may be repeated. */
  readonly isRefused: boolean;
}

/**
 * The rules for one stored run: its segments have no gap, it ends once and at the end, its facts fold to what it says, each fact is stored
 * once, and no timer is early.
 *
 * @param skewUs  How wrong the clocks of its owners may have been.
 */
export function checkRun(history: History, segments: readonly StoredSegment[], skewUs: Micros, report: Report): void {
  const { run } = history;
  const { runId } = run;
  segments.forEach(({ seq, status }, at) => {
    if (seq !== at) report("a run's segments have no gap", `run ${runId} has segment ${seq} in place of ${at}`);
    if (status !== null && at < segments.length - 1)
      report("the end of a run is final", `run ${runId} goes on after segment ${seq}, in which it ${status}`);
  });
  const last = segments.at(-1);
  if (last === undefined || last.status === null)
    report("every accepted run ends", `run ${runId} does not go on; it waits for ${waitsOf(history)}`);
  if (last !== undefined && (last.status ?? "running") !== run.status)
    report("replay is equal", `run ${runId} is stored as ${last.status}, but its facts fold to ${run.status}`);

  const seen = new Set<string>();
  for (const [at, { fact, isIgnored, segment }] of history.facts.entries()) {
    if ((fact.kind === "delivery") !== (at === 0))
      report("a run begins with its delivery", `run ${runId} has a ${fact.kind} as fact ${at}`);
    // A signal that is read again after a takeover may be stored again: its id says that it was there before.
    if (fact.kind === "signal" && isIgnored) continue;
    const name = identityOf(fact);
    if (seen.has(name)) report("a fact is stored once", `run ${runId} has twice: ${name}`);
    seen.add(name);
    if (fact.kind === "timer" || fact.kind === "timeout") checkTime(history, fact, segment, skewUs, report);
  }
}

function waitsOf({ run, facts }: History): string {
  const waits = run.pendingEffects().map((effect) => {
    const until =
      "dueAt" in effect && effect.dueAt !== null ? ` until ${new Date(effect.dueAt / 1_000).toISOString()}` : "";
    return `${effect.kind} of ${placeName(effect)}${until}`;
  });
  const last = facts.at(-1)?.fact;
  const since = last === undefined ? "" : `, since ${new Date(last.at / 1_000).toISOString()} (${last.kind})`;
  return `${waits.length === 0 ? "nothing" : waits.join(", ")}${since}`;
}

function checkTime(
  { run, timers, timeouts }: History,
  fact: Extract<Fact, { kind: "timer" | "timeout" }>,
  { storedAtUs }: StoredSegment,
  skewUs: Micros,
  report: Report,
): void {
  const place = placeName(fact);
  const dueAt = (fact.kind === "timer" ? timers : timeouts).get(place);
  const name = `run ${run.runId}: ${fact.kind} of ${place || "the run"}`;
  if (dueAt === undefined) return report("every fact has its step", `${name}, which did not wait for a time`);
  const earlyUs = dueAt - Math.min(fact.at, (storedAtUs ?? Infinity) + skewUs);
  if (earlyUs > 0) report("no timer is early", `${name} by ${earlyUs / 1_000} ms`);
}

/** What is the same for facts that mean the same. */
function identityOf(fact: Fact): string {
  switch (fact.kind) {
    case "delivery":
      return "delivery";
    case "cancel":
      return `cancel ${fact.signal}`;
    case "timer":
    case "timeout":
      return `${fact.kind} ${placeName(fact)}`;
    case "signal":
      return `signal ${fact.signal}`;
    case "child":
      return `child ${stepKey(fact)}`;
    case "begin":
      return "begin";
    case "intent":
      return `intent ${stepKey(fact)} ${fact.attempt}`;
    case "response":
    case "failure":
    default:
      return `answer ${stepKey(fact)} ${fact.attempt}`;
  }
}

/**
 * The rules for a delivery: what was accepted is there, and it is one run.
 *
 * @param told  All answers to it, also to its repeats.
 * @param runIds  The runs that carry it.
 */
export function checkDelivery(
  delivery: { readonly name: string; readonly isKeyed: boolean },
  told: readonly Told[],
  runIds: readonly string[],
  report: Report,
): void {
  const named = told.flatMap(({ kind, runId }) =>
    kind === "accepted" || kind === "duplicate" ? [{ kind, runId }] : [],
  );
  for (const { kind, runId = "none" } of named)
    if (!runIds.includes(runId))
      report("no accepted delivery is lost", `delivery ${delivery.name} was told ${kind} as run ${runId}`);
  const unclear = told.filter(({ kind }) => kind === "unknown" || kind === "reset").length;
  const ids = new Set(named.map(({ runId }) => runId));
  const most = delivery.isKeyed ? Math.min(1, ids.size + unclear) : ids.size + unclear;
  if (runIds.length > most)
    report(
      "one delivery is one run",
      `delivery ${delivery.name} is ${runIds.length} runs; told: ${told.map(({ kind }) => kind).join(", ")}`,
    );
  if (!delivery.isKeyed && ids.size < named.length)
    report("one delivery is one run", `two deliveries ${delivery.name} without a key are one run`);
}

/** The rules for the target: every call follows from stored facts, every answer has its call, and at most once is at most once. */
export function checkTarget(
  arrivals: readonly Arrival[],
  historyOf: (runId: string) => History | null,
  runIds: Iterable<string>,
  report: Report,
): void {
  const effective = new Map<string, number>();
  const arrived = new Set<string>();
  for (const { key, isRefused } of arrivals) {
    if (!arrived.has(key) && historyOf(placeOfCall(key).runId)?.calls.has(key) !== true)
      report("no effect before its facts are durable", `call ${key} does not follow from what is stored`);
    arrived.add(key);
    if (!isRefused) effective.set(key, (effective.get(key) ?? 0) + 1);
  }
  for (const [key, times] of effective)
    if (times > 1 && historyOf(placeOfCall(key).runId)?.calls.get(key)?.isOnceOnly === true)
      report("an at-most-once call arrives at most once", `${key} arrived ${times} times`);
  for (const runId of runIds)
    for (const { fact } of historyOf(runId)?.facts ?? [])
      if (fact.kind === "response" && !arrived.has(callKey(runId, stepKey(fact))))
        report("every answer has its call", `run ${runId} has an answer of ${stepKey(fact)}, which nobody called`);
}

/** The rule for a request to cancel that was accepted: it reaches its run, or the run has ended before it could. */
export function checkCancel({ run, facts }: History, acceptedAtUs: Micros, withinUs: Micros, report: Report): void {
  if (facts.some(({ fact }) => fact.kind === "cancel")) return;
  const end = facts.at(-1);
  const endedAtUs = end?.segment.storedAtUs ?? end?.fact.at ?? 0;
  if (run.status === "running" || endedAtUs > acceptedAtUs + withinUs)
    report("an accepted cancel arrives", `run ${run.runId} went on`);
}

/**
 * The rule for a message that was sent to a run: it reaches the run if that was promised, unless the run ends before it can, and not more often
 * than it was sent.
 *
 * @param acceptedAtUs  When its sender was told that it is durable; null when nobody was told so.
 * @param timesMax  How often it may have become durable.
 * @param isIt  Recognizes its payload.
 */
export function checkSignal(
  { run, facts }: History,
  { acceptedAtUs, timesMax }: { readonly acceptedAtUs: Micros | null; readonly timesMax: number },
  withinUs: Micros,
  isIt: (payload: Json) => boolean,
  report: Report,
): void {
  const times = facts.filter(
    ({ fact, isIgnored }) => fact.kind === "signal" && !isIgnored && isIt(fact.payload),
  ).length;
  if (times > timesMax) report("a signal is stored once", `run ${run.runId} got one ${times} times`);
  if (times > 0 || acceptedAtUs === null) return;
  const end = facts.at(-1);
  const endedAtUs = end?.segment.storedAtUs ?? end?.fact.at ?? 0;
  if (run.status === "running" || endedAtUs > acceptedAtUs + withinUs)
    report("an accepted signal arrives", `run ${run.runId} went on without it`);
}

/**
 * The rules for a run that a step of another one started: that one asked for it, takes over how it ended, and has it stopped when it does not
 * wait any more.
 *
 * @param withinUs  How long after its parent has given it up a child may go on.
 * @param healedAtUs  Before this, nothing had to arrive.
 */
export function checkChild(
  child: History,
  parent: History | null,
  { withinUs, healedAtUs }: { readonly withinUs: Micros; readonly healedAtUs: Micros },
  report: Report,
): void {
  const { runId, origin } = child.run;
  if (origin?.kind !== "child") return;
  const place = stepKey(origin);
  if (parent === null) return report("every child has its parent", `run ${runId} has the parent ${origin.runId}`);
  const told = parent.facts.find(({ fact }) => fact.kind === "child" && fact.runId === runId);
  const ended = child.facts.at(-1);
  if (told === undefined) {
    const over = parent.facts.at(-1);
    const overAtUs = Math.max(over?.segment.storedAtUs ?? 0, healedAtUs);
    if ((ended?.segment.storedAtUs ?? 0) > overAtUs + withinUs && child.run.status !== "canceled")
      report("a cancel goes down", `run ${runId} went on after its parent ${origin.runId} (${place})`);
    return;
  }
  if (told.fact.kind !== "child") return;
  const { status, output, error } = told.fact;
  const { result } = child.run;
  const isSame = error?.code === "child_output_too_large" || JSON.stringify(output) === JSON.stringify(result?.output);
  if (status !== result?.status || !isSame)
    report(
      "replay is equal",
      `run ${origin.runId} was told that ${runId} ${status}, but it ${result?.status ?? "goes on"}`,
    );
  if ((told.segment.storedAtUs ?? Infinity) < (ended?.segment.storedAtUs ?? 0))
    report(
      "no effect before its facts are durable",
      `run ${origin.runId} was told the end of ${runId} before it was stored`,
    );
}
