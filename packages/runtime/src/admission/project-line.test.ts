import { describe, expect, it } from "vitest";

import type { Applicant } from "./applicant.ts";
import { ProjectLine } from "./project-line.ts";

const counted = (): boolean => true;
const run = (workflowId: string, runId: string, more: Partial<Applicant> = {}): Applicant => ({
  runId,
  projectId: "p",
  workflowId,
  concurrency: null,
  isChild: false,
  ...more,
});
const hold = (project: ProjectLine, ...runs: Applicant[]): void => {
  for (const one of runs) project.hold(project.lineOf(one, false), one.runId);
};
const turns = (project: ProjectLine): string[] => {
  const taken: string[] = [];
  for (let turn = project.next(counted); turn !== null; turn = project.next(counted)) taken.push(turn.runId);
  return taken;
};

describe("a project's line", () => {
  it("lets its workflows take turns", () => {
    const project = new ProjectLine("p");
    project.limit = 5;
    hold(project, run("a", "1"), run("a", "2"), run("a", "3"), run("a", "4"), run("b", "5"), run("c", "6"));
    expect(turns(project)).toEqual(["1", "5", "6", "2", "3"]);
    expect(project.waitOf("a", "4")).toEqual({ ahead: 0, slotOf: "project" });
    project.release("b", "5");
    expect(turns(project)).toEqual(["4"]);
  });

  it("takes no run back that is beginning or goes on, unless its shard was given up", () => {
    const project = new ProjectLine("p");
    const first = run("a", "1");
    const turn = { runId: "1", workflowId: "a" };
    project.beginning.add(turn);
    hold(project, first);
    expect(turns(project)).toEqual([]);
    project.forget(() => true);
    expect([...project.beginning]).toEqual([]);
    hold(project, first);
    project.limit = 1;
    expect(turns(project)).toEqual(["1"]);
    hold(project, first);
    expect(project.waitOf("a", "1")).toBeNull();
  });

  it("lets nobody wait for a workflow that has no slot of its own", () => {
    const project = new ProjectLine("p");
    project.limit = 3;
    const first = run("a", "1", { concurrency: 1 });
    project.count(project.lineOf(first, false), "1");
    hold(project, run("a", "2", { concurrency: 1 }));
    expect(project.waitOf("a", "2")).toEqual({ ahead: 0, slotOf: "workflow" });
    const other = run("b", "3");
    expect(project.isOpenTo(project.lineOf(other, false))).toBe(true);
    // Now it could go on, so that whoever comes later waits behind it.
    project.release("a", "1");
    expect(project.isOpenTo(project.lineOf(other, false))).toBe(false);
    expect(turns(project)).toEqual(["2"]);
    expect(project.isOpenTo(project.lineOf(other, false))).toBe(true);
  });

  it("has a slot for every child, and waits for the count where there is a limit", () => {
    const project = new ProjectLine("p");
    project.limit = 1;
    project.count(project.lineOf(run("a", "1"), false), "1");
    hold(project, run("a", "2", { isChild: true }), run("a", "3"));
    expect(turns(project)).toEqual(["2"]);
    project.release("a", "1");
    expect(project.next(() => false)).toBeNull();
    expect(turns(project)).toEqual(["3"]);
  });

  it("keeps nothing of what is over, and counts nothing without a limit", () => {
    const project = new ProjectLine("p");
    project.limit = 1;
    hold(project, run("a", "1"), run("a", "2"));
    expect(turns(project)).toEqual(["1"]);
    project.limit = Number.POSITIVE_INFINITY;
    expect(turns(project)).toEqual(["2"]);
    project.tidy();
    expect(project.isIdle).toBe(true);
  });
});
