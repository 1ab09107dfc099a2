/**
 * @packageDocumentation
 *
 * The deterministic engine: a definition becomes a plan, facts become state, events and effects.
 *
 * It never reads a clock, a random number, a file, a socket or the environment: everything from outside arrives as a fact. It
 * compiles without Node and DOM types and runs unchanged in the server, in tests and in the browser.
 *
 * Invariants:
 * 1. The same plan and facts give the same state, events and effects on any machine, any Node version, any locale.
 * 2. All of an author's mistakes are reported at once, each with a path, a stable code, a message and a fix; nothing is thrown.
 * 3. An expression ends within a counted budget, whatever its text and input, and can access only its scope.
 * 4. A definition's hash depends on what it does, not on key order, layout, labels or samples.
 *
 * In a page: `validateDefinition` on every edit, `connectionFault` while an edge is dragged, `scopeNames` and `expressionFunctions` for
 * completion, `previewExpression` in a worker; `compile`, `foldRun` and `explainStep` to recompute a recorded run with the input of every
 * step. No code is generated at run time, so a strict Content-Security-Policy is possible. Modules that are not imported are not loaded,
 * and only `parseDefinition` and `formatDefinition` bring YAML.
 *
 * Start reading at `definition/validate.ts` (from a document to a plan), then `run/run.ts` (a run folding its facts),
 * `run/take` (what each kind of fact does) and `run/pass` (how steps run and end).
 */

export type { Json, JsonArray, JsonObject } from "./json.ts";
export type { Micros } from "./time.ts";
export * from "./run-id.ts";
export { homeShardOf } from "./home-shard.ts";

export type { Expression, Scope, Template, ValueTemplate } from "./expression/index.ts";
export { EXPRESSION_LIMITS, takeSpentUnits } from "./expression/budget.ts";
export { evaluate } from "./expression/evaluate.ts";
export { ExpressionError, ExpressionSyntaxError, type ExpressionSyntaxCode } from "./expression/expression-error.ts";
export { type ExpressionFunctionInfo, expressionFunctions } from "./expression/function-list.ts";
export { parseExpression } from "./expression/parse.ts";
export { type ExpressionPreview, previewExpression } from "./expression/preview.ts";
export { renameNodes, renameNodesInTemplate } from "./expression/rename-nodes.ts";
export { useSemantics } from "./expression/semantics.ts";
export { parseTemplate, renderTemplate } from "./expression/template.ts";
export { parseValueTemplate, resolveValue } from "./expression/value-template.ts";

export { connectionFault } from "./definition/connection-fault.ts";
export type { EdgeDefinition, GraphDefinition, NodeDefinition, WorkflowDefinition } from "./definition/definition.ts";
export { DEFINITION_LIMITS } from "./definition/definition.ts";
export { type DocumentFormat, formatDefinition } from "./definition/format.ts";
export { definitionHash } from "./definition/hash.ts";
export { isJsonSchema } from "./definition/is-json-schema.ts";
export type { JsonSchema } from "./definition/json-schema.ts";
export { type InvalidText, parseDefinition } from "./definition/parse.ts";
export { workflowSchema } from "./definition/schema.ts";
export { type ScopeName, scopeNames } from "./definition/scope-names.ts";
export { type InvalidDefinition, type ValidDefinition, validateDefinition } from "./definition/validate.ts";

export type { NodeType } from "./node/node-type.ts";
export { bodyOf } from "./node/loop-body.ts";
export { nodeTypes } from "./node/registry.ts";
export { isStart } from "./node/start-types.ts";

export { compile, InvalidDefinitionError } from "./plan/compile.ts";
export { DELAY_MS_MAX } from "./plan/delay-limits.ts";
export type * from "./plan/plan.ts";

export type { CatalogueEntry } from "./error/catalogue-entry.ts";
export type { Issue } from "./error/issue.ts";
export { type IssueCode, issueCatalogue } from "./error/issue-catalogue.ts";
export { type StepErrorCode, stepErrorCatalogue } from "./error/step-error-catalogue.ts";

export { JSON_LIMITS, type JsonLimits, parseJsonInput } from "./json-input.ts";
export { JsonInputError, type JsonInputErrorCode } from "./json-input-error.ts";
export { parseJsonExactly } from "./json-exact.ts";
export { ExactNumber } from "./json-number.ts";
export { roundNumbers } from "./round-numbers.ts";

export { referenceText, type LinkReference, type Reference } from "./expression/reference.ts";
export type * from "./run/effect.ts";
export {
  RUN_EVENT_TYPES,
  type RunEvent,
  type RunEventType,
  type RunResponse,
  type RunResult,
  type StepError,
} from "./run/event.ts";
export type * from "./run/fact.ts";
export type * from "./run/kept.ts";
export type * from "./run/origin.ts";
export { type KeptBefore, keptBefore, type ResumeFault, withOutputs } from "./run/resume.ts";
export { type RunStatus, type StepStatus, TERMINAL_STATUSES, type TerminalStatus } from "./run/status.ts";
export { decodeFacts, encodeFacts, isEmbeddableText } from "./run/codec.ts";
export { DELIVERY_HEAD_CHARACTERS, readDeliveryHead, type DeliveryHead } from "./run/delivery-head.ts";
export { explainStep, type StepExplanation, type StepInput } from "./run/explain-step.ts";
export { type EncodedSegment, foldRun, foldRunInSlices, SLICE_UNITS } from "./run/fold.ts";
export { HistoryError, type HistoryErrorCode } from "./run/history-error.ts";
export type { TriedCase } from "./run/kind/branch.ts";
export { redirectedMethod } from "./run/redirected-method.ts";
export { CHILD_DEPTH_MAX } from "./run/kind/call-workflow.ts";
export { Run } from "./run/run.ts";
export type { ChildRun, IgnoredReason } from "./run/run-state.ts";
export { RUN_LIMITS, SEMANTICS } from "./run/semantics.ts";
export type { LoopProgress } from "./run/loop.ts";
export type { StepView } from "./run/step.ts";
export { placeOf, stepKey, type StepPlace } from "./run/step-key.ts";
export { stateHash } from "./run/state-hash.ts";
export { formatTimestamp } from "./run/timestamp.ts";

export { readXml } from "./xml/read-xml.ts";
export { XmlFault } from "./xml/xml-fault.ts";
export type { Difference } from "./run/trial/difference.ts";
export { type Ending, type Trial, tryRun } from "./run/trial/try-run.ts";
