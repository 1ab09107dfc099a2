import {
  ExactNumber,
  ExpressionError,
  ExpressionSyntaxError,
  JsonInputError,
  Run,
  SEMANTICS,
  evaluate,
  formatDefinition,
  parseDefinition,
  parseExpression,
  parseJsonInput,
  parseTemplate,
  parseValueTemplate,
  renderTemplate,
  resolveValue,
  validateDefinition,
  type DocumentFormat,
  type Effect,
  type Expression,
  type Issue,
  type Json,
  type JsonObject,
  type Plan,
  type RunResult,
  type StepStatus,
  type WorkflowDefinition,
} from "@meshhook/core";
import { isContainer } from "#lib/json-container.ts";

import { NO_HEAD, type SampleHead } from "./sample-head.ts";

/** The assumed answer of an http_call, because nothing is sent. */
export interface PinnedAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Json;
}
export type Pins = { readonly [node: string]: PinnedAnswer };

export interface SampleReport {
  /** Null when the sample is JSON. */
  readonly fault: string | null;
}

export interface CheckReport {
  readonly issues: readonly Issue[];
  /** Null while there are issues. */
  readonly hash: string | null;
}

/** A text, and how it is to be read. */
export type Written =
  | { readonly kind: "expression" | "template"; readonly text: string }
  | { readonly kind: "value"; readonly value: Json };

export type PreviewOutcome =
  | { readonly kind: "value"; readonly text: string; readonly isCut: boolean; readonly type: string }
  | { readonly kind: "bad_expression"; readonly message: string; readonly offset: number }
  | { readonly kind: "no_sample" }
  | { readonly kind: "no_output"; readonly nodes: readonly string[] }
  | { readonly kind: "evaluation_error"; readonly message: string };

/** A step of a try-out. `waiting`: it would make a call, and no answer is pinned. */
export interface TriedStep {
  readonly status: StepStatus;
  readonly output: string | null;
  readonly error: string | null;
}

export interface TryOut {
  readonly steps: { readonly [node: string]: TriedStep };
  readonly result: RunResult | null;
  /** Calls that would have been sent, as method and address, by node. */
  readonly calls: { readonly [node: string]: string };
  /** Nodes that were left out because of issues in them or before them. */
  readonly leftOut: readonly string[];
  /** Why nothing ran; null when something did. */
  readonly fault: string | null;
}

/** The worker has the whole output of a try-out; people see this many characters. */
const SHOWN_LENGTH_MAX = 16_384;
/** An editor draws only what is in view, but always whole lines: one of 5 MB blocks the page for more than a second. */
const LONG_LINE = /[^\n]{10001}/;
const NAMES_MAX = 400;
const NAME_DEPTH_MAX = 5;

/** The time of the try-out's delivery, which is fixed so that the same draft and sample give the same outputs. */
const DELIVERED_AT = 1_767_225_600_000_000;
const RUN_ID = "00000000-0000-7000-8000-000000000000";

interface Folded {
  readonly run: Run;
  readonly calls: { readonly [node: string]: string };
  readonly leftOut: readonly string[];
}

/**
 * The engine on the draft, its sample and its pinned answers: checks, previews and tries out, without sending anything anywhere.
 *
 * It runs in a worker, so that a large sample or a slow expression never delays typing.
 */
export class Bench {
  #draft: WorkflowDefinition | null = null;
  #pins: Pins = {};
  #sample: Json | undefined;
  #head: SampleHead = NO_HEAD;
  #folded: Folded | string | null = null;

  setDraft(draft: WorkflowDefinition): CheckReport {
    this.#draft = draft;
    this.#folded = null;
    const checked = validateDefinition(draft);
    return "issues" in checked ? { issues: checked.issues, hash: null } : { issues: [], hash: checked.hash };
  }

  setPins(pins: Pins): null {
    this.#pins = pins;
    this.#folded = null;
    return null;
  }

  /** Takes the sample as text; null when there is none. */
  setSample(text: string | null): SampleReport {
    this.#folded = null;
    this.#sample = undefined;
    if (text === null || text.trim() === "") return { fault: null };
    try {
      this.#sample = parseJsonInput(text);
      return { fault: null };
    } catch (error) {
      if (!(error instanceof JsonInputError)) throw error;
      return { fault: error.message };
    }
  }

  /** Takes the headers and the query that come with the sample; without prototypes, as every message arrives here. */
  setHead(head: SampleHead): null {
    this.#folded = null;
    this.#head = head;
    return null;
  }

  preview(node: string, written: Written): PreviewOutcome {
    try {
      const read = reading(written);
      if (this.#sample === undefined) return { kind: "no_sample" };
      const scope = this.#scopeOf();
      const outputs = scope["nodes"] as JsonObject;
      const missing = mentionedNodes(written).filter((id) => id !== node && !Object.hasOwn(outputs, id));
      if (missing.length > 0) return { kind: "no_output", nodes: missing };
      const value = read(scope);
      return { kind: "value", ...shown(value), type: typeName(value) };
    } catch (error) {
      if (error instanceof ExpressionSyntaxError)
        return { kind: "bad_expression", message: error.message, offset: error.offset };
      if (error instanceof ExpressionError) return { kind: "evaluation_error", message: error.message };
      throw error;
    }
  }

  /** The paths below the given roots in the sample and the outputs: `input.lines[].sku`. */
  names(roots: readonly string[]): readonly string[] {
    if (this.#sample === undefined) return [];
    const scope = this.#scopeOf();
    const found: string[] = [];
    for (const root of roots) {
      const value = root
        .split(".")
        .reduce<Json | undefined>((inner, key) => (inner as JsonObject | undefined)?.[key], scope);
      collectNames(root, value, 0, found);
    }
    return found;
  }

  tryOut(): TryOut {
    const none = { steps: {}, result: null, calls: {}, leftOut: [] };
    if (this.#sample === undefined)
      return { ...none, fault: "There is no sample. Write one, or use the last delivery." };
    const folded = this.#fold();
    if (typeof folded === "string") return { ...none, fault: folded };
    const { run, calls, leftOut } = folded;
    const steps = Object.fromEntries(
      run.steps.map(({ node, status, output, error }): [string, TriedStep] => [
        node,
        {
          status,
          output: status === "succeeded" || output !== null ? shown(output).text : null,
          error: error?.message ?? null,
        },
      ]),
    );
    return { steps, result: run.result, calls, leftOut, fault: null };
  }

  /**
   * Reads a document from text, for import. `setDraft` says whether it is valid; the issues are those that kept it from being read at all.
   */
  read(text: string): { readonly value: unknown; readonly issues: readonly Issue[] } {
    const parsed = parseDefinition(text, text.trimStart().startsWith("{") ? "json" : "yaml");
    if ("definition" in parsed) return { value: parsed.definition, issues: [] };
    return { value: parsed.value ?? null, issues: parsed.value === undefined ? parsed.issues : [] };
  }

  /** A JSON text with a line too long to draw is broken into lines; any other text is unchanged. */
  inLines(text: string): string {
    if (!LONG_LINE.test(text)) return text;
    try {
      return JSON.stringify(parseJsonInput(text), null, 2);
    } catch (error) {
      if (!(error instanceof JsonInputError)) throw error;
      return text;
    }
  }

  /** A draft as a document, for export. */
  write(draft: WorkflowDefinition, format: DocumentFormat): string {
    return formatDefinition(draft, format);
  }

  #scopeOf(): JsonObject {
    const folded = this.#fold();
    const nodes: { [id: string]: Json } = Object.create(null) as { [id: string]: Json };
    if (typeof folded !== "string") {
      for (const { node, status, output } of folded.run.steps) {
        if (status === "succeeded" || status === "skipped" || output !== null)
          nodes[node] = Object.assign(Object.create(null), { output }) as Json;
      }
    }
    return Object.assign(Object.create(null), {
      input: this.#sample ?? null,
      headers: this.#head.headers,
      query: this.#head.query,
      nodes,
      run: Object.assign(Object.create(null), { id: RUN_ID, startedAt: "2026-01-01T00:00:00.000000Z" }) as JsonObject,
      now: "2026-01-01T00:00:00.000000Z",
    }) as JsonObject;
  }

  #fold(): Folded | string {
    return (this.#folded ??= this.#foldNow());
  }

  #foldNow(): Folded | string {
    if (this.#draft === null) return "There is no workflow yet.";
    const { plan, leftOut, fault } = soundPart(this.#draft);
    if (plan === null) return fault;
    const run = new Run(plan, RUN_ID);
    const calls: { [node: string]: string } = {};
    const delivery = {
      kind: "delivery",
      at: DELIVERED_AT,
      semantics: SEMANTICS,
      headers: this.#head.headers,
      query: this.#head.query,
      body: this.#sample ?? null,
    } as const;
    const pending: Effect[] = [...run.apply(delivery, 0)];
    for (let effect = pending.shift(); effect !== undefined; effect = pending.shift()) {
      if (effect.kind === "timer") {
        pending.push(...run.apply({ kind: "timer", at: effect.dueAt, node: effect.node }, run.seq + 1));
        continue;
      }
      // Nothing is late here, nobody sends signals, and how another run ends nobody knows.
      if (effect.kind !== "call") continue;
      const { node, attempt, dueAt } = effect;
      const request = effect.request();
      calls[node] = `${request.method} ${request.url}`;
      const answer = Object.hasOwn(this.#pins, node) ? this.#pins[node] : undefined;
      // The answer is pinned, so a retry would get the same one.
      if (answer === undefined || attempt > 1) continue;
      pending.push(...run.apply({ kind: "response", at: dueAt, node, attempt, durationUs: 0, ...answer }, run.seq + 1));
    }
    return { run, calls, leftOut };
  }
}

/**
 * The part of a draft that can run: nodes with issues are left out, then the nodes that depend on them, until the rest is valid. Texts,
 * layout and the input's schema do not affect a run.
 */
function soundPart(draft: WorkflowDefinition): {
  readonly plan: Plan | null;
  readonly leftOut: readonly string[];
  readonly fault: string;
} {
  let nodes = draft.nodes;
  let edges = draft.edges;
  for (;;) {
    const checked = validateDefinition({ apiVersion: "meshhook/v1", kind: "Workflow", slug: "draft", nodes, edges });
    const leftOut = Object.keys(draft.nodes).filter((id) => !Object.hasOwn(nodes, id));
    if (!("issues" in checked)) return { plan: checked.plan, leftOut, fault: "" };
    const bad = new Set(checked.issues.flatMap(({ path }) => pathParts(path, "nodes")));
    const badEdges = new Set(checked.issues.flatMap(({ path }) => pathParts(path, "edges")).map(Number));
    const [first] = checked.issues;
    if ((bad.size === 0 && badEdges.size === 0) || first === undefined) {
      return { plan: null, leftOut, fault: first === undefined ? "" : `${first.message} ${first.fix}` };
    }
    nodes = Object.fromEntries(Object.entries(nodes).filter(([id]) => !bad.has(id)));
    edges = edges.filter(({ from, to }, index) => !badEdges.has(index) && !bad.has(from) && !bad.has(to));
  }
}

function pathParts(path: string, part: "nodes" | "edges"): string[] {
  const [, head, key] = path.split("/");
  return head === part && key !== undefined ? [key.replaceAll("~1", "/").replaceAll("~0", "~")] : [];
}

function reading(written: Written): (scope: JsonObject) => Json {
  switch (written.kind) {
    case "expression": {
      const expression = parseExpression(written.text);
      return (scope) => evaluate(expression, scope);
    }
    case "template": {
      const template = parseTemplate(written.text, readHole);
      return (scope) => renderTemplate(template, scope);
    }
    case "value": {
      const template = parseValueTemplate(written.value, {
        template: (text) => parseTemplate(text, readHole),
        marker: readMarker,
      });
      return (scope) => resolveValue(template, scope);
    }
  }
}

/** A secret has no value here; its hole shows as it is written. */
function readHole(text: string): Expression {
  return parseExpression(/^\s*secrets\.\w+\s*$/.test(text) ? `'{{ ${text.trim()} }}'` : text);
}

function readMarker(marker: JsonObject): Expression {
  // Says what is wrong with it, if something is.
  const { root } = parseValueTemplate(marker);
  return root.kind === "expression" ? readHole(root.expression.text) : readHole("null");
}

/** Nodes whose output is named. Text in quotes is included, which at worst requests an output that is not needed. */
function mentionedNodes(written: Written): readonly string[] {
  const text = written.kind === "value" ? JSON.stringify(written.value) : written.text;
  return [...new Set(Array.from(text.matchAll(/\bnodes\.([a-z][a-z0-9_]*)/g), ([, id = ""]) => id))];
}

function shown(value: Json): { readonly text: string; readonly isCut: boolean } {
  const text = JSON.stringify(value, null, 2);
  return text.length <= SHOWN_LENGTH_MAX
    ? { text, isCut: false }
    : { text: text.slice(0, SHOWN_LENGTH_MAX), isCut: true };
}

function typeName(value: Json): string {
  if (value === null) return "null";
  if (value instanceof ExactNumber) return "number";
  return Array.isArray(value) ? `array of ${value.length}` : typeof value;
}

function collectNames(path: string, value: Json | undefined, depth: number, found: string[]): void {
  if (found.length >= NAMES_MAX) return;
  found.push(path);
  if (depth === NAME_DEPTH_MAX || !isContainer(value)) return;
  if (Array.isArray(value)) {
    const [first] = value as readonly Json[];
    if (isContainer(first) && !Array.isArray(first)) collectMembers(`${path}[]`, first as JsonObject, depth, found);
    return;
  }
  collectMembers(path, value as JsonObject, depth, found);
}

function collectMembers(path: string, value: JsonObject, depth: number, found: string[]): void {
  for (const [key, member] of Object.entries(value)) {
    collectNames(
      /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}.${JSON.stringify(key)}`,
      member,
      depth + 1,
      found,
    );
  }
}
