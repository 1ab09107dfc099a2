/** The subscribers' process: many viewers of a project's live log. Started by `subscribers.ts`. */
import { writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { unixUs } from "../../measure/clock.ts";
import { Parent } from "../child/parent.ts";
import { OrderCheck } from "./order-check.ts";
import type { SubscriberCommand, SubscriberMessage } from "./protocol.ts";

// Reading the fields by pattern instead of parsing each line's JSON: a hundred viewers must not cost a core of their own.
const RUN_ID = /"runId":"([0-9a-f-]{36})"/;
const SEQ = /"seq":(\d+)/;
const POSITION = /"position":(\d+)/;
const TYPE = /"type":"([a-z.]+)"/;
const AT = /"at":"([^"]+)"/;
const ENDS = new Set(["run.succeeded", "run.failed", "run.canceled"]);

const checks: OrderCheck[] = [];
const lagUs: number[] = [];
const lastLines: string[] = [];
let announcedGaps = 0;
let broken = 0;
let isReported = false;

const parent = new Parent<SubscriberCommand, SubscriberMessage>((command) => {
  if (command.kind === "report") {
    const deadline = performance.now() + command.timeoutMs;
    const polling = setInterval(() => {
      if (lagUs.length < command.ends && performance.now() < deadline) return;
      clearInterval(polling);
      report(command.path);
    }, 20);
  } else {
    const streams = Array.from({ length: command.subscribers }, (_, index) =>
      subscribe(command.url, command.apiKey, index),
    );
    Promise.all(streams).then(
      () => parent.send({ kind: "subscribed" }),
      (error: unknown) =>
        parent.send({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
    );
  }
});
parent.send({ kind: "ready" });

/** Opens one stream; resolves when the server has accepted it. */
function subscribe(url: string, apiKey: string, index: number): Promise<void> {
  const check = new OrderCheck();
  checks.push(check);
  return new Promise((resolve, reject) => {
    const request = get(
      url,
      {
        agent: new Agent({ keepAlive: false }),
        headers: { accept: "text/event-stream", authorization: `Bearer ${apiKey}` },
      },
      (response) => {
        if (response.statusCode !== 200) {
          reject(new Error(`A subscriber got ${String(response.statusCode)} from ${url}.`));
          return;
        }
        resolve();
        let rest = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          const arrivedUs = unixUs();
          const messages = (rest + text).split("\n\n");
          rest = messages.pop() ?? "";
          for (const message of messages) take(message, check, index, arrivedUs);
        });
        response.on("close", () => {
          if (!isReported) broken += 1;
        });
      },
    );
    request.on("error", reject);
  });
}

function take(message: string, check: OrderCheck, index: number, arrivedUs: number): void {
  if (message.startsWith("event: gap") || message.includes("\nevent: gap")) announcedGaps += 1;
  const runId = RUN_ID.exec(message)?.[1];
  const type = TYPE.exec(message)?.[1];
  if (runId === undefined || type === undefined) return;
  const isEnd = ENDS.has(type);
  check.take(runId, Number(SEQ.exec(message)?.[1]), Number(POSITION.exec(message)?.[1]), isEnd);
  if (!isEnd) return;
  const atUs = microsOf(AT.exec(message)?.[1] ?? "");
  lagUs.push(Math.round(arrivedUs - atUs));
  if (index === 0) lastLines.push(`${runId}\t${String(Math.round(arrivedUs))}`);
}

/** Unix microseconds of an RFC 3339 time with microseconds; `Date` alone would drop the last three digits. */
function microsOf(time: string): number {
  return Date.parse(`${time.slice(0, 23)}Z`) * 1_000 + Number(time.slice(23, 26));
}

function report(path: string): void {
  isReported = true;
  writeFileSync(path, lastLines.join("\n"));
  const sum = (pick: (check: OrderCheck) => number) => checks.reduce((total, check) => total + pick(check), 0);
  const ends = checks.map((check) => check.ends);
  parent.send({
    kind: "reported",
    lines: sum((check) => check.lines),
    gaps: sum((check) => check.gaps) + announcedGaps,
    duplicates: sum((check) => check.duplicates),
    misordered: sum((check) => check.misordered),
    endsMin: Math.min(...ends),
    endsMax: Math.max(...ends),
    broken,
    lagUs,
  });
}
