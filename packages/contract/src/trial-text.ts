import type { TrialRunResource } from "./schema/trial.ts";

/**
 * Where a run would part from the recorded one, in words: `gate: takes port no instead of yes, and 2 more`.
 *
 * @param nameOf  The name of a node for the reader; by default its id.
 */
export function partingOf(
  { differences: [first], differencesCount, before, after, problem }: TrialRunResource,
  nameOf = (node: string): string => node,
): string {
  if (problem !== undefined) return problem;
  const more = differencesCount > 1 ? `, and ${differencesCount - 1} more` : "";
  if (first !== undefined) return `${placeOf(first, nameOf)}: ${differenceText(first)}${more}`;
  return `ends as ${endingText(after)} instead of ${endingText(before)}`;
}

type Difference = TrialRunResource["differences"][number];

function placeOf({ node, iteration }: Difference, nameOf: (node: string) => string): string {
  return iteration === undefined ? nameOf(node) : `${nameOf(node)}[${iteration.join("][")}]`;
}

const UNKNOWN = {
  never_called: "makes a call that was never made, so its answer is unknown",
  no_such_attempt: "makes one more attempt, whose answer is unknown",
  waits: "waits for something that is not recorded",
} as const;

function differenceText({ kind, before, after, parts, reason }: Difference): string {
  switch (kind) {
    case "port":
      return `takes port ${String(after)} instead of ${String(before)}`;
    case "request":
      return `sends another request (${parts?.join(", ") ?? ""})`;
    case "status":
      return `${stepText(after)} instead of ${stepText(before)}`;
    case "output":
      return `output ${shown(after)} instead of ${shown(before)}`;
    case "unknown":
    default:
      return reason === undefined ? "unknown" : UNKNOWN[reason];
  }
}

function stepText(end: unknown): string {
  if (typeof end !== "object" || end === null) return "not there";
  const { status, code } = end as { readonly status?: string; readonly code?: string };
  return code === undefined ? String(status) : `${String(status)} (${code})`;
}

function endingText(ending: TrialRunResource["before"]): string {
  if (ending === undefined) return "unknown";
  const { status, code, output, outputLength } = ending;
  const rest = code ?? (outputLength === undefined ? shown(output) : `${outputLength} characters`);
  return `${status} (${rest})`;
}

const SHOWN_CHARACTERS_MAX = 80;

function shown(value: unknown): string {
  const text = value === undefined ? "that is too long to show" : JSON.stringify(value);
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX - 1)}…`;
}
