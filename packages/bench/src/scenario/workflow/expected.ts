import type { Payload } from "../../load/generator/protocol.ts";
import type { Expectation } from "../../audit/audit.ts";
import type { WorkflowName } from "./document.ts";

/** How a run must end. */
export interface ExpectedResult {
  readonly status: "succeeded";
  readonly output: unknown;
}

/** What a workflow makes of a scenario's payloads. */
export interface Expected extends Expectation {
  /** Of request `n`. */
  resultOf(n: number): ExpectedResult;
}

/**
 * Works out what `pure.json` and `one-call.json` do with each payload, in plain code beside the documents: MeshHook's own evaluation
 * cannot be its own witness.
 */
export function expectedOf(workflow: WorkflowName, payloads: readonly Payload[]): Expected {
  const deliveries = payloads.map(({ body }) => JSON.parse(body) as Delivery);
  const calls = workflow === "pure" ? [] : deliveries.map((delivery) => canonical(picked(delivery)));
  const results = deliveries.map((delivery): ExpectedResult => ({
    status: "succeeded",
    output: workflow === "pure" ? pureOutput(delivery) : SINK_ANSWER,
  }));
  const payloadOfBody = new Map(calls.map((body, index) => [body, index]));
  return {
    payloads: payloads.length,
    callsPerRun: workflow === "pure" ? 0 : 1,
    payloadOf: (body) => {
      try {
        return payloadOfBody.get(canonical(JSON.parse(body))) ?? null;
      } catch {
        return null;
      }
    },
    resultOf: (n) => {
      const result = results[n % results.length];
      if (result === undefined) throw new Error("A scenario without a payload expects nothing.");
      return result;
    },
  };
}

interface Delivery {
  readonly action: string;
  readonly issue: { readonly number: number; readonly title: string; readonly user: { readonly login: string } };
  readonly repository: { readonly full_name: string };
}

/** What the sink answers, and so what a run with a call ends with. */
const SINK_ANSWER = { accepted: true };

/** The body of the one call. */
function picked({ issue, repository }: Delivery): object {
  return { number: issue.number, title: issue.title, author: issue.user.login, repository: repository.full_name };
}

/** Both branches: an opened issue is described, any other is ignored and ends without an output. */
function pureOutput({ action, issue, repository }: Delivery): unknown {
  if (action !== "opened") return null;
  return {
    key: `${repository.full_name}#${String(issue.number)}`,
    title: issue.title,
    author: issue.user.login,
  };
}

/** The same text for the same value, whatever the order of its members. */
export function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
