import type { Scope } from "../../expression/index.ts";
import { renderTemplate } from "../../expression/template.ts";
import { resolveValue } from "../../expression/value-template.ts";
import type { TerminateStep } from "../../plan/plan.ts";
import { failed, type Outcome } from "../outcome.ts";
import { responseOf } from "../response.ts";

export function runTerminate(node: string, terminate: TerminateStep, scope: Scope): Outcome {
  const output = terminate.output === null ? null : resolveValue(terminate.output, scope);
  // Text for people, which is logged as UTF-8.
  const reason = terminate.reason === null ? undefined : renderTemplate(terminate.reason, scope).toWellFormed();
  const response = terminate.response === null ? undefined : responseOf(terminate.response, scope);
  if (typeof response === "string") return failed("response_invalid", response);
  const told = { ...(reason === undefined ? {} : { reason }), ...(response === undefined ? {} : { response }) };
  if (terminate.status === "succeeded") {
    return { kind: "ended", output, result: { status: "succeeded", output, ...told } };
  }
  const message = reason ?? `Node "${node}" ended the run as failed`;
  const error = { code: "terminated", message, node };
  return { kind: "ended", output, result: { status: "failed", output, ...told, error } };
}
