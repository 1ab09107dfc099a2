import { afterAll, beforeAll, describe, test } from "vitest";

import { expectForEverybody } from "./axe.ts";
import { openConsole, type OpenConsole } from "./harness.ts";
import { calling, publish, startTarget, WAITING, type Target } from "./run-workflows.ts";

let open: OpenConsole;
let target: Target;
let failed: string;
let waiting: string;
beforeAll(async () => {
  target = await startTarget(() => ({ status: 503, body: { error: "maintenance" } }));
  open = await openConsole({ MESHHOOK_EGRESS_ALLOW: "127.0.0.1" });
  const { client } = open;
  failed = (await client.deliver(await publish(client, calling(target.url)), { id: "A/1" })).runId;
  waiting = (await client.deliver(await publish(client, WAITING), { ms: 3_600_000 })).runId;
  // To its end.
  for await (const message of client.followRun(failed)) if (message.kind === "end") break;
});
afterAll(async () => {
  await open.close();
  await target.close();
});

const DESK = { width: 1280, height: 900 };

describe.each(["light", "dark"] as const)("in the %s theme axe finds no fault", (colorScheme) => {
  test("in the run page and its views", async () => {
    const page = await open.open(`/runs/${failed}`, { viewport: DESK, colorScheme });
    await page.locator("[data-node]").first().waitFor();
    await expectForEverybody(page);
    for (const [link, content] of [
      ["Timeline", "Point at a row"],
      ["Delivery", "Headers that were kept"],
      ["Facts", "Everything that was recorded for this run"],
    ] as const) {
      await page.getByRole("link", { name: link, exact: true }).click();
      await page.getByText(content).waitFor();
      // The page around the views has been checked, and checking everything takes a second.
      await expectForEverybody(page, `[aria-label="What happened"]`);
    }
    await page.context().close();
  });

  test("in the dialog that cancels a run", async () => {
    const page = await open.open(`/runs/${waiting}`, { viewport: DESK, colorScheme });
    await page.getByRole("button", { name: "List" }).click();
    await page.getByRole("button", { name: "Cancel run" }).click();
    await page.getByRole("dialog").waitFor();
    await expectForEverybody(page);
    await page.context().close();
  });
});
