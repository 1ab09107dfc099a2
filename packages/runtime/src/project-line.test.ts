import { expect, it } from "vitest";

import { ProjectLine } from "./project-line.ts";

it("a line lets so many pieces of work of each project be done at the same time, and the others in order", async () => {
  const line = new ProjectLine(2);
  const done: string[] = [];
  const work = (name: string, project = "a"): Promise<unknown> => line.enter(project).then(() => done.push(name));
  const all = ["1", "2", "3", "4"].map((name) => work(name));
  await Promise.all([all[0], all[1], work("other", "b")]);
  expect([done, line.waiting("a"), line.waiting("b")]).toEqual([["1", "2", "other"], 2, 0]);
  line.leave("a");
  await all[2];
  expect([done.at(-1), line.waiting("a")]).toEqual(["3", 1]);
  for (let count = 0; count < 3; count++) line.leave("a");
  await all[3];
  line.leave("a");
  await Promise.all([work("5"), work("6")]);
  expect(done.slice(3)).toEqual(["3", "4", "5", "6"]);
});
