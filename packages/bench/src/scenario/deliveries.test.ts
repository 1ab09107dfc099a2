import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { payloadsOf, SMALL } from "../load/payload.ts";
import { isRepeat, PLAIN, refusalOf, scenarioPayloads, SIGNING_SECRET } from "./deliveries.ts";
import type { Deliveries } from "./deliveries.ts";

function signed(body: string): string {
  return `sha256=${createHmac("sha256", SIGNING_SECRET).update(body).digest("hex")}`;
}

test("plain deliveries are the payloads as they are", () => {
  expect(scenarioPayloads({ payload: SMALL, deliveries: PLAIN }, 7)).toEqual(
    payloadsOf(SMALL, 7).map((payload) => ({ ...payload, refusedWith: null })),
  );
});

test("signed deliveries carry the signature of their bytes", () => {
  const deliveries: Deliveries = { ...PLAIN, signature: "github-sha256" };
  for (const { body, headers } of scenarioPayloads({ payload: SMALL, deliveries }, 7))
    expect(headers["x-hub-signature-256"]).toBe(signed(body));
});

test("wrong deliveries have their share, are spread among the others, and are wrong in one way each", () => {
  const deliveries: Deliveries = {
    ...PLAIN,
    signature: "github-sha256",
    malformedShare: 0.1,
    badSignatureShare: 0.25,
  };
  const payloads = scenarioPayloads({ payload: SMALL, deliveries }, 7);
  expect(payloads).toHaveLength(100);
  const refused = (status: number) => payloads.filter(({ refusedWith }) => refusedWith === status);
  expect([refused(400).length, refused(401).length]).toEqual([10, 25]);
  for (const { body, headers } of refused(400)) {
    expect(() => JSON.parse(body) as unknown).toThrow(SyntaxError);
    expect(headers["x-hub-signature-256"]).toBe(signed(body));
  }
  for (const { body, headers } of refused(401)) {
    expect(JSON.parse(body)).toBeTypeOf("object");
    expect(headers["x-hub-signature-256"]).not.toBe(signed(body));
  }
  // Of any twenty in a row, some are wrong and most are right.
  const wrong = payloads.map(({ refusedWith }) => (refusedWith === null ? 0 : 1) as number);
  for (let from = 0; from + 20 <= 100; from += 1) {
    const count = wrong.slice(from, from + 20).reduce((sum, one) => sum + one, 0);
    expect(count).toBeGreaterThanOrEqual(4);
    expect(count).toBeLessThanOrEqual(10);
  }
  expect(Array.from({ length: 300 }, (_, n) => refusalOf(deliveries, n))).toEqual(
    Array.from({ length: 300 }, (_, n) => payloads[n % 100]?.refusedWith),
  );
});

test("the mix and files that take turns begin anew together", () => {
  const files = ["1", "2", "3"].map((text) => ({ path: `${text}.json`, text: `[${text}]` }));
  const deliveries: Deliveries = { ...PLAIN, malformedShare: 0.5 };
  const payloads = scenarioPayloads({ payload: { kind: "files", files }, deliveries }, 1);
  expect(payloads).toHaveLength(300);
  for (const [delivery, { refusedWith, body }] of payloads.entries()) {
    expect(refusedWith).toBe(refusalOf(deliveries, delivery));
    expect(body.startsWith(`[${String((delivery % 3) + 1)}`)).toBe(true);
  }
});

test("requests of a repeated delivery are refused alike, and all but the first are repeats", () => {
  const deliveries: Deliveries = { ...PLAIN, key: "idempotency-key", repeats: 4, malformedShare: 0.01 };
  const refused = Array.from({ length: 400 }, (_, n) => n).filter((n) => refusalOf(deliveries, n) !== null);
  expect(refused).toHaveLength(4);
  expect(refused.map((n) => isRepeat(deliveries, n))).toEqual([false, true, true, true]);
});
