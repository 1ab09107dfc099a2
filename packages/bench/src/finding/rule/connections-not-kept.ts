import { largest, missed } from "../rule.ts";
import type { Rule } from "../rule.ts";

export const connectionsNotKept: Rule = {
  name: "connections-not-kept",
  looksFor: "Connections that are closed after a request instead of being used again.",
  diagnose({ scenarios }) {
    const closing = scenarios.flatMap((scenario) =>
      missed(scenario, "connections.").map((threshold) => ({ scenario, threshold })),
    );
    if (closing.length === 0) return null;
    return {
      severity: "warning",
      title: "Connections are not kept open",
      evidence: closing.map(({ scenario, threshold }) => ({
        scenario: scenario.name,
        metric: threshold.expression.split(" ")[0] ?? "",
        value: threshold.actual ?? 0,
        limit: Number(threshold.expression.split(" ").at(-1)),
      })),
      cause:
        "Each request pays for a handshake of its own: one round trip on the loopback, two or three with TLS over a network, and a socket that stays in TIME_WAIT.",
      recommendation: {
        area: "code",
        change:
          "Answer and call with keep-alive: no `connection: close`, an agent that keeps its sockets, and an idle timeout longer than the time between two requests.",
        expectedEffect: "Shorter answers and calls by one handshake, and less CPU for both sides.",
        effort: "small",
        risk: "low",
        experiment: null,
      },
      effect: {
        share: largest(
          closing.map(({ scenario, threshold }) => (threshold.actual ?? 0) / Math.max(1, scenario.answers.due)),
        ),
        of: "the requests",
      },
    };
  },
};
