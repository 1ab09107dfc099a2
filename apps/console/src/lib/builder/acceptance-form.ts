import type { Endpoint, EndpointChanges } from "./endpoint.ts";

type Setting =
  | "methods"
  | "contentTypes"
  | "rateLimit"
  | "allowedAddresses"
  | "payloadSchema"
  | "dedupeExpression"
  | "redaction"
  | "alias";

/** A setting about what an endpoint accepts, as a field of text. */
export interface AcceptanceField {
  readonly setting: Setting;
  readonly label: string;
  readonly hint: string;
  /** Shown while it is empty: what holds then. */
  readonly placeholder: string;
  /** Of a text area; one line without it. */
  readonly rows?: number;
}

export const ACCEPTANCE_FIELDS: readonly AcceptanceField[] = [
  {
    setting: "methods",
    label: "Methods",
    hint: "POST, PUT, PATCH, GET or DELETE. With GET and DELETE, the query is the payload.",
    placeholder: "POST",
  },
  {
    setting: "contentTypes",
    label: "Content types",
    hint: "For example, application/json, text/*",
    placeholder: "All that can be read",
  },
  {
    setting: "rateLimit",
    label: "Rate limit",
    hint: "Requests / seconds, and the burst if it differs: 100/60 or 100/60/20. Those beyond are answered 429.",
    placeholder: "None",
  },
  {
    setting: "allowedAddresses",
    label: "Allowed addresses",
    hint: "IPv4 or IPv6 addresses and ranges, such as 192.0.2.0/24.",
    placeholder: "Everybody may send",
    rows: 2,
  },
  {
    setting: "payloadSchema",
    label: "Schema of the payload",
    hint: "JSON Schema, draft 2020-12. Payloads that do not match are answered 422.",
    placeholder: "None",
    rows: 6,
  },
  {
    setting: "dedupeExpression",
    label: "Expression that identifies a delivery",
    hint: "JMESPath over input, headers and query, where no header has a key. For example, input.event.id",
    placeholder: "None",
  },
  {
    setting: "redaction",
    label: "Redaction",
    hint: 'Rules as JSON for what is not stored, in addition to the project\'s. For example, [{"name":"contact","patterns":["email"]}]',
    placeholder: "None",
    rows: 6,
  },
  {
    setting: "alias",
    label: "Alias",
    hint: "A second address that can be remembered, and guessed: the endpoint must check signatures.",
    placeholder: "None",
  },
];

/** What a field shows. Empty: the default. */
export function acceptanceText(setting: Setting, endpoint: Endpoint): string {
  switch (setting) {
    case "methods":
      return endpoint.methods.join(", ");
    case "contentTypes":
    case "allowedAddresses":
      return endpoint[setting]?.join(", ") ?? "";
    case "payloadSchema":
    case "redaction":
      return endpoint[setting] === null ? "" : JSON.stringify(endpoint[setting], null, 2);
    case "dedupeExpression":
    case "alias":
      return endpoint[setting] ?? "";
    case "rateLimit": {
      const { rateLimit } = endpoint;
      if (rateLimit === null) return "";
      const { requests, perS, burst } = rateLimit;
      return [requests, perS, ...(burst === undefined ? [] : [burst])].join("/");
    }
  }
}

/**
 * The change that a text stands for. The server checks the values.
 *
 * @throws Error  The text cannot be read; the message says how to write it.
 */
export function acceptanceChange(setting: Setting, text: string): EndpointChanges {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  switch (setting) {
    case "methods": {
      const methods = words.map((word) => word.toUpperCase()) as NonNullable<EndpointChanges["methods"]>;
      return { methods: methods.length === 0 ? ["POST"] : methods };
    }
    case "contentTypes":
      return { contentTypes: words.length === 0 ? null : words.map((word) => word.toLowerCase()) };
    case "allowedAddresses":
      return { allowedAddresses: words.length === 0 ? null : words };
    case "payloadSchema":
      return { payloadSchema: text.trim() === "" ? null : (jsonIn(text) as EndpointChanges["payloadSchema"]) };
    case "redaction":
      return { redaction: text.trim() === "" ? null : (jsonIn(text) as EndpointChanges["redaction"]) };
    case "dedupeExpression":
      return { dedupeExpression: text.trim() === "" ? null : text.trim() };
    case "alias":
      return { alias: text.trim() === "" ? null : text.trim() };
    case "rateLimit":
      return { rateLimit: rateLimitIn(text.replaceAll(/\s/g, "")) };
  }
}

function rateLimitIn(text: string): EndpointChanges["rateLimit"] {
  if (text === "") return null;
  const [, requests, perS, burst] = /^(\d{1,9})\/(\d{1,9})(?:\/(\d{1,9}))?$/.exec(text) ?? [];
  if (requests === undefined) throw new Error("Write requests/seconds, such as 100/60");
  return { requests: Number(requests), perS: Number(perS), ...(burst === undefined ? {} : { burst: Number(burst) }) };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
