import { createHash } from "node:crypto";

import type { RerunAnswer, RouteInput } from "@meshhook/contract";
import {
  decodeFacts,
  foldRunInSlices,
  keptBefore,
  type DeliveryFact,
  type Json,
  type Kept,
  type Plan,
  type ReplayOrigin,
  type Requester,
  type ResumeFault,
  type ResumeOrigin,
  type StepPlace,
  withOutputs,
} from "@meshhook/core";
import { rerunKey, type Catalog, type Journal, type Rerun, type StoredSegment } from "@meshhook/journal";
import type { Delivery, DeliveryOutcome, Engine, PlanCache } from "@meshhook/runtime";

import { HttpProblem } from "../http-problem.ts";
import { orRefused, type Redactions } from "../redaction/open-redaction.ts";
import type { Rest } from "./heavy-work.ts";

export interface RerunSources {
  readonly engine: Engine;
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly plans: PlanCache;
  readonly redactions: Redactions;
}

/** A run as it is stored. */
type StoredHistory = readonly [StoredSegment, ...StoredSegment[]];

/** Starts runs of deliveries that were run before: from the start, or from a step. */
export class Reruns {
  readonly #sources: RerunSources;

  constructor(sources: RerunSources) {
    this.#sources = sources;
  }

  /**
   * Starts a new run of the delivery of another one.
   *
   * @throws HttpProblem
   */
  async replay(
    [first]: readonly [StoredSegment, ...unknown[]],
    request: {
      readonly key: string;
      readonly version: "active" | "same";
      readonly by?: Requester;
      readonly job?: string;
    },
  ): Promise<RerunAnswer> {
    const { version, by, job } = request;
    const active = await this.#activeVersionOf(first);
    const versionId = version === "same" ? first.versionId : active;
    const origin: ReplayOrigin = {
      kind: "replay",
      runId: first.runId,
      ...(by === undefined ? {} : { by }),
      ...(job === undefined ? {} : { job }),
    };
    const bodyHash = hashOf({ version });
    return this.#start(first, { kind: "replay", key: request.key, bodyHash }, { versionId, origin });
  }

  /**
   * Starts a new run that keeps what another one did before a step.
   *
   * @throws HttpProblem
   */
  async resume(
    history: StoredHistory,
    request: RouteInput<"resumeRun">["body"],
    by: Requester,
    rest: Rest,
  ): Promise<RerunAnswer> {
    const [first] = history;
    const { idempotencyKey: key, step, iteration, input, outputs = {} } = request;
    const place: StepPlace = iteration === undefined ? { node: step } : { node: step, iteration };
    if (history[history.length - 1]?.status === null) {
      throw new HttpProblem(
        "run_in_progress",
        `The run ${first.runId} is in progress; wait until it has ended, or cancel it first`,
      );
    }
    await this.#activeVersionOf(first);
    const run = await foldRunInSlices(await this.#planOf(first.versionId), history, {
      runId: first.runId,
      keepsIterations: true,
      rest,
    });
    const given = await this.#sources.redactions.valuesOf(
      first.projectId,
      outputs as { readonly [node: string]: Json },
    );
    const kept = orProblem(withOutputs(orProblem(keptBefore(run, place)), place, given));
    const edited = [...(input === undefined ? [] : ["input"]), ...Object.keys(given).map((node) => `nodes.${node}`)];
    const origin: ResumeOrigin = {
      kind: "resume",
      runId: first.runId,
      ...place,
      by,
      ...(edited.length === 0 ? {} : { edited }),
    };
    return this.#start(
      first,
      { kind: "resume", key, bodyHash: hashOf({ step, iteration, input, outputs }) },
      {
        versionId: first.versionId,
        origin,
        continues: { kept, semantics: run.semantics },
        ...(input === undefined ? {} : { body: input as Json }),
      },
    );
  }

  async #start(
    first: StoredSegment,
    request: Pick<Rerun, "kind" | "key"> & { readonly bodyHash: string },
    next: Pick<Delivery, "versionId" | "origin" | "continues"> & { readonly body?: Json },
  ): Promise<RerunAnswer> {
    const { engine, journal } = this.#sources;
    const { runId, projectId, workflowId } = first;
    const { kind } = request;
    // Told apart by kind, so that the same key can name a replay and a resume.
    const key = `${kind} ${request.key}`;
    await journal.noteRerun({ projectId, runId, kind, key });
    const { start, ...given } = await this.#kept(first, next.body);
    const outcome = await engine.deliver({
      ...next,
      projectId,
      workflowId,
      plan: await this.#planOf(next.versionId),
      receivedAt: Date.now() * 1_000,
      ...given,
      ...(start === undefined ? {} : { start }),
      bodyText: null,
      dedupe: rerunKey({ runId, key }, request.bodyHash),
    });
    return answerOf(outcome, request.key);
  }

  /** What the new run keeps of the delivery: by today's rules for redaction. @throws HttpProblem  `redaction_impossible` */
  async #kept(
    first: StoredSegment,
    edited: Json | undefined,
  ): Promise<Pick<DeliveryFact, "headers" | "query" | "body" | "start">> {
    const { headers, query, start, source, body: stored } = deliveryOf(first);
    const body = edited ?? stored;
    const redaction = await this.#sources.redactions.of(first.projectId, source?.endpoint ?? null);
    const started = start === undefined ? {} : { start };
    if (redaction === null) return { headers, query, body, ...started };
    const given = { headers, query, body, bodyText: JSON.stringify(body) };
    const { delivery } = orRefused(() => redaction.delivery(given));
    return { headers: delivery.headers, query: delivery.query, body: delivery.body, ...started };
  }

  /** @throws HttpProblem  `workflow_deleted` */
  async #activeVersionOf({ projectId, workflowId, runId }: StoredSegment): Promise<string> {
    const workflow = await this.#sources.catalog.findWorkflow(projectId, { id: workflowId });
    const active = workflow?.activeVersionId ?? null;
    if (active === null)
      throw new HttpProblem("workflow_deleted", `The workflow of run ${runId} was deleted, so it starts no runs`);
    return active;
  }

  async #planOf(versionId: string): Promise<Plan> {
    const plan = await this.#sources.plans.get(versionId);
    if (plan === null) throw new Error(`There is no version ${versionId}, to which a run refers`);
    return plan;
  }
}

/** The delivery that a run was started with. */
function deliveryOf({ runId, facts }: StoredSegment): DeliveryFact {
  const [delivery] = decodeFacts(facts);
  if (delivery?.kind !== "delivery") throw new Error(`The run ${runId} does not start with a delivery`);
  return delivery;
}

const PROBLEMS = {
  step_unknown: "step_unknown",
  step_not_reached: "step_not_reached",
  outcome_unknown: "step_outcome_unknown",
  output_not_kept: "output_not_kept",
} as const satisfies { readonly [code in ResumeFault["code"]]: string };

function orProblem(found: { readonly kept: readonly Kept[] } | { readonly fault: ResumeFault }): readonly Kept[] {
  if ("kept" in found) return found.kept;
  throw new HttpProblem(PROBLEMS[found.fault.code], found.fault.message);
}

/** Hex SHA-256 of what a request asks for: distinguishes a repeat from a reuse of its key. */
function hashOf(request: object): string {
  return createHash("sha256").update(JSON.stringify(request)).digest("hex");
}

/** @throws HttpProblem  when no run was started. */
function answerOf(outcome: DeliveryOutcome, key: string): RerunAnswer {
  switch (outcome.kind) {
    case "accepted":
      return { runId: outcome.runId, status: outcome.status };
    case "duplicate":
      if (outcome.sameBody) return { runId: outcome.runId, duplicate: true };
      throw new HttpProblem(
        "idempotency_key_reused",
        `The key "${key}" was used before with another request, which started run ${outcome.runId}; use a new key`,
      );
    case "unknown":
      throw new HttpProblem(
        "outcome_unknown",
        "The connection to the database was lost; send the same request again to learn whether the run was started",
        { runId: outcome.runId, retryAfterS: retryAfterS(outcome) },
      );
    case "overloaded":
    case "unavailable":
    default:
      throw new HttpProblem(outcome.kind, "The run was not started; send the same request again", {
        retryAfterS: retryAfterS(outcome),
      });
  }
}

function retryAfterS({ retryAfterMs }: { readonly retryAfterMs: number }): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1_000));
}
