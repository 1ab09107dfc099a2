import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

import { onTestFinished } from "vitest";

/** A span as it came over the wire. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, string>>;
  readonly links: readonly string[];
  readonly statusCode: number;
  readonly service: string;
}

/** A receiver of traces by OTLP over HTTP with Protobuf. */
export async function otlpReceiver(): Promise<{
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly bytes: Buffer[];
}> {
  const spans: ReceivedSpan[] = [];
  const bytes: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const sent = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
      const isTraces = request.url === "/v1/traces" && request.headers["content-type"] === "application/x-protobuf";
      if (isTraces) spans.push(...spansOf(body));
      bytes.push(body);
      response.writeHead(isTraces ? 200 : 404, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, bytes };
}

/** ExportTraceServiceRequest. Source: github.com/open-telemetry/opentelemetry-proto, trace.proto. */
function spansOf(body: Buffer): ReceivedSpan[] {
  return fields(body, 1).flatMap((resourceSpans) => {
    const service = attributesOf(bytesIn(resourceSpans, 1))["service.name"] ?? "";
    return fields(resourceSpans, 2).flatMap((scopeSpans) => fields(scopeSpans, 2).map((span) => spanOf(span, service)));
  });
}

function spanOf(span: Buffer, service: string): ReceivedSpan {
  const hex = (field: number, from = span): string => bytesIn(from, field).toString("hex");
  return {
    traceId: hex(1),
    spanId: hex(2),
    traceState: bytesIn(span, 3).toString(),
    parentSpanId: hex(4),
    name: bytesIn(span, 5).toString(),
    kind: numberIn(span, 6),
    startNs: bytesIn(span, 7).readBigUInt64LE(),
    endNs: bytesIn(span, 8).readBigUInt64LE(),
    attributes: attributesOf(span, 9),
    links: fields(span, 13).map((link) => `${hex(1, link)} ${hex(2, link)}`),
    statusCode: numberIn(bytesIn(span, 15), 3),
    service,
  };
}

function attributesOf(message: Buffer, field = 1): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fields(message, field).map((pair) => {
      const value = bytesIn(pair, 2);
      const text = bytesIn(value, 1);
      return [bytesIn(pair, 1).toString(), text.length > 0 ? text.toString() : String(numberIn(value, 3))];
    }),
  );
}

function bytesIn(message: Buffer, field: number): Buffer {
  return fields(message, field)[0] ?? Buffer.alloc(0);
}

function numberIn(message: Buffer, field: number): number {
  const [found] = fields(message, field);
  return found === undefined ? 0 : Number(varint(found, 0).value);
}

/** The values of a field, each as its bytes. */
function fields(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  while (at < message.length) {
    const { next, value: tag } = varint(message, at);
    at = next;
    const wire = Number(tag & 7n);
    let end: number;
    if (wire === 0) end = varint(message, at).next;
    else if (wire === 1) end = at + 8;
    else if (wire === 5) end = at + 4;
    else {
      const length = varint(message, at);
      at = length.next;
      end = at + Number(length.value);
    }
    if (Number(tag >> 3n) === wanted) found.push(message.subarray(at, end));
    at = end;
  }
  return found;
}

function varint(bytes: Buffer, from: number): { readonly value: bigint; readonly next: number } {
  let value = 0n;
  for (let at = from, shift = 0n; ; at++, shift += 7n) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error("A number is cut off");
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return { value, next: at + 1 };
  }
}
