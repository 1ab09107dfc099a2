import { decodeFacts, type Fact } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { createMemoryStore, type Vault } from "@meshhook/journal";

import { EnvironmentSecrets, Keyring, type LinkTarget, SecretBox } from "../src/index.ts";
import { start, status, target, type Bench } from "./bench.ts";
import { call, definitionOf, until } from "./harness.ts";
import { answerJson } from "./target.ts";

const TOKEN = "the value of the token";
const secrets = new EnvironmentSecrets(
  "default",
  new Map([
    ["TOKEN", TOKEN],
    ["SHORT", "1234567"],
  ]),
);

const withToken = { headers: { "x-token": "{{ secrets.TOKEN }}" }, retry: { attemptsMax: 1 } };

async function lastFact(bench: Bench, runId: string): Promise<Fact | undefined> {
  return (await bench.store.journal.readRun(runId)).flatMap(({ facts }) => decodeFacts(facts)).at(-1);
}

async function runOf(bench: Bench, node: ReturnType<typeof call>): Promise<string> {
  const runId = await bench.accept(await bench.publish(definitionOf({ send: node })));
  await until("the run has ended", async () => (await status(bench.store, runId)) !== null);
  return runId;
}

describe("calls with secrets", () => {
  it("keep a secret with its origin when they are redirected", async () => {
    const there = await target((_call, response) => answerJson(response, 200, { ok: true }));
    const here = await target((_call, response) => {
      response.writeHead(307, { location: `${there.url}/there` });
      response.end();
    });
    const bench = await start({ allow: [here.host, there.host], secrets });
    await runOf(bench, call(here.url, { ...withToken, body: "plain" }));
    expect(here.calls[0]?.headers["x-token"]).toBe(TOKEN);
    expect(there.calls[0]?.headers).not.toHaveProperty("x-token");
    expect(there.calls[0]?.body).toBe('"plain"');

    const refused = await runOf(bench, call(here.url, { ...withToken, body: { key: "{{ secrets.TOKEN }}" } }));
    expect(there.calls).toHaveLength(1);
    expect(await lastFact(bench, refused)).toMatchObject({
      kind: "failure",
      code: "redirect_failed",
      message: expect.stringContaining("the body holds a secret") as unknown,
    });
  });

  it("send nothing where the secret is missing or unusable, and say which one it is", async () => {
    const asked = await target((_call, response) => answerJson(response, 200, {}));
    const bench = await start({ allow: [asked.host], secrets });
    const lacking = await runOf(bench, call(asked.url, { body: "{{ secrets.OTHER }}", semantics: "at-most-once" }));
    expect(await lastFact(bench, lacking)).toMatchObject({
      code: "secret_missing",
      notSent: true,
      message: 'The project "default" has no secret OTHER. The request was not sent',
    });
    const short = await runOf(bench, call(asked.url, { body: "{{ secrets.SHORT }}" }));
    expect(await lastFact(bench, short)).toMatchObject({ code: "secret_invalid", notSent: true });
    expect(asked.calls).toEqual([]);
  });

  it("hold links to signals, which no fact does, and are not sent where there is no address for one", async () => {
    const asked = await target(({ body }, response) => answerJson(response, 200, { echo: body }));
    const links = {
      urlOf: ({ projectId, runId, name, payload }: LinkTarget): string =>
        `https://hooks.example.com/signals/${[projectId, runId, name, payload].join("/")}`,
    };
    const wait = { type: "wait_for_signal@1", config: { name: "approve" } };
    const ask = call(asked.url, { body: { text: "{{ links.approve.yes }} or {{ links.approve }}" } });
    const bench = await start({ allow: [asked.host], links });
    const runId = await bench.accept(await bench.publish(definitionOf({ ask, wait })));
    await until("the call is answered", async () => (await lastFact(bench, runId))?.kind === "response");
    const link = `https://hooks.example.com/signals/${bench.projectId}/${runId}/approve/`;
    expect(JSON.parse(asked.calls[0]?.body ?? "")).toEqual({ text: `${link}"yes" or ${link}null` });
    const written = JSON.stringify(await bench.store.journal.readRun(runId));
    expect(written).toContain("{{ links.approve.yes }} or {{ links.approve }}");
    expect(written).not.toContain("hooks.example.com");

    const without = await start({ allow: [asked.host] });
    const refused = await without.accept(await without.publish(definitionOf({ ask, wait })));
    await until("the run has failed", async () => (await status(without.store, refused)) === "failed");
    expect(await lastFact(without, refused)).toMatchObject({
      code: "link_unavailable",
      notSent: true,
      message: expect.stringContaining("MESHHOOK_PUBLIC_URL") as unknown,
    });
    expect(asked.calls).toHaveLength(1);
  });

  it("send the bytes of a file that is given in Base64", async () => {
    const asked = await target((_call, response) => answerJson(response, 200, {}));
    const bench = await start({ allow: [asked.host] });
    const headers = { "content-type": "multipart/form-data" };
    await runOf(bench, call(asked.url, { headers, body: { file: { filename: "a.bin", base64: "w7w=" } } }));
    const boundary = /boundary=(\S+)/.exec(asked.calls[0]?.headers["content-type"] ?? "")?.[1];
    expect(asked.calls[0]?.body).toBe(
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\ncontent-type: application/octet-stream\r\n\r\nü\r\n--${boundary}--\r\n`,
    );
  });
});

describe("secrets of the vault", () => {
  const box = new SecretBox(new Keyring([Buffer.alloc(32, 1)]));

  function put(vault: Vault, projectId: string, value: string, name = "TOKEN"): Promise<unknown> {
    return vault.addSecret({ projectId, name, seal: (version) => box.seal(projectId, value, { name, version }) });
  }

  it("count before others of the same name, are read once for many calls, and change without a restart", async () => {
    const asked = await target((_call, response) => answerJson(response, 200, {}));
    const store = createMemoryStore();
    const reads: string[] = [];
    const vault = new Proxy(store.vault, {
      get: (found, name) => {
        if (name === "findSecret") reads.push(name);
        const member: unknown = Reflect.get(found, name, found);
        return typeof member === "function" ? (member.bind(found) as unknown) : member;
      },
    });
    const bench = await start({ allow: [asked.host], secrets, store, vault: { store: vault, box } });
    const version = await bench.publish(definitionOf({ send: call(asked.url, withToken) }));
    const runOnce = async (): Promise<unknown> => {
      const runId = await bench.accept(version);
      await until("the run has ended", async () => (await status(bench.store, runId)) !== null);
      return asked.calls.at(-1)?.headers["x-token"];
    };
    expect(await runOnce()).toBe(TOKEN);
    // What another process does: this one learns of it with a heartbeat.
    await put(store.vault, bench.projectId, "the first value");
    await until("the vault's value is used", async () => (await runOnce()) === "the first value");
    reads.length = 0;
    for (let count = 0; count < 10; count++) expect(await runOnce()).toBe("the first value");
    // Heartbeats that tell of what was changed before may still come; each makes it read the value once more.
    expect(reads.length).toBeLessThan(5);
    await put(store.vault, bench.projectId, "the second value");
    bench.runtime.forgetSecrets();
    expect(await runOnce()).toBe("the second value");
    await store.vault.deleteSecret(bench.projectId, "TOKEN");
    await until("the other source's value is used", async () => (await runOnce()) === TOKEN);
  });

  it("are in no fact, and their use is recorded once however often calls use them", async () => {
    const asked = await target(({ headers }, response) =>
      answerJson(response, 200, { echo: headers["x-token"] ?? null }),
    );
    const store = createMemoryStore();
    const bench = await start({ allow: [asked.host], store, vault: { store: store.vault, box } });
    await put(store.vault, bench.projectId, "a value of the vault");
    const version = await bench.publish(definitionOf({ send: call(asked.url, withToken) }));
    const runIds = await Promise.all(Array.from({ length: 8 }, () => bench.accept(version)));
    await until("all have ended", async () =>
      (await Promise.all(runIds.map((runId) => status(bench.store, runId)))).every((end) => end === "succeeded"),
    );
    expect(asked.calls.map(({ headers }) => headers["x-token"])).toEqual(runIds.map(() => "a value of the vault"));
    const facts = JSON.stringify(await Promise.all(runIds.map((runId) => bench.store.journal.readRun(runId))));
    expect(facts).toContain("{{ secrets.TOKEN }}");
    expect(facts).not.toContain("a value of the vault");

    await bench.runtime.drain(0);
    const uses = await store.audit.list({ projectId: bench.projectId, action: "useSecret", limit: 10 });
    expect(uses).toEqual([expect.objectContaining({ detail: { uses: 8, runIds: expect.any(Array) as unknown } })]);
    expect(uses[0]?.detail.runIds).toHaveLength(5);
    const [listed] = await store.vault.listSecrets(bench.projectId);
    expect(listed?.usedAt).not.toBeNull();
  });

  it("whose key this process lacks fail the call, with the key's id and the remedy", async () => {
    const asked = await target((_call, response) => answerJson(response, 200, {}));
    const store = createMemoryStore();
    const other = new SecretBox(new Keyring([Buffer.alloc(32, 2)]));
    const bench = await start({ allow: [asked.host], store, vault: { store: store.vault, box: other } });
    await put(store.vault, bench.projectId, "a value of the vault");
    const runId = await runOf(bench, call(asked.url, withToken));
    expect(await lastFact(bench, runId)).toMatchObject({
      code: "secret_invalid",
      notSent: true,
      message: expect.stringMatching(
        /^The secret TOKEN cannot be read\. It was stored under the secret key [0-9a-f]{16}; this process has [0-9a-f]{16}\. Put /,
      ) as unknown,
    });
    expect(asked.calls).toEqual([]);
  });
});

describe("calls that spare their target", () => {
  it("go out one after the other where the author says so, and all of them do", async () => {
    let out = 0;
    let most = 0;
    const asked = await target((_call, response) => {
      most = Math.max(most, ++out);
      setImmediate(() => {
        out--;
        answerJson(response, 200, {});
      });
    });
    const bench = await start({ allow: [asked.host] });
    const limits = { concurrency: 1 };
    const repeated = await bench.publish(definitionOf({ send: call(asked.url, { limits }) }));
    const once = await bench.publish(definitionOf({ send: call(asked.url, { limits, semantics: "at-most-once" }) }));
    const runIds = await Promise.all(
      [repeated, once, repeated, once, once, repeated, once, repeated].map((version) => bench.accept(version)),
    );
    await until("all have ended", async () => {
      const ends = await Promise.all(runIds.map((runId) => status(bench.store, runId)));
      return ends.every((end) => end === "succeeded");
    });
    expect([most, asked.calls.length]).toEqual([1, 8]);
  });

  it("fail at once behind an open circuit breaker, where they do not want to wait", async () => {
    const asked = await target((_call, response) => answerJson(response, 500, {}));
    const bench = await start({ allow: [asked.host] });
    const node = call(asked.url, { retry: { attemptsMax: 1 }, circuitBreaker: { failures: 2, whenOpen: "fail" } });
    const codes = [];
    for (let count = 0; count < 3; count++) {
      const fact = await lastFact(bench, await runOf(bench, node));
      codes.push(fact?.kind === "failure" ? fact.code : fact?.kind);
    }
    expect(codes).toEqual(["response", "response", "circuit_open"]);
    expect(asked.calls).toHaveLength(2);
  });
});
