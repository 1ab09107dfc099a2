import { readFile } from "node:fs/promises";
import { Child } from "../child/child.ts";
import type { SinkCommand, SinkMessage } from "./protocol.ts";

/** One call that reached the sink. */
export interface Effect {
  /** From the query, `?run=`; empty when the call had none. */
  readonly runId: string;
  /** The `idempotency-key` header; empty when the call had none. */
  readonly key: string;
  /** Unix microseconds. */
  readonly atUs: number;
  readonly body: string;
}

export interface SinkReport {
  /** In the order of arrival. */
  readonly effects: readonly Effect[];
  /** Connections that were opened because earlier ones had been closed. */
  readonly reopened: number;
  /** What its answers took beyond their delay, or its timer was late: 99th percentile, milliseconds. */
  readonly extraMsP99: number;
}

/** Where workflows of the benchmark send their calls: answers each after a set delay and remembers it. */
export class Sink {
  readonly port: number;
  readonly pid: number;
  readonly #child: Child<SinkCommand, SinkMessage>;

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

  /** Forgets what it saw and answers after `delayMs` from now on. */
  async reset(delayMs: number): Promise<void> {
    const done = this.#child.next("resetDone");
    this.#child.send({ kind: "reset", delayMs });
    await done;
  }

  /** Every call since the last reset; `path` is where the ledger is kept. */
  async report(path: string): Promise<SinkReport> {
    const reported = this.#child.next("reported");
    this.#child.send({ kind: "report", path });
    const { bodies, reopened, extraMsP99 } = await reported;
    const text = await readFile(path, "utf8");
    const effects = (text === "" ? [] : text.split("\n")).map((line) => {
      const [runId = "", key = "", atUs = "", body = ""] = line.split("\t");
      return { runId, key, atUs: Number(atUs), body: bodies[Number(body)] ?? "" };
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
