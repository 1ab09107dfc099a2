import type { EventResource, RunResource, RunStreamMessage } from "@meshhook/contract";

export type StepLight = "busy" | "good" | "bad" | "skipped";

/** The state shown at one moment of a run. */
export interface Scene {
  /** The steps with events so far, by node. */
  readonly lights: { readonly [node: string]: StepLight };
  /** The event that ended the run, once its steps have been shown. */
  readonly end: EventResource | null;
}

export const FIRST_SCENE: Scene = { lights: {}, end: null };

const OF_EVENTS: { readonly [type: string]: StepLight } = {
  "step.started": "busy",
  "step.succeeded": "good",
  "step.failed": "bad",
  "step.canceled": "bad",
  "step.skipped": "skipped",
};
const OF_STATUSES: { readonly [Status in RunResource["steps"][number]["status"]]: StepLight | null } = {
  pending: null,
  waiting: "busy",
  succeeded: "good",
  failed: "bad",
  canceled: "bad",
  skipped: "skipped",
};
const ENDS: ReadonlySet<string> = new Set(["run.succeeded", "run.failed", "run.canceled"]);

export interface Pace {
  /** The webhook node, which has done its work when the run starts. */
  readonly entry: string;
  /** How long each step is shown, because a run takes a millisecond and its steps would not be visible. */
  readonly stepMs: number;
}

/** A run for a newcomer: each step in the order of the run's events, then the end. */
export async function* scenesOf(
  messages: AsyncIterable<RunStreamMessage>,
  { entry, stepMs }: Pace,
): AsyncGenerator<Scene> {
  const lights: { [node: string]: StepLight } = {};
  for await (const message of messages) {
    if (message.kind === "end") return;
    const { type, node = type === "run.started" ? entry : undefined } = message.event;
    const light = type === "run.started" ? "good" : OF_EVENTS[type];
    if (node !== undefined && light !== undefined) {
      lights[node] = light;
      yield { lights: { ...lights }, end: null };
      if (light === "good" || light === "bad") await new Promise((resolve) => setTimeout(resolve, stepMs));
    } else if (ENDS.has(type)) {
      yield { lights: { ...lights }, end: message.event };
    }
  }
}

/** A run that has ended, including the steps without events because they were never reached. */
export function lastLights(run: RunResource): Scene["lights"] {
  const lights: { [node: string]: StepLight } = {};
  for (const { node, status } of run.steps) {
    const light = OF_STATUSES[status];
    if (light !== null) lights[node] = light;
  }
  return lights;
}
