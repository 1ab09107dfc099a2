import { largest, missed } from "../rule.ts";
import type { Rule } from "../rule.ts";

export const connectionsNotKept: Rule = {
  name: "connections-not-kept",
  looksFor: "Connections that are closed after a request instead of being reused.",
  advice: {
    area: "code",
    change:
      "Use keep-alive for answers and calls: no `connection: close` header, an agent that keeps its sockets, and an idle timeout longer than the time between two requests.",
    expectedEffect: "Answers and calls become faster by one handshake, and both sides use less CPU.",
    effort: "small",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const closing = scenarios.flatMap((scenario) =>
      missed(scenario, "connections.").map((threshold) => ({ scenario, threshold })),
    );
    if (closing.length === 0) return null;
    return {
      severity: "warning",
      title: "Connections are not reused",
      evidence: closing.map(({ scenario, threshold }) => ({
        scenario: scenario.name,
        metric: threshold.expression.split(" ")[0] ?? "",
        value: threshold.actual ?? 0,
        limit: Number(threshold.expression.split(" ").at(-1)),
      })),
      cause:
        "Each request pays for its own handshake: one round trip on the loopback interface, two or three with TLS over a network, and a socket that stays in TIME_WAIT.",
      effect: {
        share: largest(
          closing.map(({ scenario, threshold }) => (threshold.actual ?? 0) / Math.max(1, scenario.answers.due)),
        ),
        of: "the requests",
      },
    };
  },
};
