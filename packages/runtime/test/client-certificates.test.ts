import { createServer, type ServerOptions } from "node:https";
import type { TLSSocket } from "node:tls";

import { decodeFacts, type Fact } from "@meshhook/core";
import { certificates } from "@meshhook/testkit";
import { describe, expect, it } from "vitest";

import { TlsIdentity, TlsSettingsFault, type TlsMaterial } from "../src/call/tls-identity.ts";
import { EnvironmentSecrets } from "../src/index.ts";
import { start, status, type Bench } from "./bench.ts";
import { listen } from "./calling.ts";
import { call, definitionOf, until } from "./harness.ts";

const { CLIENT_CERTIFICATE, CLIENT_KEY, ISSUER, SEALED_CLIENT_KEY, SERVER_CERTIFICATE, SERVER_KEY } = certificates;
const PASSPHRASE = "open-sesame";
const SECRETS = new Map([
  ["CA", ISSUER],
  ["CERT", CLIENT_CERTIFICATE],
  ["KEY", CLIENT_KEY],
  ["SEALED", SEALED_CLIENT_KEY],
  ["PASS", PASSPHRASE],
  ["WRONG_PASS", "open-barley"],
  ["OTHER_KEY", SERVER_KEY],
  ["NOT_PEM", "not a certificate"],
  ["BROKEN", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
]);
const secrets = new EnvironmentSecrets("default", SECRETS);
const trust = { ca: "{{ secrets.CA }}", serverName: "server.test" };
const own = { ...trust, certificate: "{{ secrets.CERT }}", key: "{{ secrets.KEY }}" };

/** A target that answers who called and how many connections there were; it demands a certificate unless told otherwise. */
async function secureTarget(options: ServerOptions = {}): Promise<{ readonly url: string; readonly host: string }> {
  let connections = 0;
  const server = createServer(
    {
      key: SERVER_KEY,
      cert: SERVER_CERTIFICATE,
      ca: ISSUER,
      requestCert: true,
      rejectUnauthorized: true,
      ...options,
    },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ client: (subject as { CN?: string } | undefined)?.CN ?? null, connections }));
    },
  );
  server.on("secureConnection", () => connections++);
  const port = await listen(server);
  return { url: `https://127.0.0.1:${port}/`, host: `127.0.0.1:${port}` };
}

async function answerOf(bench: Bench, url: string, tls: object, project?: string): Promise<Fact | undefined> {
  const node = call(url, { tls, retry: { attemptsMax: 3, baseMs: 0 } });
  const runId = await bench.accept(await bench.publish(definitionOf({ send: node }), undefined, project));
  await until("the run has ended", async () => (await status(bench.store, runId)) !== null);
  const facts = (await bench.store.journal.readRun(runId)).flatMap((segment) => decodeFacts(segment.facts));
  for (const secret of SECRETS.values())
    expect(JSON.stringify(facts)).not.toContain(JSON.stringify(secret).slice(1, -1));
  // A failure for which an attempt more would be useless is the only one.
  expect(facts.filter(({ kind }) => kind === "failure").length).toBeLessThan(2);
  return facts.findLast(({ kind }) => kind === "response" || kind === "failure");
}

describe.each(["TLSv1.2", "TLSv1.3"] as const)("a target that demands a certificate, over %s", (version) => {
  it("gets it, also from an encrypted key; calls with the same settings share connections, those of others do not", async () => {
    const { url, host } = await secureTarget({ minVersion: version, maxVersion: version });
    const bench = await start({ allow: [host], secrets });
    expect(await answerOf(bench, url, own)).toMatchObject({ body: { client: "client.test", connections: 1 } });
    expect(await answerOf(bench, url, own)).toMatchObject({ body: { client: "client.test", connections: 1 } });
    const sealed = { ...own, key: "{{ secrets.SEALED }}", passphrase: "{{ secrets.PASS }}" };
    expect(await answerOf(bench, url, sealed)).toMatchObject({ body: { client: "client.test", connections: 2 } });
  });

  it("fails a call without one, once and with what to do", async () => {
    const { url, host } = await secureTarget({ minVersion: version, maxVersion: version });
    const bench = await start({ allow: [host], secrets });
    expect(await answerOf(bench, url, trust)).toMatchObject({
      kind: "failure",
      code: "tls",
      message: expect.stringContaining("see tls.certificate") as unknown,
    });
  });
});

describe("TLS settings", () => {
  it("name issuers instead of all others, in the document or in a secret", async () => {
    const { url, host } = await secureTarget({ requestCert: false });
    const bench = await start({ allow: [host], secrets });
    expect(await answerOf(bench, url, { ca: ISSUER, serverName: "server.test" })).toMatchObject({ kind: "response" });
    expect(await answerOf(bench, url, { serverName: "server.test" })).toMatchObject({
      code: "tls",
      message: expect.stringContaining("tls.ca") as unknown,
    });
    expect(await answerOf(bench, url, { ca: ISSUER })).toMatchObject({
      code: "tls",
      message: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID") as unknown,
    });
  });

  it("are not shared between projects", async () => {
    const { url, host } = await secureTarget();
    const inBoth = { find: (_project: string, name: string) => SECRETS.get(name) ?? null };
    const bench = await start({ allow: [host], secrets: inBoth });
    const { id: other } = await bench.store.catalog.createProject({ slug: "other", name: "Other" });
    expect(await answerOf(bench, url, own)).toMatchObject({ body: { connections: 1 } });
    expect(await answerOf(bench, url, own, other)).toMatchObject({ body: { connections: 2 } });
  });

  it("stay with their origin when a call is redirected", async () => {
    const there = await secureTarget({ requestCert: true, rejectUnauthorized: false });
    const port = await listen(
      createServer({ key: SERVER_KEY, cert: SERVER_CERTIFICATE }, (_request, response) =>
        response.writeHead(307, { location: there.url }).end(),
      ),
    );
    const bench = await start({ allow: [there.host, `127.0.0.1:${port}`], secrets });
    expect(await answerOf(bench, `https://127.0.0.1:${port}/`, own)).toMatchObject({
      code: "tls",
      message: expect.stringContaining("After a redirect") as unknown,
    });
  });

  it.each([
    [{ ca: "{{ secrets.NOT_PEM }}" }, "tls.ca holds no certificate in PEM"],
    [{ ca: "{{ secrets.BROKEN }}" }, "Certificate 1 of tls.ca cannot be read"],
    [{ certificate: "{{ secrets.NOT_PEM }}" }, "tls.certificate holds no certificate"],
    [{ key: "{{ secrets.NOT_PEM }}" }, "The private key in tls.key cannot be read"],
    [{ key: "{{ secrets.OTHER_KEY }}" }, "is not that of the client certificate"],
    [{ key: "{{ secrets.SEALED }}" }, "is encrypted; give its tls.passphrase"],
    [{ key: "{{ secrets.SEALED }}", passphrase: "{{ secrets.WRONG_PASS }}" }, "tls.passphrase does not open"],
  ])("%j fail the call before it is sent, with the reason", async (tls, reason) => {
    const bench = await start({ allow: ["127.0.0.1:9"], secrets });
    expect(await answerOf(bench, "https://127.0.0.1:9/", { ...own, ...tls })).toMatchObject({
      code: "tls",
      notSent: true,
      message: expect.stringMatching(new RegExp(`${reason}.*The request was not sent$`)) as unknown,
    });
  });

  it("with a secret that is missing fail as all calls do", async () => {
    const bench = await start({ allow: ["127.0.0.1:9"], secrets });
    const fact = await answerOf(bench, "https://127.0.0.1:9/", { ...own, key: "{{ secrets.NONE }}" });
    expect(fact).toMatchObject({ code: "secret_missing", notSent: true });
  });

  it("with a certificate that is out of date say since when", () => {
    const material: TlsMaterial = {
      ca: null,
      certificate: CLIENT_CERTIFICATE,
      key: CLIENT_KEY,
      passphrase: null,
      serverName: null,
    };
    const identity = new TlsIdentity("project", material);
    expect(() => identity.context(Date.UTC(2200, 0))).toThrow(/^The client certificate expired on 2126-/);
    expect(() => identity.context(Date.UTC(2000, 0))).toThrow(TlsSettingsFault);
    expect(() => identity.context(Date.UTC(2100, 0))).not.toThrow();
  });
});
