import { branch } from "./branch.ts";
import { callWorkflow } from "./call-workflow.ts";
import { delay } from "./delay.ts";
import { httpCall } from "./http-call.ts";
import { loop } from "./loop.ts";
import type { NodeType } from "./node-type.ts";
import { schedule } from "./schedule.ts";
import { terminate } from "./terminate.ts";
import { transform } from "./transform.ts";
import { webhook } from "./webhook.ts";

/** All node types by their versioned name, in the order shown to people. */
export const nodeTypes: ReadonlyMap<string, NodeType> = new Map(
  [webhook, schedule, transform, branch, httpCall, callWorkflow, delay, loop, terminate].map((nodeType) => [
    nodeType.type,
    nodeType,
  ]),
);
