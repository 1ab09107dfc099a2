import type { EndpointResource, ProblemIssue } from "@meshhook/contract";
import { ExpressionSyntaxError, parseExpression, type JsonObject } from "@meshhook/core";
import type { Acceptance, AcceptanceChange } from "@meshhook/journal";

import { HttpProblem } from "../http-problem.ts";
import { AddressEntryError, AddressList } from "../intake/acceptance/address-list.ts";
import { PayloadSchema, SchemaRefused } from "../intake/acceptance/payload-schema.ts";
import { ruleIssues } from "../redaction/rule-issues.ts";
import { rulesResource } from "../redaction/rules-resource.ts";

/** What an endpoint accepts, as people read it: every setting with its value. */
type AcceptanceSettings = Pick<
  EndpointResource,
  | "methods"
  | "contentTypes"
  | "cloudEvents"
  | "rateLimit"
  | "allowedAddresses"
  | "payloadSchema"
  | "dedupeExpression"
  | "redaction"
>;

const POST_ONLY = ["POST"] as const;

export function acceptanceResource(acceptance: Acceptance): AcceptanceSettings {
  const { methods = POST_ONLY, contentTypes, cloudEvents, rateLimit, allowedAddresses, dedupeExpression } = acceptance;
  return {
    methods: [...methods],
    contentTypes: contentTypes === undefined ? null : [...contentTypes],
    cloudEvents: cloudEvents ?? "off",
    rateLimit: rateLimit ?? null,
    allowedAddresses: allowedAddresses === undefined ? null : [...allowedAddresses],
    payloadSchema: acceptance.payloadSchema ?? null,
    dedupeExpression: dedupeExpression ?? null,
    redaction: acceptance.redaction === undefined ? null : rulesResource(acceptance.redaction),
  };
}

/** Takes the settings about acceptance out of a request. @throws HttpProblem  `request_invalid` */
export function takeAcceptance<Body extends Partial<AcceptanceSettings>>(
  body: Body,
): { readonly acceptance: AcceptanceChange; readonly others: Omit<Body, keyof AcceptanceSettings> } {
  const {
    methods,
    contentTypes,
    cloudEvents,
    rateLimit,
    allowedAddresses,
    payloadSchema,
    dedupeExpression,
    redaction,
    ...others
  } = body;
  const issues = [
    ...(allowedAddresses ?? []).flatMap((entry, at) =>
      issuesOf(`/allowedAddresses/${at}`, () => new AddressList([entry])),
    ),
    ...(payloadSchema === undefined || payloadSchema === null
      ? []
      : issuesOf("/payloadSchema", () => new PayloadSchema(payloadSchema as JsonObject))),
    ...(dedupeExpression === undefined || dedupeExpression === null
      ? []
      : issuesOf("/dedupeExpression", () => parseExpression(dedupeExpression))),
    ...ruleIssues("/body/redaction", redaction ?? []),
  ];
  if (issues.length > 0) {
    const count = issues.length === 1 ? "1 issue" : `${issues.length} issues`;
    throw new HttpProblem("request_invalid", `The request has ${count}`, { issues });
  }
  const isDefault = methods?.length === 1 && methods[0] === "POST";
  return {
    acceptance: {
      ...(methods === undefined ? {} : { methods: isDefault ? null : methods }),
      ...(contentTypes === undefined ? {} : { contentTypes }),
      ...(cloudEvents === undefined ? {} : { cloudEvents: cloudEvents === "off" ? null : cloudEvents }),
      ...(rateLimit === undefined ? {} : { rateLimit }),
      ...(allowedAddresses === undefined ? {} : { allowedAddresses }),
      ...(payloadSchema === undefined ? {} : { payloadSchema: payloadSchema as JsonObject | null }),
      ...(dedupeExpression === undefined ? {} : { dedupeExpression }),
      ...(redaction === undefined ? {} : { redaction }),
    },
    others,
  };
}

/** What is wrong with a setting that is only tried here: each process makes its own of what is stored. */
function issuesOf(path: string, make: () => unknown): readonly ProblemIssue[] {
  try {
    make();
    return [];
  } catch (error) {
    if (error instanceof SchemaRefused)
      return [{ path: `/body${path}${error.path}`, code: "invalid_value", message: `${error.message}.` }];
    if (error instanceof ExpressionSyntaxError)
      return [
        {
          path: `/body${path}`,
          code: error.code,
          message: `The expression ${error.message} (at character ${error.offset + 1}).`,
        },
      ];
    if (error instanceof AddressEntryError)
      return [{ path: `/body${path}`, code: "invalid_value", message: `${error.message}.` }];
    throw error;
  }
}
