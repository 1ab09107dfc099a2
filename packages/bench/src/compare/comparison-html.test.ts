import { expect, test } from "vitest";
import { repeatedRuns, withLatency, withWork } from "../../test/repeated-results.ts";
import { compareResults } from "./compare-results.ts";
import { comparisonHtml } from "./comparison-html.ts";

const { baseline, candidate } = repeatedRuns({
  order: "ABBABAABABBABAAB",
  noise: 0.3,
  change: (scenario) => ({
    ...withLatency(scenario, 0.5),
    ...withWork(scenario, { statements: 1.5, meshhookCpuMs: 1 }),
  }),
});
const report = compareResults(baseline, candidate);

/** Where the dot of a figure stands on the axis, in percent; 50 is no change. */
function placeOf(page: string, label: string): number {
  const [, bar = ""] = page.split(`aria-label="${label}: `);
  return Number(/forest-dot"\s+style="left:([\d.]+)%/.exec(bar)?.[1]);
}

test("what is worse stands to the left and what is better to the right, whichever way the figure goes", () => {
  const page = comparisonHtml(report);
  expect(placeOf(page, "statements per run")).toBeLessThan(45);
  expect(placeOf(page, "acknowledgement, p50")).toBeGreaterThan(55);
  expect(placeOf(page, "rows per run")).toBe(50);
});

test("every figure is there with its change, its interval and its verdict, and the verdict of the whole comes first", () => {
  const page = comparisonHtml(report);
  expect(page.match(/class="forest-bar /g)).toHaveLength(
    report.scenarios.flatMap(({ figures }) => figures).filter(({ ratio }) => ratio !== null).length,
  );
  expect(page.slice(page.indexOf("<h1>"))).toMatch(/^<h1>\s*<span[^>]*>✗<\/span>Worse/);
  expect(page).toMatch(/\+(49|50)[\d.]* %\s*<span class="interval">\+\d[\d.]* % to \+\d[\d.]* %<\/span>/);
});

test("the page holds no script, and what a result says is text", () => {
  const attack = "<script>alert(1)</script>";
  const page = comparisonHtml({
    ...report,
    baseline: { ...report.baseline, revisions: [attack] },
    scenarios: report.scenarios.map((scenario) => ({ ...scenario, title: attack, name: attack, why: attack })),
  });
  expect(page).not.toContain("<script");
  expect(page).toContain("&lt;script&gt;");
});
