import type { TemplatePart } from "../expression/block-template.ts";
import type { Expression, Template, ValueTemplate } from "../expression/index.ts";

/** Nodes and the edges between them: a workflow, or the body of a loop. */
export interface PlanGraph {
  /** In topological order; a node's index is its position here. */
  readonly nodes: readonly PlanNode[];
  readonly indexById: ReadonlyMap<string, number>;
  /** The loop whose body this is; null for the workflow itself. */
  readonly opener: PlanNode | null;
}

/**
 * A workflow version compiled for execution: integer-indexed graphs, every expression parsed.
 *
 * Immutable and shared by all runs of the version. Only `compile` creates it, from a valid definition. Node 0 is the webhook, or the schedule
 * where there is no webhook.
 */
export interface Plan extends PlanGraph {
  /** sha256 of the canonical definition without layout, labels and samples; hex. */
  readonly hash: string;
  readonly slug: string;
  /** The indices of the nodes that can start a run, ascending: the webhook, the schedule. */
  readonly starts: readonly number[];
  /** How many runs of the workflow may go on at the same time; null: any number. */
  readonly concurrency: number | null;
  /** The nodes of all graphs. Ids are unique over the whole workflow. */
  readonly nodeById: ReadonlyMap<string, PlanNode>;
  /** How long a run may take; null: as long as it needs. */
  readonly timeoutMs: number | null;
  /** What a run waits for can be settled without a fact of its own: in loops that fail, beside timeouts, by signals. */
  readonly waitsCanLapse: boolean;
}

export interface PlanNode {
  readonly index: number;
  readonly id: string;
  readonly graph: PlanGraph;
  readonly step: PlanStep;
  /** The graph that a loop runs for each item; of other nodes an empty one. */
  readonly body: PlanGraph;
  /** The number of edges that end here. */
  readonly incoming: number;
  /** The step runs as soon as so many edges are taken. 0: it runs when all edges are decided, if any was taken. */
  readonly join: number;
  /** A step that leads here, or this one, may run before others that lead here have ended. */
  readonly isRacing: boolean;
  /** How long the step may wait before it fails; null: as long as it takes. */
  readonly timeoutMs: number | null;
  readonly outgoing: readonly PlanEdge[];
}

export interface PlanEdge {
  readonly port: string;
  readonly to: number;
}

export type PlanStep =
  | WebhookStep
  | ScheduleStep
  | TransformStep
  | TemplateStep
  | XmlJsonStep
  | BranchStep
  | HttpCallStep
  | CallWorkflowStep
  | DelayStep
  | WaitForSignalStep
  | LoopStep
  | TerminateStep;

export interface WebhookStep {
  readonly type: "webhook@1";
}

export interface ScheduleStep {
  readonly type: "schedule@1";
  /** Five fields, or six with seconds in front. */
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
  /** What becomes of times that passed while nobody was there: the latest of them gets a run, or each. */
  readonly missed: "skip" | "all";
}

/** Port `out`; output is the expression's value. */
export interface TransformStep {
  readonly type: "transform@1";
  readonly expression: Expression;
}

/** Port `out`; output is the text. Port `error` when a value cannot be written. */
export interface TemplateStep {
  readonly type: "template@1";
  readonly parts: readonly TemplatePart[];
  readonly escape: "none" | "html" | "xml" | "json" | "url";
}

/** Port `out`; output is the value or the text. Port `error` when the value cannot be read or written as XML. */
export interface XmlJsonStep {
  readonly type: "xml_json@1";
  /** The value is XML, and the output JSON; otherwise the reverse. */
  readonly readsXml: boolean;
  readonly value: ValueTemplate;
  /** Names of elements that are always lists. */
  readonly lists: ReadonlySet<string>;
}

/** The first case whose expression is truthy (JMESPath truth) decides the port; `otherwise` when none is. Output is the chosen port's name. */
export interface BranchStep {
  readonly type: "branch@1";
  readonly cases: readonly { readonly port: string; readonly when: Expression }[];
  readonly otherwise: string;
}

/**
 * A call: `http_call`, or `emit`, which signs its request. Port `out` on success, `error` on final failure when such an edge exists; without
 * it a final failure fails the run.
 */
export interface HttpCallStep {
  readonly type: "http_call@1" | "emit@1";
  readonly method: string;
  readonly url: Template;
  readonly headers: readonly { readonly name: string; readonly value: Template }[];
  /** A list gives the parameter several times, null leaves it out. */
  readonly query: readonly { readonly name: string; readonly value: ValueTemplate }[];
  /** Null: no body. */
  readonly body: ValueTemplate | null;
  readonly timeoutMs: number;
  readonly responseBytesMax: number;
  readonly atMostOnce: boolean;
  readonly redirects: RedirectPolicy;
  readonly retry: RetryPolicy;
  /** How the body of the answer is read. */
  readonly responseType: ResponseType;
  /** How many holes of the request are references. */
  readonly referenceCount: number;
  /** Names of the secrets that the request is signed with (Standard Webhooks); empty where it is not signed. */
  readonly signingKeys: readonly string[];
  /** Null: as all calls without settings. */
  readonly tls: TlsPolicy | null;
  /** Null: the target is called as often as steps ask for it. */
  readonly limits: TargetLimits | null;
  /** Null: calls go out however often the target has failed. */
  readonly breaker: BreakerPolicy | null;
}

/** What a call shows its target, and whom it trusts. Null: nothing, and whom all calls trust. */
export interface TlsPolicy {
  /** Certificates of issuers that are trusted, instead of others. */
  readonly ca: TlsPart | null;
  readonly certificate: TlsPart | null;
  readonly key: TlsPart | null;
  readonly passphrase: TlsPart | null;
  /** The name of the target's certificate; null: the host. */
  readonly serverName: string | null;
}

/** A text in the definition, or the name of a secret. */
export type TlsPart = { readonly text: string } | { readonly secret: string };

/** `auto`: by its content type. */
export type ResponseType = "auto" | "json" | "text" | "xml" | "base64";

/** How much one process may ask of the origin of a call on behalf of a project. */
export interface TargetLimits {
  /** Calls at the same time; null: any number. */
  readonly concurrency: number | null;
  /** Calls that start in a second; null: any number. */
  readonly ratePerSecond: number | null;
}

/** When calls to an origin are held back because it keeps failing. */
export interface BreakerPolicy {
  /** So many failures in a row within `windowMs` open the breaker. */
  readonly failures: number;
  readonly windowMs: number;
  /** How long it stays open before one call tries again. */
  readonly openMs: number;
  /** `wait`: a call waits until the breaker lets it through; `fail`: its attempt fails with `circuit_open`. */
  readonly whenOpen: "wait" | "fail";
}

/**
 * `follow`: redirects that keep the meaning of the request; `browser`: those that browsers follow, with a POST becoming a GET; `none`:
 * none. Sources: RFC 9110 15.4; Fetch Standard, HTTP-redirect fetch.
 */
export interface RedirectPolicy {
  readonly mode: "follow" | "browser" | "none";
  /** Which answers are followed: by `mode` and method, without those that the retry policy tries again. */
  readonly statuses: readonly number[];
  /** Hops. */
  readonly max: number;
}

export interface RetryPolicy {
  /** All attempts, including the first; 1 means no retry. */
  readonly attemptsMax: number;
  readonly baseMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** `full`: a uniform draw between 0 and the backoff. Seeded by run, node and attempt, so a replay draws the same. */
  readonly jitter: "full" | "none";
  /** No attempt starts later than this after the first one. */
  readonly elapsedMsMax: number;
  readonly honorRetryAfter: boolean;
  /** Statuses that are retried; any other status that is not a success is a final failure. */
  readonly onStatus: readonly StatusMatch[];
  readonly onTimeout: boolean;
  readonly onNetwork: boolean;
}

/** An exact status, or a class as in `5xx` (then `from` 500, `to` 599). */
export interface StatusMatch {
  readonly from: number;
  readonly to: number;
}

/**
 * Starts a run of another workflow, its child, and waits for its end. Port `out` when the child succeeded, with its output; `error` when it
 * failed, was canceled or could not be started; without such an edge the run fails.
 */
export interface CallWorkflowStep {
  readonly type: "call_workflow@1";
  /** The slug of a workflow in the same project. */
  readonly workflow: string;
  /** The child's input; null for the input of the run itself. */
  readonly input: ValueTemplate | null;
}

/**
 * `durationMs`: milliseconds, or an expression for them. `until`: a time, as RFC 3339 text or a number since 1970 (`readTime`). Of the two,
 * the one that is not given is null.
 */
export type DelayStep =
  | { readonly type: "delay@1"; readonly durationMs: number | Expression; readonly until: null }
  | { readonly type: "delay@1"; readonly durationMs: null; readonly until: ValueTemplate };

/**
 * Port `out` with `{ name, payload, at }` when the signal has come; `timeout` when it has not come in time, where an edge leaves that port, and
 * otherwise a failure.
 */
export interface WaitForSignalStep {
  readonly type: "wait_for_signal@1";
  readonly name: Template;
  /** Null: for as long as it takes. */
  readonly timeoutMs: number | null;
}

/**
 * Runs its body once for each item. Port `out` when all iterations have ended, `error` when more of them failed than are tolerated or the
 * items are not an array; without such an edge the run fails. Output: `{ results, failures: [{ index, error }], brokenAt }`.
 */
export interface LoopStep {
  readonly type: "loop@1";
  readonly items: Expression;
  /** More items are a failure of the step. */
  readonly itemsMax: number;
  /** How many iterations may go on at the same time. */
  readonly concurrency: number;
  /** How many iterations may fail; the share is of all items, from 0 to 1. The larger of the two counts. */
  readonly toleratedFailures: number;
  readonly toleratedShare: number;
  /** Evaluated after each iteration that succeeded; if it holds, no further iteration begins. */
  readonly breakWhen: Expression | null;
  /** The result of an iteration; null: the output of the last step that ran, or of each of them by id if there are several. */
  readonly result: ValueTemplate | null;
}

/** Ends the run at once; steps that wait are canceled. */
export interface TerminateStep {
  readonly type: "terminate@1";
  readonly status: "succeeded" | "failed";
  readonly reason: Template | null;
  readonly output: ValueTemplate | null;
  /** The answer to the webhook; null where the workflow gives none. */
  readonly response: ResponseTemplate | null;
}

export interface ResponseTemplate {
  /** 200 to 599. */
  readonly status: number | Expression;
  /** Lower-case names. */
  readonly headers: readonly { readonly name: string; readonly value: Template }[];
  /** Null: no body. */
  readonly body: ValueTemplate | null;
  /** The body is base64 of the bytes to send. */
  readonly isBase64: boolean;
  /** The body is written as XML. */
  readonly isXml: boolean;
}
