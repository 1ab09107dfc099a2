import { isAccepted, LedgerWriter, Outcome } from "../ledger.ts";
import { arrivalsOf } from "../profile/arrivals.ts";
import type { Arrivals } from "../profile/arrivals.ts";
import { durationMsOf, peakPerSecond } from "../profile/profile.ts";
import { unixUs } from "../../measure/clock.ts";
import { Connection } from "./connection.ts";
import type { LoadInterval, LoadPlan } from "./protocol.ts";

/**
 * One load from its first request to its last answer.
 *
 * Open model: a request leaves when it is due; when every connection is busy it waits, and its latency keeps counting from the
 * instant it was due. Closed model: every sender sends again as soon as it has an answer.
 */
export class LoadRun {
  readonly startedAtUs = unixUs();
  readonly finished: Promise<void>;
  readonly #plan: LoadPlan;
  readonly #ledger = new LedgerWriter();
  readonly #arrivals: Arrivals | null;
  readonly #connectionsMax: number;
  readonly #endUs: number;
  readonly #paths: readonly string[];
  readonly #requestParts: readonly { readonly tail: string; readonly body: string }[];
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #isSpinning: boolean;
  #connections = 0;
  #connectionsOpened = 0;
  #connectionsAtOnce = 0;
  #sent = 0;
  #acked = 0;
  #errors = 0;
  #isStopped = false;
  #isFinished = false;
  #isPumpPlanned = false;
  #resolve: () => void = () => undefined;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    const { model } = plan;
    const durationMs = model.kind === "open" ? durationMsOf(model.profile) : model.durationMs;
    this.#endUs = durationMs * 1_000;
    this.#arrivals = model.kind === "open" ? arrivalsOf(model.profile) : null;
    this.#connectionsMax = model.kind === "open" ? model.inFlightMax : model.senders;
    // Polling instead of a timer for the last millisecond keeps requests punctual to some 50 µs, and costs that millisecond of
    // CPU per request: affordable at low rates only.
    this.#isSpinning = model.kind === "open" && peakPerSecond(model.profile) <= SPIN_RATE_MAX;
    this.#paths = [plan.target.path, ...(plan.target.otherPaths ?? [])];
    this.#requestParts = plan.payloads.map((payload) => requestParts(plan, payload));
    this.finished = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timers.push(setInterval(() => this.#endOverdue(), 100));
    if (model.kind === "closed") this.#timers.push(setTimeout(() => this.stop(), durationMs));
    const first = model.kind === "closed" ? model.senders : Math.min(CONNECTIONS_AHEAD, this.#connectionsMax);
    for (let index = 0; index < first; index += 1) this.#idle.push(this.#connect());
    this.#pump();
  }

  /** Sends nothing more; `finished` resolves when what is in flight has its answer or its timeout. */
  stop(): void {
    this.#isStopped = true;
    this.#pump();
  }

  interval(): LoadInterval {
    const cpu = process.cpuUsage();
    return {
      atUs: unixUs(),
      sent: this.#sent,
      acked: this.#acked,
      errors: this.#errors,
      inFlight: this.#busy.size,
      waiting: this.#dueNow() - this.#ledger.count,
      cpuUs: cpu.user + cpu.system,
    };
  }

  /** Connections that were opened because earlier ones had been closed. */
  get reopened(): number {
    return this.#connectionsOpened - this.#connectionsAtOnce;
  }

  writeLedger(): void {
    this.#ledger.write(this.#plan.ledgerPath, this.startedAtUs);
  }

  #elapsedUs(): number {
    return unixUs() - this.startedAtUs;
  }

  #pump(): void {
    if (this.#isFinished) return;
    if (this.#plan.model.kind === "open" && this.#arrivals !== null)
      this.#sendDue(this.#arrivals, this.#plan.model.unsentAfterMs);
    else this.#sendClosed();
    if (this.#isOver() && this.#busy.size === 0) this.#finish();
  }

  #isOver(): boolean {
    if (this.#isStopped || this.#ledger.count >= this.#plan.requestsMax) return true;
    return this.#arrivals === null ? this.#elapsedUs() >= this.#endUs : this.#ledger.count >= this.#arrivals.count;
  }

  #sendDue(arrivals: Arrivals, unsentAfterMs: number): void {
    for (;;) {
      if (this.#isOver()) return;
      const dueUs = arrivals.dueNs(this.#ledger.count) / 1_000;
      const lateUs = this.#elapsedUs() - dueUs;
      if (lateUs < 0) {
        this.#planPump(-lateUs);
        return;
      }
      if (lateUs > unsentAfterMs * 1_000) {
        this.#ledger.close(this.#ledger.open(dueUs), -1, Outcome.unsent, "");
        continue;
      }
      const connection = this.#takeConnection();
      // Every answer pumps again; so does this timer, which gives up what waits too long.
      if (connection === null) {
        this.#planPump(5_000);
        return;
      }
      this.#send(connection, dueUs);
    }
  }

  #sendClosed(): void {
    while (!this.#isOver()) {
      const connection = this.#takeConnection();
      if (connection === null) return;
      this.#send(connection, this.#elapsedUs());
    }
  }

  #planPump(inUs: number): void {
    if (this.#isPumpPlanned) return;
    this.#isPumpPlanned = true;
    const pump = () => {
      this.#isPumpPlanned = false;
      this.#pump();
    };
    if (!this.#isSpinning) setTimeout(pump, Math.max(1, Math.round(inUs / 1_000)));
    else if (inUs > 1_500) setTimeout(pump, Math.floor(inUs / 1_000) - 1);
    else setImmediate(pump);
  }

  #takeConnection(): Connection | null {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined) return this.#connections < this.#connectionsMax ? this.#connect() : null;
      if (!idle.isClosed) return idle;
    }
  }

  #connect(): Connection {
    this.#connections += 1;
    this.#connectionsOpened += 1;
    this.#connectionsAtOnce = Math.max(this.#connectionsAtOnce, this.#connections);
    return new Connection(this.#plan.target, {
      sent: (n) => {
        this.#sent += 1;
        this.#ledger.sent(n, this.#elapsedUs());
      },
      answered: (connection, n, outcome, body) => this.#answered(connection, n, outcome, body),
      closed: () => {
        this.#connections -= 1;
        // A target that refuses connections must not be hammered by senders that have nothing else to do.
        if (this.#arrivals === null) setTimeout(() => this.#pump(), 50);
        else this.#pump();
      },
    });
  }

  #send(connection: Connection, dueUs: number): void {
    const n = this.#ledger.open(dueUs);
    const { key } = this.#plan;
    const delivery = key === undefined ? n : Math.floor(n / key.repeats);
    const parts = this.#requestParts[delivery % this.#requestParts.length];
    if (parts === undefined) throw new Error("The load has no payload.");
    const keyLine = key === undefined ? "" : `${key.header}: ${key.prefix}-${String(delivery)}\r\n`;
    this.#busy.add(connection);
    connection.send(
      n,
      `POST ${this.#paths[n % this.#paths.length] ?? ""}?n=${String(n)}${parts.tail}${keyLine}\r\n${parts.body}`,
      this.#elapsedUs(),
    );
  }

  #answered(connection: Connection, n: number, outcome: number, body: Buffer): void {
    this.#busy.delete(connection);
    const accepted = isAccepted(outcome);
    if (accepted) this.#acked += 1;
    else this.#errors += 1;
    this.#ledger.close(n, this.#elapsedUs(), outcome, accepted ? runIdIn(body) : "");
    if (connection.isClosed) return;
    this.#idle.push(connection);
    if (this.#arrivals === null || this.#dueNow() > this.#ledger.count || this.#isOver()) this.#pump();
  }

  /** How many requests should have been opened by now. */
  #dueNow(): number {
    if (this.#arrivals === null || this.#isStopped) return this.#ledger.count;
    const elapsedNs = this.#elapsedUs() * 1_000;
    let due = this.#ledger.count;
    // Counting beyond this is of no use to anybody: the load is hopelessly late.
    const limit = due + 100_000;
    while (due < limit && this.#arrivals.dueNs(due) <= elapsedNs) due += 1;
    return due;
  }

  #endOverdue(): void {
    const limit = this.#elapsedUs() - this.#plan.timeoutMs * 1_000;
    for (const connection of this.#busy) if (connection.busySince < limit) connection.end(Outcome.timeout);
    this.#pump();
  }

  #finish(): void {
    this.#isFinished = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const connection of this.#idle) connection.end(Outcome.reset);
    this.#resolve();
  }
}

const CONNECTIONS_AHEAD = 16;
const SPIN_RATE_MAX = 250;

/** The request after its number, and the body as bytes in a Latin-1 string. */
function requestParts(
  plan: LoadPlan,
  payload: LoadPlan["payloads"][number],
): { readonly tail: string; readonly body: string } {
  const bytes = Buffer.from(payload.body, "utf8");
  const headers = Object.entries(payload.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    tail:
      ` HTTP/1.1\r\nhost: ${plan.target.host}:${String(plan.target.port)}\r\ncontent-type: application/json\r\n` +
      `content-length: ${String(bytes.length)}\r\n${headers.join("")}`,
    body: bytes.toString("latin1"),
  };
}

/** The value of `runId` in an answer, without parsing the rest of it; empty when there is none. */
function runIdIn(body: Buffer): string {
  const text = body.toString("latin1", 0, Math.min(body.length, 256));
  const name = text.indexOf('"runId"');
  if (name === -1) return "";
  const start = text.indexOf('"', name + 7) + 1;
  return start === 0 ? "" : text.slice(start, text.indexOf('"', start));
}
