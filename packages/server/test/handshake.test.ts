import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { post, publish, pureDefinition, SECRET, sign, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
let open: string;
let signed: string;
let silent: string;
let guarded: { readonly id: string; readonly url: string };

beforeAll(async () => {
  harness = await startHarness();
  await publish(harness.client, pureDefinition());
  const endpoint = (name: string, settings: object) =>
    harness.client.createEndpoint({ body: { workflow: "pure", name, ...settings } });
  open = harness.url + (await endpoint("open", {})).path;
  signed = harness.url + (await endpoint("signed", { signature: "github-sha256", secret: SECRET })).path;
  silent = harness.url + (await endpoint("silent", { handshakes: "off" })).path;
  const { id, path } = await endpoint("guarded", { verifyToken: "the-token" });
  guarded = { id, url: harness.url + path };
});
afterAll(() => harness.close());

const runs = async (): Promise<number> => (await harness.client.listRuns({ limit: 200 })).items.length;

/** What is given back is text that no browser takes for a page. */
async function expectEcho(response: Response, text: string): Promise<void> {
  expect([
    response.status,
    response.headers.get("content-type"),
    response.headers.get("x-content-type-options"),
  ]).toEqual([200, "text/plain; charset=utf-8", "nosniff"]);
  expect(await response.text()).toBe(text);
}

describe("a verification request", () => {
  it.each([
    ["Meta", "hub.mode=subscribe&hub.challenge=1158&hub.verify_token=t", "1158"],
    ["WebSub", "hub.mode=subscribe&hub.topic=https%3A%2F%2Fe.example&hub.challenge=a%2Bb&hub.lease_seconds=9", "a+b"],
    ["Dropbox", "challenge=abc", "abc"],
    ["a sender of markup", "challenge=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "<script>alert(1)</script>"],
  ])("of %s by GET gets its challenge and starts no run", async (_who, query, expected) => {
    const before = await runs();
    await expectEcho(await fetch(`${open}?${query}`), expected);
    await expectEcho(await fetch(`${signed}?${query}`), expected);
    expect(await runs()).toBe(before);
  });

  it.each([
    ["Microsoft Graph", "validationToken"],
    ["SharePoint", "validationtoken"],
  ])("of %s by an empty POST gets its token, decoded", async (_who, name) => {
    const ask = (body: string) =>
      fetch(`${open}?${name}=Validation%3A+a%26b`, {
        method: "POST",
        body,
        headers: { "content-type": "text/plain; charset=utf-8" },
      });
    await expectEcho(await ask(""), "Validation: a&b");
    expect((await ask("a notification")).status).toBe(202);
  });

  it("of Slack and Lark, Discord, monday.com, Azure Event Grid, Twitch and Okta is answered as each requires", async () => {
    const before = await runs();
    const slack = '{"token":"x","challenge":"abc","type":"url_verification"}';
    expect(await post(open, slack)).toMatchObject({ status: 200, body: { challenge: "abc" } });
    expect((await post(signed, slack)).status).toBe(401);
    expect(await post(signed, slack, { "x-hub-signature-256": sign(slack) })).toMatchObject({
      text: '{"challenge":"abc"}',
    });
    const discord = '{"type":1,"id":"1"}';
    const discordHeaders = { "x-hub-signature-256": sign(discord), "x-signature-ed25519": "00" };
    expect((await post(signed, discord, { "x-signature-ed25519": "00" })).status).toBe(401);
    expect(await post(signed, discord, discordHeaders)).toMatchObject({ status: 200, text: '{"type":1}' });
    const monday = '{ "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" }';
    const challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
    expect(await post(open, monday)).toMatchObject({ status: 200, body: { challenge } });
    expect((await post(signed, monday)).status).toBe(401);
    const azure = '[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"c-1"}}]';
    expect(await post(open, azure, { "aeg-event-type": "SubscriptionValidation" })).toMatchObject({
      body: { validationResponse: "c-1" },
    });
    const twitch = {
      "content-type": "application/json",
      "twitch-eventsub-message-type": "webhook_callback_verification",
    };
    const body = '{"challenge":"pogchamp","subscription":{}}';
    await expectEcho(await fetch(open, { method: "POST", headers: twitch, body }), "pogchamp");
    const okta = await fetch(open, { headers: { "x-okta-verification-challenge": "o-1" } });
    expect(await okta.json()).toEqual({ verification: "o-1" });
    expect(await runs()).toBe(before);
  });

  it("of CloudEvents by OPTIONS is told that its origin may send, at any rate", async () => {
    const answer = await fetch(open, {
      method: "OPTIONS",
      headers: { "webhook-request-origin": "e.example", "webhook-request-rate": "120" },
    });
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "webhook-allowed-origin": "e.example",
      "webhook-allowed-rate": "*",
      allow: "GET, HEAD, OPTIONS, POST",
    });
    expect((await fetch(open, { method: "OPTIONS" })).status).toBe(204);
  });

  it("that only checks whether the address exists gets 200", async () => {
    const head = await fetch(open, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    await expectEcho(await fetch(open), "Send webhooks to this address with POST.\n");
    expect((await fetch(`${harness.url}/hooks/nobody-has-this`, { method: "HEAD" })).status).toBe(404);
  });

  it("is counted as a verification", async () => {
    expect(await (await fetch(`${harness.url}/metrics`)).text()).toMatch(/outcome="handshake"} [1-9]/);
  });
});

describe("a request that is not a verification request", () => {
  it("is never answered as if it had been accepted", async () => {
    for (const query of [
      "event=paid",
      "hub.mode=unsubscribe&hub.challenge=1",
      "hub.challenge=1",
      "challenge=a&challenge=b",
    ])
      expect([query, (await fetch(`${open}?${query}`)).status]).toEqual([query, 400]);
  });

  it("is told that it was not recognized and that webhooks are sent by POST, and the owner can see it", async () => {
    const response = await fetch(`${guarded.url}?event=paid`);
    expect([response.status, response.headers.get("allow")]).toEqual([400, null]);
    expect(await response.json()).toMatchObject({
      code: "verification_unrecognized",
      detail: expect.stringContaining("by POST") as string,
    });
    const { items } = await harness.client.listRejections({ endpointId: guarded.id });
    expect(items.map(({ code }) => code)).toContain("verification_unrecognized");
  });

  it.each(["a%0d%0ax-evil:%201", "a%00", "%1b%5b2J", "", "x".repeat(3_000)])(
    "is one whose challenge is '%.20s', too",
    async (challenge) => {
      expect((await fetch(`${open}?challenge=${challenge}`)).status).toBe(400);
    },
  );

  it("becomes a run if its body only resembles one", async () => {
    for (const body of [
      '{"challenge":"abc","event":{}}',
      '{"challenge":["abc"]}',
      '{"challenge":""}',
      '{"type":"url_verification"}',
      '{"type":"url_verification","challenge":1}',
      "[]",
    ])
      expect([body, (await post(open, body)).status]).toEqual([body, 202]);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await post(open, "challenge=abc", form)).status).toBe(202);
  });
});

describe("an endpoint", () => {
  it("with a verify token refuses any other, and the owner can see it", async () => {
    const ask = (token: string) => fetch(`${guarded.url}?hub.mode=subscribe&hub.challenge=1${token}`);
    await expectEcho(await ask("&hub.verify_token=the-token"), "1");
    for (const token of [
      "",
      "&hub.verify_token=the-tokem",
      "&hub.verify_token=",
      "&hub.verify_token=the-token&hub.verify_token=x",
    ])
      expect((await ask(token)).status).toBe(403);
    const { items } = await harness.client.listRejections({ endpointId: guarded.id });
    expect(items[0]?.code).toBe("verify_token_wrong");
    const shown = JSON.stringify(await harness.client.listEndpoints());
    expect(shown).toContain('"hasVerifyToken":true');
    expect(shown).not.toContain("the-token");
    await harness.client.updateEndpoint({ endpointId: guarded.id, body: { verifyToken: null } });
    await expectEcho(await ask(""), "1");
  });

  it("without handshakes treats a verification request as a webhook", async () => {
    expect(await post(silent, '{"challenge":"abc"}')).toMatchObject({ status: 202 });
    expect(await post(silent, '{"type":"url_verification","challenge":"abc"}')).toMatchObject({ status: 202 });
    expect(await post(`${silent}?validationToken=abc`, "")).toMatchObject({ status: 202 });
    for (const method of ["GET", "HEAD"]) {
      const response = await fetch(`${silent}?challenge=1`, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "OPTIONS, POST"]);
    }
    const options = await fetch(silent, { method: "OPTIONS", headers: { "webhook-request-origin": "e.example" } });
    expect([options.status, options.headers.get("webhook-allowed-origin")]).toEqual([204, null]);
  });
});
