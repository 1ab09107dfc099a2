import type { Json, JsonArray, JsonObject } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import type { StepError } from "./event.ts";
import type { CallFailureCode, ChildFact, DeliverySource, QueryParameters, Redirect } from "./fact.ts";
import { HistoryError } from "./history-error.ts";
import type { Requester, RunOrigin } from "./origin.ts";
import type { StepPlace } from "./step-key.ts";

const FAILURE_CODES: ReadonlySet<string> = new Set<CallFailureCode>([
  "timeout",
  "network",
  "tls",
  "forbidden_target",
  "response_too_large",
  "response_unreadable",
  "redirect_failed",
  "outcome_unknown",
  "secret_missing",
  "secret_invalid",
  "link_unavailable",
  "circuit_open",
]);

const CHILD_STATUSES: ReadonlySet<string> = new Set<ChildFact["status"]>([
  "succeeded",
  "failed",
  "canceled",
  "not_started",
]);

/** The members of one stored fact, each checked when it is read. */
export class FactReader {
  readonly index: number;
  readonly #stored: JsonObject;

  constructor(stored: JsonObject, index: number) {
    this.#stored = stored;
    this.index = index;
  }

  place(): StepPlace {
    const node = this.text("node");
    if (!this.has("iteration")) return { node };
    const iteration = this.counts("iteration");
    if (iteration.length === 0) throw this.#wrong("iteration", "not a list of numbers");
    return { node, iteration };
  }

  has(name: string): boolean {
    return this.#stored[name] !== undefined;
  }

  value(name: string): Json {
    const value = this.#stored[name];
    if (value === undefined) throw this.#wrong(name, "missing");
    return value;
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== "string") throw this.#wrong(name, "not a string");
    return value;
  }

  /** A whole number from 0. */
  count(name: string): number {
    const value = this.value(name);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
      throw this.#wrong(name, "not a non-negative whole number");
    return value;
  }

  countsByName(name: string): { readonly [name: string]: number } {
    const reader = this.object(name);
    return Object.fromEntries(Object.keys(reader.#stored).map((key) => [key, reader.count(key)]));
  }

  texts(name: string): { readonly [name: string]: string } {
    const value = this.value(name);
    if (!isObject(value) || !hasTextsOnly(value)) throw this.#wrong(name, "not an object of strings");
    return value;
  }

  parameters(name: string): QueryParameters {
    const value = this.value(name);
    if (!isObject(value) || !hasParametersOnly(value))
      throw this.#wrong(name, "not an object of strings and lists of strings");
    return value;
  }

  bodyEncoding(): "base64" {
    const encoding = this.text("bodyEncoding");
    if (encoding !== "base64") throw this.#wrong("bodyEncoding", `the unknown "${encoding}"`);
    return encoding;
  }

  redirects(): Redirect[] {
    const value = this.value("redirects");
    if (!isArray(value)) throw this.#wrong("redirects", "not an array");
    return value.map((redirect) => {
      if (!isObject(redirect)) throw this.#wrong("redirects", "not an array of objects");
      const { status, url } = redirect;
      if (typeof status !== "number" || typeof url !== "string")
        throw this.#wrong("redirects", "not an array of statuses and addresses");
      return { status, url };
    });
  }

  source(): DeliverySource {
    const reader = this.object("source");
    return {
      endpoint: reader.text("endpoint"),
      bytes: reader.count("bytes"),
      ...(reader.has("address") ? { address: reader.text("address") } : {}),
      ...(reader.has("method") ? { method: reader.text("method") } : {}),
      ...(reader.has("waited") ? { waited: true } : {}),
      ...(reader.has("test") ? { test: true } : {}),
      ...(reader.has("redacted") ? { redacted: reader.countsByName("redacted") } : {}),
    };
  }

  origin(): RunOrigin {
    const reader = this.object("origin");
    const kind = reader.text("kind");
    switch (kind) {
      case "replay":
        return {
          kind,
          runId: reader.text("runId"),
          ...reader.#requester(),
          ...(reader.has("job") ? { job: reader.text("job") } : {}),
        };
      case "resume":
        return {
          kind,
          runId: reader.text("runId"),
          ...reader.place(),
          ...reader.#requester(),
          ...(reader.has("edited") ? { edited: reader.#textList("edited") } : {}),
        };
      case "child":
        return {
          kind,
          runId: reader.text("runId"),
          ...reader.place(),
          depth: reader.count("depth"),
          ...(reader.has("rootRunId") ? { rootRunId: reader.text("rootRunId") } : {}),
        };
      case "schedule":
        return { kind, plannedAt: reader.count("plannedAt") };
      default:
        throw this.#wrong("origin", `of the unknown kind "${kind}"`);
    }
  }

  #requester(): { readonly by?: Requester } {
    if (!this.has("by")) return {};
    const reader = this.object("by");
    return { by: { keyId: reader.text("keyId"), name: reader.text("name") } };
  }

  #textList(name: string): readonly string[] {
    return this.list(name).map((item) => {
      if (typeof item !== "string") throw this.#wrong(name, "not a list of strings");
      return item;
    });
  }

  /** A list of objects, each with a reader. */
  readers(name: string): FactReader[] {
    return this.list(name).map((item) => {
      if (!isObject(item)) throw this.#wrong(name, "not a list of objects");
      return new FactReader(item, this.index);
    });
  }

  /** A list of whole numbers from 0. */
  counts(name: string): readonly number[] {
    return this.list(name).map((number) => {
      if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0)
        throw this.#wrong(name, "not a list of numbers");
      return number;
    });
  }

  list(name: string): JsonArray {
    const value = this.value(name);
    if (!isArray(value)) throw this.#wrong(name, "not a list");
    return value;
  }

  object(name: string): FactReader {
    const value = this.value(name);
    if (!isObject(value)) throw this.#wrong(name, "not an object");
    return new FactReader(value, this.index);
  }

  childStatus(): ChildFact["status"] {
    const status = this.text("status");
    if (!isChildStatus(status)) throw this.#wrong("status", `the unknown "${status}"`);
    return status;
  }

  stepError(): StepError {
    const reader = this.object("error");
    return {
      code: reader.text("code"),
      message: reader.text("message"),
      ...(reader.has("node") ? { node: reader.text("node") } : {}),
      ...(reader.has("status") ? { status: reader.count("status") } : {}),
      ...(reader.has("attempt") ? { attempt: reader.count("attempt") } : {}),
    };
  }

  failureCode(): CallFailureCode {
    const code = this.text("code");
    if (!isFailureCode(code)) throw this.#wrong("code", `the unknown "${code}"`);
    return code;
  }

  #wrong(name: string, what: string): HistoryError {
    return corrupt(`"${name}" of fact ${this.index} is ${what}`);
  }
}

function hasTextsOnly(value: JsonObject): value is { readonly [name: string]: string } {
  return Object.values(value).every((member) => typeof member === "string");
}

function hasParametersOnly(value: JsonObject): value is JsonObject & QueryParameters {
  return Object.values(value).every(
    (member) => typeof member === "string" || (isArray(member) && member.every((item) => typeof item === "string")),
  );
}

function isChildStatus(status: string): status is ChildFact["status"] {
  return CHILD_STATUSES.has(status);
}

function isFailureCode(code: string): code is CallFailureCode {
  return FAILURE_CODES.has(code);
}

/** Stored facts that cannot be read. */
export function corrupt(what: string): HistoryError {
  return new HistoryError("history_corrupt", `The stored facts cannot be read: ${what}`);
}
