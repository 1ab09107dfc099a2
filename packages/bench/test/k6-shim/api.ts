/**
 * The modules that the generated script imports (`k6`, `k6/http`, `k6/execution`, `k6/data`, `k6/metrics`), as far as it uses them. A request
 * blocks its VU as in k6, while the process's main thread really sends it.
 */
import { isMainThread, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { HttpAnswer, Iteration, VuMessage, VuStart } from "./protocol.ts";

export const state: { iteration: Iteration | null; readonly metadata: Record<string, string> } = {
  iteration: null,
  metadata: {},
};

const start = workerData as VuStart | null;
const signal = start === null || isMainThread ? null : new Int32Array(start.signal);

export function tell(message: VuMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
  parentPort?.postMessage(message);
}

function sample(metric: string, value: number, tags: { readonly [name: string]: string }): void {
  tell({
    kind: "sample",
    metric,
    value,
    atMs: performance.timeOrigin + performance.now(),
    tags,
    metadata: { ...state.metadata },
  });
}

export function check<Value>(
  value: Value,
  sets: { readonly [name: string]: (value: Value) => boolean },
  tags: { readonly [name: string]: string } = {},
): boolean {
  const results = Object.entries(sets).map(([name, holds]) => [name, holds(value)] as const);
  for (const [name, holds] of results) sample("checks", holds ? 1 : 0, { ...tags, check: name });
  return results.every(([, holds]) => holds);
}

export class SharedArray<Item> extends Array<Item> {
  constructor(_name: string, make: () => readonly Item[]) {
    super(...make());
  }
}

export class Counter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  add(value: number, tags: { readonly [name: string]: string } = {}): void {
    sample(this.name, value, tags);
  }
}

interface Params {
  readonly headers: { readonly [name: string]: string };
  readonly tags: { readonly [name: string]: string };
  readonly timeout: string;
}

function post(url: string, body: string, { headers, tags, timeout }: Params): { status: number; body: string } {
  if (signal === null || parentPort === null) throw new Error("Requests belong into an iteration.");
  Atomics.store(signal, 0, 0);
  const metadata = { ...state.metadata };
  tell({
    kind: "request",
    method: "POST",
    url,
    body,
    headers,
    tags,
    metadata,
    timeoutMs: Number.parseInt(timeout, 10),
  });
  Atomics.wait(signal, 0, 0);
  const received = receiveMessageOnPort(parentPort);
  if (received === undefined) throw new Error("An answer was announced and is not there.");
  return received.message as HttpAnswer;
}

// oxlint-disable-next-line import/no-default-export -- as k6's own modules have them
export default {
  post,
  expectedStatuses: (...statuses: readonly unknown[]) => statuses,
  scenario: {
    get iterationInTest() {
      return state.iteration?.n;
    },
    get startTime() {
      return state.iteration?.startTime;
    },
    get name() {
      return state.iteration?.scenario;
    },
  },
  vu: { metrics: { metadata: state.metadata, tags: {} } },
};
