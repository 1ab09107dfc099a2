import { expect, it } from "vitest";

import { ProjectSlots } from "./project-slots.ts";

it("a line lets so many pieces of work of each project be done at the same time, the others by rank and in order", async () => {
  const line = new ProjectSlots(2);
  const done: string[] = [];
  const work = (name: string, rank?: number, project = "a"): Promise<unknown> =>
    line.enter(project, rank).then(() => done.push(name));
  const all = [work("1"), work("2"), work("3"), work("4"), work("deep", 3), work("deeper", 16)];
  await Promise.all([all[0], all[1], work("other", 0, "b")]);
  expect([done, line.waiting("a"), line.waiting("b")]).toEqual([["1", "2", "other"], 4, 0]);
  for (let count = 0; count < 4; count++) line.leave("a");
  await Promise.all(all);
  expect(done.slice(3)).toEqual(["deeper", "deep", "3", "4"]);
  for (let count = 0; count < 3; count++) line.leave("a");
  await Promise.all([work("5"), work("6")]);
  expect(done.slice(7)).toEqual(["5", "6"]);
});
