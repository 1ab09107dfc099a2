import type { Json, JsonObject } from "../../../json.ts";
import { isArray, isObject } from "../../../json-kind.ts";
import { atom, below, type Path } from "../../jmes.ts";
import { type Piece, templateOf, valueOf } from "../../piece.ts";
import { configOf } from "../../shape.ts";
import type { Converted, NodeContext, NodeKind, Reader } from "../node-kind.ts";
import { NotTranslatable } from "../script.ts";
import { addCredentials } from "./credentials.ts";
import { failurePorts } from "./failure-ports.ts";

/** n8n tries once unless it is told otherwise, and then again after any failure. */
const RETRY_ON = ["timeout", "network", "4xx", "5xx"];
const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const TIMEOUT_MS = { min: 100, max: 300_000 };

export const httpRequest: NodeKind = { convert, reader };

function convert(context: NodeContext): Converted {
  const { node, parameters } = context;
  const given = currentNames(node.parameters);
  const { method = "GET", url = "" } = given;
  const options = isObject(given["options"]) ? given["options"] : {};
  const headers = headersOf(context, given);
  addCredentials(context, given, headers);
  const body = WITHOUT_BODY.has(String(method)) ? undefined : bodyOf(context, given, headers);
  const address = urlOf(parameters.read(url, "parameters.url"));
  const config = configOf({
    method,
    url: address,
    headers: Object.keys(headers).length === 0 ? undefined : headers,
    query: queryOf(context, given),
    body,
    ...optionsOf(context, options),
    retry: retryOf(node.fields),
  });
  return { type: "http_call@1", config, ports: failurePorts(context) };
}

/** Names of parameters as versions 3 and 4 have them. */
function currentNames(given: JsonObject): JsonObject {
  if (given["requestMethod"] === undefined && given["jsonParameters"] === undefined && !hasOlderLists(given))
    return given;
  const { requestMethod, jsonParameters, ...rest } = given;
  const isJson = jsonParameters === true;
  const listOf = (name: string): Json => {
    const list = given[name];
    return { parameters: isObject(list) ? (list["parameter"] ?? []) : [] };
  };
  const specify = isJson ? "json" : "keypair";
  return {
    ...rest,
    method: requestMethod ?? "GET",
    sendQuery: true,
    specifyQuery: specify,
    queryParameters: listOf("queryParametersUi"),
    jsonQuery: given["queryParametersJson"] ?? "",
    sendHeaders: true,
    specifyHeaders: specify,
    headerParameters: listOf("headerParametersUi"),
    jsonHeaders: given["headerParametersJson"] ?? "",
    sendBody: given["bodyParametersUi"] !== undefined || given["bodyParametersJson"] !== undefined,
    specifyBody: specify,
    bodyParameters: listOf("bodyParametersUi"),
    jsonBody: given["bodyParametersJson"] ?? "",
  };
}

function hasOlderLists(given: JsonObject): boolean {
  return ["queryParametersUi", "headerParametersUi", "bodyParametersUi"].some((name) => given[name] !== undefined);
}

/** Holes of a URL are percent-encoded here, so a function that does so would do it twice. */
function urlOf(piece: Piece): string {
  if (piece.kind !== "text") return templateOf(piece);
  const parts = piece.parts.map((part) => {
    const inner = typeof part === "string" ? undefined : /^url_encode\(([^()]*)\)$/.exec(part.text)?.[1];
    return inner === undefined ? part : atom(inner);
  });
  return templateOf({ kind: "text", parts });
}

function headersOf(context: NodeContext, given: JsonObject): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  if (given["sendHeaders"] !== true) return headers;
  for (const [name, value] of membersOf(context, given, "Headers", "headerParameters"))
    headers[name] = templateOf(value);
  return headers;
}

function queryOf(context: NodeContext, given: JsonObject): JsonObject | undefined {
  if (given["sendQuery"] !== true) return undefined;
  const members = membersOf(context, given, "Query", "queryParameters");
  if (members.length === 0) return undefined;
  return Object.fromEntries(
    members.map(([name, value]) => [name, value.kind === "constant" ? templateOf(value) : valueOf(value)]),
  );
}

/** Names and values, given one by one or as JSON. */
function membersOf(
  { parameters, notes }: NodeContext,
  given: JsonObject,
  what: "Headers" | "Query" | "Body",
  list: string,
): readonly (readonly [string, Piece])[] {
  if (given[`specify${what}`] === "json") {
    const text = given[`json${what}`] ?? "";
    if (text === "") return [];
    const value = parameters.readJson(text, `parameters.json${what}`);
    if (value.kind === "object") return value.members;
    if (value.kind === "constant" && isObject(value.value)) {
      return Object.entries(value.value).map(([name, member]) => [name, { kind: "constant", value: member }]);
    }
    const fix = "Name each one, with its value.";
    notes.notUnderstood(`parameters.json${what}`, text, "Names that an expression gives cannot be set.", fix);
    return [];
  }
  const listed = given[list];
  const items = isObject(listed) && isArray(listed["parameters"]) ? listed["parameters"].filter(isObject) : [];
  return items.flatMap(({ name, value = "" }, index) => {
    const field = `parameters.${list}[${index}]`;
    if (typeof name !== "string" || name === "") return [];
    if (!name.startsWith("=")) return [[name, parameters.read(value, `${field}.value`)] as const];
    notes.notUnderstood(
      `${field}.name`,
      name,
      "A name that is an expression cannot be set.",
      "Write the name literally.",
    );
    return [];
  });
}

/** The body; sets the content type where it is not JSON. */
function bodyOf(context: NodeContext, given: JsonObject, headers: { [name: string]: string }): Json | undefined {
  if (given["sendBody"] !== true) return undefined;
  const { parameters, notes } = context;
  const { contentType = "json", specifyBody, rawContentType, body = "" } = given;
  const setType = (type: string): void => {
    if (!Object.keys(headers).some((name) => name.toLowerCase() === "content-type")) headers["content-type"] = type;
  };
  const fields = (): Json => valueOf({ kind: "object", members: membersOf(context, given, "Body", "bodyParameters") });
  switch (contentType) {
    case "json":
      if (specifyBody === "json") return valueOf(parameters.readJson(given["jsonBody"] ?? "", "parameters.jsonBody"));
      return fields();
    case "form-urlencoded":
      setType("application/x-www-form-urlencoded");
      return specifyBody === "string" ? valueOf(parameters.read(body, "parameters.body")) : fields();
    case "raw":
      setType(typeof rawContentType === "string" && rawContentType !== "" ? rawContentType : "text/plain");
      return valueOf(parameters.read(body, "parameters.body"));
    default:
      notes.notUnderstood(
        "parameters.contentType",
        contentType,
        "This kind of body was not imported.",
        "Write the body by hand.",
      );
      return undefined;
  }
}

function optionsOf({ notes }: NodeContext, options: JsonObject): { readonly [name: string]: Json | undefined } {
  const result: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(options)) {
    const field = `parameters.options.${name}`;
    switch (name) {
      case "timeout": {
        const wanted = Number(value);
        result["timeoutMs"] = Math.min(TIMEOUT_MS.max, Math.max(TIMEOUT_MS.min, Math.round(wanted)));
        if (result["timeoutMs"] !== wanted) {
          const message = `A call may take ${TIMEOUT_MS.min} to ${TIMEOUT_MS.max} ms.`;
          notes.differs(field, value, message, "Check whether the target answers in this time.");
        }
        break;
      }
      case "redirect": {
        const inner = isObject(value) && isObject(value["redirect"]) ? value["redirect"] : {};
        const { followRedirects, maxRedirects } = inner;
        result["redirects"] = followRedirects === false ? "none" : "browser";
        if (typeof maxRedirects === "number" && followRedirects !== false)
          result["redirectsMax"] = Math.min(20, Math.max(1, maxRedirects));
        break;
      }
      case "response":
        noteResponse(notes, field, value);
        break;
      case "lowercaseHeaders":
        break;
      case "batching":
      case "queryParameterArrays":
        notes.differs(
          field,
          value,
          "This option was left out: one call is made, and a list repeats its parameter.",
          "Check the call.",
        );
        break;
      default:
        notes.notUnderstood(field, value, "This option has no counterpart.", "Check whether the call needs it.");
    }
  }
  return result;
}

function noteResponse(notes: NodeContext["notes"], field: string, value: Json): void {
  const { neverError, responseFormat = "autodetect" } = responseOptions(value);
  if (neverError === true) {
    notes.differs(
      `${field}.neverError`,
      neverError,
      "An answer that is not a success fails the step, or takes its error port.",
      "Draw an edge from the port error.",
    );
  }
  if (responseFormat === "file") {
    notes.notUnderstood(
      `${field}.responseFormat`,
      responseFormat,
      "A file is text in base64 here.",
      "Read body and bodyEncoding of the output.",
    );
  }
}

function responseOptions(value: Json | undefined): JsonObject {
  return isObject(value) && isObject(value["response"]) ? value["response"] : {};
}

function retryOf({ retryOnFail, maxTries, waitBetweenTries }: JsonObject): JsonObject {
  if (retryOnFail !== true) return { attemptsMax: 1 };
  const attemptsMax = typeof maxTries === "number" ? maxTries : 3;
  const baseMs = typeof waitBetweenTries === "number" ? waitBetweenTries : 1_000;
  return { attemptsMax, baseMs, factor: 1, jitter: "none", on: RETRY_ON };
}

function reader({ id, node }: NodeContext, output: number): Reader {
  const own = atom(`nodes.${id}.output`);
  // The output for failures: { error }.
  if (output === 1) return (path) => below(own, path);
  const options = node.parameters["options"];
  const {
    fullResponse,
    responseFormat,
    outputPropertyName = "data",
  } = responseOptions(isObject(options) ? options["response"] : undefined);
  const isFull = fullResponse === true || (isObject(options) && options["fullResponse"] === true);
  if (!isFull) {
    const isText = responseFormat === "text";
    return (path) => below(own, ["body", ...(isText && path[0] === outputPropertyName ? path.slice(1) : path)]);
  }
  return (path) => below(own, partOf(path));
}

/** The answer as n8n hands it over in full. */
function partOf([part, ...rest]: Path): Path {
  switch (part) {
    case undefined:
      return [];
    case "body":
      return ["body", ...rest];
    case "headers":
      return ["headers", ...rest.map((step) => (typeof step === "string" ? step.toLowerCase() : step))];
    case "statusCode":
      return ["status", ...rest];
    default:
      throw new NotTranslatable(`an answer has a status, headers and a body here, but no "${part}"`);
  }
}
