import { expect, it, vi } from "vitest";

import { BodyLine } from "./body-line.ts";

const never = (): void => expect.unreachable("it is not refused");

function workFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it("reads one body at a time, and rests after each for as long as it took", async () => {
  const line = new BodyLine();
  const spans: { from: number; to: number }[] = [];
  const work = (): void => {
    const from = performance.now();
    workFor(20);
    spans.push({ from, to: performance.now() });
  };
  for (let sent = 0; sent < 4; sent++) line.run("a", work, never);
  expect(spans).toHaveLength(1);
  await vi.waitFor(() => expect(spans).toHaveLength(4));
  for (const [at, { from, to }] of spans.entries()) {
    const next = spans[at + 1];
    // A timer's clock has whole milliseconds.
    if (next !== undefined) expect(next.from - to).toBeGreaterThanOrEqual(to - from - 2);
  }
});

it("lets other things happen between two bodies", async () => {
  const line = new BodyLine();
  const order: string[] = [];
  for (const name of ["1", "2", "3"])
    line.run(
      "a",
      () => {
        workFor(5);
        order.push(name);
        setImmediate(() => order.push("other"));
      },
      never,
    );
  await vi.waitFor(() => expect(order).toHaveLength(6));
  expect(order).toEqual(["1", "other", "2", "other", "3", "other"]);
});

it("gives the projects turns", async () => {
  const line = new BodyLine();
  const order: string[] = [];
  for (const name of ["a1", "a2", "a3", "a4", "b1", "b2", "c1"])
    line.run(name.slice(0, 1), () => order.push(name), never);
  await vi.waitFor(() => expect(order).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]));
});

it("refuses the excess of one project, and nothing of another", async () => {
  const line = new BodyLine({ waitingOfOneMax: 2 });
  const order: string[] = [];
  const send = (project: string): void =>
    line.run(
      project,
      () => order.push(project),
      ({ code }) => order.push(`${project} ${code}`),
    );
  for (const project of ["a", "a", "a", "a", "b"]) send(project);
  expect(order).toEqual(["a", "a overloaded"]);
  await vi.waitFor(() => expect(order).toEqual(["a", "a overloaded", "a", "b", "a"]));
});

it("refuses a body that waited too long, and continues", async () => {
  const line = new BodyLine({ waitMs: 0 });
  const order: string[] = [];
  const send = (name: string): void =>
    line.run(
      "a",
      () => order.push(name),
      ({ code }) => order.push(`${name} ${code}`),
    );
  send("1");
  send("2");
  send("3");
  await vi.waitFor(() => expect(order).toEqual(["1", "2 overloaded", "3 overloaded"]));
  send("4");
  expect(order.at(-1)).toBe("4");
});
