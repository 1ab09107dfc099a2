import { readFile } from "node:fs/promises";
import { Child } from "../child/child.ts";
import type { SinkCommand, SinkMessage } from "./protocol.ts";
import { callOf, checkTargetPlan, steadyTarget } from "./target.ts";
import type { TargetBehaviour, TargetPlan } from "./target.ts";

/** One call that reached the sink. */
export interface Effect {
  /** From the query, `?run=`; empty when the call had none. */
  readonly runId: string;
  /** The `idempotency-key` header; empty when the call had none. */
  readonly key: string;
  /** Unix microseconds. */
  readonly atUs: number;
  readonly body: string;
  /** From 1: calls of the same run with the same key are attempts of one call. */
  readonly attempt: number;
  /** What this attempt met. */
  readonly behaviour: TargetBehaviour;
}

export interface SinkReport {
  /** In the order of arrival. */
  readonly effects: readonly Effect[];
  /** Connections that were opened because earlier ones had been closed. */
  readonly reopened: number;
  /** What its answers took beyond their delay, or its timer was late: 99th percentile, milliseconds. */
  readonly extraMsP99: number;
}

/** Where workflows of the benchmark send their calls: treats each as its plan says and remembers it. */
export class Sink {
  readonly port: number;
  readonly pid: number;
  readonly #child: Child<SinkCommand, SinkMessage>;
  #plan: TargetPlan = steadyTarget(0);

  private constructor(child: Child<SinkCommand, SinkMessage>, port: number) {
    this.#child = child;
    this.port = port;
    this.pid = child.pid;
  }

  /** Starts a sink on a free loopback port, in a process of its own. */
  static async start(): Promise<Sink> {
    const child = await Child.start<SinkCommand, SinkMessage>(new URL("./process.ts", import.meta.url), "sink");
    await child.next("ready");
    const listening = child.next("listening");
    child.send({ kind: "listen" });
    return new Sink(child, (await listening).port);
  }

  /**
   * Forgets what it saw and does from now on what the plan says; a number is the time after which everything is answered with 200,
   * in milliseconds.
   *
   * @throws RangeError  for a plan whose shares do not add up.
   */
  async reset(target: TargetPlan | number): Promise<void> {
    const plan = typeof target === "number" ? steadyTarget(target) : target;
    checkTargetPlan(plan);
    this.#plan = plan;
    const done = this.#child.next("resetDone");
    this.#child.send({ kind: "reset", plan });
    await done;
  }

  /** Every call since the last reset; `path` is where the ledger is kept. */
  async report(path: string): Promise<SinkReport> {
    const reported = this.#child.next("reported");
    this.#child.send({ kind: "report", path });
    const { bodies, reopened, extraMsP99 } = await reported;
    const text = await readFile(path, "utf8");
    const attempts = new Map<string, number>();
    const effects = (text === "" ? [] : text.split("\n")).map((line, number): Effect => {
      const [runId = "", key = "", atUs = "", body = "", index = ""] = line.split("\t");
      const call = callOf(runId, key, number);
      const attempt = (attempts.get(call) ?? 0) + 1;
      attempts.set(call, attempt);
      const mix = this.#plan.attempts[Math.min(attempt, this.#plan.attempts.length) - 1];
      const behaviour = mix?.[Number(index)];
      if (behaviour === undefined) throw new Error(`The sink's ledger ${path} has a line without a meaning: ${line}`);
      return { runId, key, atUs: Number(atUs), body: bodies[Number(body)] ?? "", attempt, behaviour };
    });
    return { effects, reopened, extraMsP99 };
  }

  /** The sink's clock, in Unix microseconds. */
  readClock(): Promise<number> {
    return this.#child.readClock();
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
