import { describe, expect, it } from "vitest";

import type { CallOutcome } from "../src/call/call-outcome.ts";
import { caller, send, target } from "./calling.ts";
import { until } from "./harness.ts";
import { answerJson } from "./target.ts";

describe("HttpCaller", () => {
  it("sends method, path, headers and body unchanged, and returns a JSON response parsed", async () => {
    const crm = await target((_call, response) =>
      answerJson(response, 201, { id: 7 }, { "set-cookie": "session=secret", "retry-after": "3" }),
    );
    const outcome = await send(caller([crm.host]), `${crm.url}/contacts?a=1%20b`, { body: '{"n":1}' });
    expect(outcome).toMatchObject({ kind: "response", status: 201, body: { id: 7 }, headers: { "retry-after": "3" } });
    expect(JSON.stringify(outcome)).not.toContain("secret");
    expect(crm.calls[0]).toMatchObject({ method: "POST", path: "/contacts?a=1%20b", body: '{"n":1}' });
    expect(crm.calls[0]?.headers).toMatchObject({ "idempotency-key": "k1", "user-agent": "MeshHook/test" });
  });

  it("keeps the text of a response that claims to be JSON but is not, and says so", async () => {
    const broken = await target((_call, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end("{oops");
    });
    const outcome = await send(caller([broken.host]), broken.url);
    expect(outcome).toMatchObject({ kind: "response", status: 200, body: "{oops" });
    expect(outcome.kind === "response" && outcome.bodyError).toBeTruthy();
  });

  it("counts an abandoned call as ended, and does not call back for it or for calls that close ends", async () => {
    const silent = await target(() => undefined);
    const from = caller([silent.host]);
    const outcomes: CallOutcome[] = [];
    const request = { method: "POST", url: silent.url, headers: {}, responseBytesMax: 1_000 };
    const abandon = from.call(request, 60_000, (outcome) => outcomes.push(outcome));
    from.call(request, 60_000, (outcome) => outcomes.push(outcome));
    await until("both calls are at their target", () => silent.calls.length === 2);
    expect(from.inFlight).toBe(2);
    abandon();
    expect(from.inFlight).toBe(1);
    await from.close();
    expect(from.inFlight).toBe(0);
    expect(outcomes).toEqual([]);
  });

  it("ends at the deadline when the target accepts and never answers", async () => {
    const silent = await target(() => undefined);
    expect(await send(caller([silent.host]), silent.url, { timeoutMs: 100 })).toMatchObject({
      kind: "failure",
      code: "timeout",
    });
  });

  it("ends at the deadline when the body comes too slowly, however often a byte arrives", async () => {
    const drip = await target((_call, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(timer));
    });
    expect(await send(caller([drip.host]), drip.url, { timeoutMs: 150 })).toMatchObject({
      kind: "failure",
      code: "timeout",
    });
  });

  it("cuts off a response that is larger than allowed", async () => {
    const flood = await target((_call, response) => {
      response.writeHead(200);
      response.end("x".repeat(100_000));
    });
    expect(await send(caller([flood.host]), flood.url, { responseBytesMax: 1_000 })).toMatchObject({
      kind: "failure",
      code: "response_too_large",
    });
  });

  it("refuses a private target before any connection, naming the setting", async () => {
    const inside = await target((_call, response) => answerJson(response, 200, {}));
    const outcome = await send(caller([]), inside.url);
    expect(outcome).toMatchObject({ kind: "failure", code: "forbidden_target" });
    expect(outcome.kind === "failure" && outcome.message).toContain("MESHHOOK_EGRESS_ALLOW");
    expect(await send(caller([]), inside.url.replace("127.0.0.1", "localhost"))).toMatchObject({
      kind: "failure",
      code: "forbidden_target",
    });
    expect(inside.calls).toHaveLength(0);
  });

  it("does not call back after it was told to stop", async () => {
    const slow = await target((_call, response) => setTimeout(() => answerJson(response, 200, {}), 50));
    const from = caller([slow.host]);
    const outcomes: CallOutcome[] = [];
    const stop = from.call({ method: "POST", url: slow.url, headers: {}, responseBytesMax: 1_000 }, 5_000, (outcome) =>
      outcomes.push(outcome),
    );
    stop();
    // A second call on the same pool ends later than the first would have.
    await send(from, slow.url);
    expect(outcomes).toEqual([]);
  });

  it("does not take a defect of whoever is told for a fault of the answer", async () => {
    const crm = await target((_call, response) => answerJson(response, 200, {}));
    const from = caller([crm.host]);
    const defects: unknown[] = [];
    const own = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => defects.push(error));
    try {
      // The second goes out on a connection that has carried another, where the end of an answer comes in a turn of its own.
      for (const defect of ["first", "second"]) {
        const request = { method: "GET", url: crm.url, headers: {}, responseBytesMax: 1_000 } as const;
        from.call(request, 5_000, () => {
          throw new Error(defect);
        });
        await until(`the ${defect} defect is heard of`, () => String(defects.at(-1)).includes(defect), 5_000);
      }
    } finally {
      process.removeAllListeners("uncaughtException");
      for (const listener of own) process.on("uncaughtException", listener);
    }
    expect(defects.map(String)).toEqual(["Error: first", "Error: second"]);
  });

  it("lets calls beyond the pool's size wait without counting the wait against their deadline", async () => {
    const slow = await target((_call, response) => setTimeout(() => answerJson(response, 200, {}), 100));
    const from = caller([slow.host], { connectionsPerOrigin: 1 });
    const outcomes = await Promise.all(Array.from({ length: 16 }, () => send(from, slow.url, { timeoutMs: 1_200 })));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(Array.from({ length: 16 }, () => "response"));
    expect(from.inFlight).toBe(0);
  });
});
