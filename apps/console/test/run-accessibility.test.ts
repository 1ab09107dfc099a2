import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

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

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
}

test.each(["light", "dark"] as const)(
  "axe finds no fault in the run page, its views and its dialog, in %s",
  async (colorScheme) => {
    const page = await open.open(`/runs/${failed}`, { viewport: { width: 1280, height: 900 }, colorScheme });
    await page.locator("[data-node]").first().waitFor();
    await expectNoViolations(page);
    for (const [link, content] of [
      ["Timeline", "Point at a row"],
      ["Delivery", "Headers that were kept"],
      ["Facts", "All that was recorded"],
    ] as const) {
      await page.getByRole("link", { name: link, exact: true }).click();
      await page.getByText(content).waitFor();
      await expectNoViolations(page);
    }
    await page.goto(`/runs/${waiting}`);
    await page.getByRole("button", { name: "List" }).click();
    await page.getByRole("button", { name: "Cancel run" }).click();
    await page.getByRole("dialog").waitFor();
    await expectNoViolations(page);
    await page.context().close();
  },
);
