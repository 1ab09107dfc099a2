import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

/** What a k6 script exports. */
export interface Script {
  readonly options: {
    readonly scenarios: { readonly [name: string]: ScriptScenario };
    readonly thresholds: { readonly [metric: string]: readonly string[] };
  };
  readonly default: () => void;
  readonly setup?: () => void;
  readonly handleSummary: (data: object) => { readonly [path: string]: string };
}

export interface ScriptScenario {
  readonly executor: "constant-arrival-rate" | "ramping-arrival-rate";
  readonly timeUnit: string;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  readonly rate?: number;
  readonly duration?: string;
  readonly startRate?: number;
  readonly stages?: readonly { readonly target: number; readonly duration: string }[];
}

/** Imports a script with the stand-ins in place of k6's modules. */
export async function loadScript(path: string, env: { readonly [name: string]: string }): Promise<Script> {
  registerHooks({
    resolve: (specifier, context, next) =>
      /^k6(\/|$)/.test(specifier)
        ? { url: new URL("./api.ts", import.meta.url).href, shortCircuit: true }
        : next(specifier, context),
  });
  Object.assign(globalThis, { __ENV: env });
  return (await import(pathToFileURL(path).href)) as Script;
}
