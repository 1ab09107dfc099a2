import { expect, test } from "vitest";
import { failedSample, sampleResult, sampleWith } from "../../test/sample-result.ts";
import { findBottlenecks } from "../finding/findings.ts";
import { renderMarkdownReport } from "./markdown-report.ts";

test("a passed run opens with its verdict and one row per scenario", () => {
  const report = renderMarkdownReport(sampleResult());
  expect(report).toMatch(
    /^## ✅ MeshHook benchmark: passed\n\nEvery audit is clean, every threshold holds, and no request failed unless its scenario allows it\.\n\n5 scenarios: 5 passed\. 219 of 176,000 requests were not accepted, as their scenarios allow \(overload, or the outage after a kill\); each of 175,781 accepted deliveries became exactly one run that ended\.\n/,
  );
  expect(report).toContain(
    "| ✅ passed | Pure workflow, as fast as it goes | closed | 7,600/s | 6.82 ms | 18.9 ms | 19.2 ms | 0 | clean |",
  );
  expect(report).toContain("- Command: `meshhook bench run quick --seed 42`");
  expect(report).toContain("### Findings and recommendations\n\nNone.");
});

test("a failed run says which threshold, why no throughput, and that it was not durable", () => {
  const failed = failedSample();
  const report = renderMarkdownReport({ ...failed, findings: findBottlenecks(failed) });
  expect(report).toContain(
    "| Webhook answer at a nominal rate | ❌ failed | `latency.ack.p99Ms <= 12` does not hold: measured 38.2",
  );
  expect(report).toContain(
    "> [!CAUTION]\n> MeshHook killed under load: the audit is not clean, so it has no throughput.",
  );
  expect(report).toContain("> [!WARNING]\n> Not durable: synchronous\\_commit = off.");
  expect(report).toMatch(/\| ❌ failed \| MeshHook killed under load \| 100\/s \| – \|/);
  expect(report).toContain(
    "1. **The figures were measured without durability** (critical; infrastructure, effort small, risk low)",
  );
});

test("figures that the generator could not back are marked", () => {
  const report = renderMarkdownReport(
    sampleWith("webhook-ack-nominal", ({ generator }) => ({
      generator: { ...generator, isBacked: false, reasons: ["it was late"] },
    })),
  );
  expect(report).toContain(
    "> [!WARNING]\n> Webhook answer at a nominal rate: the load generator could not keep up: it was late",
  );
});
