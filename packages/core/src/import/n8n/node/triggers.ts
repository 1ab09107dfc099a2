import { isObject } from "../../../json-kind.ts";
import { atom, below, hash, type Path } from "../../jmes.ts";
import { type NodeContext, type NodeKind, onlyOut } from "../node-kind.ts";
import { NotTranslatable } from "../script.ts";

const BODY = atom("input");
const HEADERS = atom("headers");
const QUERY = atom("query");

/** `$json` of a webhook: `{ headers, params, query, body }`. */
function readDelivery([part, ...path]: Path): ReturnType<typeof below> {
  switch (part) {
    case undefined:
      return hash([
        ["headers", HEADERS],
        ["query", QUERY],
        ["body", BODY],
      ]);
    case "body":
      return below(BODY, path);
    case "query":
      return below(QUERY, path);
    case "headers":
      return below(
        HEADERS,
        path.map((step) => (typeof step === "string" ? step.toLowerCase() : step)),
      );
    default:
      throw new NotTranslatable(`a webhook hands over body, headers and query here, but no "${part}"`);
  }
}

export const webhook: NodeKind = {
  convert: ({ node, notes, hasType }) => {
    const { httpMethod = "GET", path, authentication = "none", responseMode = "onReceived", options } = node.parameters;
    if (httpMethod !== "POST") {
      notes.differs(
        "parameters.httpMethod",
        httpMethod,
        "Webhooks are accepted with POST.",
        "Let the sender use POST, or call the endpoint from a small proxy.",
      );
    }
    notes.differs(
      "parameters.path",
      path,
      "An endpoint has an address of its own, which nobody can guess.",
      "Create an endpoint for the workflow, and give its URL to the sender.",
    );
    if (authentication !== "none") {
      notes.notUnderstood(
        "parameters.authentication",
        authentication,
        "The credentials of the webhook were not imported.",
        "Set the endpoint's signature and secret: docs/guide/webhooks.md.",
      );
    }
    if (responseMode === "lastNode") {
      notes.differs(
        "parameters.responseMode",
        responseMode,
        "The sender gets the output of a terminate node instead of that of the last node.",
        "Set the endpoint's answer to result, and end the workflow with a terminate node that has an output.",
      );
    } else if (responseMode === "responseNode" || hasType("respondToWebhook")) {
      notes.differs(
        "parameters.responseMode",
        responseMode,
        "Whether the sender gets the workflow's answer is a setting of the endpoint.",
        "Set the endpoint's answer to response.",
      );
    }
    for (const [name, value] of Object.entries(isObject(options) ? options : {})) {
      notes.notUnderstood(
        `parameters.options.${name}`,
        value,
        "This option has no counterpart.",
        "See docs/guide/webhooks.md.",
      );
    }
    return { type: "webhook@1", config: {}, ports: onlyOut };
  },
  reader: () => readDelivery,
};

/** A start by hand or by another workflow: its data is the body of the delivery. */
export const otherStart: NodeKind = {
  convert: ({ node, notes }: NodeContext) => {
    notes.differs(
      "",
      node.type,
      "The workflow is started by a webhook instead; what it hands over is the body.",
      "Start it with meshhook run, or send the data to its endpoint.",
    );
    return { type: "webhook@1", config: {}, ports: onlyOut };
  },
  reader: () => (path) => below(BODY, path),
};
