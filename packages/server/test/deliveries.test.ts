import { generateKeyPairSync } from "node:crypto";

import type { LoggedDelivery, SignatureKind } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

import { post, publish, pureDefinition, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
type Settings = Omit<Parameters<Harness["client"]["createEndpoint"]>[0]["body"], "workflow" | "name">;
type Filter = Parameters<Harness["client"]["listDeliveries"]>[0];

beforeAll(async () => {
  harness = await startHarness();
  await publish(harness.client, pureDefinition());
  await publish(harness.client, pureDefinition("other"));
});
afterAll(() => harness.close());

async function endpoint(
  settings: Settings = {},
  workflow = "pure",
): Promise<{ readonly id: string; readonly url: string }> {
  const { id, path } = await harness.client.createEndpoint({ body: { workflow, name: "in", ...settings } });
  return { id, url: harness.url + path };
}

/** An endpoint's deliveries, as soon as there are so many: those that start no run are recorded beside the answer. */
async function logged(id: string, count: number, filter: Filter = {}): Promise<readonly LoggedDelivery[]> {
  let items: readonly LoggedDelivery[] = [];
  await waitFor(`${count} deliveries are listed`, async () => {
    ({ items } = await harness.client.listDeliveries({ endpoint: id, ...filter }));
    return items.length === count;
  });
  return items;
}

it("accepted deliveries, repeats and refusals are one list, newest first, with what is known of each request", async () => {
  const { id, url } = await endpoint();
  const headers = { "idempotency-key": "k-1", "user-agent": "Acme/1", authorization: "Bearer canary-of-the-log-91c2" };
  const { runId } = (await post(url, '{"n":1}', headers)).body;
  await post(url, '{"n":1}', headers);
  await post(url, '{"n":2', { "user-agent": "Acme/1" });
  const found = await logged(id, 3);
  expect(found.map((each) => each.id)).toEqual(
    found
      .map((each) => each.id)
      .toSorted()
      .toReversed(),
  );
  const [accepted, repeat, refused] = (["accepted", "duplicate", "rejected"] as const).map((outcome) =>
    found.find((each) => each.outcome === outcome),
  );
  const known = {
    endpointId: id,
    method: "POST",
    address: "127.0.0.1",
    contentType: "application/json",
    isTest: false,
  };
  const ofRun = { runId, bodyBytes: 7 };
  expect(accepted).toMatchObject({ ...known, ...ofRun, id: runId, outcome: "accepted", status: 202, code: null });
  expect(accepted?.runStatus).toBe("succeeded");
  expect(accepted?.headers["user-agent"]).toBe("Acme/1");
  expect(repeat).toMatchObject({ ...known, ...ofRun, outcome: "duplicate", status: 200, code: null });
  expect(refused).toMatchObject({ ...known, outcome: "rejected", status: 400, code: "json_invalid", bodyBytes: 6 });
  expect(refused?.detail).toContain("JSON");
  expect(JSON.stringify([refused, repeat, accepted])).not.toContain("canary");
  // A repeat is not a refusal.
  const { items } = await harness.client.listRejections({ endpointId: id });
  expect(items.map(({ code }) => code)).toEqual(["json_invalid"]);
});

it("filters by endpoint, workflow, outcome, code, address and time, and pages reach each delivery once", async () => {
  const [mine, other] = [await endpoint(), await endpoint({}, "other")];
  for (let at = 0; at < 3; at++) {
    await post(mine.url, "{}");
    await post(other.url, "{}");
    await post(mine.url, "no JSON");
    await fetch(mine.url, { method: "PUT" });
  }
  const all = await logged(mine.id, 9);
  const codes = async (filter: Filter): Promise<readonly (string | null)[]> =>
    (await harness.client.listDeliveries({ endpoint: mine.id, ...filter })).items.map(({ code }) => code);
  expect(await codes({ outcome: "accepted" })).toEqual([null, null, null]);
  expect(await codes({ outcome: "duplicate" })).toEqual([]);
  expect(await codes({ outcome: "rejected" })).toHaveLength(6);
  expect(new Set(await codes({ code: "method_not_allowed" }))).toEqual(new Set(["method_not_allowed"]));
  expect(await codes({ address: "127.0.0.1" })).toHaveLength(9);
  expect(await codes({ address: "192.0.2.1" })).toEqual([]);
  expect(await codes({ startedBefore: "2020-01-01T00:00:00Z" })).toEqual([]);
  expect(await codes({ startedAfter: "2020-01-01T00:00:00Z" })).toHaveLength(9);
  expect(await codes({ workflow: "other" })).toEqual([]);
  const { items: ofWorkflow } = await harness.client.listDeliveries({ workflow: "other" });
  expect(new Set(ofWorkflow.map(({ endpointId }) => endpointId))).toEqual(new Set([other.id]));

  const paged: string[] = [];
  let cursor: string | null = null;
  do {
    const from: Filter = cursor === null ? {} : { cursor };
    const page = await harness.client.listDeliveries({ endpoint: mine.id, limit: 2, ...from });
    paged.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(paged).toEqual(all.map(({ id }) => id));
  const { nextCursor } = await harness.client.listDeliveries({ endpoint: mine.id, limit: 2 });
  const elsewhere = harness.client.listDeliveries({ endpoint: other.id, cursor: nextCursor ?? "" });
  await expect(elsewhere).rejects.toMatchObject({ code: "cursor_invalid" });
});

it("a project sees no delivery of another, and an unknown endpoint is named", async () => {
  const theirs = await harness.store.catalog.createProject({ slug: "theirs", name: "Theirs" });
  const key = await harness.addKey(theirs.id, "read");
  const ours = await endpoint();
  await post(ours.url, "{}");
  await logged(ours.id, 1);
  const ask = async (query: string) => {
    const answer = await fetch(`${harness.url}/api/v1/deliveries${query}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    return (await answer.json()) as { readonly items?: readonly unknown[]; readonly code?: string };
  };
  expect((await ask("")).items).toEqual([]);
  expect((await ask(`?endpoint=${ours.id}`)).code).toBe("not_found");
});

const SECRET = "canary-of-a-test-delivery-4e7d-0123456789";
const hmacOf = (hmac: object): Settings => ({
  secret: SECRET,
  signature: "hmac",
  signatureSettings: { hmac: { header: "x-acme", ...hmac } },
});
const SIGNED: readonly { readonly kind: SignatureKind; readonly settings: Settings; readonly contentType?: string }[] =
  [
    { kind: "none", settings: {} },
    { kind: "github-sha256", settings: { secret: SECRET } },
    { kind: "stripe", settings: { secret: SECRET } },
    { kind: "slack", settings: { secret: SECRET } },
    { kind: "shopify", settings: { secret: SECRET } },
    { kind: "twilio", settings: { secret: SECRET } },
    { kind: "twilio", settings: { secret: SECRET }, contentType: "application/x-www-form-urlencoded" },
    { kind: "standard-webhooks", settings: { secret: `whsec_${Buffer.alloc(24, 3).toString("base64")}` } },
    { kind: "basic", settings: { secret: `user:${SECRET}` } },
    { kind: "hmac", settings: hmacOf({}) },
    {
      kind: "hmac",
      settings: hmacOf({
        algorithm: "sha512",
        encoding: "base64",
        prefix: "v=",
        signed: "{method} {timestamp} {id} {body}",
        timestampHeader: "X-Acme-Time",
        timestampFormat: "iso",
        idHeader: "X-Acme-Id",
      }),
    },
    {
      kind: "jwt",
      settings: {
        secret: SECRET,
        signatureSettings: {
          jwt: { algorithms: ["HS256"], issuer: "acme", audience: "us", bodySha256Claim: "digest" },
        },
      },
    },
  ];

it.each(SIGNED)("a test delivery to an endpoint of the kind $kind passes the real check", async (sender) => {
  const { kind, settings, contentType = "application/json" } = sender;
  const { id } = await endpoint({ ...settings, signature: kind });
  const body = contentType === "application/json" ? '{"n":"ü"}' : "a=1&b=%C3%BC&a=2";
  const answer = await harness.client.sendTestDelivery({ endpointId: id, body: { body, contentType, query: "x=1" } });
  expect(answer).toMatchObject({ status: 202, headers: { "content-type": "application/json" } });
  expect(answer.signedWith.length > 0).toBe(kind !== "none");
  expect(JSON.stringify(answer)).not.toContain("canary");
  const [item] = await logged(id, 1);
  expect(item).toMatchObject({ outcome: "accepted", runId: answer.runId, isTest: true, address: null, contentType });
  expect(item?.headers["meshhook-test"]).toBe("true");

  // The same without a signature is refused, and marked as well.
  if (kind === "none") return;
  const unsigned = await harness.client.sendTestDelivery({ endpointId: id, body: { body, contentType, sign: false } });
  expect(unsigned).toMatchObject({ status: 401, runId: null, signedWith: [] });
  const [refusal] = await logged(id, 1, { outcome: "rejected" });
  expect(refusal).toMatchObject({ code: "signature_invalid", isTest: true });
});

it("says what to do where only the sender can sign", async () => {
  const { publicKey } = generateKeyPairSync("ed25519");
  const x = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const kinds: readonly Settings[] = [
    { signature: "discord", secret: x.toString("hex") },
    { signature: "standard-webhooks", secret: `whpk_${x.toString("base64")}` },
    { signature: "jwt", secret: pem, signatureSettings: { jwt: { algorithms: ["EdDSA"] } } },
    { signature: "jwt", signatureSettings: { jwt: { algorithms: ["RS256"], jwksUrl: "https://acme.example/keys" } } },
  ];
  for (const settings of kinds) {
    const { id } = await endpoint(settings);
    await expect(harness.client.sendTestDelivery({ endpointId: id, body: {} })).rejects.toMatchObject({
      code: "signing_impossible",
      message: expect.stringMatching(/Nothing was sent\. Send a test from there/),
    });
    expect(await logged(id, 0)).toEqual([]);
  }
});

it("a test delivery is answered with what the endpoint answers, and nobody else can mark one", async () => {
  const { id, url } = await endpoint({ answer: "result" });
  const headers = { "idempotency-key": "once", "x-acme": "1" };
  const send = () => harness.client.sendTestDelivery({ endpointId: id, body: { body: '{"n":1}', headers } });
  const first = await send();
  expect(first).toMatchObject({ status: 200, runId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(JSON.parse(first.body)).toMatchObject({ status: "succeeded", output: { got: { n: 1 } } });
  const again = await send();
  expect([again.runId, JSON.parse(again.body)]).toMatchObject([first.runId, { duplicate: true }]);
  await post(url, "{}", { "meshhook-test": "true" });
  const items = await logged(id, 3);
  expect(items.map(({ outcome, isTest }) => `${outcome} ${isTest}`).toSorted()).toEqual([
    "accepted false",
    "accepted true",
    "duplicate true",
  ]);
  // What the run makes of a delivery is not recorded as an answer, and settings of today say nothing about yesterday.
  await harness.client.updateEndpoint({ endpointId: id, body: { answer: "accepted" } });
  await post(url, "{}");
  const statuses = (await logged(id, 3, { outcome: "accepted" })).map(({ status }) => String(status));
  expect(statuses.toSorted()).toEqual(["202", "null", "null"]);

  for (const [name, path] of [
    ["Content-Length", "content-length"],
    ["Content-Type", "content-type"],
  ] as const) {
    const refused = harness.client.sendTestDelivery({ endpointId: id, body: { headers: { [name]: "1" } } });
    await expect(refused).rejects.toMatchObject({ status: 422, issues: [{ path: `/body/headers/${path}` }] });
  }
});
