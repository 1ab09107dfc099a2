/**
 * @packageDocumentation
 *
 * The deterministic engine: a definition becomes a plan, facts become state, events and effects.
 *
 * It never reads a clock, a random number, a file, a socket or the environment: whatever comes from outside arrives as a fact. It
 * compiles without Node and DOM types and runs unchanged in the server, in tests and in the browser.
 *
 * Invariants:
 * 1. The same plan and facts give the same state, events and effects on any machine, any Node version, any locale.
 * 2. Everything an author can get wrong is told at once, each with a path, a stable code, a message and a fix; nothing is thrown.
 * 3. An expression ends within a counted budget, whatever its text and input, and reaches nothing but its scope.
 * 4. A definition's hash depends on what it does, not on key order, layout, labels or samples.
 *
 * Start reading at `definition/validate.ts` (a document on its way to a plan), then `run/run.ts` (a run folding its facts).
 */

export type { Json, JsonArray, JsonObject } from "./json.ts";
export type { Micros } from "./time.ts";
export * from "./run-id.ts";

export type { Expression, Scope, Template, ValueTemplate } from "./expression/index.ts";
export { EXPRESSION_LIMITS } from "./expression/budget.ts";
export { evaluate } from "./expression/evaluate.ts";
export { ExpressionError, ExpressionSyntaxError, type ExpressionSyntaxCode } from "./expression/expression-error.ts";
export { parseExpression } from "./expression/parse.ts";
export { parseTemplate, renderTemplate } from "./expression/template.ts";
export { parseValueTemplate, resolveValue } from "./expression/value-template.ts";
