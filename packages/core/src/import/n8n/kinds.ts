import type { NodeKind } from "./node-kind.ts";
import { ifNode, switchNode } from "./node/branches.ts";
import { respondToWebhook, stopAndError } from "./node/ends.ts";
import { wait } from "./node/wait.ts";
import { unknownNode } from "./node/foreign.ts";
import { httpRequest } from "./node/http-request.ts";
import { scheduleTrigger } from "./node/schedule.ts";
import { otherStart, webhook } from "./node/triggers.ts";
import { executeWorkflow } from "./node/sub-workflow.ts";
import { xml } from "./node/xml.ts";
import { merge, passOn, set, splitOut } from "./node/values.ts";

/** The kinds of nodes that are imported, by n8n's name; loops are a matter of the structure. */
const KINDS: ReadonlyMap<string, NodeKind> = new Map([
  ["webhook", webhook],
  ["manualTrigger", otherStart],
  ["executeWorkflowTrigger", otherStart],
  ["scheduleTrigger", scheduleTrigger],
  ["httpRequest", httpRequest],
  ["if", ifNode],
  ["filter", ifNode],
  ["switch", switchNode],
  ["set", set],
  ["editFields", set],
  ["merge", merge],
  ["splitOut", splitOut],
  ["noOp", passOn],
  ["wait", wait],
  ["respondToWebhook", respondToWebhook],
  ["stopAndError", stopAndError],
  ["xml", xml],
  ["executeWorkflow", executeWorkflow],
]);

export function kindOf(type: string, isDisabled: boolean): NodeKind {
  const kind = KINDS.get(type) ?? unknownNode;
  const isStart = kind === webhook || kind === otherStart || kind === scheduleTrigger;
  return isDisabled && !isStart ? passOn : kind;
}
