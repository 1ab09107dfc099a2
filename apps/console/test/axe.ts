import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
/** The rules about colours. All others find the same in both themes. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

export interface Look {
  readonly theme: "light" | "dark";
  /** Rules about colours take most of the time, and colours do not depend on the width of the window. */
  readonly rules: "all" | "colours" | "structure";
  /** A selector, where only a part has changed since the whole page was looked at: a look at everything takes a second. */
  readonly within?: string | undefined;
}

/** What axe finds on the current page, as rule and markup. The page is in the light theme afterwards. */
export async function findingsOf(page: Page, { theme, rules, within }: Look): Promise<readonly string[]> {
  // Without other frames, axe works on the page itself and stays there: it is 650 kB of source. With them, each look opens a further page for the outcome.
  const isAlone = page.frames().length === 1;
  const isThere = isAlone && (await page.evaluate<boolean>("window.axe !== undefined"));
  const axe = new AxeBuilder({ page, ...(isThere ? { axeSource: ";" } : {}) }).setLegacyMode(isAlone);
  if (rules === "colours") axe.withRules(COLOUR_RULES);
  else axe.withTags(TAGS);
  if (rules === "structure") axe.disableRules(COLOUR_RULES);
  if (within !== undefined) axe.include(within);
  await page.emulateMedia({ colorScheme: theme });
  const { violations } = await axe.analyze();
  await page.emulateMedia({ colorScheme: "light" });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${theme}: ${id}: ${help}: ${html}`));
}

/** Fails with axe's findings on the current page, or within a selector, in both themes. */
export async function expectForEverybody(page: Page, within?: string): Promise<void> {
  const light = await findingsOf(page, { theme: "light", rules: "all", within });
  const dark = await findingsOf(page, { theme: "dark", rules: "colours", within });
  expect([...light, ...dark]).toEqual([]);
}
