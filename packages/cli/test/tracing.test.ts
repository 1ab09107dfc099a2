import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

import { createClient } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { pino } from "pino";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";

import { openTracing, samplerOf, wantsTraces } from "../src/start/tracing.ts";
import { startInMemory } from "./in-memory.ts";
import { otlpReceiver } from "./otlp-receiver.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SENDER = "b7ad6b7169203331";
const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const log = pino({ level: "silent" });

afterEach(() => {
  delete process.env[ENDPOINT];
});

/** What calls were sent, by their headers; the first is answered 500. */
async function target(): Promise<{ readonly url: string; readonly calls: IncomingHttpHeaders[] }> {
  const calls: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    calls.push(request.headers);
    response.writeHead(calls.length === 1 ? 500 : 200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/canary-path?canary=query`, calls };
}

async function runOnce(tracing: Awaited<ReturnType<typeof openTracing>>, url: string, headers: Record<string, string>) {
  const { key, url: meshhook } = await startInMemory(undefined, {
    egressAllow: ["127.0.0.0/8"],
    ...(tracing === null ? {} : { spans: tracing.sink }),
  });
  const client = createClient({ url: meshhook, key });
  const definition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "traced",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      send: { type: "http_call@1", config: { method: "POST", url, retry: { attemptsMax: 2, baseMs: 0 } } },
    },
    edges: [{ from: "hook", to: "send" }],
  };
  await client.createWorkflow({ body: { definition } });
  await client.publishWorkflow({ workflow: "traced" });
  const { token } = await client.createEndpoint({ body: { workflow: "traced", name: "traced" } });
  const answer = await fetch(`${meshhook}/hooks/${token}`, { method: "POST", headers, body: '{"canary":"payload"}' });
  const { runId } = (await answer.json()) as { runId: string };
  await waitFor("the run has ended", async () => (await client.getRun({ runId })).status === "succeeded");
  return { client, runId };
}

describe("traces", () => {
  it("go on from the sender over every attempt to the targets, and show nothing that was sent", async () => {
    const receiver = await otlpReceiver();
    process.env[ENDPOINT] = receiver.url;
    const tracing = await openTracing(log);
    const { calls, url } = await target();
    const traceparent = `00-${TRACE}-${SENDER}-01`;
    const { client, runId } = await runOnce(tracing, url, {
      traceparent,
      tracestate: "vendor=1",
      "x-canary": "header",
    });
    const { runId: again } = await client.replayRun({ runId, body: { idempotencyKey: "again" } });
    await waitFor("the replay has ended", async () => (await client.getRun({ runId: again })).status === "succeeded");
    await tracing?.close();
    const spans = receiver.spans.filter((span) => span.attributes["meshhook.run.id"] === runId);
    expect(spans.map(({ name }) => name).sort()).toEqual([
      "call send",
      "call send",
      "intake",
      "node hook",
      "node send",
      "run",
    ]);
    const byName = (name: string) => spans.filter((span) => span.name === name);
    const [run] = byName("run");
    const [node] = byName("node send");
    expect(run).toMatchObject({
      traceId: TRACE,
      parentSpanId: SENDER,
      kind: 2,
      traceState: "vendor=1",
      service: "meshhook",
    });
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    expect(node?.parentSpanId).toBe(run?.spanId);
    const attempts = byName("call send");
    expect(attempts.map(({ parentSpanId }) => parentSpanId)).toEqual([node?.spanId, node?.spanId]);
    expect(attempts.map(({ attributes, statusCode }) => [attributes["http.response.status_code"], statusCode])).toEqual(
      [
        ["500", 2],
        ["200", 0],
      ],
    );
    expect(calls.slice(0, 2).map((headers) => headers["traceparent"])).toEqual(
      attempts.map(({ spanId }) => `00-${TRACE}-${spanId}-01`),
    );
    expect(calls[0]?.["tracestate"]).toBe("vendor=1");
    for (const { endNs, startNs } of spans) expect(endNs).toBeGreaterThanOrEqual(startNs);
    const replay = receiver.spans.find((span) => span.name === "run" && span.attributes["meshhook.run.id"] === again);
    expect(replay?.links).toEqual([`${TRACE} ${run?.spanId ?? ""}`]);
    expect(Buffer.concat(receiver.bytes).toString("latin1")).not.toContain("canary");
  });

  it.each([
    ["begin with the run where the sender has none", {}],
    ["begin with the run where the sender's is not valid", { traceparent: `00-${"0".repeat(32)}-${SENDER}-01` }],
    ["begin with the run where the sender's says too much", { traceparent: `00-${TRACE}-${SENDER}-01-more` }],
  ])("%s", async (_name, headers) => {
    const receiver = await otlpReceiver();
    process.env[ENDPOINT] = receiver.url;
    const tracing = await openTracing(log);
    const { calls, url } = await target();
    await runOnce(tracing, url, headers);
    await tracing?.close();
    const run = receiver.spans.find(({ name }) => name === "run");
    expect(run).toMatchObject({ parentSpanId: "" });
    expect(run?.traceId).not.toBe(TRACE);
    expect(calls[0]?.["traceparent"]).toContain(run?.traceId);
  });

  it("are not made without an endpoint, and the sender's goes on to calls as it came", async () => {
    expect(await openTracing(log, {})).toBeNull();
    const { calls, url } = await target();
    const traceparent = `00-${TRACE}-${SENDER}-00`;
    await runOnce(null, url, { traceparent, tracestate: "a=1,b=2" });
    expect(calls.map((headers) => [headers["traceparent"], headers["tracestate"]])).toEqual([
      [traceparent, "a=1,b=2"],
      [traceparent, "a=1,b=2"],
    ]);
  });

  it("are asked for by the standard variables only", () => {
    const endpoint = { [ENDPOINT]: "http://localhost:4318" };
    expect(wantsTraces(endpoint)).toBe(true);
    expect(wantsTraces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://localhost:4318/v1/traces" })).toBe(true);
    expect(wantsTraces({ OTEL_SERVICE_NAME: "x" })).toBe(false);
    expect(wantsTraces({ ...endpoint, OTEL_SDK_DISABLED: "true" })).toBe(false);
    expect(wantsTraces({ ...endpoint, OTEL_TRACES_EXPORTER: "none" })).toBe(false);
  });

  it("are sampled by their id, or as the sender did", () => {
    const sampler = (name: string, argument = ""): ReturnType<typeof samplerOf> =>
      samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument }, log);
    const low = `00000001${"0".repeat(24)}`;
    const high = `ffffffff${"0".repeat(24)}`;
    expect([sampler("traceidratio", "0.5")(low, null), sampler("traceidratio", "0.5")(high, true)]).toEqual([
      true,
      false,
    ]);
    expect([
      sampler("parentbased_traceidratio", "0")(low, true),
      sampler("parentbased_traceidratio", "0")(low, null),
    ]).toEqual([true, false]);
    expect([sampler("always_off")(low, true), sampler("")(low, false), sampler("")(low, null)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(sampler("jaeger_remote")(low, null)).toBe(true);
  });
});
