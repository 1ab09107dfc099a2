import type { Json } from "../json.ts";
import { JSON_LIMITS, JsonInputError, parseJsonInput } from "../json-input.ts";
import { isArray, isObject } from "../json-kind.ts";
import type { Plan } from "../plan/plan.ts";
import type { Fact } from "./fact.ts";
import { HistoryError } from "./history-error.ts";
import { Run } from "./run.ts";

/** Rows are sent in batches whose fields these characters separate; JSON escapes them inside strings and has them nowhere else. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const SEPARATORS = /[\u0000\u001e\u001f]/;

/**
 * Facts as the journal stores them: a JSON array.
 *
 * @param deliveryBodyText  The delivery's body as it came. It is stored to the byte, so that a re-read parses what the first
 *   run parsed; null encodes the parsed body.
 */
export function encodeFacts(facts: readonly Fact[], deliveryBodyText: string | null = null): string {
  const [first] = facts;
  if (facts.length === 1 && first !== undefined) return `[${encodeFact(first, deliveryBodyText)}]`;
  return `[${facts.map((fact) => encodeFact(fact, deliveryBodyText)).join(",")}]`;
}

function encodeFact(fact: Fact, bodyText: string | null): string {
  if (fact.kind !== "delivery") return JSON.stringify(fact);
  if (bodyText !== null && SEPARATORS.test(bodyText)) throw new HistoryError("history_corrupt", "the delivery's body text is not JSON: it has a raw control character");
  const body = bodyText ?? JSON.stringify(fact.body);
  return `{"kind":"delivery","at":${fact.at},"headers":${JSON.stringify(fact.headers)},"query":${JSON.stringify(fact.query)},"body":${body}}`;
}

/** What was within the limits when it came in is so when it is read; the array and the fact around it add three levels. */
const STORED_LIMITS = { depthMax: JSON_LIMITS.depthMax + 8, nodesMax: Number.POSITIVE_INFINITY };
const KINDS = new Set(["delivery", "intent", "response", "failure", "timer", "cancel"]);

/**
 * Facts as they were stored. Objects have no prototype.
 *
 * @throws HistoryError  `history_corrupt`: not a JSON array of facts.
 */
export function decodeFacts(text: string): Fact[] {
  let value: Json;
  try {
    value = parseJsonInput(text, STORED_LIMITS);
  } catch (error) {
    if (!(error instanceof JsonInputError)) throw error;
    throw new HistoryError("history_corrupt", `stored facts cannot be read: ${error.message}`, { cause: error });
  }
  if (!isArray(value)) throw new HistoryError("history_corrupt", `stored facts are not an array: ${text.slice(0, 80)}`);
  return value.map(factOf);
}

function factOf(value: Json): Fact {
  if (!isFact(value)) throw new HistoryError("history_corrupt", `a stored fact lacks what facts of its kind have: ${JSON.stringify(value).slice(0, 80)}`);
  return value;
}

/** Checks what storage could have done to a fact that `encodeFacts` wrote, not what `encodeFacts` could have done to it. */
function isFact(value: Json): value is Json & Fact {
  if (!isObject(value)) return false;
  const { kind, at, node, attempt, headers } = value;
  if (typeof kind !== "string" || !KINDS.has(kind) || typeof at !== "number") return false;
  if (kind === "delivery") return isObject(headers) && "body" in value;
  if (kind === "cancel") return true;
  return typeof node === "string" && (kind === "timer" || typeof attempt === "number");
}

/**
 * A run from its stored segments, in `seq` order from 0.
 *
 * @throws HistoryError
 */
export function foldRun(
  plan: Plan,
  segments: readonly { readonly runId: string; readonly seq: number; readonly facts: string }[],
  options: { readonly isObserved?: boolean } = {},
): Run {
  const [first] = segments;
  if (first === undefined) throw new HistoryError("history_start", "a run without segments cannot be folded");
  const run = new Run(plan, first.runId);
  if (options.isObserved === true) run.observe();
  for (const segment of segments) for (const fact of decodeFacts(segment.facts)) run.apply(fact, segment.seq);
  return run;
}
