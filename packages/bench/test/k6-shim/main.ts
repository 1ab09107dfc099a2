/**
 * A stand-in for k6, which no registry carries: `version` and `run`, with arrival-rate executors, VUs in threads of their own, requests that are
 * really sent, dropped iterations, and the JSON output. It works out by itself when iterations are due.
 */
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { Agent, request } from "node:http";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { loadScript } from "./load-script.ts";
import type { ScriptScenario } from "./load-script.ts";
import type { HttpAnswer, HttpRequest, Iteration, VuMessage, VuStart } from "./protocol.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    env: { type: "string", short: "e", multiple: true, default: [] },
    quiet: { type: "boolean" },
    "no-color": { type: "boolean" },
    "no-usage-report": { type: "boolean" },
  },
});
async function run(script: string): Promise<number> {
  const env = Object.fromEntries(values.env.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]));
  const loaded = await loadScript(script, env);
  loaded.setup?.();
  const [name, scenario] = Object.entries(loaded.options.scenarios)[0] ?? [];
  if (name === undefined || scenario === undefined) throw new Error("The script has no scenario.");
  const output = openSync((values.out ?? "").replace(/^json=/, ""), "w");
  const sums = new Map<string, number[]>();
  const write: Write = (metric, value, atMs, tags, metadata) => {
    sums.set(metric, [...(sums.get(metric) ?? []), value]);
    const time = new Date(Math.floor(atMs)).toISOString().replace(
      "Z",
      `${String(atMs % 1)
        .slice(2, 8)
        .padEnd(6, "0")}Z`,
    );
    const data = { time, value, tags, ...(Object.keys(metadata).length === 0 ? {} : { metadata }) };
    writeSync(output, `${JSON.stringify({ metric, type: "Point", data })}\n`);
  };
  const pool = new Pool({ script, env, write });
  await Promise.all(Array.from({ length: Math.min(scenario.preAllocatedVUs, THREADS_MAX) }, () => pool.add()));
  const startedMs = nowMs();
  let n = 0;
  for (const dueMs of dueMsOf(scenario)) {
    const waitMs = startedMs + dueMs - nowMs();
    if (waitMs > 0) await delay(waitMs);
    if (pool.start({ n, startTime: Math.floor(startedMs), scenario: name })) {
      n += 1;
      continue;
    }
    write("dropped_iterations", 1, nowMs(), { scenario: name }, {});
    if (pool.size < Math.min(scenario.maxVUs, THREADS_MAX)) void pool.add();
  }
  await pool.end();
  closeSync(output);
  const metrics = Object.fromEntries([...sums].map(([metric, all]) => [metric, { values: { count: all.length } }]));
  for (const [path, text] of Object.entries(loaded.handleSummary({ metrics })))
    if (path === "stdout") process.stdout.write(text);
    else writeFileSync(path, text);
  const isChecked = (sums.get("checks") ?? []).every((value) => value === 1);
  const isDropping = loaded.options.thresholds["dropped_iterations"] !== undefined && sums.has("dropped_iterations");
  return isChecked && !isDropping ? 0 : 99;
}

/** A thread of Node is much heavier than a VU of k6. */
const THREADS_MAX = 8;

type Write = (
  metric: string,
  value: number,
  atMs: number,
  tags: { readonly [name: string]: string },
  metadata: { readonly [name: string]: string },
) => void;

/** When iterations are due: by adding up the rate in small steps, which is slow and has nothing in common with the formulae it is a check of. */
function dueMsOf(scenario: ScriptScenario): readonly number[] {
  const perMs = (rate: number) => rate / (Number.parseInt(scenario.timeUnit, 10) * 1_000);
  if (scenario.executor === "constant-arrival-rate") {
    const rate = perMs(scenario.rate ?? 0);
    return Array.from({ length: Math.ceil(Number.parseInt(scenario.duration ?? "", 10) * rate) }, (_, k) => k / rate);
  }
  const due: number[] = [];
  const STEP_MS = 0.01;
  let [atMs, sum, from] = [0, 0, perMs(scenario.startRate ?? 0)];
  for (const { target, duration } of scenario.stages ?? []) {
    const [to, lengthMs] = [perMs(target), Number.parseInt(duration, 10)];
    const steps = Math.round(lengthMs / STEP_MS);
    for (let step = 0; step < steps; step += 1) {
      sum += (from + ((to - from) * (step + 0.5)) / steps) * STEP_MS;
      if (sum >= due.length + 1 - 1e-9) due.push(atMs + (step + 1) * STEP_MS);
    }
    atMs += lengthMs;
    from = to;
  }
  return due;
}

interface PoolOptions {
  readonly script: string;
  readonly env: { readonly [name: string]: string };
  readonly write: Write;
}

class Pool {
  size = 0;
  readonly #options: PoolOptions;
  readonly #idle: Worker[] = [];
  readonly #workers: Worker[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  #busy = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async add(): Promise<void> {
    this.size += 1;
    const { script, env } = this.#options;
    const signal = new SharedArrayBuffer(4);
    const workerData: VuStart = { script, env, signal };
    const worker = new Worker(new URL("./vu.ts", import.meta.url), { workerData });
    this.#workers.push(worker);
    await new Promise<void>((ready) => {
      worker.on("message", (message: VuMessage) => {
        if (message.kind === "ready") {
          this.#idle.push(worker);
          ready();
        } else if (message.kind === "done") {
          this.#busy -= 1;
          this.#idle.push(worker);
        } else if (message.kind === "sample") {
          this.#options.write(message.metric, message.value, message.atMs, message.tags, message.metadata);
        } else void this.#send(worker, new Int32Array(signal), message);
      });
    });
  }

  start(iteration: Iteration): boolean {
    const worker = this.#idle.shift();
    if (worker === undefined) return false;
    this.#busy += 1;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
    worker.postMessage(iteration);
    return true;
  }

  async end(): Promise<void> {
    while (this.#busy > 0) await delay(5);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#agent.destroy();
  }

  async #send(worker: Worker, signal: Int32Array, asked: HttpRequest): Promise<void> {
    const sentMs = nowMs();
    const answer = await answerTo(asked, this.#agent);
    const atMs = nowMs();
    const tags = {
      ...asked.tags,
      status: String(answer.status),
      ...(answer.errorCode === 0 ? {} : { error_code: String(answer.errorCode) }),
    };
    this.#options.write("http_reqs", 1, atMs, tags, asked.metadata);
    this.#options.write("http_req_duration", answer.status === 0 ? 0 : atMs - sentMs, atMs, tags, asked.metadata);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
    worker.postMessage(answer);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  }
}

function answerTo({ url, method, headers, body, timeoutMs }: HttpRequest, agent: Agent): Promise<HttpAnswer> {
  return new Promise((answered) => {
    const fail = (errorCode: number) => answered({ status: 0, errorCode, body: "" });
    const sent = request(url, { method, headers, agent, timeout: timeoutMs }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => answered({ status: response.statusCode ?? 0, errorCode: 0, body: text }));
    });
    sent.on("timeout", () => {
      fail(1050);
      sent.destroy();
    });
    sent.on("error", (error) => fail("code" in error && error.code === "ECONNREFUSED" ? 1212 : 1220));
    sent.end(body);
  });
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

const [command, scriptPath = ""] = positionals;
if (command === "version") process.stdout.write("k6 v2.3.0 (a stand-in for tests)\n");
else process.exitCode = await run(resolve(scriptPath));
