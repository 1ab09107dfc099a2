import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";

import { CERTIFICATE, NEXT_CERTIFICATE, NEXT_PRIVATE_KEY, PRIVATE_KEY, waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TlsFiles } from "../src/index.ts";
import { pureDefinition, startHarness, type Harness } from "./harness.ts";

const NO_LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let folder: string;
let names: { readonly certFile: string; readonly keyFile: string };
let files: TlsFiles;
let harness: Harness;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshhook-tls-"));
  names = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  await writeFile(names.certFile, CERTIFICATE);
  await writeFile(names.keyFile, PRIVATE_KEY);
  files = await TlsFiles.open(names);
  harness = await startHarness({ tls: files });
});
afterAll(async () => {
  files.close();
  await harness.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(
  path: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Answer> {
  const { port } = new URL(harness.url);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        path,
        ca: CERTIFICATE,
        method: options.method ?? "GET",
        headers: options.headers ?? {},
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

function bytesOf(socket: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("a port with a certificate", () => {
  it("takes webhooks and signs people in with a cookie for https only", async () => {
    expect(harness.url).toMatch(/^https:/);
    const headers = { authorization: `Bearer ${harness.key}`, "content-type": "application/json" };
    const definition = pureDefinition("encrypted");
    expect(
      (await ask("/api/v1/workflows", { method: "POST", headers, body: JSON.stringify({ definition }) })).status,
    ).toBe(201);
    await ask("/api/v1/workflows/encrypted/publish", { method: "POST", headers });
    const made = await ask("/api/v1/endpoints", {
      method: "POST",
      headers,
      body: '{"workflow":"encrypted","name":"e"}',
    });
    const { id, token } = JSON.parse(made.body) as { id: string; token: string };
    expect(
      (await ask(`/hooks/${token}`, { method: "POST", body: "x".repeat(1), headers: { "content-type": "text/plain" } }))
        .status,
    ).toBe(202);
    const large = JSON.stringify({ text: "x".repeat(500_000) });
    expect(
      (await ask(`/hooks/${token}`, { method: "POST", body: large, headers: { "content-type": "application/json" } }))
        .status,
    ).toBe(202);
    const test = await ask(`/api/v1/endpoints/${id}/test-deliveries`, {
      method: "POST",
      headers,
      body: '{"body":"{}"}',
    });
    expect(test.status, test.body).toBeLessThan(300);
    const session = await ask("/api/v1/session", {
      method: "POST",
      headers,
      body: JSON.stringify({ key: harness.key }),
    });
    expect(String(session.headers["set-cookie"])).toContain("; Secure");
  });

  it("says what is wrong to whoever speaks HTTP without TLS", async () => {
    const socket = connectPlain(Number(new URL(harness.url).port), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    const text = await bytesOf(socket);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain("https://");
  });

  it("survives a handshake that is broken or given up", async () => {
    const port = Number(new URL(harness.url).port);
    const broken = connectPlain(port, "127.0.0.1");
    broken.on("error", () => undefined);
    broken.write(Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]));
    await new Promise((resolve) => broken.on("close", resolve).resume());
    const given = connectTls({ port, host: "127.0.0.1", ca: CERTIFICATE });
    await new Promise<void>((resolve) => given.once("secureConnect", resolve));
    given.destroy();
    expect((await ask("/healthz")).status).toBe(200);
  });

  it("takes a new certificate while it serves, and keeps the old one while the files cannot be used", async () => {
    const serial = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connectTls({
          port: Number(new URL(harness.url).port),
          host: "127.0.0.1",
          rejectUnauthorized: false,
        });
        socket.once("secureConnect", () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
        socket.once("error", reject);
      });
    files.watch(NO_LOG, 20);
    const before = await serial();
    await writeFile(names.keyFile, "not a key");
    expect(await serial()).toBe(before);
    await writeFile(names.keyFile, NEXT_PRIVATE_KEY);
    await writeFile(names.certFile, NEXT_CERTIFICATE);
    await waitFor("the new certificate is used", async () => (await serial()) !== before);
  });
});

describe("files that cannot be used", () => {
  it("are named, with the remedy", async () => {
    const other = join(folder, "other.pem");
    await writeFile(other, "nothing");
    await expect(TlsFiles.open({ certFile: join(folder, "absent.pem"), keyFile: other })).rejects.toThrow(
      "absent.pem cannot be read",
    );
    await expect(TlsFiles.open({ certFile: other, keyFile: other })).rejects.toThrow("holds no certificate");
    const cert = join(folder, "good.pem");
    await writeFile(cert, CERTIFICATE);
    await expect(TlsFiles.open({ certFile: cert, keyFile: other })).rejects.toThrow("must hold the key");
  });
});
