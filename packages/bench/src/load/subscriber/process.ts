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
const ENDS = new Set(["run.succeeded", "run.failed", "run.canceled"]);

const checks: OrderCheck[] = [];
let ends = 0;
let announcedGaps = 0;
let broken = 0;
let isReported = false;

const parent = new Parent<SubscriberCommand, SubscriberMessage>((command) => {
  if (command.kind === "report") {
    const deadline = performance.now() + command.timeoutMs;
    const polling = setInterval(() => {
      if (ends < command.ends && performance.now() < deadline) return;
      clearInterval(polling);
      report(command.path);
    }, 20);
  } else {
    const streams = Array.from({ length: command.subscribers }, () => subscribe(command.url, command.apiKey));
    Promise.all(streams).then(
      () => parent.send({ kind: "subscribed" }),
      (error: unknown) =>
        parent.send({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
    );
  }
});
parent.send({ kind: "ready" });

/** Opens one stream; resolves when the server has accepted it. */
function subscribe(url: string, apiKey: string): Promise<void> {
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
          reject(new Error(`A subscriber received ${String(response.statusCode)} from ${url}.`));
          return;
        }
        resolve();
        let rest = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          const arrivedUs = unixUs();
          const messages = (rest + text).split("\n\n");
          rest = messages.pop() ?? "";
          for (const message of messages) take(message, check, arrivedUs);
        });
        response.on("close", () => {
          if (!isReported) broken += 1;
        });
      },
    );
    request.on("error", reject);
  });
}

function take(message: string, check: OrderCheck, arrivedUs: number): void {
  if (message.startsWith("event: gap") || message.includes("\nevent: gap")) announcedGaps += 1;
  const runId = RUN_ID.exec(message)?.[1];
  const type = TYPE.exec(message)?.[1];
  if (runId === undefined || type === undefined) return;
  const isEnd = ENDS.has(type);
  check.take(runId, Number(SEQ.exec(message)?.[1]), Number(POSITION.exec(message)?.[1]), isEnd, arrivedUs);
  if (isEnd) ends += 1;
}

/** One line for each run at each viewer. */
function report(path: string): void {
  isReported = true;
  const views = checks.flatMap((check, viewer) =>
    [...check.runs].map(([runId, { gaps, duplicates, misordered, endUs }]) =>
      [viewer, runId, gaps, duplicates, misordered, endUs === null ? "" : Math.round(endUs)].join("\t"),
    ),
  );
  writeFileSync(path, views.join("\n"));
  parent.send({
    kind: "reported",
    viewers: checks.length,
    lines: checks.reduce((total, check) => total + check.lines, 0),
    announcedGaps,
    broken,
  });
}
