import { branch } from "./branch.ts";
import { callWorkflow } from "./call-workflow.ts";
import { delay } from "./delay.ts";
import { emit } from "./emit.ts";
import { httpCall } from "./http-call.ts";
import { loop } from "./loop.ts";
import type { NodeType } from "./node-type.ts";
import { schedule } from "./schedule.ts";
import { template } from "./template.ts";
import { terminate } from "./terminate.ts";
import { transform } from "./transform.ts";
import { waitForSignal } from "./wait-for-signal.ts";
import { webhook } from "./webhook.ts";
import { xmlJson } from "./xml-json.ts";

/** All node types by their versioned name, in the order shown to people. */
export const nodeTypes: ReadonlyMap<string, NodeType> = new Map(
  [
    webhook,
    schedule,
    transform,
    template,
    xmlJson,
    branch,
    httpCall,
    emit,
    callWorkflow,
    delay,
    waitForSignal,
    loop,
    terminate,
  ].map((nodeType) => [nodeType.type, nodeType]),
);
