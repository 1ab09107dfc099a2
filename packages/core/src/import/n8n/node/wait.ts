import type { Json } from "../../../json.ts";
import { isObject } from "../../../json-kind.ts";
import { atom, below } from "../../jmes.ts";
import { valueOf } from "../../piece.ts";
import { configOf } from "../../shape.ts";
import { type Converted, type NodeContext, type NodeKind, passesOn, type Reader } from "../node-kind.ts";
import { NotTranslatable } from "../script.ts";
import { foreign } from "./foreign.ts";

const HOURS_MS = 3_600_000;
const UNITS_MS: { readonly [unit: string]: number } = {
  seconds: 1_000,
  minutes: 60_000,
  hours: HOURS_MS,
  days: 24 * HOURS_MS,
};

/** Pauses the run for a time or until a time. */
export const wait: NodeKind = {
  convert: (context) => {
    const { node, parameters } = context;
    const { resume = "timeInterval", dateTime = null, amount, unit } = node.parameters;
    if (resume === "specificTime") {
      return {
        type: "delay@1",
        config: { until: valueOf(parameters.read(dateTime, "parameters.dateTime")) },
        ports: () => ["out"],
      };
    }
    if (resume === "webhook") return signalWait(context);
    const unitMs = UNITS_MS[String(unit ?? (node.version < 1.1 ? "hours" : "seconds"))];
    if (resume !== "timeInterval" || unitMs === undefined) {
      return foreign(
        context,
        resume === "timeInterval" ? "parameters.unit" : "parameters.resume",
        (resume === "timeInterval" ? unit : resume) ?? null,
        "The wait ends in a way that was not imported.",
        "Wait for a signal, or until a time.",
      );
    }
    const value = parameters.read(amount ?? (node.version < 1.1 ? 1 : 5), "parameters.amount");
    const durationMs =
      value.kind === "constant" && Number.isFinite(Number(value.value))
        ? Math.round(Number(value.value) * unitMs)
        : { $jmes: `${parenthesized(valueOf(value))} * \`${unitMs}\`` };
    return { type: "delay@1", config: { durationMs }, ports: () => ["out"] };
  },
  reader: (context) => (context.node.parameters["resume"] === "webhook" ? readSignal(context) : passesOn(context)),
};

function parenthesized(value: Json): string {
  return isObject(value) ? `(${String(value["$jmes"])})` : JSON.stringify(value);
}

/** Waits for a call to an address of the run's own; here for a signal with the node's name. */
function signalWait({ id, node, notes }: NodeContext): Converted {
  const { limitWaitTime, resumeAmount = 1, resumeUnit = "hours" } = node.parameters;
  notes.differs(
    "parameters.resume",
    "webhook",
    `The run is continued by a signal named "${id}" instead of a call to $execution.resumeUrl.`,
    "Send it with POST /api/v1/runs/{runId}/signals.",
  );
  const limitMs = Math.round(Number(resumeAmount) * (UNITS_MS[String(resumeUnit)] ?? Number.NaN));
  const config = configOf({ name: id, timeoutMs: limitWaitTime === true ? limitMs : undefined });
  return { type: "wait_for_signal@1", config, ports: () => (limitWaitTime === true ? ["out", "timeout"] : ["out"]) };
}

/** The body of the call is the payload of the signal. */
function readSignal({ id }: NodeContext): Reader {
  return ([part, ...rest]) => {
    if (part === "body") return below(atom(`nodes.${id}.output.payload`), rest);
    throw new NotTranslatable("a signal has a payload, which is the body of the call in n8n");
  };
}
