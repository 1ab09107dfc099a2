/**
 * Documents of workflows whose length or width is a number. Each is complete: a slug of the scenario's own takes the place of the one
 * here.
 */

/** `length` transforms in a row; each takes the number from the one before and counts on. */
export function chain(length: number): object {
  const ids = Array.from({ length }, (_, index) => `step_${String(index + 1)}`);
  const nodes = ids.map((id, index) => {
    const number = index === 0 ? "input.issue.number" : `nodes.${ids[index - 1] ?? ""}.output.number`;
    return [id, transform(`{ number: ${number}, hop: \`${String(index + 1)}\` }`)] as const;
  });
  return workflow(`A chain of ${String(length)}`, [...nodes, ends(`nodes.${ids.at(-1) ?? ""}.output`)], {
    edges: inLine(["webhook", ...ids, "done"]),
  });
}

/** `width` transforms side by side, and one that waits for all of them. */
export function fanOut(width: number): object {
  const ids = Array.from({ length: width }, (_, index) => `part_${String(index + 1)}`);
  const parts = ids.map((id, index) => [id, transform(`\`${String(index + 1)}\``)] as const);
  const joined = transform(
    `{ number: input.issue.number, parts: [${ids.map((id) => `nodes.${id}.output`).join(", ")}] }`,
  );
  return workflow(`Fan-out to ${String(width)} and in again`, [...parts, ["join", joined], ends("nodes.join.output")], {
    edges: [
      ...ids.flatMap((id) => [
        { from: "webhook", to: id },
        { from: id, to: "join" },
      ]),
      { from: "join", to: "done" },
    ],
  });
}

/** Numbers of issues in the benchmark's payloads: from the first on, and below the second. */
const NUMBERS = [100_000, 1_000_000] as const;

/**
 * A binary tree of conditions on the issue's number, `depth` deep: each run takes one of 2^depth ways, and each way has an end of its own.
 */
export function branchy(depth: number): object {
  const ways = 2 ** depth;
  const nodes: Node[] = [];
  const edges: Edge[] = [{ from: "webhook", to: "split_1" }];
  // Numbered as in a heap: below split `n` are 2n and 2n + 1, and from `ways` on there are ends.
  const name = (place: number) => (place < ways ? `split_${String(place)}` : `end_${String(place - ways)}`);
  for (let place = 1; place < ways; place += 1) {
    nodes.push([
      name(place),
      { type: "branch@1", config: { condition: `input.issue.number < \`${String(boundOf(place))}\`` } },
    ]);
    edges.push(
      { from: name(place), port: "true", to: name(2 * place) },
      { from: name(place), port: "false", to: name(2 * place + 1) },
    );
  }
  for (let way = 0; way < ways; way += 1)
    nodes.push([name(ways + way), ends(`{ number: input.issue.number, way: \`${String(way)}\` }`)[1]]);
  return workflow(`One of ${String(ways)} ways`, nodes, { edges });
}

/** The way that a run takes through `branchy`, from 0. */
export function wayOf(number: number, depth: number): number {
  const [least, beyond] = NUMBERS;
  const way = Math.floor(((number - least) * 2 ** depth) / (beyond - least));
  return Math.max(0, Math.min(2 ** depth - 1, way));
}

/** The number below which a split leads to the left: the middle of the stretch of numbers that reach it. */
function boundOf(place: number): number {
  const [least, beyond] = NUMBERS;
  const level = Math.floor(Math.log2(place));
  const across = place - 2 ** level;
  const share = (2 * across + 1) / 2 ** (level + 1);
  return Math.ceil(least + share * (beyond - least));
}

/** Five calls, each after the answer to the one before. */
export function fiveCalls(): object {
  const ids = [1, 2, 3, 4, 5].map((step) => `call_${String(step)}`);
  const calls = ids.map((id, index) => [id, callWith({ step: index + 1 })] as const);
  const answers = `[${ids.map((id) => `nodes.${id}.output.body.accepted`).join(", ")}]`;
  return workflow("Five calls", [...calls, ends(answers)], { edges: inLine(["webhook", ...ids, "done"]) });
}

/** A loop over `items` numbers, whose body is a transform. */
export function loopOf(items: number): object {
  const body = inBody("line", transform("{ number: input.issue.number, line: item }"));
  return workflow(
    `A loop over ${String(items)}`,
    [loop(items, { body, result: { $jmes: "nodes.line.output.line" } }), loopEnds()],
    { edges: inLine(["webhook", "lines", "done"]) },
  );
}

/** A loop over `items` numbers, whose body is a call; `concurrency` of them at a time. */
export function loopOfCalls(items: number, concurrency: number): object {
  const body = inBody("send", callWith({ line: { $jmes: "item" } }));
  return workflow(
    `A loop over ${String(items)} calls`,
    [loop(items, { concurrency, body, result: { $jmes: "nodes.send.output.body.accepted" } }), loopEnds()],
    { edges: inLine(["webhook", "lines", "done"]) },
  );
}

/** The numbers that loops go over, from 1. */
export function linesOf(items: number): number[] {
  return Array.from({ length: items }, (_, index) => index + 1);
}

function loop(items: number, rest: object): Node {
  return ["lines", { type: "loop@1", config: { items: `\`${JSON.stringify(linesOf(items))}\``, ...rest } }];
}

function inBody(id: string, node: Node[1]): object {
  return { nodes: { [id]: node }, edges: [] };
}

function loopEnds(): Node {
  return ends("{ number: input.issue.number, lines: nodes.lines.output.results }");
}

/** A delay and nothing else. */
export function parked(durationMs: number): object {
  return workflow(
    "A delay",
    [["wait", { type: "delay@1", config: { durationMs } }], ends("{ number: input.issue.number }")],
    { edges: inLine(["webhook", "wait", "done"]) },
  );
}

/** A delay until the next whole multiple of `everyMs` since 1970: whatever starts before it goes on at the same instant. */
export function dueTogether(everyMs: number): object {
  const until = `ceil(to_epoch_ms(now) / \`${String(everyMs)}\`) * \`${String(everyMs)}\``;
  return workflow(
    "A delay until a common time",
    [["wait", { type: "delay@1", config: { until: { $jmes: until } } }], ends("{ number: input.issue.number }")],
    { edges: inLine(["webhook", "wait", "done"]) },
  );
}

type Node = readonly [id: string, node: { readonly type: string; readonly config: object }];
interface Edge {
  readonly from: string;
  readonly port?: "true" | "false";
  readonly to: string;
}

function workflow(name: string, nodes: readonly Node[], { edges }: { readonly edges: readonly Edge[] }): object {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "bench",
    name: `Benchmark: ${name}`,
    nodes: { webhook: { type: "webhook@1", config: {} }, ...Object.fromEntries(nodes) },
    edges,
  };
}

/** A call whose body has the issue's number and the given fields. */
function callWith(fields: object): Node[1] {
  return {
    type: "http_call@1",
    config: {
      method: "POST",
      url: "http://127.0.0.1:9/effect?run={{ run.id }}",
      body: { number: { $jmes: "input.issue.number" }, ...fields },
      timeoutMs: 10_000,
    },
  };
}

function transform(expression: string): Node[1] {
  return { type: "transform@1", config: { expression } };
}

function ends(output: string): Node {
  return ["done", { type: "terminate@1", config: { status: "succeeded", output: { $jmes: output } } }];
}

function inLine(ids: readonly string[]): Edge[] {
  return ids.slice(1).map((to, index) => ({ from: ids[index] ?? "", to }));
}
