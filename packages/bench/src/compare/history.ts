import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import type { ScenarioVerdict } from "../result/result.ts";
import type { ComparableResult } from "./comparable-result.ts";
import { figuresOf } from "./figure.ts";
import { loadText } from "./likeness.ts";

/** What a history keeps of one result: small enough to commit. */
export interface HistoryEntry {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly startedAtMs: number;
  readonly commit: { readonly revision: string; readonly isDirty: boolean } | null;
  readonly meshhook: string;
  readonly suite: string;
  readonly seed: number;
  /** Of the environment: only results with the same one form a series. */
  readonly fingerprint: string;
  readonly machine: string;
  readonly verdict: ComparableResult["verdict"];
  readonly scenarios: {
    readonly [name: string]: {
      readonly status: ScenarioVerdict;
      /** Only results with the same load form a series. */
      readonly load: string;
      /** Digest of the question; only results with the same one form a series. Absent in entries of before December 2026. */
      readonly digest?: string;
      /** By key, as in `work.walBytes`; empty where work was lost or the scenario is void. */
      readonly figures: { readonly [key: string]: number };
    };
  };
}

/** The entry of a result. Figures that say nothing are left out; that the scenario ran stays. */
export function historyEntry(result: ComparableResult): HistoryEntry {
  const { environment } = result;
  const { host, postgres, node } = environment;
  return {
    schemaVersion: 1,
    id: result.id,
    startedAtMs: result.startedAtMs,
    commit: result.commit,
    meshhook: environment.meshhook,
    suite: result.suite,
    seed: result.seed,
    fingerprint: environment.fingerprint,
    machine: `${host.cpuModel}, ${String(host.cores)} cores, ${host.os} ${host.kernel}, Node ${node}, PostgreSQL ${postgres.version}`,
    verdict: result.verdict,
    scenarios: Object.fromEntries(
      result.scenarios.map((scenario) => {
        const isValid = scenario.audit.isClean && scenario.status !== "void" && scenario.generator.isBacked;
        const figures = figuresOf(scenario).flatMap(({ key, read }) => {
          const value = isValid ? read(scenario) : null;
          return value === null ? [] : [[key, value] as const];
        });
        return [
          scenario.name,
          {
            status: scenario.status,
            load: loadText(scenario),
            ...(scenario.digest === undefined ? {} : { digest: scenario.digest }),
            figures: Object.fromEntries(figures),
          },
        ];
      }),
    ),
  };
}

/** The name of an entry's file; in the order of names, entries are in the order of time. */
export function historyFileName({ startedAtMs, commit }: HistoryEntry): string {
  const time = new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
  return `${time}-${commit === null ? "no-commit" : commit.revision.slice(0, 10)}.json`;
}

let compiled: ValidateFunction<HistoryEntry> | null = null;

/**
 * Reads an entry from its JSON.
 *
 * @returns The entry, or every issue: a JSON pointer and what is wrong there.
 */
export function parseHistoryEntry(
  document: unknown,
): { readonly entry: HistoryEntry } | { readonly issues: readonly string[] } {
  compiled ??= new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile<HistoryEntry>(SCHEMA);
  if (compiled(document)) return { entry: document };
  return {
    issues: (compiled.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath || "/"}: ${message ?? "is wrong"}`,
    ),
  };
}

const text = { type: "string" };
const VERDICTS = ["passed", "failed", "inconclusive", "void"];

const SCHEMA = {
  type: "object",
  required: [
    "schemaVersion",
    "id",
    "startedAtMs",
    "commit",
    "meshhook",
    "suite",
    "seed",
    "fingerprint",
    "machine",
    "verdict",
    "scenarios",
  ],
  additionalProperties: false,
  properties: {
    schemaVersion: { const: 1 },
    id: text,
    startedAtMs: { type: "number", minimum: 0 },
    commit: {
      type: ["object", "null"],
      required: ["revision", "isDirty"],
      additionalProperties: false,
      properties: { revision: text, isDirty: { type: "boolean" } },
    },
    meshhook: text,
    suite: text,
    seed: { type: "integer" },
    fingerprint: text,
    machine: text,
    verdict: { enum: [...VERDICTS, "interrupted"] },
    scenarios: {
      type: "object",
      additionalProperties: {
        type: "object",
        required: ["status", "load", "figures"],
        additionalProperties: false,
        properties: {
          status: { enum: VERDICTS },
          load: text,
          digest: text,
          figures: { type: "object", additionalProperties: { type: "number" } },
        },
      },
    },
  },
} as const;
