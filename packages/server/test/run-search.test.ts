import { RequestProblem } from "@meshhook/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { post, publish, pureDefinition, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
const ids: { [name: string]: string } = {};
beforeAll(async () => {
  harness = await startHarness();
  const { token } = await publish(harness.client, pureDefinition("orders"));
  const send = async (name: string, body: string, headers: Record<string, string> = {}): Promise<void> => {
    ids[name] = String((await post(`${harness.url}/hooks/${token}?source=test`, body, headers)).body["runId"]);
  };
  await send("a", '{"order":{"id":"A-17","total":99.5},"tags":["x"]}', { "x-shop-id": "seven" });
  await send("b", '{"order":{"id":17,"total":120},"vip":true}');
  await send("exact", '{"order":{"id":9007199254740993}}');
  await send("close", '{"order":{"id":9007199254740992}}');
  await send("quote", JSON.stringify({ order: { id: "it's `odd` \\ \" #ü" } }));
  await send("text", '"only text"');
});
afterAll(() => harness.close());

async function found(where: string): Promise<readonly string[]> {
  const { items } = await harness.client.listRuns({ workflow: "orders", where });
  return items.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id) ?? "unknown").toReversed();
}

it.each<[where: string, names: readonly string[]]>([
  ["input.order.id=A-17", ["a"]],
  ["input.order.id = A-17 ", ["a"]],
  ["input.order.id=17", ["b"]],
  ["input.order.id=17.0", ["b"]],
  ["input.order.id=9007199254740993", ["exact"]],
  ["input.order.id=9007199254740992", ["close"]],
  ["input.order.id == `9007199254740993`", ["exact"]],
  ["input.order.id=it's `odd` \\ \" #ü", ["quote"]],
  ["input.vip=true", ["b"]],
  ["input.tags[0]=x", ["a"]],
  ["input=only text", ["text"]],
  ["headers.x-shop-id=seven", ["a"]],
  ["headers.\"x-shop-id\" == 'seven'", ["a"]],
  ["query.source=test", ["a", "b", "exact", "close", "quote", "text"]],
  ["input.order.total > `100`", ["b"]],
  ["input.order.total > `100` || contains(input.order.id, 'A-')", ["a", "b"]],
  ["contains(input.tags, 'x')", ["a"]],
  ["input.vip", ["b"]],
  ["input.order.id=A-17' || '1'=='1", []],
  ["input.nowhere.at.all=1", []],
])("%s", async (where, names) => {
  expect(await found(where)).toEqual(names);
});

it("a page says how much was read, and the next one goes on from there", async () => {
  const { token } = await publish(harness.client, pureDefinition("many"));
  const all = await Promise.all(Array.from({ length: 620 }, (_, at) => harness.client.deliver(token, { at })));
  const rare = await harness.client.listRuns({ workflow: "many", where: "input.at=3" });
  const wanted = all[3]?.runId;
  expect(rare.examined).toBeLessThanOrEqual(500);
  let page = rare;
  const seen = [...rare.items];
  let examined = rare.examined ?? 0;
  for (let cursor = page.nextCursor; cursor !== null; cursor = page.nextCursor) {
    page = await harness.client.listRuns({ workflow: "many", where: "input.at=3", cursor });
    seen.push(...page.items);
    examined += page.examined ?? 0;
  }
  expect(seen.map(({ id }) => id)).toEqual([wanted]);
  expect(examined).toBe(620);
  const two = await harness.client.listRuns({ workflow: "many", where: "input.at >= `610`", limit: 2 });
  expect(two.items).toHaveLength(2);
  const other = harness.client.listRuns({ workflow: "many", where: "input.at=4", cursor: two.nextCursor ?? "" });
  await expect(other).rejects.toMatchObject({ code: "cursor_invalid" });
});

describe("a condition", () => {
  it.each([
    ["input.[", "at character"],
    ["eval(input)", "eval"],
    ["order.id=A-17", "neither"],
    ["`true`", "neither"],
    [`input${"[".repeat(2_000)}`, "at character"],
    ["x".repeat(5_000), "4096"],
  ])("that cannot be read is refused with its place: %s", async (where, message) => {
    const refusal = await harness.client.listRuns({ where }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RequestProblem);
    expect(refusal).toMatchObject({ status: 422, code: "request_invalid" });
    expect(JSON.stringify((refusal as RequestProblem).issues)).toContain(message);
  });

  it("that costs too much, or does not apply to a payload, holds for none", async () => {
    const square = Array.from({ length: 20 }, () => "[@,@]").join("|");
    expect(await found(`input | ${square} | length(@) > \`0\` && input`)).toEqual(expect.any(Array));
    expect(await found("abs(input.order.id) == `17`")).toEqual(["b"]);
  });

  it("sees the runs of its own project only", async () => {
    const other = await harness.store.catalog.createProject({ slug: "other", name: "Other" });
    const key = await harness.addKey(other.id, "read");
    const response = await fetch(`${harness.url}/api/v1/runs?where=${encodeURIComponent("query.source=test")}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(await response.json()).toEqual({ items: [], examined: 0, nextCursor: null });
  });
});
