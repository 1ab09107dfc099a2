import type { Json, JsonObject } from "@meshhook/core";
import { formatDuration } from "#lib/format.ts";

const LENGTH_MAX = 60;

/** What a node does, in one line for its card. Empty while there is nothing to say. */
export function configSummary(type: string, config: JsonObject): string {
  const [kind] = type.split("@", 1);
  switch (kind) {
    case "http_call":
      return shortened(`${textOf(config["method"], "POST")} ${textOf(config["url"], "…").replace(/^https?:\/\//, "")}`);
    case "emit":
      return shortened(`to ${textOf(config["url"], "…").replace(/^https?:\/\//, "")}`);
    case "template":
      return shortened(textOf(config["text"], ""));
    case "xml_json":
      return config["direction"] === "json_to_xml" ? "JSON to XML" : "XML to JSON";
    case "call_workflow":
      return shortened(`runs ${textOf(config["workflow"], "…")}`);
    case "schedule":
      return shortened(`${textOf(config["cron"], "…")} ${textOf(config["timezone"], "UTC")}`);
    case "transform":
      return shortened(textOf(config["expression"], ""));
    case "branch":
      return shortened(branchSummary(config));
    case "delay":
      if (config["until"] !== undefined)
        return shortened(`until ${textOf(config["until"], expressionText(config["until"]))}`);
      return typeof config["durationMs"] === "number"
        ? formatDuration(config["durationMs"] * 1_000)
        : shortened(expressionText(config["durationMs"]));
    case "wait_for_signal":
      return shortened(`for ${textOf(config["name"], "…")}`);
    case "loop":
      return shortened(`for each of ${textOf(config["items"], "…")}`);
    case "terminate":
      return shortened(
        [textOf(config["status"], "succeeded"), textOf(config["reason"], "")].filter((part) => part !== "").join(": "),
      );
    default:
      return "";
  }
}

function branchSummary(config: JsonObject): string {
  if (config["condition"] !== undefined) return `if ${textOf(config["condition"], "…")}`;
  const cases = Array.isArray(config["cases"]) ? (config["cases"] as readonly Json[]) : [];
  return cases.length === 1 ? "1 case" : `${cases.length} cases`;
}

function textOf(value: Json | undefined, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function expressionText(value: Json | undefined): string {
  const marker =
    typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject)["$jmes"] : undefined;
  return textOf(marker, "");
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= LENGTH_MAX ? line : `${line.slice(0, LENGTH_MAX - 1)}…`;
}
