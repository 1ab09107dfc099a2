import type { Json, JsonObject } from "../../../json.ts";
import { isArray, isObject } from "../../../json-kind.ts";
import { templateOf, valueOf } from "../../piece.ts";
import { configOf } from "../../shape.ts";
import { type NodeContext, type NodeKind, passesOn } from "../node-kind.ts";
import { foreign } from "./foreign.ts";
import { inputOf } from "./values.ts";

function noPorts(): readonly string[] {
  return [];
}

/** Ends the run as failed. */
export const stopAndError: NodeKind = {
  convert: ({ node, parameters }) => {
    const { errorType, errorMessage = "", errorObject = "{}" } = node.parameters;
    const config: JsonObject =
      errorType === "errorObject"
        ? { status: "failed", output: valueOf(parameters.readJson(errorObject, "parameters.errorObject")) }
        : { status: "failed", reason: templateOf(parameters.read(errorMessage, "parameters.errorMessage")) };
    return { type: "terminate@1", config, ports: noPorts };
  },
  reader: passesOn,
};

/** Answers the webhook. Here the answer is that of the node that ends the run. */
export const respondToWebhook: NodeKind = {
  convert: (context) => {
    const { node, parameters, isFollowed, notes } = context;
    if (isFollowed()) {
      return foreign(
        context,
        "parameters.respondWith",
        node.parameters["respondWith"] ?? null,
        "A run answers when it ends, but steps follow this answer.",
        "Do the steps before the answer, or answer at once (the endpoint's answer accepted) and let the run go on.",
      );
    }
    const { respondWith = "firstIncomingItem", responseBody = "", redirectURL = "", options } = node.parameters;
    const { responseCode, responseHeaders } = isObject(options) ? options : {};
    const headers = headersOf(responseHeaders, context);
    let body: Json | undefined;
    let status: Json | undefined = typeof responseCode === "number" ? responseCode : undefined;
    switch (respondWith) {
      case "json":
        body = valueOf(parameters.readJson(responseBody, "parameters.responseBody"));
        break;
      case "text":
        body = valueOf(parameters.read(responseBody, "parameters.responseBody"));
        break;
      case "firstIncomingItem":
      case "allIncomingItems":
        body = { $jmes: inputOf(context).text };
        break;
      case "redirect":
        status ??= 307;
        headers["location"] = templateOf(parameters.read(redirectURL, "parameters.redirectURL"));
        break;
      case "noData":
        break;
      default:
        notes.notUnderstood(
          "parameters.respondWith",
          respondWith,
          "This kind of answer was not imported.",
          "Give the answer a body.",
        );
    }
    const response = configOf({ status, headers: Object.keys(headers).length === 0 ? undefined : headers, body });
    return { type: "terminate@1", config: { response }, ports: noPorts };
  },
  reader: passesOn,
};

function headersOf(given: Json | undefined, { parameters }: NodeContext): { [name: string]: string } {
  const entries = isObject(given) && isArray(given["entries"]) ? given["entries"] : [];
  const headers: { [name: string]: string } = {};
  for (const [index, entry] of entries.entries()) {
    const { name, value = "" } = isObject(entry) ? entry : {};
    const field = `parameters.options.responseHeaders[${index}]`;
    if (typeof name === "string") headers[name.toLowerCase()] = templateOf(parameters.read(value, field));
  }
  return headers;
}
