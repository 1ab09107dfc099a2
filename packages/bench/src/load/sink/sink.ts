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

  /** Every call since the last reset, in the order of arrival; `path` is where the ledger is kept. */
  async effects(path: string): Promise<readonly Effect[]> {
    const reported = this.#child.next("reported");
    this.#child.send({ kind: "report", path });
    await reported;
    const text = await readFile(path, "utf8");
    if (text === "") return [];
    return text.split("\n").map((line) => {
      const [runId = "", key = "", atUs = ""] = line.split("\t");
      return { runId, key, atUs: Number(atUs) };
    });
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
