import { isObject } from "../../../json-kind.ts";
import { atom, below } from "../../jmes.ts";
import { slugOf } from "../../name.ts";
import { valueOf } from "../../piece.ts";
import { configOf } from "../../shape.ts";
import type { NodeKind } from "../node-kind.ts";
import { failurePorts } from "./failure-ports.ts";
import { foreign } from "./foreign.ts";
import { inputOf } from "./values.ts";

/** Calls another workflow. n8n names it by its id; the name that the editor showed is kept beside it. */
export const executeWorkflow: NodeKind = {
  convert: (context) => {
    const { node, notes, parameters } = context;
    const { workflowId = null, source = "database", workflowInputs, options } = node.parameters;
    const name = isObject(workflowId) ? workflowId["cachedResultName"] : undefined;
    if (source !== "database" || typeof name !== "string") {
      const message = "It does not say which workflow is called by name.";
      return foreign(
        context,
        "parameters.workflowId",
        workflowId,
        message,
        "Use call_workflow with the slug of the workflow.",
      );
    }
    notes.differs(
      "parameters.workflowId",
      name,
      `The workflow is called by its slug, "${slugOf(name)}".`,
      "Import that workflow as well, and publish it.",
    );
    if (isObject(options) && options["waitForSubWorkflow"] === false) {
      const message = "The step waits for the end of the workflow that it calls.";
      notes.differs("parameters.options.waitForSubWorkflow", false, message, "Send a webhook to it instead.");
    }
    const given = isObject(workflowInputs) ? workflowInputs["value"] : undefined;
    const input =
      isObject(given) && Object.keys(given).length > 0
        ? valueOf(parameters.read(given, "parameters.workflowInputs.value"))
        : { $jmes: inputOf(context).text };
    return {
      type: "call_workflow@1",
      config: configOf({ workflow: slugOf(name), input }),
      ports: failurePorts(context),
    };
  },
  reader:
    ({ id }) =>
    (path) =>
      below(atom(`nodes.${id}.output`), path),
};
