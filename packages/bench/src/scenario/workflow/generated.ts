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

/** Five calls, each after the answer to the one before. */
export function fiveCalls(): object {
  const ids = [1, 2, 3, 4, 5].map((step) => `call_${String(step)}`);
  const calls = ids.map(
    (id, index) =>
      [
        id,
        {
          type: "http_call@1",
          config: {
            method: "POST",
            url: "http://127.0.0.1:9/effect?run={{ run.id }}",
            body: { number: { $jmes: "input.issue.number" }, step: index + 1 },
            timeoutMs: 10_000,
          },
        },
      ] as const,
  );
  const answers = `[${ids.map((id) => `nodes.${id}.output.body.accepted`).join(", ")}]`;
  return workflow("Five calls", [...calls, ends(answers)], { edges: inLine(["webhook", ...ids, "done"]) });
}

/** A delay and nothing else. */
export function parked(durationMs: number): object {
  return workflow(
    "A delay",
    [["wait", { type: "delay@1", config: { durationMs } }], ends("{ number: input.issue.number }")],
    { edges: inLine(["webhook", "wait", "done"]) },
  );
}

type Node = readonly [id: string, node: { readonly type: string; readonly config: object }];
interface Edge {
  readonly from: string;
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

function transform(expression: string): Node[1] {
  return { type: "transform@1", config: { expression } };
}

function ends(output: string): Node {
  return ["done", { type: "terminate@1", config: { status: "succeeded", output: { $jmes: output } } }];
}

function inLine(ids: readonly string[]): Edge[] {
  return ids.slice(1).map((to, index) => ({ from: ids[index] ?? "", to }));
}
