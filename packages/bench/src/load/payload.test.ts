import { verify } from "@octokit/webhooks-methods";
import { expect, test } from "vitest";
import { githubIssuesPayload, signed, syntheticPayload } from "./payload.ts";

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

test("GitHub's own library accepts the signature", async () => {
  const payload = signed(githubIssuesPayload("github-issues-small"), "a secret");
  expect(await verify("a secret", payload.body, payload.headers["x-hub-signature-256"] ?? "")).toBe(true);
});

test("a synthetic payload follows from its seed", () => {
  expect(syntheticPayload(7, 4_000)).toEqual(syntheticPayload(7, 4_000));
  expect(syntheticPayload(7, 4_000).body).not.toBe(syntheticPayload(8, 4_000).body);
  const { length } = syntheticPayload(7, 4_000).body;
  expect(length).toBeGreaterThanOrEqual(4_000);
  expect(length).toBeLessThan(4_100);
});
