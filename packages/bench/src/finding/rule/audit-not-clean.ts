import { largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

const faults = [
  "lost",
  "duplicated",
  "outOfOrder",
  "stuck",
  "phantom",
  "effectsMissing",
  "effectsUnexpected",
  "effectsWrong",
  "beforeCommit",
  "resultsWrong",
] as const;

export const auditNotClean: Rule = {
  name: "audit-not-clean",
  looksFor: "Work that was lost, duplicated, reordered, stuck or invented.",
  advice: {
    area: "code",
    change:
      "Replay the runs named in the audit's details with `meshhook replay`, and add a history that shows the fault to the tests before you change anything else.",
    expectedEffect: "Correct results. The figures of these scenarios do not count until the audit is clean.",
    effort: "large",
    risk: "high",
  },
  diagnose({ scenarios }) {
    const dirty = scenarios.filter((scenario) => !scenario.audit.isClean);
    if (dirty.length === 0) return null;
    const evidence = dirty.flatMap(({ name, audit }): Evidence[] => {
      const rows = faults
        .filter((fault) => audit[fault] > 0)
        .map((fault): Evidence => ({ scenario: name, metric: `audit.${fault}`, value: audit[fault], limit: 0 }));
      return rows.length > 0 ? rows : [{ scenario: name, metric: "audit.isClean", value: "false", limit: "true" }];
    });
    return {
      severity: "critical",
      title: "The audit found work that was lost, repeated or out of order",
      evidence,
      cause:
        "The sender's ledger, the journal and the sink do not agree. Either an acknowledgement was sent before its commit, a takeover missed runs, or an effect was repeated under another key.",
      effect: {
        share: largest(dirty.map(({ audit }) => (audit.accepted === 0 ? 1 : audit.lost / audit.accepted))),
        of: "the accepted deliveries",
      },
    };
  },
};
