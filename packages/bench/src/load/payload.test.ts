import { expect, test } from "vitest";
import { githubIssuesPayload, payloadsOf, payloadText, SIZED_BYTES_MIN, SMALL } from "./payload.ts";

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
  const bodies = payloadsOf(SMALL, 7).map(({ body }) => body);
  expect(payloadsOf(SMALL, 7).map(({ body }) => body)).toEqual(bodies);
  expect(payloadsOf(SMALL, 8).map(({ body }) => body)).not.toEqual(bodies);
  expect(new Set(bodies).size).toBe(64);
  expect(new Set(bodies.map((body) => Buffer.byteLength(body)))).toEqual(new Set([1_010]));
  expect(bodies.filter((body) => body.startsWith('{"action":"closed"'))).toHaveLength(8);
});

test.each([SIZED_BYTES_MIN, 600, 1_010, 100_000, 1_000_000])("a payload of %d bytes has exactly so many", (bytes) => {
  const bodies = payloadsOf({ kind: "sized", bytes }, 3).map(({ body }) => body);
  expect(new Set(bodies.map((body) => Buffer.byteLength(body)))).toEqual(new Set([bytes]));
  expect(new Set(bodies).size).toBe(bodies.length);
  expect(bodies.filter((body) => body.startsWith('{"action":"closed"'))).toHaveLength(bodies.length / 8);
  for (const body of bodies)
    expect(JSON.parse(body)).toMatchObject({
      issue: { number: expect.any(Number), title: expect.any(String), user: { login: expect.any(String) } },
      repository: { full_name: "Codertocat/Hello-World" },
    });
});

test("files are sent as they are", () => {
  const files = [
    { path: "a.json", text: '{ "a": 1 }\n' },
    { path: "b.json", text: "[]" },
  ];
  expect(payloadsOf({ kind: "files", files }, 1).map(({ body }) => body)).toEqual(['{ "a": 1 }\n', "[]"]);
});

test("a source is told in a few words", () => {
  const file = { path: "order.json", text: "{}" };
  expect(payloadText(SMALL)).toBe("github-issues-small");
  expect(payloadText({ kind: "sized", bytes: 100_000 })).toBe("github-issues of 100 kB");
  expect(payloadText({ kind: "files", files: [file] })).toBe("order.json");
  expect(payloadText({ kind: "files", files: [file, file] })).toBe("2 files");
});
