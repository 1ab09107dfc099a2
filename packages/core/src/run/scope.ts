import type { Json, JsonObject } from "../json.ts";
import { emptyObject } from "../json-kind.ts";
import { ancestorsOf } from "../plan/ancestors.ts";
import type { Loop } from "./loop.ts";
import type { Step } from "./step.ts";

/*
 * Objects of a fixed shape that inherit nothing. A constructor whose prototype is an empty object without prototype gives V8 a hidden
 * class. `Object.create(null)` creates a dictionary, which costs several times as much (50 to 120 ns instead of 20 ns, Node 24), and a pure
 * run of five nodes needs seven of them.
 */

/** What expressions see of a run: one object per run, filled as the run progresses. */
export class RunScope {
  readonly [name: string]: Json;
  readonly input: Json;
  readonly headers: Json;
  readonly query: Json;
  readonly nodes: { [id: string]: Json };
  run: JsonObject;
  now: string;

  constructor(
    delivery: { readonly headers: Json; readonly query: Json; readonly body: Json },
    runId: string,
    startedAt: string,
  ) {
    this.input = delivery.body;
    this.headers = delivery.headers;
    this.query = delivery.query;
    this.nodes = emptyObject();
    this.run = new RunFacts(runId, startedAt);
    this.now = startedAt;
  }
}

/** What expressions in the body of a loop see: also the item and its number. */
class IterationScope extends RunScope {
  readonly item: Json;
  readonly index: number;

  constructor(outside: RunScope, item: Json, index: number) {
    super({ headers: outside.headers, query: outside.query, body: outside.input }, "", outside.now);
    this.run = outside.run;
    this.item = item;
    this.index = index;
  }
}

/** What a step in the body of a loop sees of the loop, as `nodes.<id>`. */
class LoopScope {
  readonly [name: string]: Json;
  readonly item: Json;
  readonly index: number;

  constructor(item: Json, index: number) {
    this.item = item;
    this.index = index;
  }
}

class RunFacts {
  readonly [name: string]: Json;
  readonly id: string;
  readonly startedAt: string;

  constructor(id: string, startedAt: string) {
    this.id = id;
    this.startedAt = startedAt;
  }
}

/** `nodes.<id>`: what expressions see of a step that has ended. */
export class StepScope {
  readonly [name: string]: Json;
  readonly output: Json;

  constructor(output: Json) {
    this.output = output;
  }
}

for (const { prototype } of [RunScope, IterationScope, LoopScope, RunFacts, StepScope]) {
  Reflect.deleteProperty(prototype, "constructor");
  Object.setPrototypeOf(prototype, null);
  Object.freeze(prototype);
}

/** The scope of an iteration that begins. */
export function iterationScope(opener: Step, { items, names }: Loop, index: number): RunScope {
  const item = items[index] ?? null;
  const scope = new IterationScope(opener.frame.scope, item, index);
  for (const [id, seen] of names) scope.nodes[id] = seen;
  scope.nodes[opener.node] = new LoopScope(item, index);
  return scope;
}

/** What the expressions of a step saw that ran at this time: a copy, with the steps on paths that lead to it only. */
export function scopeAt(step: Step, now: string): RunScope {
  const { scope } = step.frame;
  const { headers, query, input, run } = scope;
  const copy =
    scope instanceof IterationScope
      ? new IterationScope(scope, scope.item, scope.index)
      : new RunScope({ headers, query, body: input }, "", now);
  copy.run = run;
  copy.now = now;
  for (const [id, seen] of step.seen ?? namesSeenBy(step)) copy.nodes[id] = seen;
  return copy;
}

/** What a step sees as `nodes.<id>`: the steps on paths that lead to it, what its loop saw, and the loops around it. */
export function namesSeenBy({ planNode, frame }: Step): readonly (readonly [string, Json])[] {
  const { nodes } = frame.scope;
  const { indexById } = planNode.graph;
  const outside = Object.entries(nodes).filter(([id]) => !indexById.has(id));
  const before = ancestorsOf(planNode).flatMap(({ id }) => {
    const seen = nodes[id];
    return seen === undefined ? [] : [[id, seen] as const];
  });
  return [...outside, ...before];
}
