import { expect, test } from "vitest";
import { failedSample, sampleResult, sampleWith } from "../../test/sample-result.ts";
import { findBottlenecks } from "../finding/findings.ts";
import { formatSummary } from "./terminal-summary.ts";

test("a passed run is a table, a verdict and the way to the report", () => {
  expect(formatSummary(sampleResult(), { reportPath: "bench-results/1/report.html", isColoured: false }))
    .toMatchInlineSnapshot(`
      "
         scenario              offered  completed  ack p50  ack p99  done p99  failed  audit
      ✓  webhook-ack-nominal     100/s      100/s  1.42 ms  2.42 ms   2.38 ms       0  clean
      ✓  dag-pure-saturation    closed    7,600/s  6.82 ms  18.9 ms   19.2 ms       0  clean
      ✓  dag-one-call-nominal    100/s      100/s  1.50 ms  2.56 ms   8.19 ms       0  clean
      ✓  logs-100-subscribers    100/s      100/s  1.59 ms  2.91 ms   3.17 ms       0  clean
      ✓  fault-kill-9            100/s      100/s  1.61 ms  3.41 ms   13.9 ms     219  clean

      Passed.
      Every audit is clean, every threshold holds, and no request failed unless its scenario allows it.
      5 scenarios: 5 passed. 219 of 176,000 requests were not accepted, as their scenarios allow
      (overload, or the outage after a kill); each of 175,781 accepted deliveries became exactly one run
      that ended.

      Took 5 min 12 s, seed 42.
      Report: bench-results/1/report.html
      "
    `);
});

test("a failed run adds what failed and the findings", () => {
  const failed = failedSample();
  expect(formatSummary({ ...failed, findings: findBottlenecks(failed) }, { isColoured: false })).toMatchInlineSnapshot(`
    "
       scenario              offered  completed  ack p50  ack p99  done p99  failed  audit
    ✗  webhook-ack-nominal     100/s      100/s  6.33 ms  27.9 ms   2.38 ms       0  clean
    ✓  dag-pure-saturation    closed    7,600/s  6.82 ms  18.9 ms   19.2 ms       0  clean
    ✓  dag-one-call-nominal    100/s      100/s  1.50 ms  2.56 ms   8.19 ms       0  clean
    ✓  logs-100-subscribers    100/s      100/s  1.59 ms  2.91 ms   3.17 ms       0  clean
    ✗  fault-kill-9            100/s          –  1.61 ms  3.41 ms   13.9 ms     219  NOT CLEAN

    Failed.
    Something is wrong that the machine does not explain. Start with the first reason below; each one
    says what to do next.
    5 scenarios: 3 passed, 2 failed. 219 of 176,000 requests were not accepted, as their scenarios allow
    (overload, or the outage after a kill); the audit is not clean in 1 scenario.
    Not durable: synchronous_commit = off. A crash can lose the last confirmed webhooks. Do not compare
    this result with durable ones.

    ✗ webhook-ack-nominal, failed: \`latency.ack.p99Ms <= 12\` does not hold: measured 38.2 (sub-second
      with a wide margin). Nothing disturbed the machine, and the miss does not depend on a single
      event.
      → See the phases and the findings below for where the time goes.

    ✗ fault-kill-9, failed: The audit is not clean: 3 accepted deliveries have no run.
      → Look up the runs that the audit names. The other figures of this scenario do not count until
      these runs are explained.

    Findings, by expected effect
    1. The figures were measured without durability
       → Turn on \`fsync\` and \`synchronous_commit\`, and measure again. Use this result only to show what
       durability costs, and label it so.
    2. The audit found work that was lost, repeated or out of order
       → Replay the runs named in the audit's details with \`meshhook replay\`, and add a history that
       shows the fault to the tests before you change anything else.

    Took 5 min 12 s, seed 42.
    "
  `);
});

test("no line is wider than 100 columns, whatever the names are", () => {
  const long = "a-very-long-name-".repeat(12);
  const result = sampleWith("webhook-ack-nominal", () => ({
    name: long,
    reasons: [{ verdict: "failed", text: `${long} ${long}`, next: long }],
  }));
  const widths = formatSummary({ ...result, verdict: "failed" }, { isColoured: false })
    .split("\n")
    .map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(100);
});

test("colours come only where asked for, and control characters in a name never reach the terminal", () => {
  const sneaky = sampleWith("webhook-ack-nominal", () => ({ name: "\u001b[31mred\u0007\u001b]0;title\u0007" }));
  expect(formatSummary(sneaky, { isColoured: false })).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(formatSummary(sampleResult(), { isColoured: true })).toContain("\u001b[");
});
