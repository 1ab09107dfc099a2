import type { StepError } from "@meshhook/core";

/** Why a step starts no run. */

export function notFound(workflow: string): StepError {
  const message = `The project has no workflow "${workflow}"; create it and publish it, or correct the slug`;
  return { code: "child_not_found", message };
}

export function notPublished(workflow: string): StepError {
  return { code: "child_not_published", message: `Workflow "${workflow}" has no published version; publish it` };
}

export function tooMany(rootRunId: string, runsMax: number): StepError {
  const message = `Run ${rootRunId} has led to ${runsMax} runs, which is as many as one run may; end the recursion, or send what is left as webhooks of their own`;
  return { code: "child_too_many", message };
}
