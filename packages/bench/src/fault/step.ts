import { variants } from "../shape/shape.ts";
import type { Shape, ShapeOf } from "../shape/shape.ts";
import { durationText } from "../shape/units.ts";
import { NETWORK_KINDS } from "./network-kinds.ts";
import type { LinkName } from "./network-kinds.ts";
import { DATABASE_KINDS, PROCESS_KINDS } from "./system-kinds.ts";

/**
 * What can be done to the system while its load runs: one entry per kind, with the fields that a scenario file gives it and how
 * `bench explain` puts it. Durations are milliseconds and sizes are bytes once they are read.
 */
const KINDS = { ...PROCESS_KINDS, ...DATABASE_KINDS, ...NETWORK_KINDS };

type StepsOf<K extends { readonly [kind: string]: { readonly shape: unknown } }> = {
  [Name in keyof K]: { readonly kind: Name } & ShapeOf<K[Name]["shape"]>;
}[keyof K];

/** One step of a scenario's faults, as in `{ kind: "kill-9", at: 4_000, down: 500 }`. */
export type FaultStep = StepsOf<typeof KINDS>;
export type NetworkStep = StepsOf<typeof NETWORK_KINDS>;
export type ProcessStep = StepsOf<typeof PROCESS_KINDS>;
export type DatabaseStep = StepsOf<typeof DATABASE_KINDS>;

/** Reads one step of a scenario file. */
export const faultStep: Shape<FaultStep> = variants("A fault while the load runs.", "kind", shapes(KINDS));

/** A step in a sentence. */
export function faultText(step: FaultStep): string {
  // The entry of a kind takes the steps of that kind.
  const text = (KINDS[step.kind].text as (step: FaultStep) => string)(step);
  return `${durationText(step.at)} into the measured part, ${text}.`;
}

/** How long a step lasts until it is undone, in milliseconds; 0 for what happens at one instant. */
export function lengthOf(step: FaultStep): number {
  if ("for" in step) return step.for;
  return "down" in step ? step.down : 0;
}

export function isNetworkStep(step: FaultStep): step is NetworkStep {
  return step.kind in NETWORK_KINDS;
}

export function isDatabaseStep(step: FaultStep): step is DatabaseStep {
  return step.kind in DATABASE_KINDS;
}

/** What a step changes. Toxics of one link add up, as they are meant to; a process has one state. */
export function doneTo(step: FaultStep): string {
  if (isNetworkStep(step)) return `${step.link} by ${step.kind}`;
  return isDatabaseStep(step) ? "PostgreSQL" : "MeshHook";
}

/** Where a proxy has to stand for these steps. */
export function linksOf(steps: readonly FaultStep[]): ReadonlySet<LinkName> {
  return new Set(steps.filter(isNetworkStep).map(({ link }) => link));
}

type Shapes<T extends { readonly [kind: string]: { readonly shape: unknown } }> = {
  readonly [Name in keyof T]: T[Name]["shape"];
};

function shapes<T extends { readonly [kind: string]: { readonly shape: unknown } }>(kinds: T): Shapes<T> {
  // The same keys, each with the shape of its entry.
  return Object.fromEntries(Object.entries(kinds).map(([name, { shape }]) => [name, shape])) as Shapes<T>;
}
