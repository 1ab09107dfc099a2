import type { Scope } from "../../expression/index.ts";
import { type Escape, renderBlocks } from "../../expression/render-blocks.ts";
import type { TemplateStep } from "../../plan/plan.ts";
import { failed, type Outcome, succeeded } from "../outcome.ts";
import { encodeUrlPart, escapeMarkup, RequestError } from "../request-values.ts";

const WHAT = "A value of the template";

const ESCAPES: { readonly [name in TemplateStep["escape"]]: Escape } = {
  none: (text) => text,
  html: (text) => escapeMarkup(text, WHAT),
  xml: (text) => escapeMarkup(text, WHAT),
  // Any other value is JSON already.
  json: (text, value) => (typeof value === "string" ? JSON.stringify(text).slice(1, -1) : text),
  url: (text) => encodeUrlPart(text, WHAT),
};

/** @throws ExpressionError */
export function runTemplate(step: TemplateStep, scope: Scope): Outcome {
  try {
    return succeeded(renderBlocks(step.parts, scope, ESCAPES[step.escape]));
  } catch (error) {
    if (error instanceof RequestError) return failed("template_invalid", error.message);
    throw error;
  }
}
