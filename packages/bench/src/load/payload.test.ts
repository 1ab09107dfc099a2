import { expect, test } from "vitest";
import { githubIssuesPayload, payloadsOf } from "./payload.ts";

test("the small payload is 1 010 bytes of GitHub's own example, the full one about 11.7 kB", () => {
  expect(Buffer.byteLength(githubIssuesPayload("github-issues-small").body)).toBe(1_010);
  expect(JSON.parse(githubIssuesPayload("github-issues-small").body)).toMatchObject({
    action: "opened",
    issue: { number: 1, user: { login: "Codertocat" } },
  });
  const full = Buffer.byteLength(githubIssuesPayload("github-issues-full").body);
  expect(full).toBeGreaterThan(10_000);
  expect(full).toBeLessThan(13_000);
});

test("payloads follow from their seed, are all different and all of one length, and one in eight is closed", () => {
  const bodies = payloadsOf("github-issues-small", 7).map(({ body }) => body);
  expect(payloadsOf("github-issues-small", 7).map(({ body }) => body)).toEqual(bodies);
  expect(payloadsOf("github-issues-small", 8).map(({ body }) => body)).not.toEqual(bodies);
  expect(new Set(bodies).size).toBe(64);
  expect(new Set(bodies.map((body) => Buffer.byteLength(body)))).toEqual(new Set([1_010]));
  expect(bodies.filter((body) => body.startsWith('{"action":"closed"'))).toHaveLength(8);
});
