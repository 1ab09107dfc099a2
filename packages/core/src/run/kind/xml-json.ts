import type { Scope } from "../../expression/index.ts";
import { resolveValue } from "../../expression/value-template.ts";
import type { XmlJsonStep } from "../../plan/plan.ts";
import { readXml } from "../../xml/read-xml.ts";
import { writeXml } from "../../xml/write-xml.ts";
import { XmlFault } from "../../xml/xml-fault.ts";
import { failed, type Outcome, succeeded } from "../outcome.ts";

/** @throws ExpressionError */
export function runXmlJson(node: string, step: XmlJsonStep, scope: Scope): Outcome {
  const value = resolveValue(step.value, scope);
  try {
    if (!step.readsXml) return succeeded(writeXml(value));
    if (typeof value === "string") return succeeded(readXml(value, step.lists));
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    return failed("xml_invalid", `"${node}" failed: ${error.message}`);
  }
  return failed("xml_invalid", `The value of "${node}" is not text; give the XML as a text`);
}
