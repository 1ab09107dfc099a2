import type { JsonSchema } from "../definition/json-schema.ts";
import type { BreakerPolicy, RetryPolicy, StatusMatch, TargetLimits } from "../plan/plan.ts";
import { templateSchema } from "./schema-parts.ts";

/** What the configs of all calls have in common: the target, the time, retries, and what a target may be asked. */

export interface RetryConfig extends Omit<RetryPolicy, "onStatus" | "onTimeout" | "onNetwork"> {
  readonly on: readonly string[];
}

const RETRY_DEFAULT: RetryConfig = {
  attemptsMax: 5,
  baseMs: 500,
  factor: 2,
  capMs: 60_000,
  jitter: "full",
  elapsedMsMax: 3_600_000,
  honorRetryAfter: true,
  on: ["timeout", "network", "408", "429", "5xx"],
};

export const TIMEOUT_MS_DEFAULT = 30_000;

export interface BreakerConfig {
  readonly failures?: number;
  readonly windowMs?: number;
  readonly openMs?: number;
  readonly whenOpen?: BreakerPolicy["whenOpen"];
}

const BREAKER_DEFAULT: BreakerPolicy = { failures: 5, windowMs: 60_000, openMs: 30_000, whenOpen: "wait" };

export const urlSchema: JsonSchema = {
  type: "string",
  title: "URL",
  description:
    "An absolute URL. The scheme and the host are literal; after the host, {{ }} holes may follow, and their values are percent-encoded.",
  minLength: 1,
  maxLength: 8192,
  "x-ui": "template",
};

export const callHeadersSchema: JsonSchema = {
  type: "object",
  title: "Headers",
  description: "The request headers by name. Values may have {{ }} holes, also {{ secrets.NAME }}.",
  default: {},
  maxProperties: 64,
  additionalProperties: templateSchema("Value", "The header's value."),
};

export const timeoutSchema: JsonSchema = {
  type: "integer",
  title: "Timeout in milliseconds",
  description: "The longest time from when a connection is free to the last byte of the answer, including redirects.",
  minimum: 100,
  maximum: 300_000,
  default: TIMEOUT_MS_DEFAULT,
};

export const retrySchema: JsonSchema = {
  type: "object",
  title: "Retry",
  description: "When and how often a failed attempt is retried.",
  default: {},
  properties: {
    attemptsMax: {
      type: "integer",
      title: "Attempts",
      description: "The largest number of attempts, including the first.",
      minimum: 1,
      maximum: 100,
      default: RETRY_DEFAULT.attemptsMax,
    },
    baseMs: {
      type: "integer",
      title: "First wait in milliseconds",
      description: "The wait before the second attempt.",
      minimum: 0,
      maximum: 3_600_000,
      default: RETRY_DEFAULT.baseMs,
    },
    factor: {
      type: "number",
      title: "Factor",
      description: "Each wait is the previous one multiplied by this factor.",
      minimum: 1,
      maximum: 10,
      default: RETRY_DEFAULT.factor,
    },
    capMs: {
      type: "integer",
      title: "Longest wait in milliseconds",
      description: "The upper limit for a wait.",
      minimum: 0,
      maximum: 86_400_000,
      default: RETRY_DEFAULT.capMs,
    },
    jitter: {
      type: "string",
      title: "Jitter",
      description: "full picks each wait at random between 0 and its length, so that many runs do not retry at once.",
      enum: ["full", "none"],
      default: RETRY_DEFAULT.jitter,
    },
    elapsedMsMax: {
      type: "integer",
      title: "Longest time in milliseconds",
      description: "No attempt starts later than this after the first one started.",
      minimum: 0,
      maximum: 604_800_000,
      default: RETRY_DEFAULT.elapsedMsMax,
    },
    honorRetryAfter: {
      type: "boolean",
      title: "Honor Retry-After",
      description: "Wait at least as long as the answer's Retry-After header asks for.",
      default: RETRY_DEFAULT.honorRetryAfter,
    },
    on: {
      type: "array",
      title: "Retry on",
      description:
        "timeout, network (including unreadable answers), a status such as 429, or a class such as 5xx. A redirect whose status is listed here is retried instead of followed.",
      items: {
        type: "string",
        title: "Reason",
        description: "timeout, network, a status from 300 to 599, or one of 3xx, 4xx, 5xx.",
        pattern: "^(timeout|network|[345][0-9][0-9]|[345]xx)$",
      },
      maxItems: 64,
      uniqueItems: true,
      default: [...RETRY_DEFAULT.on],
    },
  },
  additionalProperties: false,
};

export const limitsSchema: JsonSchema = {
  type: "object",
  title: "Limits",
  description:
    "How much one process asks of the target's origin for the project. Further calls wait for their turn. Without limits, a call waits only for a free connection.",
  properties: {
    concurrency: {
      type: "integer",
      title: "Concurrency",
      description: "Calls to the origin at the same time.",
      minimum: 1,
      maximum: 1_000,
    },
    ratePerSecond: {
      type: "number",
      title: "Calls per second",
      description: "Calls to the origin that may start in a second; 0.5 is one call every two seconds.",
      minimum: 0.01,
      maximum: 10_000,
    },
  },
  additionalProperties: false,
};

export const breakerSchema: JsonSchema = {
  type: "object",
  title: "Circuit breaker",
  description:
    "Holds calls back from an origin that keeps failing: after some failures in a row, only one call tries whether the target is back. Timeouts, network failures and 5xx count as failures. Each process has its own breakers.",
  properties: {
    failures: {
      type: "integer",
      title: "Failures",
      description: "So many failures in a row open the breaker.",
      minimum: 1,
      maximum: 1_000,
      default: BREAKER_DEFAULT.failures,
    },
    windowMs: {
      type: "integer",
      title: "Window in milliseconds",
      description: "The failures count only if they come within this time.",
      minimum: 100,
      maximum: 3_600_000,
      default: BREAKER_DEFAULT.windowMs,
    },
    openMs: {
      type: "integer",
      title: "Pause in milliseconds",
      description: "How long calls are held back before one of them tries again.",
      minimum: 100,
      maximum: 3_600_000,
      default: BREAKER_DEFAULT.openMs,
    },
    whenOpen: {
      type: "string",
      title: "When open",
      description:
        "wait lets calls wait until the target answers again; fail fails the step at once with circuit_open, so that the error port can be taken.",
      enum: ["wait", "fail"],
      default: BREAKER_DEFAULT.whenOpen,
    },
  },
  additionalProperties: false,
};

export function targetLimits(config: Partial<TargetLimits> | undefined): TargetLimits | null {
  if (config?.concurrency === undefined && config?.ratePerSecond === undefined) return null;
  return { concurrency: config.concurrency ?? null, ratePerSecond: config.ratePerSecond ?? null };
}

export function breakerPolicy(config: BreakerConfig | undefined): BreakerPolicy | null {
  return config === undefined ? null : { ...BREAKER_DEFAULT, ...config };
}

export function retryPolicy(config: Partial<RetryConfig> | undefined): RetryPolicy {
  const { on, ...policy } = { ...RETRY_DEFAULT, ...config };
  return {
    ...policy,
    onStatus: on.flatMap(statusMatch),
    onTimeout: on.includes("timeout"),
    onNetwork: on.includes("network"),
  };
}

function statusMatch(reason: string): StatusMatch[] {
  if (/^[345]xx$/.test(reason)) return [{ from: Number(reason[0]) * 100, to: Number(reason[0]) * 100 + 99 }];
  return /^\d{3}$/.test(reason) ? [{ from: Number(reason), to: Number(reason) }] : [];
}
