import type { Json, JsonObject } from "../../json.ts";
import { isObject } from "../../json-kind.ts";
import { JsonInputError } from "../../json-input-error.ts";
import { parseJsonInput } from "../../json-input.ts";
import { below, type Jmes, notImported } from "../jmes.ts";
import type { NodeNotes } from "../note.ts";
import { formulaOf, type Piece, templateOf, valueOf } from "../piece.ts";
import { configOf } from "../shape.ts";
import type { UpstreamNode } from "./document.ts";
import { blocksOverScope } from "./blocks.ts";
import { overScope, pieceOfText, type Root } from "./text.ts";

export type Kind =
  | "trigger"
  | "outgoing"
  | "call"
  | "transform"
  | "delay"
  | "conditional"
  | "branch"
  | "loop"
  | "terminate"
  | "xml"
  | "unknown";

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["http_call", "call"],
  ["httpCall", "call"],
  ["transform", "transform"],
  ["delay", "delay"],
  ["conditional", "conditional"],
  ["branch", "branch"],
  ["loop", "loop"],
  ["terminate", "terminate"],
  ["xmlJsonTransform", "xml"],
  ["transform-xml-json", "xml"],
]);

/** The engine's own names, and those of its console. A webhook that an edge leads to, or that has a URL to call, is an outgoing one. */
export function kindOf({ type, config }: UpstreamNode, hasIncoming: boolean): Kind {
  if (type !== "webhook") return KINDS.get(type) ?? "unknown";
  return config["webhookType"] === "outgoing" || hasIncoming ? "outgoing" : "trigger";
}

interface Surroundings {
  readonly notes: NodeNotes;
  readonly root: Root;
}

interface Converted {
  readonly type: string;
  readonly config: JsonObject;
}

export function convertNode(kind: Kind, node: UpstreamNode, around: Surroundings): Converted {
  const { config } = node;
  switch (kind) {
    case "trigger":
      noteTrigger(node, around);
      return { type: "webhook@1", config: {} };
    case "call":
      return callOf(node, around, { method: "GET", attemptsMax: 3, capMs: 30_000 });
    case "outgoing":
      return callOf(node, around, { method: "POST", attemptsMax: 2, capMs: 10_000 });
    case "transform":
      return (
        templateNodeOf(config, around) ?? {
          type: "transform@1",
          config: { expression: transformOf(config, around).text },
        }
      );
    case "xml":
      around.notes.differs(
        "type",
        node.type,
        "The document does not say which way it goes; here it turns XML into JSON, with @ in front of attributes.",
        "Set the direction to json_to_xml if it writes XML.",
      );
      return { type: "xml_json@1", config: { direction: "xml_to_json", value: { $jmes: around.root([]).text } } };
    case "delay":
      return { type: "delay@1", config: { durationMs: config["duration"] ?? config["durationMs"] ?? null } };
    case "conditional":
      return { type: "branch@1", config: { condition: expression(config, "condition", around).text } };
    case "branch":
      if (config["strategy"] === "sequential") {
        const message = "The branches run at the same time here.";
        around.notes.differs("config.strategy", "sequential", message, "Draw the steps one after the other.");
      }
      // A step may have any number of edges, so the node only hands on what it gets.
      return { type: "transform@1", config: { expression: around.root([]).text } };
    case "loop":
      return { type: "loop@1", config: { items: expression(config, "items", around).text } };
    case "terminate":
      return terminateOf(config, around);
    default:
      around.notes.notUnderstood(
        "type",
        node.type,
        `Nodes of the type "${node.type}" are not imported.`,
        "Replace the node; it keeps its settings, and its edges.",
      );
      return { type: `upstream.${node.type}`, config };
  }
}

function expression(config: JsonObject, name: string, { notes, root }: Surroundings): Jmes {
  const text = config[name];
  if (typeof text === "string" && text.trim() !== "") return overScope(text, root);
  notes.notUnderstood(
    `config.${name}`,
    text,
    "There is no expression.",
    "Write it in JMESPath: docs/guide/expressions.md.",
  );
  return notImported(JSON.stringify(text ?? null));
}

function noteTrigger({ config }: UpstreamNode, { notes }: Surroundings): void {
  for (const name of Object.keys(config)) {
    if (["webhookType", "description", "url"].includes(name)) continue;
    const fix = "Set the signature and the secret of the endpoint: docs/guide/webhooks.md.";
    // Without the value: it may be a secret.
    notes.notUnderstood(`config.${name}`, undefined, "Settings of a webhook belong to its endpoint.", fix);
  }
}

/** The template counts where both are given. */
function transformOf(config: JsonObject, around: Surroundings): Jmes {
  const { template } = config;
  if (typeof template !== "string" || template === "") return expression(config, "expression", around);
  return formulaOf(textOrJson(template, "config.template", around));
}

/** A transform whose template has blocks; null for any other. */
function templateNodeOf({ template }: JsonObject, { root }: Surroundings): Converted | null {
  if (typeof template !== "string") return null;
  const text = blocksOverScope(template, root);
  return text === null ? null : { type: "template@1", config: { text } };
}

/** A text with holes; where it is JSON, the value that it stands for. */
function textOrJson(text: string, field: string, { root, notes }: Surroundings): Piece {
  try {
    return pieceOfValue(parseJsonInput(text), field, { root, notes });
  } catch (error) {
    if (!(error instanceof JsonInputError)) throw error;
    return pieceOfText(text, root, notes, field);
  }
}

function pieceOfValue(value: Json, field: string, around: Surroundings): Piece {
  if (typeof value === "string") return pieceOfText(value, around.root, around.notes, field);
  if (Array.isArray(value)) {
    return { kind: "array", items: value.map((item: Json, index) => pieceOfValue(item, `${field}[${index}]`, around)) };
  }
  if (!isObject(value)) return { kind: "constant", value };
  const members = Object.entries(value).map(
    ([name, member]) => [name, pieceOfValue(member, `${field}.${name}`, around)] as const,
  );
  return { kind: "object", members };
}

function callOf(
  { config }: UpstreamNode,
  around: Surroundings,
  defaults: { readonly method: string; readonly attemptsMax: number; readonly capMs: number },
): Converted {
  const { notes, root } = around;
  const { url = "", headers, queryParams, timeout, retryPolicy, responseType = "auto" } = config;
  const method = typeof config["method"] === "string" ? config["method"] : defaults.method;
  const given = config["body"] ?? config["bodyTemplate"];
  const takesBody = ["POST", "PUT", "PATCH"].includes(method);
  if (responseType === "blob") {
    notes.differs(
      "config.responseType",
      responseType,
      "Bytes are text in base64 here.",
      "Read body and bodyEncoding of the output.",
    );
  }
  const body =
    given === undefined || given === null || given === ""
      ? { $jmes: root([]).text }
      : valueOf(
          typeof given === "string"
            ? textOrJson(given, "config.body", around)
            : pieceOfValue(given, "config.body", around),
        );
  const { maxAttempts = defaults.attemptsMax, ...rest } = isObject(retryPolicy) ? retryPolicy : {};
  for (const [name, value] of Object.entries(rest)) {
    notes.notUnderstood(
      `config.retryPolicy.${name}`,
      value,
      "This setting of retries was not imported.",
      "Set it in retry.",
    );
  }
  return {
    type: "http_call@1",
    config: configOf({
      method,
      url: templateOf(pieceOfText(String(url), root, notes, "config.url")),
      headers: namedTexts(headers, "config.headers", around),
      query: namedTexts(queryParams, "config.queryParams", around),
      body: takesBody ? body : undefined,
      timeoutMs: typeof timeout === "number" ? timeout : undefined,
      retry: {
        attemptsMax: maxAttempts,
        baseMs: 1_000,
        factor: 2,
        capMs: defaults.capMs,
        on: ["timeout", "network", "408", "429", "500", "502", "503", "504"],
      },
    }),
  };
}

function namedTexts(given: Json | undefined, field: string, around: Surroundings): JsonObject | undefined {
  if (!isObject(given) || Object.keys(given).length === 0) return undefined;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      templateOf(
        pieceOfText(
          typeof value === "string" ? value : JSON.stringify(value),
          around.root,
          around.notes,
          `${field}.${name}`,
        ),
      ),
    ]),
  );
}

function terminateOf(config: JsonObject, { notes, root }: Surroundings): Converted {
  const { status = "success", reason } = config;
  if (status === "cancelled") {
    notes.differs(
      "config.status",
      status,
      "A run cannot cancel itself; it ends as failed.",
      "Use succeeded if that is meant.",
    );
  }
  return {
    type: "terminate@1",
    config: configOf({
      status: status === "success" ? "succeeded" : "failed",
      reason: typeof reason === "string" ? templateOf(pieceOfText(reason, root, notes, "config.reason")) : undefined,
      output: { $jmes: below(root([]), []).text },
    }),
  };
}
