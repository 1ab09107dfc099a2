import fc from "fast-check";
import {
  type CallEffect,
  type ChildEffect,
  compile,
  type EdgeDefinition,
  type Effect,
  type Fact,
  type JsonObject,
  type NodeDefinition,
  placeOf,
  type Plan,
  type Run,
  type RunEvent,
  SEMANTICS,
  type SignalFact,
  stepKey,
  type WorkflowDefinition,
} from "../src/index.ts";
import { Random } from "../src/run/random.ts";
import { type Segment, stateText } from "./history.ts";

/** A world that answers calls, sends signals and fires timers, from a seed: the same seed, node and attempt give the same outcome. */
export interface World {
  readonly seed: string;
  /** How likely things go wrong, from 0 to 1. */
  readonly badness: number;
  /** Facts that arrive twice or that no step waits for. */
  readonly isNoisy: boolean;
  /** A cancel arrives before the segment with this number; null when there is none. */
  readonly cancelBefore: number | null;
}

export const arbitraryWorld: fc.Arbitrary<World> = fc.record({
  seed: fc.string({ minLength: 1, maxLength: 8 }),
  badness: fc.constantFrom(0, 0.2, 0.6),
  isNoisy: fc.boolean(),
  cancelBefore: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 5 }),
});

const PORTS: { readonly [type: string]: readonly string[] } = {
  "webhook@1": ["out"],
  "transform@1": ["out", "out", "error"],
  "branch@1": ["true", "false", "error"],
  "template@1": ["out", "out", "error"],
  "xml_json@1": ["out", "out", "error"],
  "http_call@1": ["out", "out", "error"],
  "emit@1": ["out", "out", "error"],
  "call_workflow@1": ["out", "out", "error"],
  "delay@1": ["out", "out", "error"],
  "wait_for_signal@1": ["out", "timeout", "error"],
  "loop@1": ["out", "out", "error"],
};

interface Draft {
  readonly type: string;
  readonly variant: number;
  readonly parents: readonly { readonly back: number; readonly port: number }[];
}

/** Types whose nodes may have a timeout. */
const WAITING: ReadonlySet<string> = new Set(["http_call@1", "call_workflow@1", "delay@1", "loop@1"]);

const RACELESS_TYPES = [
  "transform@1",
  "template@1",
  "xml_json@1",
  "branch@1",
  "http_call@1",
  "http_call@1",
  "emit@1",
  "call_workflow@1",
  "delay@1",
  "loop@1",
];

function arbitraryDraft(types: readonly string[]): fc.Arbitrary<Draft> {
  return fc.record({
    type: fc.constantFrom(...types),
    variant: fc.nat(999),
    parents: fc.array(fc.record({ back: fc.nat(30), port: fc.nat(5) }), { minLength: 1, maxLength: 3 }),
  });
}

/** Any valid workflow of up to 12 nodes: any acyclic graph, all node types, joins, timeouts, expressions that refer to parents and sometimes fail. */
export const arbitraryPlan: fc.Arbitrary<Plan> = fc
  .array(arbitraryDraft([...RACELESS_TYPES, "transform@1", "wait_for_signal@1", "wait_for_signal@1", "terminate@1"]), {
    minLength: 0,
    maxLength: 11,
  })
  .map((drafts) => planOf(drafts, true));

/** The same without what makes the order of answers matter, unless a step fails the run. */
export const arbitraryRacelessPlan: fc.Arbitrary<Plan> = fc
  .array(arbitraryDraft(RACELESS_TYPES), { minLength: 2, maxLength: 11 })
  .map((drafts) => planOf(drafts, false));

/** @param mayRace  Joins, timeouts and several iterations at a time: what runs depends on the order of answers. */
function planOf(drafts: readonly Draft[], mayRace: boolean): Plan {
  const concurrencyMax = mayRace ? 3 : 1;
  const nodes: { [id: string]: NodeDefinition } = { hook: { type: "webhook@1", config: {} } };
  const edges = new Map<string, EdgeDefinition>();
  // Nodes that an edge may leave from.
  const open: { readonly id: string; readonly type: string }[] = [{ id: "hook", type: "webhook@1" }];
  for (const [index, { type, variant, parents }] of drafts.entries()) {
    const id = `n${index}`;
    let parent = "hook";
    for (const { back, port } of parents) {
      const from = open[back % open.length];
      const ports = PORTS[from?.type ?? ""] ?? [];
      const name = ports[port % ports.length];
      if (from === undefined || name === undefined) continue;
      parent = from.id;
      edges.set(`${from.id} ${name} ${id}`, { from: from.id, port: name, to: id });
    }
    const leading = [...edges.values()].filter(({ to }) => to === id).length;
    const join = [undefined, "any" as const, leading, 2][variant % 4];
    nodes[id] = {
      type,
      config: configOf(type, variant, { parent, id, concurrencyMax }),
      ...(mayRace && leading > 1 && join !== undefined ? { join } : {}),
      ...(mayRace && WAITING.has(type) && variant % 3 === 1 ? { timeoutMs: 1 + variant * 5 } : {}),
    };
    if (type !== "terminate@1") open.push({ id, type });
  }
  const definition: WorkflowDefinition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "any",
    nodes,
    edges: [...edges.values()],
    ...(mayRace && drafts.length % 4 === 3 ? { timeoutMs: 100 + (drafts[0]?.variant ?? 0) * 20 } : {}),
  };
  return compile(definition);
}

interface Surroundings {
  readonly id: string;
  readonly parent: string;
  readonly concurrencyMax: number;
}

function configOf(type: string, variant: number, around: Surroundings): JsonObject {
  const { parent } = around;
  const output = `nodes.${parent}.output`;
  switch (type) {
    case "transform@1":
      return {
        expression:
          variant % 12 === 0 ? "abs(input.text)" : `{n: input.n, from: type(${output}), error: ${output}.error.code}`,
      };
    case "template@1":
      return {
        text: `{{#each [input.n, input.text]}}{{ index }}{{ item }}{{/each}}{{#if ${output}}}{{ ${variant % 4 === 0 ? "input.nothing" : output} }}{{/if}}`,
        escape: ["none", "html", "json", "url"][variant % 4] ?? "none",
      };
    case "xml_json@1":
      return variant % 2 === 0
        ? { direction: "json_to_xml", value: { order: { "@n": "{{ input.n }}", was: { $jmes: output } } } }
        : { direction: "xml_to_json", value: variant % 3 === 0 ? "{{ input.text }}" : "<a><b>{{ input.n }}</b></a>" };
    case "emit@1":
      return {
        url: "https://receiver.example.com/",
        signingKeys: ["KEY"],
        body: { $jmes: output },
        retry: { attemptsMax: 1 + (variant % 3), elapsedMsMax: 3_600_000 },
        ...(variant % 2 === 0 ? { circuitBreaker: { whenOpen: "fail" } } : {}),
      };
    case "branch@1":
      return { condition: variant % 2 === 0 ? `input.n > \`${variant % 10}\`` : `${output}.error` };
    case "http_call@1":
      return {
        url: `https://api.example.com/{{ input.text }}/${parent}`,
        body: { $jmes: output },
        semantics: variant % 4 === 0 ? "at-most-once" : "at-least-once",
        redirects: ["follow", "browser", "none"][variant % 3] ?? "none",
        query: { list: ["{{ input.text }}", { $jmes: "input.n" }] },
        ...(variant % 7 === 0 ? { headers: { "content-type": "application/x-www-form-urlencoded" } } : {}),
        ...(variant % 7 === 1 ? { headers: { authorization: "Bearer {{ secrets.TOKEN }}" } } : {}),
        retry: { attemptsMax: 1 + (variant % 5), elapsedMsMax: 3_600_000, jitter: variant % 3 === 0 ? "none" : "full" },
      };
    case "call_workflow@1":
      return {
        workflow: "other",
        ...(variant % 3 === 0 ? {} : { input: { from: { $jmes: output }, n: "{{ input.n }}" } }),
      };
    case "delay@1":
      if (variant % 5 === 1) return { until: variant % 2 === 0 ? "{{ input.at }}" : { $jmes: "input.text" } };
      return { durationMs: variant % 15 === 0 ? { $jmes: "input.text" } : variant * 10 };
    case "wait_for_signal@1":
      return {
        name: variant % 9 === 0 ? "{{ input.missing || '' }}" : `signal {{ input.n }} ${variant % 3}`,
        ...(variant % 2 === 0 ? { timeoutMs: 1 + variant * 5 } : {}),
      };
    case "loop@1":
      return loopConfig(variant, around);
    default:
      return {
        status: variant % 3 === 0 ? "failed" : "succeeded",
        reason: "{{ input.text }}",
        output: { $jmes: "input.n" },
        ...(variant % 4 === 0
          ? { response: { status: 201 + (variant % 3), body: "{{ input.text }} after {{ now }}" } }
          : {}),
      };
  }
}

/** A call, then a transform or a delay, for each of two or three items; some loops are loops over nothing, or hold another loop. */
function loopConfig(variant: number, { parent, id, concurrencyMax }: Surroundings): JsonObject {
  const [first, second] = [`${id}a`, `${id}b`];
  const call: JsonObject = {
    url: `https://api.example.com/{{ item }}/{{ nodes.${id}.index }}/${parent}`,
    body: { $jmes: `nodes.${parent}.output` },
    semantics: variant % 4 === 0 ? "at-most-once" : "at-least-once",
    retry: { attemptsMax: 1 + (variant % 3), elapsedMsMax: 3_600_000 },
  };
  const last: NodeDefinition =
    variant % 3 === 0
      ? variant % 2 === 0
        ? { type: "delay@1", config: { durationMs: { $jmes: "index" } } }
        : { type: "call_workflow@1", config: { workflow: "other", input: { $jmes: "[item, index]" } } }
      : variant % 3 === 1
        ? { type: "transform@1", config: { expression: `[item, index, nodes.${first}.output.body]` } }
        : {
            type: "loop@1",
            config: {
              items: "[index, item]",
              concurrency: Math.min(2, concurrencyMax),
              body: { nodes: { [`${id}c`]: { type: "http_call@1", config: { ...call } } }, edges: [] },
            },
          };
  return {
    items: variant % 11 === 0 ? "input.text" : variant % 5 === 0 ? "`[]`" : "[input.n, input.text, `3`]",
    concurrency: 1 + (variant % concurrencyMax),
    failuresMax: variant % 2,
    ...(variant % 7 === 0 ? { breakWhen: "index == `1`" } : {}),
    ...(variant % 4 === 1 ? { result: { at: { $jmes: "index" }, was: { $jmes: `nodes.${second}.output` } } } : {}),
    body: {
      nodes: { [first]: { type: "http_call@1", config: call }, [second]: last } as unknown as JsonObject,
      edges: [{ from: first, to: second }],
    },
  };
}

/** What is about to reach the run. `call`: an at-most-once call that goes out when its intent is durable. */
interface Coming {
  readonly at: number;
  readonly fact: Fact;
  readonly call?: CallEffect;
}

export interface Lived {
  readonly segments: readonly Segment[];
  /** Effects that each segment requested. */
  readonly effects: readonly (readonly Effect[])[];
  /** The run's whole state after each segment. */
  readonly states: readonly string[];
  readonly events: readonly RunEvent[];
}

/** The delivery that starts every run here: of the first semantics when `n` is divisible by 3, else of the present ones. */
export function deliveryOf(n: number): Fact {
  const headers: { [name: string]: string } = Object.assign(Object.create(null), {
    "content-type": "application/json",
  });
  const semantics = n % 3 === 0 ? {} : { semantics: SEMANTICS };
  return {
    kind: "delivery",
    at: START,
    ...semantics,
    headers,
    query: {},
    body: { n, text: "some text", at: "2026-11-24T00:00:05Z" },
  };
}

/** Far more than 12 nodes with 5 attempts each can need: a run that never ends fails its test instead of hanging it. */
const SEGMENTS_MAX = 1000;

const START = 1_795_478_400_000_000;

/**
 * Lets a run live in a world until nothing is on its way: performs effects after the segment they depend on, gathers answers into
 * segments of one to three facts.
 */
export function live(
  run: Run,
  world: World,
  start: { readonly fact: Fact } | { readonly effects: readonly Effect[]; readonly facts: readonly Fact[] },
): Lived {
  const dice = new Random(`segments ${world.seed} ${run.seq}`);
  const coming: Coming[] = [];
  const segments: Segment[] = [];
  const effects: (readonly Effect[])[] = [];
  const states: string[] = [];
  const events: RunEvent[] = [];
  const perform = (effect: Effect, now: number): void => {
    const from = Math.max(effect.dueAt ?? 0, now);
    if (effect.kind === "timeout" || effect.kind === "timer") coming.push(ending(effect, from + 250));
    else if (effect.kind === "signal") {
      if (effect.dueAt !== null) coming.push(ending(effect, from + 250));
      if (dice.uint32() % 3 > 0) coming.push(signalNamed(effect.name, now + 1000 + (dice.uint32() % 4_000_000)));
    } else if (effect.kind === "child") coming.push(endOfChild(world, effect, from));
    else if (effect.atMostOnce)
      coming.push({
        at: from + 10,
        fact: { kind: "intent", at: from + 10, ...placeOf(effect), attempt: effect.attempt },
        call: effect,
      });
    else coming.push(answer(world, effect, from));
  };
  if ("fact" in start) {
    coming.push({ at: START, fact: start.fact });
    if (world.isNoisy) for (let n = 0; n < 13; n++) coming.push(signalNamed(`signal ${n} ${n % 3}`, START + n));
  } else {
    for (const effect of start.effects) perform(effect, run.lastAt + 5_000_000);
    for (const fact of start.facts) coming.push({ at: fact.at, fact });
  }
  for (;;) {
    if (coming.length === 0) coming.push(...lastSignal(run));
    if (coming.length === 0) break;
    const seq = run.seq + 1;
    if (segments.length === SEGMENTS_MAX) throw new Error(`The run goes on after ${SEGMENTS_MAX} segments`);
    if (seq === world.cancelBefore)
      coming.push({ at: run.lastAt, fact: { kind: "cancel", at: run.lastAt, reason: "the world says so" } });
    coming.sort((left, right) => left.at - right.at);
    const batch = coming
      .splice(0, seq === 0 ? 1 : 1 + (dice.uint32() % 3))
      .map((one, index) => ({ ...one, fact: numbered(one.fact, seq, index) }));
    const asked = batch.flatMap(({ fact }) => run.apply(fact, seq));
    segments.push({ seq, facts: batch.map(({ fact }) => fact) });
    effects.push(asked);
    states.push(stateText(run));
    events.push(...run.takeEvents());
    if (run.status !== "running" && !world.isNoisy) break;
    if (run.status === "running") for (const effect of asked) perform(effect, run.lastAt);
    for (const { at, fact, call } of batch) {
      if (call !== undefined) coming.push(answer(world, call, at));
      if (world.isNoisy && fact.kind !== "delivery" && dice.uint32() % 8 === 0)
        coming.push({ at: at + 1, fact: { ...fact, at: at + 1 } });
    }
  }
  return { segments, effects, states, events };
}

/** The end of a time that the run waits for. */
function ending(effect: Exclude<Effect, CallEffect>, at: number): Coming {
  const { node, iteration } = effect;
  if (node === undefined) return { at, fact: { kind: "timeout", at } };
  const kind = effect.kind === "timer" ? "timer" : "timeout";
  return { at, fact: { kind, at, ...placeOf({ node, iteration }) } };
}

/** When nothing else is on its way: a signal that a step still waits for, because another step took the one that was meant for it. */
function lastSignal(run: Run): Coming[] {
  const awaited = run.pendingEffects().find(({ kind }) => kind === "signal");
  return awaited?.kind === "signal" ? [signalNamed(awaited.name, run.lastAt + 1000)] : [];
}

function signalNamed(name: string, at: number): Coming {
  return { at, fact: { kind: "signal", at, signal: "", name, payload: { name } } };
}

/** Signals have ids that ascend in the order in which they reach the run; one that comes twice keeps its id. */
function numbered(fact: Fact, seq: number, index: number): Fact {
  if (fact.kind !== "signal" || fact.signal !== "") return fact;
  const signal: SignalFact = { ...fact, signal: `${String(seq).padStart(6, "0")}.${index}` };
  return signal;
}

function endOfChild(world: World, effect: ChildEffect, from: number): Coming {
  const { runId } = effect;
  const dice = new Random(`${world.seed} child ${stepKey(effect)}`);
  const at = from + 1000 + (dice.uint32() % 2_000_000);
  const ended = { kind: "child", at, ...placeOf(effect), runId } as const;
  if (dice.fraction() >= world.badness)
    return { at, fact: { ...ended, status: "succeeded", output: { of: stepKey(effect) } } };
  const error = { code: "http_status", message: "as the world wants", node: "send" };
  const status = (["failed", "canceled", "not_started"] as const)[dice.uint32() % 3] ?? "failed";
  return { at, fact: { ...ended, status, output: null, ...(status === "canceled" ? {} : { error }) } };
}

function answer(world: World, call: CallEffect, from: number): Coming {
  const { attempt } = call;
  const node = stepKey(call);
  const dice = new Random(`${world.seed} ${node} ${attempt}`);
  const durationUs = 1000 + (dice.uint32() % 2_000_000);
  const at = from + durationUs;
  const redirects =
    call.request().redirects !== undefined && dice.uint32() % 8 === 0
      ? { redirects: [{ status: 307, url: "https://www.example.com/" }] }
      : {};
  if (dice.fraction() >= world.badness) {
    const binary =
      dice.uint32() % 8 === 0 ? { body: "AAEC", bodyEncoding: "base64" as const } : { body: { attempt: node } };
    const answered = {
      kind: "response",
      at,
      ...placeOf(call),
      attempt,
      durationUs,
      status: 200,
      headers: { "x-node": node },
    } as const;
    return { at, fact: { ...answered, ...binary, ...redirects } };
  }
  const failures = [
    "timeout",
    "network",
    "tls",
    "forbidden_target",
    "response_too_large",
    "response_unreadable",
    "redirect_failed",
    "secret_missing",
    "circuit_open",
  ] as const;
  const code = failures[dice.uint32() % 20];
  if (code !== undefined) {
    const notSent = dice.uint32() % 2 === 0 ? { notSent: true as const } : {};
    const failed = {
      kind: "failure",
      at,
      ...placeOf(call),
      attempt,
      durationUs,
      code,
      message: "as the world wants",
    } as const;
    return { at, fact: { ...failed, ...notSent } };
  }
  const status = [500, 503, 429, 404, 302][dice.uint32() % 5] ?? 500;
  return {
    at,
    fact: {
      kind: "response",
      at,
      ...placeOf(call),
      attempt,
      durationUs,
      status,
      headers: status === 429 ? { "retry-after": "3" } : status === 302 ? { location: "/elsewhere" } : {},
      body: "no",
    },
  };
}
