import { expect } from "vitest";
import { importDocument, type ImportedDocument, type ImportFormat } from "../../src/import/index.ts";
import {
  compile,
  type CallRequest,
  type Effect,
  type Json,
  type JsonObject,
  Run,
  type WorkflowDefinition,
} from "../../src/index.ts";

const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";

/** Imports a document that can be read. */
export function imported(text: string, from: ImportFormat | null = null): ImportedDocument {
  const result = importDocument(text, from);
  if ("message" in result) throw new Error(`${result.message} ${result.fix}`);
  return result;
}

/** The same, and holds that nothing is missing and that the result is valid. */
export function complete(text: string): ImportedDocument {
  const result = imported(text);
  expect(missing(result)).toEqual([]);
  expect(result.issues).toEqual([]);
  return result;
}

/** What was not understood, as `node field`. */
export function missing({ notes }: ImportedDocument): readonly string[] {
  return notes
    .filter(({ kind }) => kind === "not_understood")
    .map(({ node, field }) => `${node ?? ""} ${field}`.trim());
}

export function configOf({ definition }: ImportedDocument, id: string): JsonObject {
  return nodeOf(definition, id)["config"] as JsonObject;
}

export function nodeOf(definition: JsonObject, id: string): JsonObject {
  const nodes = definition["nodes"] as { readonly [id: string]: JsonObject };
  const node = nodes[id];
  if (node === undefined) throw new Error(`There is no node "${id}" among ${Object.keys(nodes).join(", ")}`);
  return node;
}

/** A run of an imported workflow, with an answer for each call. */
export interface Ran {
  readonly run: Run;
  readonly requests: readonly CallRequest[];
  readonly output: (node: string) => Json;
}

/** Runs an imported workflow: calls are answered at once, delays end when they are due. */
export function runImported(
  { definition }: ImportedDocument,
  delivery: {
    readonly body?: Json;
    readonly headers?: { readonly [name: string]: string };
    readonly query?: { readonly [name: string]: string };
  },
  answer: (request: CallRequest) => { readonly status: number; readonly body: Json } = () => ({
    status: 200,
    body: null,
  }),
): Ran {
  const run = new Run(compile(definition as unknown as WorkflowDefinition), RUN_ID, { keepsIterations: true });
  const requests: CallRequest[] = [];
  const { body = null, headers = {}, query = {} } = delivery;
  const waiting: Effect[] = [...run.apply({ kind: "delivery", at: 1_000_000, headers, query, body, semantics: 3 }, 0)];
  for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
    const { node, iteration } = effect;
    if (node === undefined) continue;
    const place = iteration === undefined ? { node } : { node, iteration };
    if (effect.kind === "timer") waiting.push(...run.apply({ kind: "timer", ...place, at: effect.dueAt }, 0));
    if (effect.kind !== "call") continue;
    const request = effect.request();
    requests.push(request);
    const { status, body: answered } = answer(request);
    const at = Math.max(run.lastAt, effect.dueAt);
    const response = { at, attempt: effect.attempt, durationUs: 1, status, headers: {}, body: answered };
    waiting.push(...run.apply({ kind: "response", ...place, ...response }, 0));
  }
  return { run, requests, output: (node) => run.stepAt({ node })?.output ?? null };
}
