import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { describe, expect, it } from "vitest";
import { compile, encodeFacts, foldRun, type Json, type Plan, Run, validateDefinition } from "../src/index.ts";
import { type Segment, stateText, tell } from "./history.ts";

/**
 * Golden histories: definition and segments in, everything visible of the run out. A difference means that stored runs would fold to
 * something else than before, so old histories are kept forever. Only the wording of log messages may change: they are written for people
 * and read by no fold.
 *
 * After an intended change: `MESHHOOK_UPDATE_HISTORIES=1 vitest run packages/core/test/histories.test.ts`, then Prettier over the
 * folder, then read the difference. A new story needs only `story`, `runId`, `definition` and `segments`.
 */
const FOLDER = join(import.meta.dirname, "histories");
const MUST_UPDATE = env["MESHHOOK_UPDATE_HISTORIES"] === "1";

interface History {
  readonly story: string;
  readonly runId: string;
  readonly definition: Json;
  readonly segments: readonly Segment[];
  readonly expected: Json;
}

function planOf(definition: unknown): Plan {
  const valid = validateDefinition(definition);
  if ("issues" in valid) throw new Error(`The history's definition is not valid: ${JSON.stringify(valid.issues)}`);
  return valid.plan;
}

describe("golden histories", () => {
  for (const file of readdirSync(FOLDER).toSorted()) {
    it(file.replace(/\.json$/, "").replaceAll("-", " "), () => {
      const path = join(FOLDER, file);
      const history = JSON.parse(readFileSync(path, "utf8")) as History;
      const plan = planOf(history.definition);
      const told = JSON.parse(JSON.stringify(tell(plan, history.runId, history.segments))) as Json;
      if (MUST_UPDATE) writeFileSync(path, `${JSON.stringify({ ...history, expected: told }, null, 2)}\n`);
      else expect(told).toEqual(history.expected);

      const live = new Run(plan, history.runId);
      for (const { seq, facts } of history.segments) for (const fact of facts) live.apply(fact, seq);
      const stored = history.segments.map(({ seq, facts }) => ({ seq, facts: encodeFacts(facts) }));
      expect(stateText(foldRun(plan, stored, { runId: history.runId }))).toBe(stateText(live));
    });
  }

  it("a chain of 1 000 nodes runs, and is skipped, without recursion", () => {
    const nodes: { [id: string]: { type: string; config: { [name: string]: Json } } } = {
      hook: { type: "webhook@1", config: {} },
      check: { type: "branch@1", config: { condition: "input.go" } },
    };
    const edges: { from: string; port?: string; to: string }[] = [{ from: "hook", to: "check" }];
    const links = Array.from({ length: 998 }, (_, index) => `n${String(index).padStart(3, "0")}`);
    for (const [index, id] of links.entries()) {
      const before = links[index - 1];
      nodes[id] = {
        type: "transform@1",
        config: { expression: before === undefined ? "input.n" : `nodes.${before}.output + \`1\`` },
      };
      edges.push(before === undefined ? { from: "check", port: "true", to: id } : { from: before, to: id });
    }
    const plan = compile({ apiVersion: "meshhook/v1", kind: "Workflow", slug: "chain", nodes, edges });
    const runId = "019ab2f0-4c00-7000-8010-00000000000a";
    const delivery = (body: Json): Segment => ({
      seq: 0,
      facts: [{ kind: "delivery", at: 1, headers: {}, query: {}, body }],
    });

    const taken = tell(plan, runId, [delivery({ go: true, n: 0 })]);
    expect(taken.status).toBe("succeeded");
    expect(taken.steps.at(-1)).toMatchObject({ status: "succeeded", output: 997 });

    const skipped = tell(plan, runId, [delivery({ go: false })]);
    expect(skipped.status).toBe("succeeded");
    expect(skipped.steps.filter(({ status }) => status === "skipped")).toHaveLength(998);
  });
});
